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


def is_open(words: str) -> bool:
    """Whether words that sound of something done leave it open: "đã xong chưa?", "rào tạm, mai thay"."""
    words = _NAME.sub(" ", words)
    if words.rstrip(" .!)").endswith("?") or _SHARE.search(words):
        return True
    said = " ".join(written_words(words)) if has_accents(words) else fold(words)
    before, is_done, _ = said.partition(" xong")
    still = _STILL if has_accents(words) else _STILL_BARE
    return bool(still.search(said) or _LATER.search(before if is_done else said))
