"""Words of a repair that is asked for, passed on, or done in part: they settle nothing.

A ticket that is called done is told to its group, so every doubt leaves it open.
"""

import re

from handlers.understanding.fold import fold, has_accents, strip_accents, written_words

# What is still to come, done in part or in vain, or hearsay; read without accents where a text has none.
_OPEN = (
    r"đang (?:xử lý|làm|sửa|thay|thi công|khắc phục|chờ)|để (?:em|anh|chị|bên|tụi)|(?<!sạch )sẽ|cố gắng",
    r"nếu|sắp|dự kiến|phấn đấu|khi nào|chừng nào|bao nhiêu|trước ngày|xong mới|not yet|almost",
    r"(?:xong|hoàn thành|hoàn tất) (?:trước|trong) (?:ngày|sáng|trưa|chiều|tối|hôm|tuần|tháng)",
    r"(?:xong|hoàn thành|hoàn tất) (?:trước|trong) (?:\d+(?:[hg]\d*| giờ)|\d+/\d+$)",  # a house has a street
    r"xong (?:thì )?(?:em|anh|tụi em|bên em) (?:\w+ )?(?:báo|nhắn|gửi|chụp)|(?<!đã )phải (?:thay|sửa|chờ)",
    r"còn lại|(?<!không )còn (?:\d+|phần|mấy)|(?:1|một) phần|(?:1|một|phân) nửa|gần xong",
    r"(?:làm|sửa|thay|dọn|thi công) tiếp|(?:xử lý|sửa|làm|vá|rào|lắp|chống) tạm",
    r"hư lại|lại (?:hư|tắt|ngập|nghẹt)|vẫn (?:không|còn|tắt|ngập|nghẹt)|(?:không|thôi) xong",
    r"(?:sửa|làm|thay|xử lý|thông) không được|(?:mà|nhưng) (?:\w+ ){0,2}(?:không(?! còn| ngập| sao)|vẫn|lại)",
    r"nghe nói|nghe đâu|(?:đợt|giai đoạn) (?:\d|một|đầu)|xong phần|(?:xong|được) [1-4]/[2-5]",
    r"(?:hết|thiếu) (?:hàng|vật tư)",
    # Passed on to somebody else, who may do it.
    r"công văn|văn bản|tờ trình|chuyển (?:(?!xong)\w+ ){1,4}(?:xử lý|giải quyết|khắc phục|kiểm tra)",
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
_LATER = re.compile(r"\b(?:mai|mốt|tomorrow)\b")  # "chống cột xong, mai thay cột mới" is done for now
_SHARE = re.compile(r"(?<!\d)\d{1,2} ?(?:%|phần trăm|phan tram)")
_NAME = re.compile(r"(?<=\w )Mai\b|\bMai(?= [A-ZĐÀ-Ỹ])")  # "chị Mai", "Mai Thanh Thế"


def _forms(*words: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """For words without accents, and with."""
    return _any_of(*map(strip_accents, words)), _any_of(*words)


# Said beside an end, and leaves nothing open: to tell if there is more, or that somebody goes on looking.
_BESIDES = (
    r"(?<=\w)[\s,.;]+"
    r"(?:có gì|nếu (?:còn|vẫn|lại|có (?:gì|vấn đề|phát sinh|sự cố)|phát sinh|thấy|cần|bị|chưa|hư))"
    r"\b[^.;!?]*\b(?:báo|phản ánh|gửi|chụp|nhắn|gọi|alo|thông tin|liên hệ)\b.*$"
    r"|(?<=\w)[\s,.;]+(?:(?:em|tụi em|bên em|đơn vị) )?sẽ (?:tiếp tục |thường xuyên )?theo dõi\b.*$"
)
_BESIDE, _BESIDE_BARE = (
    re.compile(words, re.IGNORECASE | re.DOTALL) for words in (_BESIDES, strip_accents(_BESIDES))
)
# Somebody went and looked, or asked others to do it: an end only where something was done, too.
_ACT = r"(?:sửa|thay|khắc phục|gom|lắp|thông|xử lý|dọn|vá|nạo vét|cắt tỉa|hút|nối|thu|đấu|đóng|chỉnh)"
_LOOKED = _forms(r"đã (?:kiểm tra|khảo sát|xem|coi|ghi nhận|tiếp nhận)")
_ASKED = _forms(rf"đã (?:yêu cầu|đề nghị|cử|phân công|giao|báo)|để {_ACT}")
_ENDED = _forms(
    rf"xong|hoàn (?:thành|tất)|đã (?:được )?{_ACT}|bình thường",
    r"(?:sáng|sạch|có|thông|ổn|được|ok)(?: lại)? rồi",
)
_ACTED = _forms(_ACT)
_AGREES = re.compile(r"^(?:da )?ok\w* roi\b")  # "got it" as often as "done"


def only_looked(words: str) -> bool:
    """Whether words that sound of something done tell of no end: "đã kiểm tra, do nhà dân câu điện"."""
    written = has_accents(words)
    said = " ".join(written_words(words)) if written else fold(words)
    if _AGREES.search(said if not written else fold(words)):
        return True
    if _ENDED[written].search(said):
        return False
    looked = _LOOKED[written].search(said) and not _ACTED[written].search(said)
    return bool(looked or _ASKED[written].search(said))


def is_open(words: str) -> bool:
    """Whether words that sound of something done leave it open: "đã xong chưa?", "rào tạm, mai thay"."""
    words = (_BESIDE if has_accents(words) else _BESIDE_BARE).sub(" ", _NAME.sub(" ", words))
    if words.rstrip(" .!)").endswith("?") or _SHARE.search(words):
        return True
    said = " ".join(written_words(words)) if has_accents(words) else fold(words)
    before, is_done, _ = said.partition(" xong")
    still = _STILL if has_accents(words) else _STILL_BARE
    return bool(still.search(said) or _LATER.search(before if is_done else said))
