"""What somebody wrote as others read it within ours: on one line, not turned around, with an end.

So nobody's name or words look like further lines of a card, a list or a history.
"""

import unicodedata

LONGEST_NAME = 128
_TURNING = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_QUOTES = str.maketrans("“”", "‘’")  # of words that we put into quotes


def clean_name(written: str, most: int = LONGEST_NAME) -> str:
    """A name: no control or direction marks, single spaces, not too long."""
    kept = "".join(one for one in unicodedata.normalize("NFC", written) if _is_shown(one))
    return " ".join(kept.split())[:most].strip()


def _is_shown(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def quoted(words: str, limit: int) -> str:
    """The beginning of somebody's words within ours, with a mark where they were cut."""
    return short(" ".join(words.translate(_TURNING).translate(_QUOTES).split()), limit)


def short(words: str, limit: int) -> str:
    """The beginning of words as they stand, with a mark where they were cut."""
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"
