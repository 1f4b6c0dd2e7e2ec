"""Words by which somebody takes back what they reported: "em báo nhầm, hủy giùm em", "khỏi cho thợ xuống"."""

import re

from handlers.understanding import fold

# So that little talk is folded for it.
_PERHAPS = re.compile(r"nh[aầ]m|l[oộ]n\b|h[uủ]y|hu[yỷ]|x[oó][aá]|r[uú]t|kh[oỏ]i|t[uự] s[uử]a")
_SAYS = re.compile(
    r"\b(?:bao|gui|dang|nhan|ghi|phan anh) (?:bi )?(?:nham|lon)\b"
    r"|^(?:da )?(?:em |toi |tui |minh )?nham(?: (?:roi|a|nha|nhe))*$"
    r"|\b(?:huy|xoa|rut)(?: lai| bo)?(?: giup| gium| dum)?(?: em)? (?:phieu|phan anh|tin|cai)\b"
    r"|\b(?:huy|xoa|rut)(?: lai| bo)?(?: phieu| phan anh| tin)?(?: (?:nay|do|kia))? (?:giup|gium|dum)\b"
    r"|\b(?:giup|gium|dum) (?:em |toi |tui |minh )?(?:huy|xoa|rut)\b"
    r"|\b(?:huy|xoa|rut)(?: lai)? (?:phieu|phan anh)\b"
    r"|\bkhoi (?:(?:cho|cu|keu|can|phai) )?(?:(?:ai|tho|nguoi|may anh|anh em) )?(?:xuong|qua|toi|sua) nua\b"
    r"|\b(?:em|toi|tui|minh|nha em) tu (?:sua|lam|thay|xu ly)(?: lai)? (?:duoc|xong)? ?roi\b"
)
# What is said of something else as often, where it answers nothing.
_NEEDLESS = re.compile(
    r"^(?:da )?thoi khoi\b|\bkhong can (?:sua |lam |xuong )?nua\b|\bbo qua (?:giup|gium|dum)\b"
)


def says(words: str) -> bool:
    """Whether words take back a report: for a moderator to judge, as the matter may be there all the same."""
    return _PERHAPS.search(words.lower()) is not None and _SAYS.search(fold(words)) is not None


def says_under_it(words: str) -> bool:
    """The same of words that answer what is told of a report: "thôi khỏi cần nữa ạ"."""
    return says(words) or _NEEDLESS.search(fold(words)) is not None
