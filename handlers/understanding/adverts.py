"""Offers of houses, land and rooms: they name streets, lamps and floods, and report nothing."""

import re

from handlers.understanding.fold import fold

# So that few texts are folded for it.
_PERHAPS = re.compile(r"b[aá]n|thu[eê]|sang|nh[uư][oợ]ng", re.IGNORECASE)
_BEGINNING = 40  # characters in which an offer says that it is one
# "trước nhà bán vật liệu" and "quán cho thuê karaoke" begin otherwise.
_OFFERS = re.compile(
    r"(?:(?:em|minh|gia dinh|chinh chu|can|ket tien|gap) ){0,3}"
    r"(?:ban|cho thue|sang nhuong|sang lai|sang|chuyen nhuong) (?:gap |lai )?"
    r"(?:nha|dat|lo|nen|can|phong|quan|mat bang|ki ?ot|day|shop|tiem)\b"
)
_TERMS = re.compile(
    r"\b(?:gia|lien he|lh|zalo|inbox|ib|ty|trieu|\d+ ?tr|so (?:hong|do|rieng|san)|noi that|mat bang|day du"
    r"|\d+ ?x ?\d+|m2|0\d{8,10})\b"
)


def is_one(text: str) -> bool:
    """Whether a text offers property, by how it begins and by its terms."""
    if _PERHAPS.search(text[:_BEGINNING]) is None:
        return False
    said = fold(text)
    return _OFFERS.match(said) is not None and _TERMS.search(said) is not None
