"""Finds phrases of several words in a text, with accents or without, and takes no word for another."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from handlers.understanding.fold import strip_accents, written_words

T = TypeVar("T")

_TONES = {"\u0300": "1", "\u0301": "2", "\u0309": "3", "\u0303": "3", "\u0323": "5"}
_FINAL_Y = re.compile(r"(?<=[bcdđhklmstv])y(?=\d?$)")
ACCENTED_SHARE = 0.34  # from this share of accented words on, a bare word is meant to be bare


def spelling(word: str) -> str:
    """One form of each spelling: hoà is hòa, lí is lý; hỏi and ngã, alike in the south, are one tone."""
    tone, letters = "", []
    for letter in unicodedata.normalize("NFD", word):
        if letter in _TONES:
            tone = _TONES[letter]
        else:
            letters.append(letter)
    return _FINAL_Y.sub("i", "".join(letters) + tone)


@dataclass(frozen=True, slots=True)
class Words:
    """A text's words: `bare` without accents, `spelled` with; `accented` where the writer used accents."""

    bare: tuple[str, ...]
    spelled: tuple[str, ...]
    accented: bool

    @classmethod
    def of(cls, text: str) -> "Words":
        """The words of a text."""
        written = written_words(text)
        bare = tuple(_FINAL_Y.sub("i", strip_accents(word)) for word in written)
        spelled = tuple(
            plain if word.isascii() else spelling(word) for word, plain in zip(written, bare, strict=True)
        )
        marked = sum(one != other for one, other in zip(bare, spelled, strict=True))
        # Abbreviations are written out with accents, so a text without any must be looked at itself.
        accented = not text.isascii() and marked > ACCENTED_SHARE * sum(word.isalpha() for word in bare)
        return cls(bare, spelled, accented)

    def __len__(self) -> int:
        return len(self.bare)


class Hit(NamedTuple, Generic[T]):
    """A phrase found: its first word, the word after its last, and what the table says of it."""

    start: int
    end: int
    says: T


class Phrases(Generic[T]):
    """A table of phrases, each with what it says; `ambiguous` words need accents or a neighbour."""

    def __init__(self, says: Mapping[str, T], ambiguous: Collection[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], bool, T]]] = {}
        for phrase, meaning in says.items():
            words = Words.of(phrase)
            entry = (words.bare, words.spelled, phrase in ambiguous, meaning)
            self._by_first.setdefault(words.bare[0], []).append(entry)
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def found(self, words: Words) -> Iterator[Hit[T]]:
        """Each phrase found, the longest at each place, none over another."""
        place = 0
        while place < len(words.bare):
            hit = self._at(words, place)
            if hit is None:
                place += 1
            else:
                yield hit
                place = hit.end

    def any(self, words: Words) -> bool:
        """Whether anything is found."""
        return next(self.found(words), None) is not None

    def _at(self, words: Words, place: int) -> Hit[T] | None:
        for bare, spelled, ambiguous, meaning in self._by_first.get(words.bare[place], ()):
            end = place + len(bare)
            if words.bare[place:end] == bare and _is_meant(words, place, spelled, ambiguous):
                return Hit(place, end, meaning)
        return None


def weight(hits: Iterable[Hit[float]], words: Words) -> float:
    """The sum of what is found, each phrase once."""
    return sum({words.bare[hit.start : hit.end]: hit.says for hit in hits}.values())


def _is_meant(words: Words, start: int, spelled: tuple[str, ...], ambiguous: bool) -> bool:
    """Whether the accents written allow this reading; words without any allow it in a text without."""
    for place, wanted in enumerate(spelled, start):
        if words.spelled[place] == wanted:
            continue
        if words.accented or words.spelled[place] != words.bare[place] or ambiguous:
            return False
    return True
