"""How good answers are: accuracy, macro-F1, calibration, places found, danger missed. Plain arithmetic."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.understanding.fold import fold

BINS = 10


@dataclass(frozen=True, slots=True)
class Prediction:
    """One message's label, what was said of it, and how surely."""

    truth: str
    said: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Score:
    """Shares in [0, 1]. `support`: how many messages are of each class."""

    count: int
    accuracy: float
    macro_f1: float
    weighted_f1: float
    calibration_error: float
    f1: Mapping[str, float]
    support: Mapping[str, int]
    confusion: Mapping[tuple[str, str], int]  # (truth, said) -> how many


def score(answers: Sequence[Prediction]) -> Score:
    """Figures over all answers. Raises ValueError where there is none."""
    if not answers:
        raise ValueError("there is nothing to measure")
    confusion = Counter((answer.truth, answer.said) for answer in answers)
    classes = sorted({name for pair in confusion for name in pair})
    support = Counter(answer.truth for answer in answers)
    f1 = {name: _f1(name, confusion) for name in classes}
    return Score(
        count=len(answers),
        accuracy=sum(answer.truth == answer.said for answer in answers) / len(answers),
        macro_f1=sum(f1.values()) / len(classes),
        weighted_f1=sum(f1[name] * support[name] for name in classes) / len(answers),
        calibration_error=calibration_error(answers),
        f1=f1,
        support=support,
        confusion=confusion,
    )


def _f1(name: str, confusion: Mapping[tuple[str, str], int]) -> float:
    right = confusion.get((name, name), 0)
    said = sum(count for (_, other), count in confusion.items() if other == name)
    true = sum(count for (other, _), count in confusion.items() if other == name)
    return 2 * right / (said + true) if said + true else 0.0


def calibration_error(answers: Sequence[Prediction]) -> float:
    """Expected calibration error: how far confidence and accuracy lie apart, over ten bins of equal width."""
    bins: dict[int, list[Prediction]] = {}
    for answer in answers:
        bins.setdefault(min(BINS - 1, int(answer.confidence * BINS)), []).append(answer)
    return sum(
        abs(sum(one.confidence - (one.truth == one.said) for one in members)) for members in bins.values()
    ) / len(answers)


@dataclass(frozen=True, slots=True)
class Alarm:
    """How many dangers were seen, and how many alarms were false."""

    dangers: int
    seen: int
    harmless: int
    cried: int

    @property
    def recall(self) -> float:
        return self.seen / self.dangers if self.dangers else 1.0

    @property
    def false_alarms(self) -> float:
        """The share of harmless messages that raised an alarm."""
        return self.cried / self.harmless if self.harmless else 0.0


def alarm(pairs: Sequence[tuple[bool, bool]]) -> Alarm:
    """Of (is a danger, was said to be one)."""
    return Alarm(
        dangers=sum(truth for truth, _ in pairs),
        seen=sum(truth and said for truth, said in pairs),
        harmless=sum(not truth for truth, _ in pairs),
        cried=sum(said and not truth for truth, said in pairs),
    )


def place_found(truth: str, said: str | None) -> bool:
    """Whether the words of a place were found: the same words, or one within the other.

    Of an address of several parts the first must be found: ward and city are often known from elsewhere.
    """
    if said is None:
        return False
    found, whole = f" {fold(said)} ", f" {fold(truth)} "
    first = f" {fold(truth.split(',', maxsplit=1)[0])} "
    return any(words.strip() and (words in found or found in words) for words in (whole, first))


def names_place(text: str, place: str) -> bool:
    """Whether a text itself says where (a label may know it from elsewhere)."""
    return f" {fold(place.split(',', maxsplit=1)[0])} " in f" {fold(text)} "
