"""The day that a department promises in its own chat, where its words surely promise one.

A reporter is told it, so every doubt is for a plain note: clauses that deny, ask, wonder or tell of the past
count for nothing, and neither does a number that may be a house's.
"""

import re
import unicodedata
from datetime import datetime
from enum import Enum, auto
from zoneinfo import ZoneInfo

from handlers import when
from handlers.time_words import spoken
from handlers.understanding.fold import fold, has_accents, strip_accents, written_words

_CLAUSE = re.compile(r"[^,.;!?…\n]+(?:[,.;!?…](?!\s|$)[^,.;!?…\n]*)*[,.;!?…\n]*")
_DENIED = re.compile(
    r"\b(?:không|khong|hong|chưa|chẳng|chả|đừng|nếu|neu)\b|(?<!\bsua )(?<!\bsửa )\bchua\b|\bhả\b"
)
_UNSURE = re.compile(
    r"\b(?:(?:chưa|không|chua|khong) (?:chắc|chac|biết|biet|hứa|hua)|có thể|co the|có lẽ|co le|chắc(?! chắn)"
    r"|hình như|hinh nhu|nghe nói|nghe noi|(?:bên|anh|chị) (?!em |mình )\w+ (?:nói|hẹn))\b"
)
# Asked of somebody else: "mai 9h chị cho người ra chỉ chỗ giùm em", and not "chị ơi mai em làm giúp".
_ASKED = re.compile(r"\b(?:anh|chị|cô|chú|chi|co|chu)\b(.*)\b(?:giùm|dùm|giúp|gium|dum|giup)\b")
_WE_DO = re.compile(
    r"(?<!\bcho )(?<!\banh )\bem (?:s[ẽe] |c[ũu]ng )?(?:xu[ốo]ng|ra|qua|l[êe]n|t[ớo]i|gh[ée]|c[ửu]|cho|l[àa]m"
    r"|s[ửu]a|thay|x[ửu] l[ýy]|d[ọo]n|gom|l[ắa]p|g[ắa]n|ki[ểe]m tra)\b"
)
# Of words without accents.
_PAST = re.compile(
    r"\b(?:hom|bua) (?:qua|kia|truoc|roi|thu)\b|\b(?:tuan|thang) (?:truoc|roi)\b|\bvua (?:roi|qua)\b"
    r"|\b(?:\d+|may|mot|hai|ba|vai|bon|nhieu|ca) (?:ngay|hom|bua|tuan|thang) (?:nay|qua|roi|truoc|lien)\b"
    r"|\b(?:da|duoc|gan|hon|suot|moi|cach day) (?:\d+|mot|hai|ba|bon|may) (?:ngay|hom|bua|tuan|thang)\b"
    r"|\bda (?:ra|xuong|qua|den|toi|lam|sua|thay|don|xu ly|kiem tra|khac phuc)\b"
    r"|\b(?:luc|hoi) nay\b|\b(?:sang|trua|chieu|toi|dem) qua$"
    r"|\broi(?: (?:nha|nhe|a|do|anh|chi|em|ne|ban|oi))*$"
)
_WILL = re.compile(
    r"\b(?:làm|xử l[ýí]|sửa|thay|dọn|gom|lắp|xuống|ra|qua|cử|khắc phục|kiểm tra|will|fix"
    r"|cắt (?!điện|nước)|gắn|nạo vét|vá|trám|tráng nhựa|hút|nối|mé|(?<!xe )cẩu|thông (?!cảm|báo|tin)"
    r"|(?<!tuần )(?<!tháng )(?:tới|đến)(?! (?:mai|mốt|thứ|ngày|hôm|cuối|tuần|tháng|khi|lúc|\d)))\b"
    r"|(?:\b(?:nay|mai|mốt|giờ)|\dh\d*) xong\b"
)
_WILL_BARE = re.compile(
    r"\b(?:lam|xu ly|sua|thay|don|gom|lap|xuong|ra|qua|cu|khac phuc|kiem tra|will|fix"
    r"|nao vet|thong cong|cat cay|gan (?:nap|bong|den)|va duong|trang nhua"
    r"|(?<!tuan )toi(?! (?:thu|ngay|hom|cuoi|tuan|\d)))\b"
    r"|(?:\b(?:nay|mai|gio)|\dh\d*) xong\b"
)
_AT_A_HOUSE = (
    r"\b(?:s[ốo]|nh[àa]|h[ẻẽe]m|đường|duong|ki[ệe]t|ng[õo]|ngách|ngach|lô|lo|tổ|ấp|khóm|khu|căn|can|trụ|tru|tủ|chỗ|cho"
    r"|ra|ở|o|xuống|xuong|vô|vo|lên|len|qua)"
)
_NO_DATES = re.compile(
    rf"{_AT_A_HOUSE}(?: (?:em|anh|chị|cô|chú|bà|ông))? \d+(?:/\d+\w*|\s+th[áa]ng\s+\d+)+"
    r"|(?<!ngày )(?<!ngay )\b(?:[12]/[234]|3/4|24/7)\b|\b\d+-\d+\b"
    r"|\b(?P<all>\d+)/(?P=all) (?:bóng|đèn|trụ|cái|cây|nắp|điểm|chỗ|bong|den|tru|cai|cay|nap|diem|cho)\b"
    r"|\b(?:lần|bóng|đèn|trụ|cái|cây|nhà|điểm|người|chỗ|hẻm|đợt|lan|bong|den|tru|cai|cay|nguoi) th[ứu]\s*\w+"
    r"|\b(?:cho|cử|kêu|nhờ|báo|có|anh em|cu|keu|nho|bao|co) cn\b|\bcn (?=xuống|xuong|ra|qua|tới|đến)",
    re.IGNORECASE,
)
_STREET = re.compile(r"\b\d+/\d+\w*\s+(?=([^\W\d_]))")

_FINISHED = re.compile(r"\b(?:xong|hoàn thành|hoàn tất|hoan thanh|hoan tat)\b")
_FINISHED_BEFORE = re.compile(r"\b(?:đã|da|vừa|vua|hồi|hoi|được|duoc)\b")
_FINISHED_BY_NOW = re.compile(  # and no "xong rồi em báo", which comes then
    r"\b(?:rồi|roi)\b(?! (?:(?:tụi|bên|tui|ben) )?(?:em|anh|mình|minh) (?:báo|nhắn|gửi|bao|nhan|gui))"
)
_SOON = re.compile(
    r"\b(?:cuối|trong|nội|cuoi) (?:ngày|tuần|tháng|ngay|tuan|thang)\b"
    r"|\b(?:tuần|tháng|tuan|thang) (?:này|nay)\b"
    r"|\b(?:lát|chút|tí|tiếng|bữa|lat|chut|ti|tieng|bua) (?:nữa|nua)\b"
)
_BACK = re.compile(r"\b(?:có|co) (?:lại |lai )?(?:điện|nước|dien|nuoc)\b|\bsáng lại\b")
_LAST_CLAUSE = re.compile(r"[^,.;!?…\n]*$")
_PART_OF_TODAY = re.compile(r"\b(trong )?(sáng|trưa|chiều|tối|đêm|sang|trua|chieu|toi|dem) nay\b")
_HOURS = {
    "sang": range(12),
    "trua": range(11, 14),
    "chieu": range(12, 18),
    "toi": range(18, 24),
    "dem": range(20, 24),
}
_YESTERDAY = (  # and no "mai chiều qua", by which somebody comes; "toi qua" is "I come", too
    r"\b(?:(?:hôm|bữa|hom|bua) qua|(?<!mai )(?<!mốt )(?<!mot )(?<!nay )"
    r"(?:sáng|trưa|chiều|tối|đêm|khuya|sang|trua|chieu|dem) qua)\b"
)
_OF_YESTERDAY = re.compile(_YESTERDAY)
_SINCE_YESTERDAY = re.compile(rf"{_YESTERDAY},?(?:(?!\b(?:nay|mai|mốt|mot)\b)[^,;\n])*$")


class End(Enum):
    """When the end is that words tell of."""

    OVER = auto()
    PERHAPS = auto()  # over, or to come
    TO_COME = auto()


def promised(words: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment by which they say they do it; None where they may say something else."""
    told = unicodedata.normalize("NFC", words)
    if _UNSURE.search(_plain(told)):
        return None
    said = _without_houses(
        "".join(clause for clause in _CLAUSE.findall(told) if not _counts_for_nothing(clause))
    )
    return _ahead(said, now, zone) if _means_work(said) else None


def end(words: str, now: datetime, zone: ZoneInfo) -> End:
    """When the end is that words tell of: "tối nay thay xong", "17h xong"; "sáng nay" may be over at ten."""
    said = unicodedata.normalize("NFC", words)
    found = _FINISHED.search(said.lower())
    if found is None:
        return _end_of_outage(said, now, zone)
    before, after = said[: found.start()].lower(), said[found.end() :].lower()
    if _FINISHED_BEFORE.search(before) or _FINISHED_BY_NOW.search(after) or _SINCE_YESTERDAY.search(before):
        return End.OVER
    if _SOON.search(before) or _ahead(_without_houses(said[: found.start()]), now, zone):
        return End.TO_COME
    clause = _CLAUSE.match(said[found.end() :])
    if clause is not None and _names_time_to_come(clause[0], now, zone):  # "xong chiều nay"
        return End.PERHAPS
    return _end_today(before, now.astimezone(zone).hour)


def _end_of_outage(said: str, now: datetime, zone: ZoneInfo) -> End:
    """When there is power or water again: "đã khóa van, 16h có nước lại" tells of later, too."""
    found = _BACK.search(said.lower())
    before = _LAST_CLAUSE.search(said[: found.start()]) if found is not None else None
    if before is None or _FINISHED_BEFORE.search(before[0].lower()):
        return End.OVER
    return End.PERHAPS if _names_time_to_come(before[0], now, zone) else End.OVER


def _names_time_to_come(clause: str, now: datetime, zone: ZoneInfo) -> bool:
    said = clause.lower()
    is_later_today = _end_today(said, now.astimezone(zone).hour) is not End.OVER
    return is_later_today or bool(_SOON.search(said) or _ahead(_without_houses(clause), now, zone))


def _end_today(words: str, hour: int) -> End:
    today = _PART_OF_TODAY.search(words)
    hours = _HOURS[strip_accents(today[2])] if today is not None else range(0)
    if today is None or hour >= hours.stop:
        return End.OVER
    return End.TO_COME if today[1] or hour < hours.start else End.PERHAPS


def _ahead(said: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment that words name, where it is to come."""
    by = when.deadline(said, now, zone)
    return by if by is not None and now < by <= now + when.FAR else None  # "25/11" just past is next year's


def _counts_for_nothing(clause: str) -> bool:
    said = _plain(clause)
    is_past = _PAST.search(fold(clause)) or _OF_YESTERDAY.search(said)
    return bool(_DENIED.search(said) or _is_asked(said) or "?" in clause or is_past)


def _is_asked(said: str) -> bool:
    asked = _ASKED.search(said)
    return asked is not None and not _WE_DO.search(asked[1])


def _plain(words: str) -> str:
    """Shortened words written out, because "ko" denies as well; "chưa" is not "chữa"."""
    return " ".join(written_words(words))


def _means_work(words: str) -> bool:
    """Whether somebody comes or mends: "tới" is to come, "tối" is in the evening, and bare "toi" may be I."""
    will = _WILL if has_accents(words) else _WILL_BARE
    return will.search(spoken(words)) is not None


def _without_houses(words: str) -> str:
    """Words without the numbers that are a house's, a street's or a share's: "hẻm 12/5", "1/2 đường"."""
    return _STREET.sub(lambda found: " " if found[1].isupper() else found[0], _NO_DATES.sub(" ", words))
