"""Whether a number is a house's, or counts something, is a moment, or part of a telephone's."""

import re

from handlers.understanding import place_words as known
from handlers.understanding.tokens import Forms, Tokens, by_first_word, reads

_MOMENT = re.compile(r"\d{1,2}[/-]\d{1,2}|(?:19|20)\d\d")
# No telephone's number ("0912-345-678"), no hour or measure ("7h", "100m", "50k").
_HOUSE = re.compile(r"(?!0)\d{1,4}(?:(?![ghkmpt])[a-z])?(?:[/-]\d{1,4}[a-z]?)*")
_TELEPHONE = 10  # digits
_COUNTED, _COUNTING, _MOMENTS = (
    by_first_word((word, word) for word in words) for words in (known.COUNTED, known.COUNTING, known.MOMENTS)
)


def is_house(tokens: Tokens, at: int) -> bool:
    """Whether a number may be a house's, by itself and by the word before it ("địa chỉ: 27")."""
    number = tokens.plain[at]
    if not _HOUSE.fullmatch(number) or is_one_of(tokens, at + 1, _COUNTED):
        return False
    before = at - 2 if at and tokens.plain[at - 1] in ":+" else at - 1
    moment = _MOMENT.fullmatch(number) and is_one_of(tokens, before, _MOMENTS)
    return not (moment or _is_unfinished(tokens, before) or is_one_of(tokens, before, _COUNTING))


def counts(tokens: Tokens, at: int) -> bool:
    """Whether a number counts what follows: "Hai Bà Trưng 2 ngày chưa gom", but not "Tháng 8 con hẻm"."""
    named = at > 0 and tokens.plain[at - 1] in known.BEFORE_ITS_NUMBER
    return tokens.plain[at].isdigit() and not named and is_one_of(tokens, at + 1, _COUNTED)


def is_one_of(tokens: Tokens, at: int, words: Forms) -> bool:
    """Whether one of these words stands here."""
    return 0 <= at < len(tokens.plain) and any(
        reads(tokens, at, form) for form in words.get(tokens.plain[at], ())
    )


def _is_unfinished(tokens: Tokens, at: int) -> bool:
    """Whether a longer number is not at its end here: "0912 345 678", of which the next line's is no part."""
    digits = 0
    while at >= 0 and digits < _TELEPHONE and tokens.plain[at][0].isdigit():
        digits, at = digits + len(tokens.plain[at]), at - 1
    return 0 < digits < _TELEPHONE
