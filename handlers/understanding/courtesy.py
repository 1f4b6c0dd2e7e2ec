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
# So that few texts are searched for them: all thanks have one of these.
_PERHAPS = (" ơn", " on", "thank", "tk", "thk")
_THANKED = re.compile(rf"\b{_THANKS}\b", re.IGNORECASE)
# "đèn sáng rồi cảm ơn mấy anh, mà giờ cống nghẹt": thanks for one thing, and then another.
_BUT = re.compile(
    r"(?<![\s,.;!])(?:[\s,.;!]+(?:mà|nhưng|nhung|còn|với lại|voi lai|sẵn|tiện)"
    r"|\s*[,.;!][\s,.;!]*(?:ma|con|san|tien))"  # without accents a "ma" is others, too
    r"\s+(?:(?:mà|ma|bây giờ|bay gio|giờ|gio|nay|tiện|tien|đây|day)\s+){0,3}",
    re.IGNORECASE,
)
# What they thank for: "đèn sáng rồi, cảm ơn" would sound like one more report of a lamp. But a lamp that
# "chưa sáng lại" is dark, "từ sáng rồi" is since the morning, and without accents a fire is "chay" as well.
_GOOD_NEWS = re.compile(
    r"(?<!\bchua )(?<!\bkhong )(?<!\bhet )(?<!\btu )(?<!\bhoi )"
    r"\b(?:sang|sach|thong|nuoc chay|co|xong|on|dep|ngon|het (?:ngap|hoi|rac|ket|tac|nghet|ro)|gom|don)"
    r"(?: lai)? (?:roi|lai)"
    r"(?: (?:do|a|nha|ne|anh|chi|oi|em|moi|nguoi))*$"
)
_TELLS = re.compile(
    r"^(?:dạ,? |da,? )?(?:cho )?(?:em|tôi|toi|tui|mình|minh|con|cháu|chau)(?: xin(?: phép| phep)?)? "
    r"(?:báo|bao)(?: (?:cáo|cao|với|voi|anh chị|anh chi|mọi người|moi nguoi))?[:,]? "
    r"(?!nhầm|nham|lộn|lon|lại|lai)",
    re.IGNORECASE,
)


def without(text: str) -> list[str]:
    """What a text says besides its courtesies, at its end, its beginning or after them; nothing where it has
    none, nor where it says what its thanks are for."""
    around, after = (_around_thanks(text), _after_thanks(text)) if _may_thank(text) else ((), "")
    left = dict.fromkeys((*around, _without_head(_TELLS, text), after))
    return [rest for rest in left if rest != text and rest.strip() and not _GOOD_NEWS.search(fold(rest))]


def is_good_news(text: str) -> bool:
    """Whether a text says, with its thanks or without any, that all is well: "dạ đèn sáng rồi em cảm ơn"."""
    return any(_GOOD_NEWS.search(fold(rest)) for rest in (text, *_around_thanks(text)))


def _may_thank(text: str) -> bool:
    lower = text.lower()
    return any(words in lower for words in _PERHAPS)


def _around_thanks(text: str) -> tuple[str, str]:
    return _TAIL.sub("", text), _without_head(_HEAD, text)


def _without_head(head: re.Pattern[str], text: str) -> str:
    found = head.match(text)
    return text[found.end() :] if found else text


def _after_thanks(text: str) -> str:
    """What comes after thanks with "mà giờ", "nhưng", "còn"; nothing where nothing does."""
    thanks = _THANKED.search(text)
    but = _BUT.search(text, thanks.end()) if thanks else None
    return text[but.end() :] if but else ""
