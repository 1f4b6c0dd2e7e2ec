"""Words of a repair that is asked for, to come, or done in part: they settle nothing.

A ticket that is called done is told to its group, so every doubt leaves it open.
"""

import re

from handlers.understanding.fold import fold, has_accents, written_words

# What is still to come, or only a part; "chưa" is no doubt in "sáng chưa từng thấy", nor "chờ" in "nhà chờ".
_OPEN = re.compile(
    r"(?<!sáng )\bchưa\b|(?<!nhà )\bchờ\b|\bđang (?:xử lý|làm|sửa|thay|thi công|khắc phục|chờ)\b"
    r"|\b(?:nếu|sắp|dự kiến|phấn đấu|để (?:em|anh|chị|bên|tụi)|khi nào|chừng nào|còn lại|một phần"
    r"|hư lại|gần xong|(?:làm|sửa|thay|dọn|thi công) tiếp|trước ngày|not yet|almost)\b"
)
_OPEN_BARE = re.compile(
    r"(?<!sua )(?<!sang )\bchua\b|(?<!nha )\bcho (?:kinh phi|vat tu|hang|phe duyet|duyet)\b"
    r"|\bdang (?:xu ly|lam|sua|thay|thi cong|khac phuc|cho)\b"
    r"|\b(?:neu|sap|du kien|phan dau|de (?:em|anh|chi|ben|tui)|khi nao|chung nao|con lai|mot phan"
    r"|hu lai|gan xong|(?:lam|sua|thay|don|thi cong) tiep|truoc ngay|not yet|almost)\b"
)
_LATER = re.compile(r"\b(?:mai|mốt|tomorrow)\b")  # "chống cột xong, mai thay cột mới" is done for now
_NAME = re.compile(r"(?<=\w )Mai\b|\bMai(?= [A-ZĐÀ-Ỹ])")  # "chị Mai", "Mai Thanh Thế"


def is_open(words: str) -> bool:
    """Whether words that sound of something done leave it open: "đã xong chưa?", "rào tạm, mai thay"."""
    words = _NAME.sub(" ", words)
    if words.rstrip(" .!)").endswith("?"):
        return True
    said = " ".join(written_words(words)) if has_accents(words) else fold(words)
    before, is_done, _ = said.partition(" xong")
    still = _OPEN if has_accents(words) else _OPEN_BARE
    return bool(still.search(said) or _LATER.search(before if is_done else said))
