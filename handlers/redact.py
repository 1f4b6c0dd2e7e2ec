"""What may be read by everybody of what somebody wrote: without telephone numbers, plates, e-mails, ids.

Names can't be told from places for certain and stay. Hotlines (1800, 1900, three digits) are nobody's own.
Plates: circular 79/2024/TT-BCA (two digits, a series, four or five digits). Ids: nine or twelve digits.
"""

import re

HIDDEN = "[…]"
_EXACT = 5  # decimals of a coordinate: a metre

_GAP = r"(?:[ .\-–]{0,3}|,)"
_BEGIN, _END = r"(?<!\d)(?<!\d[.,])", r"(?!\d)"  # letters may touch: "ĐT0912345678", "0912345678nhé"
_DATE = r"\d{1,2}[.\-]\d{1,2}[.\-](?:19|20)\d{2}(?!\d)"
_PATTERNS = (
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    rf"(?:\+|00)84(?:{_GAP}\d){{8,10}}{_END}",
    rf"{_BEGIN}84(?:{_GAP}\d){{9}}{_END}",
    rf"\(?{_BEGIN}(?!{_DATE})0\d{{1,3}}\)?(?:{_GAP}\d){{6,9}}{_END}",
    r"\b\d{2}[ \-]?[A-ZĐ]{1,2}\d?[ .\-]{0,3}(?:\d{4}|\d{3}\.\d{2}|\d{5})\b",
    rf"{_BEGIN}(?:\d{{12}}|\d{{9}}){_END}",
)
_PERSONAL = re.compile("|".join(_PATTERNS), re.IGNORECASE)


def redacted(text: str) -> str:
    """A text without what names one person."""
    return _PERSONAL.sub(HIDDEN, text)


def rounded(degrees: float | None) -> float | None:
    """A coordinate as exactly as everybody may know it."""
    return None if degrees is None else round(degrees, _EXACT)
