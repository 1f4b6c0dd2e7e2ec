"""Courtesies around what a message says: a report that ends with "cảm ơn" is still a report, and so is one
that begins with "dạ em xin báo", as an officer's answer does."""

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
_TELLS = re.compile(
    r"^(?:dạ,? |da,? )?(?:cho )?(?:em|tôi|toi|tui|mình|minh|con|cháu|chau)(?: xin(?: phép| phep)?)? "
    r"(?:báo|bao)(?: (?:cáo|cao|với|voi|anh chị|anh chi|mọi người|moi nguoi))?[:,]? "
    r"(?!nhầm|nham|lộn|lon|lại|lai)",
    re.IGNORECASE,
)


def without(text: str) -> list[str]:
    """What a text says besides its courtesies, at its end or its beginning; nothing where it has none, nor
    where it says what its thanks are for."""
    left = (_TAIL.sub("", text), _HEAD.sub("", text), _TELLS.sub("", text))
    return [rest for rest in left if rest != text and rest.strip() and not _GOOD_NEWS.search(fold(rest))]
