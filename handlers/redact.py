"""What may be read by everybody of what somebody wrote: without telephone numbers, plates, e-mails, ids.

Names can't be told from places for certain and stay. Hotlines (1800, 1900, three digits) are nobody's own.
Plates: circular 79/2024/TT-BCA (two digits, a series, four or five digits). Ids: nine or twelve digits.
Mobile numbers: the ten digits of the plan of 2018. Every pattern reads a text in the time of its length.
"""

import re
import unicodedata

HIDDEN = "[…]"
_EXACT = 5  # decimals of a coordinate: a metre

# Wide only for mobile numbers, whose length is known: a house follows in the next line, days are written so.
_GAP = r"(?:[ \t.\-‐-—•·|_()]{0,3}|,)"
_WIDE_GAP = r"[\s.\-‐-—•·|_()/]{0,3}"
_BEGIN, _END = r"(?<!\d)(?<!\d[.,])", r"(?!\d)"  # letters may touch: "ĐT0912345678", "0912345678nhé"
_DATE = r"(?:\d{1,2}[.\-/]\d{1,2}[.\-/](?:19|20)\d{2}(?!\d)|\d{1,2}/\d{1,2}/[23]\d(?![\d/]))"
_MOBILE = rf"0{_GAP}(?:3{_GAP}[2-9]|5{_GAP}[25689]|7{_GAP}[06-9]|8{_GAP}[1-9]|9{_GAP}\d)"
_PATTERNS = (
    rf"{_BEGIN}(?<!\d/)(?!{_DATE}){_MOBILE}(?:{_WIDE_GAP}\d){{7}}(?!/?\d)",
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+",
    rf"\(?(?:\+|00)84(?:{_GAP}\d){{8,10}}{_END}",
    rf"{_BEGIN}84(?:{_GAP}\d){{9}}{_END}",
    rf"\(?{_BEGIN}(?!{_DATE})0\d{{1,3}}\)?(?:{_GAP}\d){{6,9}}{_END}",
    r"\b\d{2}[ \t\-‐-—]?[A-ZĐ]{1,2}\d?[ \t.\-‐-—]{0,3}(?:\d{4}|\d{3}\.\d{2}|\d{5})\b",
    rf"{_BEGIN}(?:\d{{12}}|\d{{9}}){_END}",
)
_PERSONAL = re.compile("|".join(_PATTERNS), re.IGNORECASE)


class _Plain(dict[int, str]):
    """Letters as patterns read them: wide and ringed digits as digits, nothing for what is not seen."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        plain = unicodedata.normalize("NFKC", letter)
        unseen = unicodedata.category(letter) == "Cf" or letter in "\ufe0f\u20e3"  # those of keycaps, too
        self[code] = "" if unseen else plain if len(plain) == 1 else letter
        return self[code]


_PLAIN = _Plain()


def redacted(text: str) -> str:
    """A text without what names one person, however its digits are written; the rest as it was."""
    plain = text.translate(_PLAIN)
    if len(plain) == len(text):
        spans = [found.span() for found in _PERSONAL.finditer(plain)]
    else:
        seen = [at for at, letter in enumerate(text) if _PLAIN[ord(letter)]] + [len(text)]
        spans = [(seen[found.start()], seen[found.end()]) for found in _PERSONAL.finditer(plain)]
    parts, end = [], 0
    for start, until in spans:
        parts += [text[end:start], HIDDEN]
        end = until
    return "".join([*parts, text[end:]])


def rounded(degrees: float | None) -> float | None:
    """A coordinate as exactly as everybody may know it."""
    return None if degrees is None else round(degrees, _EXACT)
