"""The first classifier: tables of words and a few weights. Honest and simple; a trained model comes next."""

import math
import re

from handlers.understanding import category_words, danger_words, intent_words, kind_words, streets
from handlers.understanding.fold import fold
from handlers.understanding.phrases import Phrases, Words
from handlers.understanding.places import Gazetteer
from handlers.understanding.values import Intent, Kind, Place, Understanding

MODEL = "rules-1"
_QUESTION = re.compile(r"\?\s*$|\b(khong ta|khong vay|the nao|sao vay|bao gio|khi nao|o dau|may gio)\b")
_PLACED, _WITH_PHOTO, _BASE = 0.9, 0.5, -2.1
SHORT = 12  # words; a follow-up says little more than that


class RuleClassifier:
    """Reads one message by tables of words."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._categories = {
            name: Phrases.equal(phrases) for name, phrases in category_words.CATEGORIES.items()
        }
        self._defects = Phrases(kind_words.DEFECTS)
        self._danger = Phrases.equal(danger_words.DANGER)
        self._danger_pairs = [
            (Phrases.equal(things), Phrases.equal(troubles)) for things, troubles in danger_words.DANGER_PAIRS
        ]
        self._complaint = Phrases(kind_words.COMPLAINT)
        self._suggestion = Phrases(kind_words.SUGGESTION)
        self._chatter = Phrases(kind_words.CHATTER)
        self._thanks = Phrases.equal(intent_words.THANKS)
        self._done = Phrases.equal(intent_words.DONE)
        self._in_progress = Phrases.equal(intent_words.IN_PROGRESS)
        self._still_broken = Phrases.equal(intent_words.STILL_BROKEN)
        self._same_here = Phrases.equal(intent_words.SAME_HERE)

    @classmethod
    def bundled(cls) -> "RuleClassifier":
        """With the tables that come with congich."""
        return cls(Gazetteer(streets.STREETS, streets.LANDMARKS))

    def __call__(self, text: str, *, has_photo: bool = False) -> Understanding:
        read = Words.of(text)
        place = self._gazetteer.find(text)
        category, category_confidence = self._category(read)
        urgent = self._urgent(read)
        intent = self._intent(text, read, place)
        kind, confidence = self._kind(
            text, read, place, category, urgent=urgent, has_photo=has_photo, intent=intent
        )
        if kind is not Kind.NONE and intent is not Intent.STILL_BROKEN:
            intent = Intent.NEW
        return Understanding(kind, confidence, category, category_confidence, place, urgent, intent, MODEL)

    def _category(self, read: Words) -> tuple[str, float]:
        """The category with most phrases; longer phrases tell more than short ones."""
        weights = {
            name: sum((end - start) ** 1.5 for start, end, _ in phrases.found(read))
            for name, phrases in self._categories.items()
        }
        total = sum(weights.values())
        if not total:
            return "other", 0.0
        best = max(weights, key=lambda name: weights[name])
        return best, weights[best] / total

    def _urgent(self, read: Words) -> bool:
        """Danger to life; recall counts for more than precision."""
        if "cháy" in read.written and not {"bóng", "đèn"} & set(read.written):
            return True
        paired = any(things.any(read) and troubles.any(read) for things, troubles in self._danger_pairs)
        return paired or self._danger.any(read)

    def _intent(self, text: str, read: Words, place: Place) -> Intent:
        """What a message says of something told already; only short ones are taken at their word."""
        if "+1" in text:
            return Intent.SAME_HERE
        if len(read.folded) <= 3 * SHORT and self._still_broken.any(read):
            return Intent.STILL_BROKEN
        if len(read.folded) > (2 * SHORT if place.text else SHORT):
            return Intent.CHATTER
        for phrases, intent in (
            (self._done, Intent.DONE),
            (self._same_here, Intent.SAME_HERE),
            (self._in_progress, Intent.IN_PROGRESS),
            (self._thanks, Intent.THANKS),
        ):
            if phrases.any(read):
                return intent
        return Intent.CHATTER

    def _kind(
        self,
        text: str,
        read: Words,
        place: Place,
        category: str,
        *,
        urgent: bool,
        has_photo: bool,
        intent: Intent,
    ) -> tuple[Kind, float]:
        """The kind, and how sure: of being feedback at all, or of being none."""
        defect = min(self._defects.weight(read), 2.6) + (1.5 if urgent else 0.0)
        complaint, suggestion = self._complaint.weight(read), self._suggestion.weight(read)
        strongest = max(defect, complaint, suggestion)
        score = _BASE + strongest + 0.3 * (defect + complaint + suggestion - strongest)
        score += 1.1 * (category != "other") + _PLACED * bool(place.text) + _WITH_PHOTO * has_photo
        score -= self._against(text, read, intent)
        feedback = 1 / (1 + math.exp(-1.3 * score))
        if feedback < 0.45 or strongest < 0.5:
            return Kind.NONE, max(1 - feedback, 0.5)
        return _which(defect, complaint, suggestion), round(feedback, 3)

    def _against(self, text: str, read: Words, intent: Intent) -> float:
        against = self._chatter.weight(read)
        if _QUESTION.search(fold(text)) or text.rstrip().endswith("?"):
            against += 1.0
        if intent in (Intent.DONE, Intent.IN_PROGRESS, Intent.SAME_HERE):
            against += 2.0
        if intent is Intent.STILL_BROKEN and len(read.folded) < SHORT:
            against += 1.2
        return against


def _which(defect: float, complaint: float, suggestion: float) -> Kind:
    if suggestion >= 1.2 and suggestion >= complaint and suggestion >= 0.7 * defect:
        return Kind.SUGGESTION
    if complaint >= 1.4:
        return Kind.COMPLAINT
    return Kind.REPORT
