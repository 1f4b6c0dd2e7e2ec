"""How people type: accents dropped, words shortened or run together, a Telex key left in the word."""

import unicodedata
from collections.abc import Callable
from typing import Protocol

from handlers.understanding.abbreviations import ABBREVIATIONS

_TONE_KEYS = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_LETTER_KEYS = {"\u0302": "", "\u0306": "w", "\u031b": "w"}


class Luck(Protocol):
    """A seeded source of chance, such as `random.Random`."""

    def random(self) -> float: ...
    def randrange(self, start: int, stop: int) -> int: ...


Typing = Callable[[str, Luck], str]


def without_accents(text: str, _: Luck | None = None) -> str:
    """The whole text without accents, as most type it in a hurry; capitals kept."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def hurried(text: str, luck: Luck) -> str:
    """Some words without accents, some shortened, a slip now and then."""
    return " ".join(_typed(word, luck, bare=0.3) for word in text.split())


def hurried_without_accents(text: str, luck: Luck) -> str:
    """The same with no accents at all."""
    typed = " ".join(_typed(word, luck, bare=1.0) for word in text.split())
    return _run_together(typed, luck)


COPIES: tuple[Typing, ...] = (without_accents, hurried, hurried_without_accents)


def _typed(word: str, luck: Luck, bare: float) -> str:
    chance = luck.random()
    short = _shortened(word.lower())
    if short and chance < 0.35:
        chosen = short[luck.randrange(0, len(short))]
        return chosen if bare < 1 else without_accents(chosen)
    if chance > 0.985 and len(word) > 3:
        return telex(word)
    if chance > 0.96 and len(word) > 3:
        return _slipped(word, luck)
    return without_accents(word) if luck.random() < bare else word


def _shortened(word: str) -> list[str]:
    return [short for short, whole in ABBREVIATIONS.items() if whole == word]


def telex(word: str) -> str:
    """A word as its keys were pressed: "đèn" is "ddenf"."""
    letters: list[str] = []
    tone = ""
    for letter in unicodedata.normalize("NFD", word.lower().replace("đ", "dd")):
        if letter in _TONE_KEYS:
            tone = _TONE_KEYS[letter]
        elif letter in _LETTER_KEYS:
            letters.append(_LETTER_KEYS[letter] or letters[-1])
        else:
            letters.append(letter)
    return "".join(letters) + tone


def _slipped(word: str, luck: Luck) -> str:
    """Two letters swapped, one left out, or one held down."""
    place = luck.randrange(1, len(word) - 1)
    match luck.randrange(0, 3):
        case 0:
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        case 1:
            return word[:place] + word[place + 1 :]
        case _:
            return word + word[-1] * 3


def _run_together(text: str, luck: Luck) -> str:
    words = text.split(" ")
    joined = words[:1]
    for word in words[1:]:
        if luck.random() < 0.03:
            joined[-1] += word
        else:
            joined.append(word)
    return " ".join(joined)
