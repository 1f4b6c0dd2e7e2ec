"""Offers of houses, work, services and goods: they name streets, lamps and drains, and report nothing."""

import re

from handlers.understanding.fold import fold

# So that few texts are folded for it.
_PERHAPS = re.compile(
    r"b[aá]n|thu[eê]|sang|nh[uư][oợ]ng|tuy[eểê]n|c[aầ]n|t[iì]m|nh[aậ]n|d[iị]ch v|chuy[eê]n|thanh l"
)
_BEGINNING = 40  # characters in which an offer says that it is one
_WHO = r"(?:(?:em|minh|ben em|gia dinh|chinh chu|quan|tiem|shop|cong ty|can|ket tien|gap) ){0,3}"
# "trước nhà bán vật liệu" and "quán cho thuê karaoke" begin otherwise.
_OFFERS = re.compile(
    rf"{_WHO}"
    r"(?:ban|cho thue|sang nhuong|sang lai|sang|chuyen nhuong) (?:gap |lai )?"
    r"(?:nha|dat|lo|nen|can|phong|quan|mat bang|ki ?ot|day|shop|tiem)\b"
)
_TERMS = re.compile(
    r"\b(?:gia|lien he|lh|zalo|inbox|ib|ty|trieu|\d+ ?tr|so (?:hong|do|rieng|san)|noi that|mat bang|day du"
    r"|\d+ ?x ?\d+|m2|0\d{8,10})\b"
)
_WORK = re.compile(
    rf"{_WHO}(?:can|tim|tuyen|tuyen dung)(?: (?:gap|them|tuyen|tim|ngay|\d+)){{0,3}} (?:ban|nguoi|nu|nam|tho"
    r"|nhan vien|phu|tai xe|cong nhan|bao ve|lao dong|giup viec|giu tre|ke toan)\b"
)
# Who calls for hands to a lamp or a drain gives a number, too, but pays nobody and hires nobody.
_HELP = r"(?:xuong|toi|den|len|qua|ra|vo|sua|thay|lap|don|gom|hot|quet|thong|hut|cat|va|xu ly|lam ro)"
_CALL = r"(?:lien he|lh|zalo|inbox|ib|0\d{8,10})"
_PAID = re.compile(
    rf"\b(?:(?<!chat )(?<!so )luong|bao an|thoa thuan|\d+k)\b|\btuyen (?!duong|ong|cong|day|hem).*\b{_CALL}\b"
    rf"|^(?!.*\b{_HELP}\b).*\b{_CALL}\b"
)
_SERVICE = re.compile(
    rf"{_WHO}(?:(?:nhan|chuyen|dich vu) (?:lam|lap|sua|son|thong|hut|cho|giu tre|don|cat|ve sinh|thu mua|may"
    r"|dat|ship|day|gan|chong tham|xay|mai|trong|dua ruoc)"
    r"|(?:thanh ly|ban) (?!da |hang rong|o |tren |ra |lan |do )\w+)\b"
)
# A price, a number to call, a way to one's door.
_SOLD = re.compile(
    r"\b(?:gia (?:re|si|goc|beo|chi|tot|\d+\w*)|lien he|lh|zalo|inbox|ib|alo em|\d+ ?k|\d+ ?tr\d?"
    r"|0\d{8,10}|\d{4} \d{3} \d{3}|nhan ship|giao tan (?:nha|noi)|bao hanh|tron goi|uy tin|24/7|24 7)\b"
)
_KINDS = ((_OFFERS, _TERMS), (_WORK, _PAID), (_SERVICE, _SOLD))


def is_one(text: str) -> bool:
    """Whether a text offers something, by how it begins and by its terms."""
    if _PERHAPS.search(text[:_BEGINNING].lower()) is None:
        return False
    said = fold(text)
    return any(begins.match(said) and terms.search(said) for begins, terms in _KINDS)
