"""Finds phrases of several words in a text, with accents or without, and takes no word for another."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from handlers.understanding.fold import strip_accents, tokens_in, written_out

T = TypeVar("T")

_TONES = {"\u0300": "1", "\u0301": "2", "\u0309": "3", "\u0303": "3", "\u0323": "5"}
_FINAL_Y = re.compile(r"(?<=[bcdđhklmstv])y(?=\d?$)")
ACCENTED_SHARE = 0.34  # from this share of accented words on, a bare word is meant to be bare


def spelling(word: str) -> str:
    """One form of each spelling: hoà is hòa, lí is lý; hỏi and ngã, alike in the south, are one tone."""
    return _cached_spelling(word) if len(word) <= _LONGEST_KEPT else _spelling(word)


def _spelling(word: str) -> str:
    tone, letters = "", []
    for letter in unicodedata.normalize("NFD", word):
        if letter in _TONES:
            tone = _TONES[letter]
        else:
            letters.append(letter)
    return _FINAL_Y.sub("i", "".join(letters) + tone)


def _forms(token: str) -> tuple[tuple[str, str], ...]:
    """The words that a token stands for, each without accents and with."""
    pairs = []
    for word in written_out(token).split():
        bare = _FINAL_Y.sub("i", strip_accents(word))
        pairs.append((bare, bare if word.isascii() else spelling(word)))
    return tuple(pairs)


# Vietnamese has some 7,000 syllables, so nearly every word was seen before; a stranger's 6,000 letters
# are not worth keeping.
_LONGEST_KEPT, _KEPT = 20, 16_384
_cached_spelling = lru_cache(_KEPT)(_spelling)
_cached_forms = lru_cache(_KEPT)(_forms)


@dataclass(frozen=True, slots=True)
class TextWords:
    """A text's words: `bare` without accents, `spelled` with; `accented` where the writer used accents."""

    bare: tuple[str, ...]
    spelled: tuple[str, ...]
    accented: bool

    @classmethod
    def of(cls, text: str) -> "TextWords":
        """The words of a text."""
        pairs: list[tuple[str, str]] = []
        for token in tokens_in(text):
            pairs += _cached_forms(token) if len(token) <= _LONGEST_KEPT else _forms(token)
        bare = tuple(one for one, _ in pairs)
        spelled = tuple(other for _, other in pairs)
        marked = sum(map(str.__ne__, bare, spelled))
        # Abbreviations are written out with accents, so a text without any must be looked at itself.
        accented = not text.isascii() and marked > ACCENTED_SHARE * sum(map(str.isalpha, bare))
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
        self._entries: dict[tuple[str, ...], list[tuple[tuple[str, ...], bool, T]]] = {}
        lengths: dict[str, set[int]] = {}
        for phrase, meaning in says.items():
            words = TextWords.of(phrase)
            self._entries.setdefault(words.bare, []).append((words.spelled, phrase in ambiguous, meaning))
            lengths.setdefault(words.bare[0], set()).add(len(words))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def found(self, words: TextWords) -> Iterator[Hit[T]]:
        """Each phrase found, the longest at each place, none over another."""
        after = 0
        for place, word in enumerate(words.bare):
            if word in self._lengths and place >= after:
                hit = self._at(words, place)
                if hit is not None:
                    yield hit
                    after = hit.end

    def _at(self, words: TextWords, place: int) -> Hit[T] | None:
        for length in self._lengths[words.bare[place]]:
            end = place + length
            if end > len(words.bare):
                continue
            for spelled, ambiguous, meaning in self._entries.get(words.bare[place:end], ()):
                if _is_meant(words, place, spelled, ambiguous):
                    return Hit(place, end, meaning)
        return None


Found = Mapping[str, Sequence[Hit[str]]]
"""What was found of each table, by its name; tables without a hit are not in it."""


class PhraseBook:
    """Many tables of phrases, found in one pass over a text; each as if it were alone."""

    def __init__(self, tables: Mapping[str, Mapping[str, str]], ambiguous: Collection[str] = ()) -> None:
        """`tables`: name -> phrase -> what it says; `ambiguous` words need accents or a neighbour."""
        self._entries: dict[tuple[str, ...], list[tuple[str, tuple[str, ...], bool, str]]] = {}
        lengths: dict[str, set[int]] = {}
        for name, says in tables.items():
            for phrase, meaning in says.items():
                words = TextWords.of(phrase)
                entry = (name, words.spelled, phrase in ambiguous, meaning)
                self._entries.setdefault(words.bare, []).append(entry)
                lengths.setdefault(words.bare[0], set()).add(len(words))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def found(self, words: TextWords) -> Found:
        """Of each table the phrases found, the longest at each place, none over another."""
        hits: dict[str, list[Hit[str]]] = {}
        count = len(words.bare)
        for place, word in enumerate(words.bare):
            for length in self._lengths.get(word, ()):
                end = place + length
                if end > count:
                    continue
                for name, spelled, ambiguous, meaning in self._entries.get(words.bare[place:end], ()):
                    before = hits.get(name)
                    if (before is None or before[-1].end <= place) and _is_meant(
                        words, place, spelled, ambiguous
                    ):
                        hits.setdefault(name, []).append(Hit(place, end, meaning))
        return hits


def _is_meant(words: TextWords, start: int, spelled: tuple[str, ...], ambiguous: bool) -> bool:
    """Whether the accents written allow this reading; words without any allow it in a text without."""
    if words.spelled[start : start + len(spelled)] == spelled:
        return True
    for place, wanted in enumerate(spelled, start):
        if words.spelled[place] == wanted:
            continue
        if words.accented or words.spelled[place] != words.bare[place] or ambiguous:
            return False
    return True
