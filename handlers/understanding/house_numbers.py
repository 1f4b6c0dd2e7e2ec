"""Whether a number is a house's, or counts something, is a moment, or part of a telephone's."""

import re
from collections.abc import Sequence

from handlers.understanding import place_words as known
from handlers.understanding.tokens import Forms, Token, by_first_word, reads

_MOMENT = re.compile(r"\d{1,2}[/-]\d{1,2}|(?:19|20)\d\d")
# No telephone's number ("0912-345-678"), no hour or measure ("7h", "100m", "50k").
_HOUSE = re.compile(r"(?!0)\d{1,4}(?:(?![ghkmpt])[a-z])?(?:[/-]\d{1,4}[a-z]?)*")
_TELEPHONE = 10  # digits
_COUNTED, _COUNTING, _MOMENTS = (
    by_first_word((word, word) for word in words) for words in (known.COUNTED, known.COUNTING, known.MOMENTS)
)


def is_house(tokens: Sequence[Token], at: int) -> bool:
    """Whether a number may be a house's, by itself and by the word before it ("địa chỉ: 27")."""
    number = tokens[at].plain
    if not _HOUSE.fullmatch(number) or is_one_of(tokens, at + 1, _COUNTED):
        return False
    before = at - 2 if at and tokens[at - 1].plain in ":+" else at - 1
    moment = _MOMENT.fullmatch(number) and is_one_of(tokens, before, _MOMENTS)
    return not (moment or _is_unfinished(tokens, before) or is_one_of(tokens, before, _COUNTING))


def counts(tokens: Sequence[Token], at: int) -> bool:
    """Whether a number counts what follows: "Hai Bà Trưng 2 ngày chưa gom", but not "Tháng 8 con hẻm"."""
    named = at > 0 and tokens[at - 1].plain in known.BEFORE_ITS_NUMBER
    return tokens[at].plain.isdigit() and not named and is_one_of(tokens, at + 1, _COUNTED)


def is_one_of(tokens: Sequence[Token], at: int, words: Forms) -> bool:
    """Whether one of these words stands here."""
    return 0 <= at < len(tokens) and any(reads(tokens, at, form) for form in words.get(tokens[at].plain, ()))


def _is_unfinished(tokens: Sequence[Token], at: int) -> bool:
    """Whether a longer number is not at its end here: "0912 345 678", of which the next line's is no part."""
    digits = 0
    while at >= 0 and digits < _TELEPHONE and tokens[at].plain[0].isdigit():
        digits, at = digits + len(tokens[at].plain), at - 1
    return 0 < digits < _TELEPHONE
