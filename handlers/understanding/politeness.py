"""The polite way to a report, peeled off it: "dạ em xin phản ánh … ạ", "cho em hỏi sao … vậy ạ".

A short report is all but drowned by such words; what is left tells what the message is about.
"""

import re
import unicodedata
from collections.abc import Sequence

from handlers.understanding.fold import fold, has_accents, strip_accents

_ME = r"(?:em|e|tôi|tui|mình|con|cháu|bên em|nhà em)"
_YOU = (
    r"(?:(?:mấy|các|quý) )?"
    r"(?:anh chị|anh/chị|a/?c|anh em|cô chú|cô bác|bà con|cả nhà|mọi người|mn|admin|ad|anh|chị)"
    r"(?: (?:em|nhà|trong nhóm|điều hành|quản trị))?"
)
_KINDLY = r"(?: (?:giúp|giùm|dùm|hộ)(?: (?:em|mình|tui|con|bà con))?)?(?: với)?"
_WHOM = rf"(?:{_YOU}|bên (?!em)[^ ,.]+ [^ ,.]+)"
_HUMBLY = r"(?:(?:kính|xin|rất|muốn|gửi|được) ){0,3}"
_ASK = rf"(?:nhờ|mong|phiền|đề nghị)(?: {_WHOM})?"
_LOOK = r"(?:kiểm tra|xem xét|xem|coi|xử lý|xử lí|khắc phục|xuống coi|qua coi|ghi nhận|chuyển)"
# Each says that something is coming, or whom it is for, and nothing of the matter itself.
_HEADS = (
    r"(?:dạ|vâng|alo|ủa|thưa)\b[ ,.:!]*",
    rf"(?:em )?(?:kính |xin )?chào {_YOU}(?: ạ)?[ ,.:!]+",
    rf"(?:kính gửi |kính thưa )?{_YOU} (?:ơi|ạ)[ ,.:!]+",
    # "Anh Bình chủ tịch phường ơi, …": of whoever is in charge, by title and name.
    r"(?:(?:mấy|các) )?(?:anh|chị|cô|chú|bác|ông|em|sếp|admin)(?: \w+){0,4}? ơi[ ,.:!]+",
    rf"(?:cho )?(?:{_ME} )?{_HUMBLY}(?:phản ánh|phản ảnh|pa|báo cáo|báo)"
    rf"(?: (?:với|tới|cho))?(?: {_YOU})?(?: (?:việc|là|về|tình trạng|vụ))?[ :,]+(?!lại|nhầm|lộn)",
    rf"{_ME} (?:gửi|chụp|đăng)(?: (?:hình|ảnh|ad))? ",
    rf"{_ME} (?:mới |vừa )?(?:đi ngang |đi qua |ra )?(?:thì )?thấy ",
    rf"(?:em )?{_HUMBLY}{_ASK}(?: {_LOOK})?{_KINDLY}(?: việc| vụ)?[ :,]+",
)
_TAILS = (
    r"(?:ạ|nha|nhé|nghe|nè|á)(?: (?:mn|ad|mọi người|anh chị|mấy anh))?",
    rf"(?:dạ )?(?:{_ME} )?{_HUMBLY}{_ASK}(?: (?:sớm|mau))? {_LOOK}{_KINDLY}(?: sớm)?",
    r"(?:giúp|giùm|dùm)(?: (?:em|mình|tui|con|bà con))?",
    rf"{_YOU} ơi",
    # "… anh cho thợ xuống thông giúp bà con": whoever is in charge shall have it done.
    r"(?:nhờ )?(?:(?:mấy|các) )?(?:anh|chị|cô|chú|bác|ông|em|sếp) (?:cho|kêu|nói|nhắc|bảo|chỉ đạo|báo)"
    r"(?: \w+){0,5}? (?:giúp|giùm|dùm|hộ)(?: \w+){0,3}",
)
_ASKED = (
    rf"(?:(?:có )?ai )?(?:{_YOU} )?(?:cho|xin)(?: phép)? (?:{_ME} )?hỏi"
    r"(?: (?:thăm|chút|xíu|tí))?(?: là| với)?[ ,:]*(?:tại sao|sao|vì sao)? ?",
)
_ASKS = (
    r"(?:mà )?(?:là )?sao(?: vậy)?",
    r"vậy",
    r"(?:thì |để )?(?:báo|gọi|phản ánh|liên hệ) (?:cho )?(?:ai|số nào|số mấy|đâu|ở đâu)",
)


_Courtesies = tuple[re.Pattern[str], re.Pattern[str]]  # how a text begins politely, and how it ends


def _courtesies(marks: str, heads: Sequence[str], tails: Sequence[str]) -> _Courtesies:
    """`marks`: what parts a tail from the words before it; looked for first, as few letters are any."""
    ends = rf"{marks}(?<=\w.){marks}*(?:{'|'.join(tails)})[ .!?,)]*$"
    return re.compile("|".join(heads), re.IGNORECASE), re.compile(ends, re.IGNORECASE)


def _both(marks: str, heads: Sequence[str], tails: Sequence[str]) -> tuple[_Courtesies, _Courtesies]:
    """With accents and without."""
    bare = (list(map(strip_accents, words)) for words in (heads, tails))
    return _courtesies(marks, heads, tails), _courtesies(marks, *bare)


_POLITE, _POLITE_BARE = _both("[ ,.]", _HEADS, _TAILS)
_QUESTION, _QUESTION_BARE = _both("[ ,]", _ASKED, _ASKS)
_MOST = 8  # courtesies on one report


def peeled(text: str) -> tuple[str, bool]:
    """A text without its politeness, and whether it asked something; the text itself where it is plain."""
    plain = left = " ".join(unicodedata.normalize("NFC", text).split())
    asks = False
    polite, question = (_POLITE, _QUESTION) if has_accents(left) else (_POLITE_BARE, _QUESTION_BARE)
    for _ in range(_MOST):
        before = left
        left = _without(left, polite)
        told = _without(left, question)
        asks, left = asks or told != left, told
        if left == before:
            break
    if left == plain or (asks and fold(left).endswith("khong")):
        return text, False  # "cho em hỏi đường Lê Lợi có cúp điện không" wants to know, and tells nothing
    return left, asks


def _without(text: str, courtesies: _Courtesies) -> str:
    begins, ends = courtesies
    head = begins.match(text)
    left = text[head.end() :] if head else text
    tail = ends.search(left)
    return left[: tail.start()] if tail else left
