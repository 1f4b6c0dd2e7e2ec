"""Finds phrases of several words in a text, accents or not, without mistaking one word for another."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from handlers.understanding.fold import fold, has_accents

# Words that are another word with other accents: in a text written with accents they count only so.
ACCENTED: Mapping[str, frozenset[str]] = {
    folded: frozenset(written.split())
    for folded, written in {
        "den": "đèn đen",
        "cay": "cây",
        "cong": "cống công cổng",
        "ho": "hố hồ hở hộ hố hò",
        "be": "bể bê",
        "hoi": "hôi hối hội hỏi",
        "tat": "tắt tắc",
        "duc": "đục",
        "do": "đổ đỗ đỏ đồ",
        "te": "té",
        "rac": "rác",
        "hu": "hư",
        "tran": "tràn",
        "nga": "ngã",
        "lun": "lún",
        "no": "nổ nợ nọ",
        "chay": "cháy chạy",
        "thui": "thúi thui",
        "bui": "bụi",
        "khoi": "khói",
        "dot": "đốt",
        "che": "che",
        "dut": "đứt",
        "rot": "rớt",
        "gay": "gãy gây gậy",
        "muc": "mục mực",
        "on": "ồn ơn",
        "trom": "trộm",
        "ran": "rắn",
        "sap": "sập",
        "ngap": "ngập",
        "sup": "sụp",
        "hoai": "hoài",
        "phun": "phun",
        "dal": "đal đan",
        "chiem": "chiếm",
        "dong": "đống đọng đồng đóng động đông",
        "cho": "chó chờ cho chợ chỗ",
        "hua": "hứa",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Words:
    """A text as words: each folded, beside how it was written."""

    folded: tuple[str, ...]
    written: tuple[str, ...]
    accented: bool

    @classmethod
    def of(cls, text: str) -> "Words":
        folded: list[str] = []
        written: list[str] = []
        for word in unicodedata.normalize("NFC", text).lower().split():
            for part in fold(word).replace(",", " ").replace(".", " ").split():
                folded.append(part)
                written.append(word.strip(".,!?;:()\"'"))
        return cls(tuple(folded), tuple(written), has_accents(text))


class Phrases:
    """A table of phrases, each with a weight."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], float]]] = {}
        for phrase, weight in weights.items():
            parts = tuple(phrase.split())
            self._by_first.setdefault(parts[0], []).append((parts, weight))
        for found in self._by_first.values():
            found.sort(key=lambda one: -len(one[0]))

    @classmethod
    def equal(cls, phrases: Iterable[str]) -> "Phrases":
        """A table whose phrases weigh the same."""
        return cls(dict.fromkeys(phrases, 1.0))

    def found(self, words: Words) -> list[tuple[int, int, float]]:
        """Start, end and weight of each phrase, the longest at each place, none over another."""
        hits, place = [], 0
        while place < len(words.folded):
            hit = self._at(words, place)
            if hit is None:
                place += 1
                continue
            length, weight = hit
            hits.append((place, place + length, weight))
            place += length
        return hits

    def weight(self, words: Words) -> float:
        """The sum of what is found, each phrase once."""
        seen = {words.folded[start:end]: weight for start, end, weight in self.found(words)}
        return sum(seen.values())

    def any(self, words: Words) -> bool:
        """Whether anything is found."""
        return bool(self.found(words))

    def _at(self, words: Words, place: int) -> tuple[int, float] | None:
        for parts, weight in self._by_first.get(words.folded[place], ()):
            end = place + len(parts)
            if words.folded[place:end] == parts and _is_meant(words, place, end):
                return len(parts), weight
        return None


def _is_meant(words: Words, start: int, end: int) -> bool:
    """Whether the accents written allow this reading; a text without accents allows any."""
    if not words.accented:
        return True
    for folded, written in zip(words.folded[start:end], words.written[start:end], strict=True):
        allowed = ACCENTED.get(folded)
        if allowed is not None and has_accents(written) and written not in allowed:
            return False
    return True
