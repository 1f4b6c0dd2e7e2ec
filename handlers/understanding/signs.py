"""What the tables of words see in a text, as signs for the model: topics, defects, requests, danger."""

import math
from collections.abc import Sequence

from handlers.understanding import intents, requests, urgency
from handlers.understanding.fold import strip_accents
from handlers.understanding.phrases import Hit, PhraseBook, TextWords
from handlers.understanding.tables import Tables
from handlers.understanding.values import Place

_FAINT, _FADES = 0.35, 20  # a faint phrase tells a third; one 20 words in, half


class SignReader:
    """Reads signs by the tables; the same tables serve when a model learns and when it is asked."""

    def __init__(self, tables: Tables) -> None:
        words = {
            "topic": tables.categories,
            "defect": tables.defects,
            "complaint": tables.complaints,
            "chatter": tables.chatter,
        }
        ways = {"request": tables.requests} | intents.tables(tables) | urgency.tables(tables)
        self._phrases = PhraseBook(words | ways, tables.ambiguous, clear=ways)
        self._pairs = urgency.pairs(tables)
        self._faint = {TextWords.of(phrase).bare for phrase in tables.faint}
        self._where = {strip_accents(word) for word in tables.where}

    def read(self, text: str, words: TextWords, place: Place) -> list[str]:
        """The signs of one text, each once."""
        told = self._phrases.found(words)
        signs = _shape(text, words) + _where(place)
        signs += self._topic_signs(told.get("topic", ()), words)
        for name in ("defect", "complaint", "chatter"):
            signs += _counted(name, told.get(name, ()))
        signs += requests.signs(told.get("request", ()))
        signs += intents.signs(text, told)
        signs += urgency.signs(told, self._pairs)
        return list(dict.fromkeys(signs))

    def _topic_signs(self, hits: Sequence[Hit[str]], words: TextWords) -> list[str]:
        """Each topic named, and the one that is named most; longer phrases tell more than short ones."""
        weights: dict[str, float] = {}
        for hit in hits:
            weights[hit.says] = weights.get(hit.says, 0.0) + self._tells(hit, words)
        if not weights:
            return ["topic:none"]
        best = max(weights, key=lambda name: weights[name])
        clear = weights[best] >= 2 * (sum(weights.values()) - weights[best])
        return [f"main:{best}", f"main:{best}:{clear}", *(f"topic:{name}" for name in weights)]

    def _tells(self, hit: Hit[str], words: TextWords) -> float:
        """How much a phrase tells of the topic; what is said first is mostly the matter itself."""
        tells = math.pow(hit.end - hit.start, 1.5) / (1 + hit.start / _FADES)
        faint = words.bare[hit.start : hit.end] in self._faint
        placed = hit.start > 0 and words.bare[hit.start - 1] in self._where
        return tells * (_FAINT if faint else 1) * (_FAINT if placed else 1)


def _counted(name: str, hits: Sequence[Hit[str]]) -> list[str]:
    """Which strengths were found, and whether more than once."""
    seen: dict[str, int] = {}
    for hit in hits:
        seen[hit.says] = seen.get(hit.says, 0) + 1
    signs = [f"{name}:{says}" for says in seen]
    signs += [f"{name}:{says}:more" for says, count in seen.items() if count > 1]
    return signs or [f"{name}:none"]


def _where(place: Place) -> list[str]:
    parts = ("street", "number", "alley", "ward", "landmark")
    return [f"where:{part}" for part in parts if getattr(place, part)] or ["where:none"]


def _shape(text: str, words: TextWords) -> list[str]:
    signs = [f"length:{min(7, len(words).bit_length())}"]
    if text.rstrip().endswith("?"):
        signs.append("ends:?")
    if "http" in text or "www." in text:
        signs.append("link")
    if text.isupper():
        signs.append("capitals")
    return signs
