"""A text's words and marks in their order, for what reads places; and tables of names to look up in them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import ne
from typing import NamedTuple

from handlers.understanding.fold import PLAIN, spelling

_TOKEN = re.compile(r"\d+[^\W\d_]?(?:[/.-]\d+[^\W\d_]?)*|[^\W\d_]+\d*[^\W_]*|[^\w\s]")
_WRITTEN_OUT = 7  # a text with an accent on every 7th letter is written with accents


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words, numbers and marks of a text, as they are written and without accents."""

    written: Sequence[str]
    plain: Sequence[str]
    accented: bool

    def tells(self, at: int) -> bool:
        """Whether the accents of a word tell something: in a text without any they do not."""
        return self.accented or not self.written[at].isascii()

    def is_name(self, at: int) -> bool:
        """Whether it is written as a name is: with a capital, or as a number within one."""
        first = self.written[at][0]
        return first.isupper() or first.isdigit()

    def spelled(self, at: int) -> str:
        """A word with its accents in one spelling."""
        return spelling(self.written[at].lower())


class NameForm(NamedTuple):
    """One way to write a name: its plain words, its spelled words, and what it stands for."""

    plain: Sequence[str]
    spelled: Sequence[str]
    name: str


Forms = Mapping[str, Sequence[NameForm]]
Spans = Sequence[tuple[int, int]]  # where each token begins and ends


def composed(text: str) -> str:
    """A text whose letters and marks are joined, and whose lower case is as long as itself."""
    joined = unicodedata.normalize("NFC", text)
    lower = joined.lower()
    return joined if len(lower) == len(joined) else unicodedata.normalize("NFC", lower)


def tokens_of(text: str) -> Tokens:
    """The tokens of a text in composed form."""
    lower, written = text.lower(), _TOKEN.findall(text)
    if lower.isascii():
        return Tokens(written, written if lower == text else _TOKEN.findall(lower), accented=False)
    plain = lower.translate(PLAIN)
    accented = sum(map(ne, lower, plain)) * _WRITTEN_OUT > len(text)
    return Tokens(written, _TOKEN.findall(plain), accented)


def spans_of(text: str) -> Spans:
    """Where each token of a text begins and ends."""
    return [found.span() for found in _TOKEN.finditer(text)]


def by_first_word(forms: Iterable[tuple[str, str]]) -> Forms:
    """Ways to write names (form, name) by the first word of each; the longest first."""
    found: dict[str, list[NameForm]] = {}
    for form, name in forms:
        tokens = tokens_of(form)
        spelled = [tokens.spelled(at) for at in range(len(tokens.written))]
        found.setdefault(tokens.plain[0], []).append(NameForm(tokens.plain, spelled, name))
    for entries in found.values():
        entries.sort(key=lambda entry: -len(entry.plain))
    return found


def reads(tokens: Tokens, at: int, form: NameForm) -> bool:
    """Whether these words stand here; accents, where written, must be theirs."""
    if tokens.plain[at : at + len(form.plain)] != form.plain:
        return False
    for place, wanted in enumerate(form.spelled, at):
        if tokens.tells(place) and tokens.spelled(place) != wanted:
            return False
    return True


def written(tokens: Tokens, start: int, end: int) -> str:
    """The words from one token to another as they were written, one space between."""
    return " ".join(tokens.written[start:end])
