"""What the model sees of a text itself: words, pairs, and pairs with a word between."""

import re
from collections.abc import Sequence
from itertools import pairwise

from handlers.understanding.phrases import TextWords

_MARK = re.compile(r"[!?…:;()\"“%+@#/]|\.{2,}|[\u2600-\u27bf\U0001f300-\U0001faff]")
_DIGITS = re.compile(r"\d+")
SKIPPING = "s:"  # before a pair that leaves out the word between
_MARKS = 40  # a text of nothing but marks says no more than this many


def ngrams(words: TextWords, text: str) -> list[str]:
    """The features of one text, each once; "a:" with the accents as written, "b:" and "s:" without any."""
    bare, written = _shaped(words.bare), _shaped(words.spelled)
    found = _grams("b:", bare) + _grams("a:", written)
    found += [f"{SKIPPING}{one} {two}" for one, two in zip(bare, bare[2:], strict=False)]
    found += [f"m:{mark[0]}" for mark in _MARK.findall(text)[:_MARKS]]
    return list(dict.fromkeys(found))


def _shaped(words: Sequence[str]) -> list[str]:
    """Numbers tell by their form alone: 12/3 is as good as 45/6."""
    return [_DIGITS.sub("0", word) if word[0].isdigit() else word for word in words]


def _grams(view: str, words: Sequence[str]) -> list[str]:
    grams = [view + word for word in words]
    grams += [f"{view}{one} {two}" for one, two in pairwise(("^", *words, "$"))]
    return grams
