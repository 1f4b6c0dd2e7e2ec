"""A text's words and marks in their order, for what reads places; and tables of names to look up in them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from handlers.understanding.phrases import spelling

_TOKEN = re.compile(r"\d+[^\W\d_]?(?:[/.-]\d+[^\W\d_]?)*|[^\W\d_]+\d*[^\W_]*|[^\w\s]")
_PLAIN = str.maketrans(
    "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ",
    "aaaaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyyd",
)
_WRITTEN_OUT = 7  # a text with an accent on every 7th letter is written with accents


class Token(NamedTuple):
    """One word, number or mark. `lower`: None where accents tell nothing, in a text without any."""

    written: str
    plain: str
    lower: str | None
    start: int
    end: int

    @property
    def is_name(self) -> bool:
        """Whether it is written as a name is: with a capital, or as a number within one."""
        return self.written[0].isupper() or self.written[0].isdigit()


class NameForm(NamedTuple):
    """One way to write a name: its plain words, its spelled words, and what it stands for."""

    plain: list[str]
    spelled: list[str]
    name: str


Forms = Mapping[str, Sequence[NameForm]]


def composed(text: str) -> str:
    """A text whose letters and marks are joined, and whose lower case is as long as itself."""
    joined = unicodedata.normalize("NFC", text)
    lower = joined.lower()
    return joined if len(lower) == len(joined) else unicodedata.normalize("NFC", lower)


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text in composed form."""
    lower = text.lower()
    plain = lower.translate(_PLAIN)
    accented = sum(map(str.__ne__, lower, plain)) * _WRITTEN_OUT > len(text)
    tokens = []
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        word = found[0]
        tells = accented or not word.isascii()
        tokens.append(Token(word, plain[start:end], lower[start:end] if tells else None, start, end))
    return tokens


def by_first_word(forms: Iterable[tuple[str, str]]) -> Forms:
    """Ways to write names (form, name) by the first word of each; the longest first."""
    found: dict[str, list[NameForm]] = {}
    for form, name in forms:
        tokens = tokens_of(form)
        plain = [token.plain for token in tokens]
        spelled = [spelling(token.written.lower()) for token in tokens]
        found.setdefault(plain[0], []).append(NameForm(plain, spelled, name))
    for entries in found.values():
        entries.sort(key=lambda entry: -len(entry.plain))
    return found


def reads(tokens: Sequence[Token], at: int, form: NameForm) -> bool:
    """Whether these words stand here; accents, where written, must be theirs."""
    if tokens[at].plain != form.plain[0] or at + len(form.plain) > len(tokens):
        return False
    here = tokens[at : at + len(form.plain)]
    return [token.plain for token in here] == form.plain and all(map(_is_written, here, form.spelled))


def written(tokens: Sequence[Token], start: int, end: int) -> str:
    """The words from one token to another as they were written, one space between."""
    return " ".join(token.written for token in tokens[start:end])


def _is_written(token: Token, wanted: str) -> bool:
    return token.lower is None or spelling(token.lower) == wanted
