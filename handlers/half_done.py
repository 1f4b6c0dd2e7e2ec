"""Words of a repair that is asked for, passed on, or done in part: they settle nothing.

A ticket that is called done is told to its group, so every doubt leaves it open.
"""

import re
import unicodedata

from handlers.understanding.fold import fold, has_accents, lowered, strip_accents, written_words

# What is still to come, done in part or in vain, or hearsay; read without accents where a text has none.
_OPEN = (
    r"đang (?:xử lý|làm|sửa|thay|thi công|khắc phục|chờ)|để (?:em|anh|chị|bên|tụi)|(?<!sạch )sẽ|cố gắng",
    r"nếu|sắp|dự kiến|phấn đấu|khi nào|chừng nào|bao nhiêu|trước ngày|xong mới|not yet|almost",
    r"(?:xong|hoàn thành|hoàn tất) (?:trước|trong) (?:ngày|sáng|trưa|chiều|tối|hôm|tuần|tháng|quý|tết|lễ)",
    r"(?:xong|hoàn thành|hoàn tất) (?:trước|trong) (?:\d+(?:[hg]\d*| giờ)|\d+/\d+$)",  # a house has a street
    r"xong (?:thì )?(?:em|anh|tụi em|bên em) (?:\w+ )?(?:báo|nhắn|gửi|chụp)",
    r"(?<!đã )(?<!không )phải (?:thay|sửa|chờ)",
    r"còn lại|(?<!không )còn (?:\d+|phần|mấy)|(?:1|một) phần|(?:1|một|phân) nửa|gần xong",
    r"(?:làm|sửa|thay|dọn|thi công) tiếp|(?:xử lý|sửa|làm|vá|rào|lắp|chống) tạm",
    r"hư lại|lại (?:hư|tắt|ngập|nghẹt)|vẫn (?:không|còn|tắt|ngập|nghẹt)|(?:không|thôi) xong",
    r"(?:sửa|làm|thay|xử lý|thông) không được",
    r"(?:mà|nhưng) (?:\w+ ){0,2}(?:không(?! còn| ngập| sao| chụp| quay| gặp| thấy ai)|vẫn|lại)",
    r"nghe nói|nghe đâu|(?:đợt|giai đoạn) (?:\d|một|đầu)|xong phần",
    r"(?:xong|được) (?:1/[2-5]|2/[3-5]|3/[45]|4/5)",
    r"(?:hết|thiếu) (?:hàng|vật tư)(?! đã)",
    # Passed on to somebody else, who may do it.
    r"(?:gửi|chuyển|làm|trình) (?:\w+ ){0,2}(?:công văn|văn bản|tờ trình)"
    r"|(?:công văn|văn bản|tờ trình) (?:\w+ )?(?:gửi|chuyển|cho|qua|đề nghị)",
    r"chuyển (?:(?!xong)\w+ ){1,4}(?:xử lý|giải quyết|khắc phục|kiểm tra)",
)
# "chưa" is no doubt in "sáng chưa từng thấy", nor "chờ" in "nhà chờ"; without accents these are others, too.
_WRITTEN = (
    r"(?<!sáng )chưa|(?<!nhà )(?:chờ|đợi)|tạm(?: thời)?|ráng|tưởng|phải làm|còn (?:một|hai|ba)",
    r"vẫn (?:hư|bị|vậy)|lại (?:đầy|bị)|(?:mà|nhưng) (?:\w+ ){0,2}bị",
)
_BARE = (
    r"(?<!sua )(?<!sang )chua",
    r"(?<!nha )cho (?:kinh phi|vat tu|hang|phe duyet|duyet)|doi (?:ben|kinh phi|vat tu|hang|phe duyet|duyet)",
)


def _any_of(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})(?!\w)")


_STILL = _any_of(*_OPEN, *_WRITTEN)
_STILL_BARE = _any_of(*map(strip_accents, _OPEN), *_BARE)
# What takes nothing from an end: when it was ("đã thay xong trong sáng nay"), and the courtesies after it.
_WITHIN = (
    r"\b(đã (?!(?:tiếp |ghi )?nhận|kiểm tra)(?:\w+ ){0,3}(?:xong|hoàn thành|hoàn tất)) (?:trước|trong)\b"
    r"|\b(xong|hoàn thành|hoàn tất) trong (?=(?:sáng|trưa|chiều|tối|đêm|hôm) qua\b)"
)
_AFTER_THAT = (
    r"[,.;!\s](?:(?:có gì|(?:nếu|lỡ|khi nào) (?:\w+ ){0,3}?"
    r"(?:còn|vẫn|chưa|cần|thấy|hư|tắt|bị|sót|phát sinh|có (?:gì|vấn đề|phát sinh|sự cố)))\b"
    r"[^.;!?\n]{0,80}?\b(?:báo|phản ánh|gửi|chụp|nhắn|gọi|liên hệ|thông tin|alo)\b"
    r"|(?:(?:bên |tụi )?em )?sẽ (?:tiếp tục |thường xuyên )?(?:theo dõi|giám sát)\b)[^,.;!?\n]*"
)
_ENDED = r"\b(?:đã|xong|rồi|sạch)\b"
_COURTEOUS = [re.compile(words, re.IGNORECASE) for words in (_ENDED, _AFTER_THAT, _WITHIN)]
_COURTEOUS_BARE = [re.compile(strip_accents(one.pattern), re.IGNORECASE) for one in _COURTEOUS]
_ASKS = re.compile(r" (?:à|hả|hử)(?: (?:em|anh|chị|cô|chú|vậy))*$")
# What comes before a repair, and alone is none: somebody looked, or asked others to do it.
_BEFORE_WORK = (
    r"\b(?:kiểm tra|khảo sát|xác minh|xem|coi|liên hệ|ghi nhận|(?:cắt|cúp) điện)\b(?: (?:xong|rồi|thực tế))*"
    r"|\b(?:yêu cầu|đề nghị|đã (?:cử|phân công|giao|báo)|để)\b(?:(?!\b(?:xong|sạch)\b)[^,.;\n])*"
    r"|^(?:dạ )?ok\w* rồi\b"  # "got it" as often as "done"
)
_REPAIR = (
    r"\b(?:xong|rồi|hoàn thành|hoàn tất|xử lý|giải quyết|khắc phục|sửa|làm|thay|gắn|lắp|nối|siết|kéo|dựng"
    r"|chống|gom|dọn|hốt|hót|quét|rửa|xịt|phun|sơn|vá|trám|tráng|lấp|đậy|nạo|vét|hút|bơm|thông|mé|tỉa|chặt|đốn"
    r"|cắt|cưa|tháo|gỡ|dời|thu|bóc|xóa|đóng|đấu|chỉnh|bổ sung|trồng|khôi phục|phục hồi"
    r"|nhắc nhở|lập biên bản|phạt|bắt|sáng|sạch|hết|ổn|tốt|bình thường|chạy|rút|ok|trở lại"
    r"|không còn|có (?:lại )?(?:điện|nước))\b"
)
_BEFORE, _BEFORE_BARE = re.compile(_BEFORE_WORK), re.compile(strip_accents(_BEFORE_WORK))
_REPAIRED, _REPAIRED_BARE = re.compile(_REPAIR), re.compile(strip_accents(_REPAIR))
_LATER = re.compile(r"\b(?:mai|mốt|tomorrow)\b")  # "chống cột xong, mai thay cột mới" is done for now
_SHARE = re.compile(r"(?<!\d)\d{1,2} ?(?:%|phần trăm|phan tram)")
_NAME = re.compile(r"(?<=\w )Mai\b|\bMai(?= [A-ZĐÀ-Ỹ])")  # "chị Mai", "Mai Thanh Thế"


def is_open(words: str) -> bool:
    """Whether words that sound of something done leave it open: "đã xong chưa?", "rào tạm, mai thay"."""
    words = _without_courtesies(_NAME.sub(" ", words))
    if words.rstrip(" .!)").endswith("?") or _SHARE.search(words):
        return True
    said = " ".join(written_words(words)) if has_accents(words) else fold(words)
    before, is_done, _ = said.partition(" xong")
    still = _STILL if has_accents(words) else _STILL_BARE
    return bool(still.search(said) or _ASKS.search(said) or _LATER.search(before if is_done else said))


def only_looked(words: str) -> bool:
    """Whether words that sound of something done tell of no repair: "đã kiểm tra, do nhà dân câu điện"."""
    before = _BEFORE if has_accents(words) else _BEFORE_BARE
    return before.search(lowered(words)) is not None and not names_repair(words)


def names_repair(words: str) -> bool:
    """Whether words name a repair or what came of it, besides what comes before one."""
    if has_accents(words):
        return _REPAIRED.search(_BEFORE.sub(" ", lowered(words))) is not None
    return _REPAIRED_BARE.search(_BEFORE_BARE.sub(" ", lowered(words))) is not None


def _without_courtesies(words: str) -> str:
    said = unicodedata.normalize("NFC", words)
    ended, after_that, within = _COURTEOUS if has_accents(said) else _COURTEOUS_BARE
    if end := ended.search(said):
        said = said[: end.end()] + after_that.sub(" ", said[end.end() :])
    return within.sub(lambda found: found[found.lastindex or 0], said)
