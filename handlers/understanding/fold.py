"""Vietnamese as people type it, brought to one form: lower case, no accents, abbreviations written out."""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

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
_ACCENTED = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
PLAIN = str.maketrans(_ACCENTED, "aaaaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyyd")
_HAS_ACCENTED = re.compile(f"[{_ACCENTED}{_ACCENTED.upper()}]")
_TONES = {"\u0300": "1", "\u0301": "2", "\u0309": "3", "\u0303": "3", "\u0323": "5"}
_FINAL_Y = re.compile(r"(?<=[bcdđhklmstv])y(?=\d?$)")


class Word(NamedTuple):
    """A word with its accents, without, and the one form of all its spellings without and with them."""

    written: str
    folded: str
    bare: str
    spelled: str


def strip_accents(text: str) -> str:
    """Lower case without accents; đ is d."""
    lower = text.lower()
    plain = lower if lower.isascii() else lower.translate(PLAIN)
    if plain.isascii():
        return plain
    decomposed = unicodedata.normalize("NFD", plain)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def lowered(text: str) -> str:
    """Lower case with accents, each letter one with its marks."""
    return unicodedata.normalize("NFC", text).lower()


def has_accents(text: str) -> bool:
    """Whether anything in a text is written with Vietnamese accents."""
    if text.isascii():
        return False
    return _HAS_ACCENTED.search(text) is not None or strip_accents(text) != lowered(text)


def tokens_in(text: str) -> list[str]:
    """The words of a text as they stand, in lower case with their accents."""
    lower = text.lower()
    if not lower.isascii():
        lower = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
        lower = _LEFT_OVER.sub("", lower)
    if "/" in lower:
        lower = _PAIR.sub("anh chị", lower)
    return _TOKEN.findall(_NUMBERED.sub(lambda found: f"{_UNITS[found[1]]} {found[2]}", lower))


def words_in(text: str) -> list[Word]:
    """The words of a text, shortened ones written out."""
    words: list[Word] = []
    for token in tokens_in(text):
        words += _cached_words(token) if len(token) <= _LONGEST_KEPT else _words(token)
    return words


def written_words(text: str) -> list[str]:
    """The words of a text in lower case with their accents, shortened ones written out."""
    return [word.written for word in words_in(text)]


def fold(text: str) -> str:
    """Words without accents, one space between, repeated letters once, abbreviations written out."""
    return " ".join([word.folded for word in words_in(text)])


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


def _words(token: str) -> tuple[Word, ...]:
    """The words that a token stands for."""
    words = []
    for word in written_out(token).split():
        folded = strip_accents(word)
        bare = _FINAL_Y.sub("i", folded)
        words.append(Word(word, folded, bare, bare if word.isascii() else spelling(word)))
    return tuple(words)


# Vietnamese has some 7,000 syllables, so nearly every word was seen before; a stranger's 6,000 letters
# are not worth keeping.
_LONGEST_KEPT, _KEPT = 20, 16_384
_cached_spelling = lru_cache(_KEPT)(_spelling)
_cached_words = lru_cache(_KEPT)(_words)
