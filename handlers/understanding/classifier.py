"""Reads one message: the words and the signs in them go through the model, the rest follows by rule."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files

from handlers.understanding import adverts, courtesy, politeness
from handlers.understanding.elsewhere import Elsewhere
from handlers.understanding.fold import fold
from handlers.understanding.gazetteer import Gazetteer
from handlers.understanding.model import Model
from handlers.understanding.ngrams import ngrams
from handlers.understanding.phrases import Phrases, TextWords
from handlers.understanding.place_words import AROUND
from handlers.understanding.places import PlaceReader
from handlers.understanding.signs import SignReader
from handlers.understanding.tables import bundled_tables
from handlers.understanding.urgency import CERTAIN
from handlers.understanding.values import Intent, Kind, Place, Understanding

LONGEST = 6000  # characters; what comes after them is not read
MODEL_FILE = "model.bin"
_PHOTO_ODDS = 1.5  # a photo makes feedback likelier; the corpus has none to learn it from
_BY_KEYWORD = 0.95  # what an operator's own word says of the category
_SHOWN = 0.6  # a photo and its place: a moderator looks
_PLAIN = 0.9  # feedback of words that were polite; with so little left, less is no report
_IDLE = (Intent.CHATTER, Intent.PLACE)  # of what sounds like nothing
_NEW, _STILL_BROKEN = Intent.NEW.value, Intent.STILL_BROKEN.value
_MEANT = 0.5  # from this on, any other intent is what it says
_SURE, _UNSURE, _URGENT = 0.75, 0.45, 0.5  # for a model whose data suggest none
# A danger told plainly counts with these too: "chỗ em cũng bị, dây điện rớt xuống đường".
_BESIDES = (Intent.THANKS, Intent.SAME_HERE, Intent.CHATTER, Intent.PLACE)
# Only of what stands in a street: chatter has news of far fires and shots too.
_IN_STREETS = frozenset(f"danger:{sort}" for sort in ("cover", "wire", "pole", "tree"))
_SHORT = 10  # words, of which "chỗ này ngập nè" says what and, to those who see its photo, where
_HERE = Phrases[bool](
    {
        f"{what} {this}": True
        for what in ("chỗ", "khúc", "đoạn", "ngay", "hẻm", "đường")
        for this in ("này", "đây")
    }
    | {"ở đây": True}
)
_LITTER = Phrases[bool](dict.fromkeys(("rác nhiều", "nhiều rác", "đầy rác", "toàn rác"), True))  # is a defect


class FeatureReader:
    """What the model is shown of a text, when it learns and when it is asked."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._places = PlaceReader(gazetteer)
        self._signs = SignReader(bundled_tables())
        self.elsewhere = Elsewhere(gazetteer.elsewhere)

    def views(self, text: str) -> tuple[TextWords, Place, tuple[Sequence[str], ...]]:
        """The words, the place, and the features of each view."""
        place, left_open = self._places.read(text)
        words = TextWords.of(left_open)
        return words, place, (ngrams(words, text), self._signs.read(text, words, place))


class Classifier:
    """Understands messages by a trained model and a city's own keywords."""

    def __init__(
        self, model: Model, reader: FeatureReader, keywords: Mapping[str, str] | None = None
    ) -> None:
        """`keywords`: phrase -> category; where one is found, it decides.

        `sure` and `unsure` are the lines that the model's data suggest for `feedback`.
        """
        self._model = model
        self._reader = reader
        self._keywords = Phrases[str](keywords or {})
        lines = model.header.thresholds
        self.sure = lines.get("sure", _SURE)
        self.unsure = lines.get("unsure", _UNSURE)
        self._urgent_from = lines.get("urgent", _URGENT)

    @classmethod
    def bundled(cls) -> "Classifier":
        """With the model and the gazetteer that come with congich."""
        return cls(bundled_model(), FeatureReader(Gazetteer.bundled()))

    @property
    def version(self) -> str:
        return self._model.header.version

    def __call__(self, text: str, *, has_photo: bool = False) -> Understanding:
        """What a message says; courtesies around a report take nothing from it."""
        text = text[:LONGEST]
        seen = self._read(text, has_photo=has_photo)
        if seen.kind is Kind.NONE and not seen.urgent and adverts.is_one(text):
            return replace(seen, feedback=0.0)  # sold daily, and no moderator need hear of it
        if seen.kind is not Kind.NONE:
            return self._plainly(text, self._doubted(text, seen), has_photo=has_photo)
        if seen.intent is Intent.SAME_HERE and self._reader.elsewhere.is_meant(text, seen.place):
            return replace(seen, intent=Intent.CHATTER)  # "ở Trà Vinh cũng vậy" is nobody's voice here
        besides = [self._read(rest, has_photo=has_photo) for rest in courtesy.without(text)]
        told = max(besides, key=lambda one: one.feedback, default=seen)
        if told.kind is Kind.NONE or told.feedback < self.unsure:
            return self._politely(text, seen, has_photo=has_photo)
        return told  # with its kind and intent: no moderator is asked about what is none, and thanks

    def _plainly(self, text: str, seen: Understanding, *, has_photo: bool) -> Understanding:
        """What sounds like a report; only its politeness may be what makes one doubt it."""
        if seen.kind is not Kind.REPORT or not self.unsure < seen.feedback < self.sure:
            return seen
        told = self._politely(text, seen, has_photo=has_photo)
        return told if told.feedback >= self.sure else seen

    def _politely(self, text: str, seen: Understanding, *, has_photo: bool) -> Understanding:
        """A plain report that its politeness hides; put as a question, a moderator is asked about it."""
        is_answer = seen.kind is Kind.NONE and seen.intent not in _IDLE
        if is_answer and seen.intent_confidence >= _MEANT:
            return seen
        rest, asks = politeness.peeled(text)
        if rest == text:
            return seen
        told = self._read(rest, has_photo=has_photo)
        is_report = told.intent is Intent.NEW and told.feedback >= _PLAIN
        if not is_report or not (told.urgent or told.place.text):
            return seen
        return self._doubted(text, replace(told, feedback=self.unsure) if asks else told)

    def _doubted(self, text: str, seen: Understanding) -> Understanding:
        """What sounds like feedback; a moderator is asked about adverts, and about news of elsewhere."""
        is_advert = not seen.urgent and adverts.is_one(text)
        if is_advert or self._reader.elsewhere.is_meant(text, seen.place):
            return replace(seen, feedback=min(seen.feedback, self.unsure))
        return seen

    def _read(self, text: str, *, has_photo: bool) -> Understanding:
        words, place, views = self._reader.views(text)
        if not words:
            return self._nothing(place)
        if _says_only_where(text, place):
            return self._where(place, has_photo=has_photo)
        answers = self._model.answer(views)
        kinds = _with_photo(answers["kind"]) if has_photo else answers["kind"]
        name, confidence = _likeliest(kinds)
        kind = Kind(name)
        category, category_confidence = self._category(words, answers["category"])
        danger = answers["urgent"].get("yes", 0.0)
        intent, intent_confidence = _intent(kind, answers["intent"])
        told = CERTAIN in views[1] and _may_tell_of_danger(kind, intent, views[1])
        urgent = told or danger >= self._urgent_from
        feedback = 1 - kinds["none"]
        if kind is Kind.NONE and intent is Intent.CHATTER and _points_at_a_defect(text, words, views[1]):
            feedback = max(feedback, self.unsure)
        return Understanding(
            kind=kind,
            kind_confidence=round(confidence, 4),
            feedback=round(feedback, 4),
            category=category,
            category_confidence=round(category_confidence, 4),
            place=place,
            urgent=urgent and intent is not Intent.DONE,
            danger=round(danger, 4),
            intent=intent,
            intent_confidence=round(intent_confidence, 4),
            model=self.version,
            shares={"kind": kinds, "category": answers["category"]},
        )

    def _category(self, words: TextWords, answers: Mapping[str, float]) -> tuple[str, float]:
        """The operator's own words decide, the longest first; else the model."""
        own = max(self._keywords.found(words), key=lambda hit: hit.end - hit.start, default=None)
        name, confidence = _likeliest(answers)
        if own is None:
            return name, confidence
        return own.says, max(_BY_KEYWORD, confidence if own.says == name else 0.0)

    def _where(self, place: Place, *, has_photo: bool) -> Understanding:
        """A place and nothing else: said of something told before, or of what the photo shows."""
        nothing = replace(self._nothing(place), intent=Intent.PLACE)
        if not has_photo:
            return nothing
        return replace(nothing, kind=Kind.REPORT, kind_confidence=_SHOWN, feedback=_SHOWN, intent=Intent.NEW)

    def _nothing(self, place: Place) -> Understanding:
        return Understanding(
            kind=Kind.NONE,
            kind_confidence=1.0,
            feedback=0.0,
            category="other",
            category_confidence=0.0,
            place=place,
            urgent=False,
            danger=0.0,
            intent=Intent.CHATTER,
            intent_confidence=1.0,
            model=self.version,
        )


def _says_only_where(text: str, place: Place) -> bool:
    """Whether nothing is left of a text without its place but small words."""
    if not place.text:
        return False
    before, found, after = fold(text).partition(fold(place.text))
    return bool(found) and all(word in AROUND for word in f"{before} {after}".split())


def _may_tell_of_danger(kind: Kind, intent: Intent, signs: Sequence[str]) -> bool:
    """Whether plain words of a danger in such a message are meant so."""
    if kind is Kind.NONE:
        return intent in _BESIDES and not _IN_STREETS.isdisjoint(signs)
    return kind in (Kind.REPORT, Kind.COMPLAINT)


def _points_at_a_defect(text: str, words: TextWords, signs: Sequence[str]) -> bool:
    """Whether few words say that something is wrong right here, and do not ask it."""
    if len(words) > _SHORT or "?" in text or not any(_HERE.found(words)):
        return False
    return "defect:none" not in signs or any(_LITTER.found(words))


def bundled_model() -> Model:
    """The model that comes with congich."""
    return Model.from_bytes((files(__package__) / MODEL_FILE).read_bytes())


def _likeliest(answers: Mapping[str, float]) -> tuple[str, float]:
    name = max(answers, key=answers.__getitem__)
    return name, answers[name]


def _with_photo(kinds: Mapping[str, float]) -> dict[str, float]:
    odds = {name: value * (1 if name == "none" else _PHOTO_ODDS) for name, value in kinds.items()}
    total = sum(odds.values())
    return {name: value / total for name, value in odds.items()}


def _intent(kind: Kind, answers: Mapping[str, float]) -> tuple[Intent, float]:
    """What is feedback is new or still broken; what is none is anything but new."""
    if kind is Kind.NONE:
        allowed = {name: value for name, value in answers.items() if name != _NEW}
    else:
        allowed = {name: value for name, value in answers.items() if name in (_NEW, _STILL_BROKEN)}
    name, value = _likeliest(allowed)
    return Intent(name), value / max(sum(allowed.values()), 1e-9)
