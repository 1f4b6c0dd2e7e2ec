"""Words by which somebody puts right where something is: "à lộn, hẻm 21 nha", "ý em là Lê Lợi", "*Lê Lai"."""

import re
from dataclasses import replace

from handlers.understanding import Intent, Kind, Place, Understanding
from handlers.understanding.fold import fold, has_accents, strip_accents, written_words
from handlers.understanding.tokens import composed

LONGEST = 12  # words; what says more tells of something
# So that little talk is folded for it; what must not stand before a letter is asked once the letter is found.
_PERHAPS = re.compile(
    r"l[oộ]n|nh[aầ]m|y(?<!\w.) (?:em|t[uô]i|m[iì]nh|con)|ý(?<!\w.) (?:em|t[uô]i|m[iì]nh|con)"
    r"|xin l[oỗ]i|sorry|qu[eê]n|d[uú]ng|đ[uú]ng|ph[aả]i"
)
_FIRST = r"^(?:(?:[àạáừ]|ủa|dạ|chết|trời|ơi|quên|em|tui|tôi|mình|mọi người|anh|chị|xin lỗi|sorry) ){0,4}"
_WRONG = (
    rf"{_FIRST}(?:lộn|nhầm)(?! xộn| lẫn)",
    rf"{_FIRST}ý (?:em|tui|tôi|mình|con) (?:nói )?là",
    r"(?:ghi|viết|gõ|đánh|nói|nhắn) (?:lộn|nhầm)",
    r"mới đúng|chứ không phải",
    rf"{_FIRST}(?:xin lỗi|sorry|quên)(?= (?:[^ ]+ ){{1,4}}[^ ]+$)",
)
_SLIP = re.compile(rf"(?:{'|'.join(_WRONG)})(?!\w)")
_SLIP_BARE = re.compile(rf"(?:{'|'.join(map(strip_accents, _WRONG))})(?!\w)")
_NUMBER = re.compile(r"\bs[ốo] (\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)*)\b", re.IGNORECASE)


def says(words: str) -> bool:
    """Whether words put something right that was said before."""
    is_marked = words.lstrip().startswith("*")
    if not (is_marked or _PERHAPS.search(words.lower())) or len(words.split()) > LONGEST:
        return False
    if has_accents(words):
        is_slip = _SLIP.search(" ".join(written_words(words)))
    else:
        is_slip = _SLIP_BARE.search(fold(words))
    return is_marked or is_slip is not None


def put_right(words: str, seen: Understanding, sure: float) -> Understanding | None:
    """Words that put a place right, with where it is; None where they say anything else."""
    place = seen.place if seen.place.text else _number_alone(words)
    if place is None or (seen.kind is not Kind.NONE and seen.feedback >= sure) or not says(words):
        return None
    return replace(seen, kind=Kind.NONE, intent=Intent.PLACE, place=place)


def _number_alone(words: str) -> Place | None:
    """A house by its number, which is no place but beside what was said before."""
    found = _NUMBER.search(composed(words))
    return Place(text=found[0], number=found[1]) if found else None
