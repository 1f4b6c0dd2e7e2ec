"""What the tables of words see in a text, as signs for the model: topics, defects, requests, danger."""

import math
from functools import partial

from handlers.understanding.fold import strip_accents
from handlers.understanding.intents import IntentReader
from handlers.understanding.phrases import Hit, Phrases, Words
from handlers.understanding.requests import RequestReader
from handlers.understanding.tables import Tables
from handlers.understanding.urgency import UrgencyReader
from handlers.understanding.values import Place

_FAINT, _FADES = 0.35, 20  # a faint phrase tells a third; one 20 words in, half


class SignReader:
    """Reads signs by the tables; the same tables serve when a model learns and when it is asked."""

    def __init__(self, tables: Tables) -> None:
        phrases = partial(Phrases[str], ambiguous=tables.ambiguous)
        self._topics = phrases(tables.categories)
        self._faint = {Words.of(phrase).bare for phrase in tables.faint}
        self._where = {strip_accents(word) for word in tables.where}
        self._tables = {
            "defect": phrases(tables.defects),
            "complaint": phrases(tables.complaints),
            "chatter": phrases(tables.chatter),
        }
        self._requests = RequestReader(tables)
        self._intents = IntentReader(tables)
        self._urgency = UrgencyReader(tables)

    def read(self, text: str, words: Words, place: Place) -> list[str]:
        """The signs of one text, each once."""
        found = dict.fromkeys(_shape(text, words))
        found.update(dict.fromkeys(_where(place)))
        found.update(dict.fromkeys(self._topic_signs(words)))
        for name, table in self._tables.items():
            found.update(dict.fromkeys(_counted(name, table, words)))
        found.update(dict.fromkeys(self._requests.read(words)))
        found.update(dict.fromkeys(self._intents.read(text, words)))
        found.update(dict.fromkeys(self._urgency.read(words)))
        return list(found)

    def _topic_signs(self, words: Words) -> list[str]:
        """Each topic named, and the one that is named most; longer phrases tell more than short ones."""
        weights: dict[str, float] = {}
        for hit in self._topics.found(words):
            weights[hit.says] = weights.get(hit.says, 0.0) + self._tells(hit, words)
        if not weights:
            return ["topic:none"]
        best = max(weights, key=lambda name: weights[name])
        clear = weights[best] >= 2 * (sum(weights.values()) - weights[best])
        return [f"main:{best}", f"main:{best}:{clear}", *(f"topic:{name}" for name in weights)]

    def _tells(self, hit: Hit[str], words: Words) -> float:
        """How much a phrase tells of the topic; what is said first is mostly the matter itself."""
        tells = math.pow(hit.end - hit.start, 1.5) / (1 + hit.start / _FADES)
        faint = words.bare[hit.start : hit.end] in self._faint
        placed = hit.start > 0 and words.bare[hit.start - 1] in self._where
        return tells * (_FAINT if faint else 1) * (_FAINT if placed else 1)


def _counted(name: str, table: Phrases[str], words: Words) -> list[str]:
    """Which strengths were found, and whether more than once."""
    seen: dict[str, int] = {}
    for hit in table.found(words):
        seen[hit.says] = seen.get(hit.says, 0) + 1
    signs = [f"{name}:{says}" for says in seen]
    signs += [f"{name}:{says}:more" for says, count in seen.items() if count > 1]
    return signs or [f"{name}:none"]


def _where(place: Place) -> list[str]:
    parts = ("street", "number", "alley", "ward", "landmark")
    return [f"where:{part}" for part in parts if getattr(place, part)] or ["where:none"]


def _shape(text: str, words: Words) -> list[str]:
    signs = [f"length:{min(7, len(words).bit_length())}"]
    if text.rstrip().endswith("?"):
        signs.append("ends:?")
    if "http" in text or "www." in text:
        signs.append("link")
    if text.isupper():
        signs.append("capitals")
    return signs
