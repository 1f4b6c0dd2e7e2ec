"""Words of time, told from words that look like them: "mốt" from "một", "mai" from Mai, "tối" from "tới".

Accents and capitals tell them apart, so both are read before they go. Where somebody types without accents,
words of time get theirs back only in phrases that are clear; "mot" alone is as likely one lamp as a day.
"""

import re
import unicodedata

from handlers.understanding.fold import has_accents

_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_MAI = re.compile(
    r"(?:\b(?P<before>\w{1,20})(?P<comma>,?)[ \t]+)?\b(?P<mai>mai)\b(?=[ \t]*(?P<after>\w*))", re.I
)
_BEFORE_A_NAME = re.compile(
    "anh|chị|cô|bà|dì|thím|bạn|bé|út|tên|gặp|chi|co|ba|di|ban|be|ut|ten"
    "|cây|hoa|bông|gốc|chậu|cay|goc|chau|đường|phố|hẻm|hẽm|chợ|duong|pho|hem|cho"
)
_BEFORE_A_DAY = re.compile("ngày|sáng|trưa|chiều|tối|sớm|ngay|sang|trua|chieu|toi|som")
_SPEAKER = re.compile("em|tụi|tui|bên|mình|con|ben|minh")
# Uncles called by number, and Tuấn without his accent.
_CALLED = re.compile(
    r"\b(?:anh|chị|cô|chú|bác|ông|dì|cậu|thím|chu|bac|ong|cau)\s+"
    r"(?:hai|ba|tư|năm|sáu|bảy|tám|chín|mười|tuan)\b"
)
# A street called by a date, "đường 30 tháng 4"; but "sửa đèn đường 25/11" says when.
_STREET = re.compile(
    r"(?<!sửa |sua |làm |lam |dọn |don |đèn |den |mặt |mat |nền |nen )(?<!lòng |long |quét |quet )"
    r"(?<!thành |thanh )(?<!\bvá )(?<!\bva )(?<!\blề )(?<!\ble )"
    r"\b(?:đường|duong|phố|pho|hẻm|hẽm|hem) \d{1,2}"
    r"(?:(?: ?(?:tháng|thang) ?|[/-])\d{1,2}|\.(?:0?[1-9]|1[0-2]))\b(?![/.-]?\d)"
    r"(?! ?(?:ngày|ngay|tuần|tuan)\b(?! \d))"
)
_NO_DAY = re.compile(r"\bmai (?:mốt|mot|kia|này|nay|sau)\b|\b(?:nay|ban) mai\b|\bmươi mốt\b|\bmuoi mot\b")
_COUNTED = (
    r"(?:anh|bóng|bong|cái|cai|người|nguoi|bạn|ban|lát|lat|chút|chut|trụ|tru|cây|cay|xe|đội|doi|lan|lần)\b"
)
_CLEAR = (  # said of nothing but time, even where all other words have their accents
    (r"\bthu(?=\s*[2-7]\b)", "thứ"),
    (r"\bchieu\b(?! sang)", "chiều"),
    (r"\btuan(?= (?:sau|tới|toi|này|nay)\b)", "tuần"),
    (r"\bngay(?= (?:mai|mốt|kia)\b)", "ngày"),
    (r"\bhom (?=qua\b|nay\b)", "hôm "),
    (r"\bchu nhat\b", "chủ nhật"),
    (r"(?<=\d )gio\b", "giờ"),
    (r"\bphut\b", "phút"),
    (r"\bruoi\b", "rưỡi"),
)
_TYPED_BARE = (  # each with its neighbours, because alone it is another word as well
    (r"\bthu(?= (?:hai|ba|tu|nam|sau|bay)\b)", "thứ"),
    (r"\btrua\b", "trưa"),
    (r"(?<=\btuần )toi\b", "tới"),
    (r"(?<=\bthang )toi\b", "tới"),
    (r"\btoi(?= (?:nay|mai)\b)", "tối"),
    (r"\bdem(?= nay\b)|(?<=[\dhgờ] )dem(?=$| mai\b)", "đêm"),
    (r"(?<=[\dhg] )toi(?=$| (?:nay|mai|thứ|ngay)\b)", "tối"),
    (r"^toi(?= \d{1,2} ?h ?(?:\d\d)?(?:$| (?:nay|mai|thứ|ngay)\b))", "tối"),
    (rf"\b(ngay|trưa|chiều) mot\b(?! (?:nang|nhieu|te|hu|{_COUNTED}))", r"\1 mốt"),
    (r"\bsang mot(?=$| (?:\d|em|lam)\b)", "sáng mốt"),
    (r"\bmot(?= (?:lam\b|\d{1,2} ?(?:h|g|giờ)))", "mốt"),
    (r"\bmot(?= (?:ngay|tuan)\b)", "một"),
    (r"\b(\d+|một|hai|ba|bon) ngay\b", r"\1 ngày"),
    (r"\b(\d+|một|hai|ba|bon) tuan\b", r"\1 tuần"),
    (r"\bngay(?= mốt\b)", "ngày"),
    (r"(^|\d(?:h|g)(?: ?\d\d)? |\b(?:hom|den|truoc|vao|sang|trưa|chiều|giờ) )ngay(?= \d)", r"\1ngày"),
    (r"(?<=\d )thang(?= \d)", "tháng"),
    (r"\bthang(?= (?:sau|tới)\b)", "tháng"),
)


def spoken(words: str) -> str:
    """Words in lower case with their accents, one space between; names that look like a day are gone."""
    written = _DRAWN_OUT.sub(r"\1", unicodedata.normalize("NFKC", words))
    lone = written.lower() if written.isupper() else written
    said = " ".join(_MAI.sub(_without_a_name, lone).lower().split())
    said = re.sub(r"\b(\d{1,2}):(\d{2})\b", r"\1h\2", _STREET.sub(" ", _CALLED.sub(" ", said)))
    for pattern, meant in _CLEAR if has_accents(said) else _CLEAR + _TYPED_BARE:
        said = re.sub(pattern, meant, said)
    return _NO_DAY.sub(" ", said)


def _without_a_name(found: re.Match[str]) -> str:
    return f"{found['before']}{found['comma']} " if _is_a_name(found) else found[0]


def _is_a_name(found: re.Match[str]) -> bool:
    """Whether "mai" is somebody, a tree or a street: by its capital letter, and by the words beside it."""
    before, after, capital = (found["before"] or "").lower(), found["after"], found["mai"][0] == "M"
    speaks = _SPEAKER.fullmatch(after.lower()) is not None
    if _BEFORE_A_NAME.fullmatch(before) and not found["comma"]:
        return capital or not speaks
    if not capital or speaks or _BEFORE_A_DAY.fullmatch(before):
        return False
    ends_a_clock = before[:1].isdigit() and not after
    return after[:1].isupper() or bool(before and not ends_a_clock)
