"""Finds phrases of several words in a text, with accents or without, and takes no word for another."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from operator import ne
from typing import Generic, NamedTuple, TypeVar

from handlers.understanding.fold import words_in

T = TypeVar("T")

ACCENTED_SHARE = 0.34  # from this share of accented words on, a bare word is meant to be bare


@dataclass(frozen=True, slots=True)
class TextWords:
    """A text's words: `bare` without accents, `spelled` with; `accented` where the writer used accents."""

    bare: tuple[str, ...]
    spelled: tuple[str, ...]
    accented: bool

    @classmethod
    def of(cls, text: str) -> "TextWords":
        """The words of a text."""
        words = words_in(text)
        bare, spelled = tuple([word.bare for word in words]), tuple([word.spelled for word in words])
        # Abbreviations are written out with accents, so a text without any must be looked at itself.
        accented = not text.isascii() and _is_accented(bare, spelled)
        return cls(bare, spelled, accented)

    def __len__(self) -> int:
        return len(self.bare)


def _is_accented(bare: Sequence[str], spelled: Sequence[str]) -> bool:
    """Whether so many words have accents that one without has none on purpose."""
    marked: int = sum(map(ne, bare, spelled))
    return marked > ACCENTED_SHARE * sum(map(str.isalpha, bare))


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


class _Entry(NamedTuple):
    """A phrase of one table, as it is written and what it says."""

    table: str
    spelled: tuple[str, ...]
    ambiguous: bool
    says: str


_Begun = Mapping[str, Mapping[str | None, Sequence[tuple[tuple[str, ...], Sequence[_Entry]]]]]
"""Phrases by their first word and by their second."""


class PhraseBook:
    """Many tables of phrases, found in one pass over a text; each as if it were alone."""

    def __init__(
        self,
        tables: Mapping[str, Mapping[str, str]],
        ambiguous: Collection[str] = (),
        clear: Collection[str] = (),
    ) -> None:
        """`tables`: name -> phrase -> what it says; `ambiguous` words need accents or a neighbour, but in
        those tables that are `clear`."""
        entries: dict[tuple[str, ...], list[_Entry]] = {}
        for name, says in tables.items():
            for phrase, meaning in says.items():
                words = TextWords.of(phrase)
                entry = _Entry(name, words.spelled, phrase in ambiguous and name not in clear, meaning)
                entries.setdefault(words.bare, []).append(entry)
        self._begun = _by_two_words(entries)

    def found(self, words: TextWords) -> Found:
        """Of each table the phrases found, the longest at each place, none over another."""
        hits: dict[str, list[Hit[str]]] = {}
        bare = words.bare
        for place, (word, following) in enumerate(zip_longest(bare, bare[1:])):
            begun = self._begun.get(word)
            if begun is None:
                continue
            for phrase, entries in begun.get(following) or begun[None]:
                end = place + len(phrase)
                if len(phrase) > 2 and bare[place:end] != phrase:
                    continue
                for name, spelled, ambiguous, meaning in entries:
                    before = hits.get(name)
                    if (before is None or before[-1].end <= place) and _is_meant(
                        words, place, spelled, ambiguous
                    ):
                        hits.setdefault(name, []).append(Hit(place, end, meaning))
        return hits


def _by_two_words(entries: Mapping[tuple[str, ...], list[_Entry]]) -> _Begun:
    """The phrases that two words may begin, the longest first; those of one word also by themselves."""
    begun: dict[str, dict[str | None, list[tuple[tuple[str, ...], list[_Entry]]]]] = {}
    for phrase in sorted(entries, key=len, reverse=True):
        second = phrase[1] if len(phrase) > 1 else None
        begun.setdefault(phrase[0], {None: []}).setdefault(second, []).append((phrase, entries[phrase]))
    for by_second in begun.values():
        for second, phrases in by_second.items():
            phrases.extend(by_second[None] if second else ())
    return begun


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
