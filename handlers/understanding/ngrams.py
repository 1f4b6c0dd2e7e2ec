"""What the model sees of a text itself: words, pairs, and pairs with a word between."""

import re
from collections.abc import Sequence
from itertools import pairwise

from handlers.understanding.phrases import TextWords

_MARK = re.compile(r"[!?…:;()\"“%+@#/]|\.{2,}|[\u2600-\u27bf\U0001f300-\U0001faff]")
SKIPPING = "s:"  # before a pair that leaves out the word between
_MARKS = 40  # a text of nothing but marks says no more than this many


def ngrams(words: TextWords, text: str) -> list[str]:
    """The features of one text, each once; "a:" with the accents as written, "b:" and "s:" without any."""
    bare = [_shape(word) for word in words.bare]
    written = [_shape(word) for word in words.spelled]
    found = dict.fromkeys(_grams("b:", bare))
    found.update(dict.fromkeys(_grams("a:", written)))
    found.update((f"{SKIPPING}{one} {two}", None) for one, two in zip(bare, bare[2:], strict=False))
    found.update((f"m:{mark[0]}", None) for mark in _MARK.findall(text)[:_MARKS])
    return list(found)


def _shape(word: str) -> str:
    """Numbers tell by their form alone: 12/3 is as good as 45/6."""
    return re.sub(r"\d+", "0", word) if word[0].isdigit() else word


def _grams(view: str, words: Sequence[str]) -> list[str]:
    grams = [view + word for word in words]
    grams += [f"{view}{one} {two}" for one, two in pairwise(("^", *words, "$"))]
    return grams
