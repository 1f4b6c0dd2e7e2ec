"""Vietnamese as people type it, brought to one form: lower case, no accents, abbreviations written out."""

import re
import unicodedata
from itertools import groupby

from handlers.understanding.abbreviations import ABBREVIATIONS

_NUMBERED = re.compile(r"\b([pfq])\W*(\d{1,2})(?!\w)")
_UNITS = {"p": "phường", "f": "phường", "q": "quận"}
# Marks that belong to no letter of Vietnamese once letter and mark were joined.
_LEFT_OVER = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_PAIR = re.compile(r"\ba\s*/\s*c\b")
_TOKEN = re.compile(r"\d+(?:[/.,-]\d+)*[^\W\d_]?(?![^\W\d_])|\w+(?:-\w+)*")
_LAUGH = re.compile(r"k{2,}|(?:h[aie]){2,}h?|(?:hj){1,}|(?:ka){2,}k?")
_REPEATED = re.compile(r"([a-z])\1(?:\1|$)")
_VOWELS = frozenset("aeiouy")


def strip_accents(text: str) -> str:
    """Lower case without accents; đ is d."""
    lower = text.lower()
    if lower.isascii():
        return lower
    decomposed = unicodedata.normalize("NFD", lower.replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def lowered(text: str) -> str:
    """Lower case with accents, each letter one with its marks."""
    return unicodedata.normalize("NFC", text).lower()


def has_accents(text: str) -> bool:
    """Whether anything in a text is written with Vietnamese accents."""
    return strip_accents(text) != lowered(text)


def tokens_in(text: str) -> list[str]:
    """The words of a text as they stand, in lower case with their accents."""
    lower = text.lower()
    if not lower.isascii():
        lower = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
        lower = _LEFT_OVER.sub("", lower)
    lower = _NUMBERED.sub(lambda found: f"{_UNITS[found[1]]} {found[2]}", _PAIR.sub("anh chị", lower))
    return _TOKEN.findall(lower)


def written_words(text: str) -> list[str]:
    """The words of a text in lower case with their accents, shortened ones written out."""
    return [word for token in tokens_in(text) for word in written_out(token).split()]


def fold(text: str) -> str:
    """Words without accents, one space between, repeated letters once, abbreviations written out."""
    return " ".join(strip_accents(word) for word in written_words(text))


def written_out(token: str) -> str:
    """A word without its repeated letters, or what it is short for."""
    bare = strip_accents(token)
    if _LAUGH.fullmatch(bare):
        return "haha"
    if _REPEATED.search(bare) and len(bare) == len(token):
        token = _squeezed(token, bare)
        bare = strip_accents(token)
    return ABBREVIATIONS.get(token) or ABBREVIATIONS.get(bare) or token


def _squeezed(token: str, bare: str) -> str:
    """Three letters alike are one, "hưuuu", "quáaa"; so are two consonants at the end, "lắmm"."""
    kept, place = "", 0
    for letter, run in groupby(bare):
        length = len(list(run))
        last = place + length == len(bare)
        once = letter.isalpha() and (length > 2 or (last and letter not in _VOWELS))
        kept += token[place : place + (1 if once else length)]
        place += length
    return kept
