"""The first classifier: tables of words and a few weights; a trained model may stand in its place."""

import math
import re
from dataclasses import dataclass
from functools import partial

from handlers.understanding.fold import strip_accents
from handlers.understanding.intents import SHORT, IntentReader
from handlers.understanding.phrases import Hit, Phrases, Words, weight
from handlers.understanding.places import Gazetteer
from handlers.understanding.requests import RequestReader
from handlers.understanding.streets import LANDMARKS, STREETS
from handlers.understanding.tables import Tables, bundled_tables
from handlers.understanding.urgency import UrgencyReader
from handlers.understanding.values import Intent, Kind, Understanding

MODEL = "rules-2"
_BASE, _STEEP = -2.1, 1.3
_TOPIC, _PLACED, _WITH_PHOTO, _OTHERS = 1.1, 0.9, 0.5, 0.35
_FAINT, _FADES = 0.35, 20  # a faint phrase tells a third; one 20 words in, half
_MOST = 2.8  # what one sort of evidence may add
_FOLLOW_UPS = frozenset({Intent.DONE, Intent.IN_PROGRESS, Intent.SAME_HERE, Intent.THANKS})
_LINK = re.compile(r"https?://|www\.")
UNSURE = 0.45
LEAST = 0.5  # a single faint sign is none


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each kind, and against any; about 0 to 3 each."""

    defect: float
    complaint: float
    suggestion: float
    against: float

    @property
    def strongest(self) -> float:
        return max(self.defect, self.complaint, self.suggestion)

    def feedback(self, bonus: float) -> float:
        """The confidence that it is feedback of some kind."""
        rest = self.defect + self.complaint + self.suggestion - self.strongest
        score = _BASE + self.strongest + _OTHERS * rest + bonus - self.against
        return 1 / (1 + math.exp(-_STEEP * score))


class RuleClassifier:
    """Reads one message by tables of words."""

    def __init__(self, tables: Tables, gazetteer: Gazetteer) -> None:
        phrases = partial(Phrases[float], ambiguous=tables.ambiguous)
        self._gazetteer = gazetteer
        self._categories = Phrases[str](tables.categories, tables.ambiguous)
        self._faint = {Words.of(phrase).bare for phrase in tables.faint}
        self._where = {strip_accents(word) for word in tables.where}
        self._defects = phrases(tables.defects)
        self._complaints = phrases(tables.complaints)
        self._chatter = phrases(tables.chatter)
        self._requests = RequestReader(tables)
        self._intents = IntentReader(tables)
        self._urgency = UrgencyReader(tables)

    @classmethod
    def bundled(cls) -> "RuleClassifier":
        """With the tables that come with congich."""
        return cls(bundled_tables(), Gazetteer(STREETS, LANDMARKS))

    def __call__(self, text: str, *, has_photo: bool = False) -> Understanding:
        words = Words.of(text)
        place = self._gazetteer.find(text)
        category, category_confidence = self._category(words)
        intent = self._intents.read(text, words, placed=place.text is not None)
        urgent = intent is not Intent.DONE and self._urgency.read(words)
        evidence = self._evidence(text, words, intent, urgent=urgent, topicless=category == "other")
        bonus = _TOPIC * (category != "other") + _PLACED * bool(place.text) + _WITH_PHOTO * has_photo
        kind, confidence = _kind(evidence, bonus)
        if kind is not Kind.NONE and intent is not Intent.STILL_BROKEN:
            intent = Intent.NEW
        return Understanding(kind, confidence, category, category_confidence, place, urgent, intent, MODEL)

    def _category(self, words: Words) -> tuple[str, float]:
        """The category with most phrases; longer phrases tell more than short ones."""
        weights: dict[str, float] = {}
        for hit in self._categories.found(words):
            weights[hit.says] = weights.get(hit.says, 0.0) + self._tells(hit, words)
        if not weights:
            return "other", 0.0
        best = max(weights, key=lambda name: weights[name])
        return best, round(weights[best] / sum(weights.values()), 3)

    def _tells(self, hit: Hit[str], words: Words) -> float:
        """How much a phrase tells of the category; what is said first is mostly the matter itself."""
        tells = math.pow(hit.end - hit.start, 1.5) / (1 + hit.start / _FADES)
        faint = words.bare[hit.start : hit.end] in self._faint
        placed = hit.start > 0 and words.bare[hit.start - 1] in self._where
        return tells * (_FAINT if faint else 1) * (_FAINT if placed else 1)

    def _evidence(
        self, text: str, words: Words, intent: Intent, *, urgent: bool, topicless: bool
    ) -> Evidence:
        defect = weight(self._defects.found(words), words) + (1.5 if urgent else 0.0)
        complaint = weight(self._complaints.found(words), words)
        complaint += 1.0 if intent is Intent.STILL_BROKEN else 0.0
        suggestion = self._requests.read(words, defect=max(defect, complaint))
        against = weight(self._chatter.found(words), words) + _asked(text)
        against += 2.0 if intent in _FOLLOW_UPS else 0.0
        against += 1.5 if _LINK.search(text) else 0.0
        against += 1.2 if intent is Intent.STILL_BROKEN and len(words) < SHORT and topicless else 0.0
        return Evidence(min(defect, _MOST), min(complaint, _MOST), min(suggestion, _MOST), against)


def _asked(text: str) -> float:
    return 1.2 if text.rstrip().endswith("?") else 0.0


def _kind(evidence: Evidence, bonus: float) -> tuple[Kind, float]:
    """The kind, and how sure: of being feedback at all, or of being none."""
    feedback = evidence.feedback(bonus)
    if feedback < UNSURE or evidence.strongest < LEAST:
        return Kind.NONE, round(max(1 - feedback, 0.5), 3)
    return _which(evidence), round(feedback, 3)


def _which(evidence: Evidence) -> Kind:
    if evidence.suggestion >= max(1.2, evidence.complaint, 0.8 * evidence.defect):
        return Kind.SUGGESTION
    if evidence.complaint >= 1.5 or evidence.complaint > evidence.defect:
        return Kind.COMPLAINT
    return Kind.REPORT
