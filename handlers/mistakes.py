"""Words by which somebody takes back what they reported: "em báo nhầm, hủy giùm em"."""

import re

from handlers.understanding import fold

# So that little talk is folded for it.
_PERHAPS = re.compile(r"nh[aầ]m|l[oộ]n\b|h[uủ]y|hu[yỷ]|x[oó][aá]|r[uú]t", re.IGNORECASE)
_SAYS = re.compile(
    r"\b(?:bao|gui|dang|nhan|ghi|phan anh) (?:bi )?(?:nham|lon)\b"
    r"|^(?:da )?(?:em |toi |tui |minh )?nham(?: (?:roi|a|nha|nhe))*$"
    r"|\b(?:huy|xoa|rut)(?: lai| bo)?(?: giup| gium| dum)?(?: em)? (?:phieu|phan anh|tin|cai)\b"
    r"|\b(?:huy|xoa|rut)(?: lai| bo)?(?: phieu| phan anh| tin)?(?: (?:nay|do|kia))? (?:giup|gium|dum)\b"
    r"|\b(?:giup|gium|dum) (?:em |toi |tui |minh )?(?:huy|xoa|rut)\b"
    r"|\b(?:huy|xoa|rut)(?: lai)? (?:phieu|phan anh)\b"
)


def says(words: str) -> bool:
    """Whether words take back a report: for a moderator to judge, as the matter may be there all the same."""
    return _PERHAPS.search(words) is not None and _SAYS.search(fold(words)) is not None
