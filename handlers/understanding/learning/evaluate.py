"""A classifier against labelled messages: the figures that `congich eval` prints."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from handlers.understanding.learning.examples import Labelled
from handlers.understanding.learning.measure import (
    Alarm,
    Prediction,
    Score,
    alarm,
    names_place,
    place_found,
    score,
)
from handlers.understanding.values import Kind, Understanding


class Measured(Protocol):
    """What can be measured: it understands, and says where its lines are."""

    @property
    def sure(self) -> float: ...

    @property
    def unsure(self) -> float: ...

    @property
    def version(self) -> str: ...

    def __call__(self, text: str, *, has_photo: bool = False) -> Understanding: ...


Seen = Sequence[tuple[Labelled, Understanding]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares in [0, 1]; a score is None where no message is labelled for it."""

    kind: Score | None
    category: Score | None
    intent: Score | None
    danger: Alarm
    places_found: int
    places_named: int  # labelled, and named by the text itself
    false_tickets: float  # of chatter, what would open a ticket unseen
    opened: float  # of feedback, what opens one unseen
    silent: float  # of feedback, what nobody would be asked about


def figures(classifier: Measured, rows: Sequence[Labelled], typed: Callable[[str], str] = str) -> Figures:
    """Measure; `typed` changes the texts first, as by stripping their accents."""
    seen = [(row, classifier(typed(row.text))) for row in rows]
    sure, unsure = classifier.sure, classifier.unsure
    feedback = [one.feedback for row, one in seen if row.kind not in (None, Kind.NONE)]
    chatter = [one.feedback for row, one in seen if row.kind == Kind.NONE]
    matter = [(row, one) for row, one in seen if row.kind != Kind.NONE]
    found, named = _places(seen, typed)
    return Figures(
        kind=_score((row.kind, one.kind, one.kind_confidence) for row, one in seen),
        category=_score((row.category, one.category, one.category_confidence) for row, one in matter),
        intent=_score((row.intent, one.intent, one.intent_confidence) for row, one in seen),
        danger=alarm([(row.urgent, one.urgent) for row, one in seen if row.urgent is not None]),
        places_found=found,
        places_named=named,
        false_tickets=_share(value >= sure for value in chatter),
        opened=_share(value >= sure for value in feedback),
        silent=_share(value < unsure for value in feedback),
    )


def _score(rows: Iterable[tuple[str | None, str, float]]) -> Score | None:
    answers = [Prediction(truth, said, confidence) for truth, said, confidence in rows if truth is not None]
    return score(answers) if answers else None


def _places(seen: Seen, typed: Callable[[str], str]) -> tuple[int, int]:
    named = [(row.place, one) for row, one in seen if row.place and names_place(row.text, row.place)]
    return sum(place_found(typed(place), one.place.text) for place, one in named), len(named)


def _share(outcomes: Iterable[bool]) -> float:
    values = list(outcomes)
    return sum(values) / len(values) if values else 0.0
