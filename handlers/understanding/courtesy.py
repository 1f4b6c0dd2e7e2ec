"""Thanks at the end or the beginning of a message: a report that ends with "cảm ơn" is still a report."""

import re

from handlers.understanding.fold import fold

_THANKS = r"(?:cảm ơn|cám ơn|cam on|đội ơn|doi on|thanks?(?: you)?|tks|thks|tk)"
_BEFORE = (
    r"(?:(?:dạ|da|xin|em|tôi|toi|tui|mình|minh|rất|rat|chân thành|chan thanh|trân trọng|tran trong)\s+){0,3}"
)
_TAIL = re.compile(rf"(?<![\s,.;!–-])[\s,.;!–-]+{_BEFORE}{_THANKS}(?:\s+\w+){{0,5}}[\s.!,)]*$", re.IGNORECASE)
_HEAD = re.compile(
    rf"^{_BEFORE}{_THANKS}[^,.;!]*?(?:[,.;!]+\s*(?:mà|ma|nhưng|nhung)?|(?<!\s)\s+(?:nhưng|nhung|mà))\s+",
    re.IGNORECASE,
)
# What they thank for: "đèn sáng rồi, cảm ơn" would sound like one more report of a lamp. But a lamp that
# "chưa sáng lại" is dark, "từ sáng rồi" is since the morning, and without accents a fire is "chay" as well.
_GOOD_NEWS = re.compile(
    r"(?<!\bchua )(?<!\bkhong )(?<!\bhet )(?<!\btu )(?<!\bhoi )"
    r"\b(?:sang|sach|thong|nuoc chay|co|xong|on|dep|ngon|het (?:ngap|hoi|rac|ket|tac|nghet|ro))"
    r"(?: lai)? (?:roi|lai)"
    r"(?: (?:do|a|nha|ne|anh|chi))*$"
)


def without(text: str) -> list[str]:
    """What a text says besides its thanks, at its end or its beginning; nothing where it has none, nor where
    it says what they are for."""
    left = (_TAIL.sub("", text), _HEAD.sub("", text))
    return [rest for rest in left if rest != text and rest.strip() and not _GOOD_NEWS.search(fold(rest))]
