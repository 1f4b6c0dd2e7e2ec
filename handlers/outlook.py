"""What is said of how it stands, besides "đã xử lý": not mended at all, whatever was told, or well again."""

import re

from handlers.understanding import courtesy, fold

_WELL = re.compile(r"^(?:da )?(?:done|(?:ok|okie|okay) roi)(?: (?:a|nha|nhe|do|em|anh|chi|oi|moi nguoi))*$")
_BAD = re.compile(
    r"\bvan (?!on\b|tot\b|dep\b|sach\b|thong\b|(?:dang |con )?(?:sang|chay|co)\b|cam on\b)"
    r"|\b(?:con nguyen|con y|nhu cu|y cu|hinh dau|(?:sua|lam|don|thay) hoi nao|xao|gion|doi tra)\b"
    r"|\bchua (?:duoc|thay|sang|xong|gom|sua|lam|don|on|het|thong|co|hai long|sach|rut)\b"
    r"|\bxong (?:gi|dau)\b|\b(?:dau co|co dau ma) (?:xong|sach|sang|het|lam|sua|don)\b"
    r"|\b(?:vay|the) ma (?:(?:keu|noi|bao|goi) )+(?:la )?xong\b|\bday lai roi\b"
    r"|\bkhong (?:hai long|duoc|co ai|thay ai)\b"
)


def is_bad(words: str) -> bool:
    """Whether words under an end say that it is none: "xạo quá", "tối thui như cũ"."""
    return _BAD.search(fold(words)) is not None


def is_well(words: str) -> bool:
    """Whether an officer's few words may be an end: "sáng rồi nha chị", "done"; "em dọn lại" is none."""
    said = fold(words)
    return ("roi" in said.split() and courtesy.is_good_news(words)) or _WELL.search(said) is not None
