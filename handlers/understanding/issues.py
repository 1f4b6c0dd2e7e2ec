"""Several things told in one message: each is an issue of its own, where that is plain.

"Đèn hẻm 12 hư 3 bữa nay. Với lại rác đầu hẻm 5 ngày chưa ai gom" tells of two; "cống nghẹt nên ngập,
hôi quá" tells of one. In doubt it is one: a moderator can split a ticket, but two for one thing annoy.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.understanding.values import Intent, Kind, Place, Understand, Understanding

_ENDS = re.compile(r"\n+|(?<=[.!?;…])\s+")
_MARKER = re.compile(r"(?:^|\s)(?:\d{1,2}[.)/]|[-–•*+])\s+(?=\w)", re.M)
_ALSO = re.compile(
    r"(?:^|,?\s)(?=(?:với lại|voi lai|ngoài ra|ngoai ra|thêm nữa|them nua|thứ hai|thu hai|thứ ba|thu ba"
    r"|sẵn cho|san cho|tiện thể|tien the|còn cái|con cai|còn chỗ|con cho|còn đường|con duong)\s)",
    re.I,
)
LONGEST = 6000  # characters; what comes after them opens nothing
_SURE_CATEGORY = 0.55
_MOST = 5  # issues of one message; a longer list is for a moderator


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that a message tells of."""

    text: str
    seen: Understanding


def apart(text: str, understand: Understand, sure: float) -> Sequence[Issue]:
    """The issues of a text, in its order, each surely feedback of its own; none where it is one thing."""
    pieces = _pieces(text[:LONGEST])
    if len(pieces) < 2:
        return ()
    issues: list[Issue] = []
    for piece, is_listed in pieces:
        seen = understand(piece)
        begun = bool(issues) and _stands_alone(issues[-1].seen, sure)
        told_apart = is_listed or seen.place.text is not None
        if not issues or (begun and told_apart and _another(seen, issues, sure)):
            issues.append(Issue(piece, seen))
        else:
            issues[-1] = Issue(f"{issues[-1].text} {piece}", issues[-1].seen if begun else seen)
    if not 2 <= len(issues) <= _MOST or any(not _stands_alone(one.seen, sure) for one in issues):
        return ()
    return [_whole(issue, issues[0].seen.place, understand) for issue in issues]


def _pieces(text: str) -> list[tuple[str, bool]]:
    """Sentences and items, and whether each is told as a further thing: "với lại …", "2. …"."""
    pieces = []
    for sentence in _ENDS.split(text):
        for number, part in enumerate(_ALSO.split(sentence)):
            first, *items = _MARKER.split(part)
            pieces += [(first, number > 0), *((item, True) for item in items)]
    stripped = [(piece.strip(" ,;"), is_listed) for piece, is_listed in pieces]
    return [(piece, is_listed) for piece, is_listed in stripped if piece]


def _stands_alone(seen: Understanding, sure: float) -> bool:
    return seen.kind is not Kind.NONE and seen.intent is Intent.NEW and seen.feedback >= sure


def _another(seen: Understanding, issues: Sequence[Issue], sure: float) -> bool:
    """Whether a piece tells of something that none of the issues before it is about."""
    told = {issue.seen.category for issue in issues}
    elsewhere = seen.place.street is not None and all(
        issue.seen.place.street not in (None, seen.place.street) for issue in issues
    )
    other = seen.category_confidence >= _SURE_CATEGORY and seen.category not in (*told, "other")
    return _stands_alone(seen, sure) and (other or elsewhere)


def _whole(issue: Issue, first: Place, understand: Understand) -> Issue:
    """An issue read as a whole; where it names no place, it is where the first one is."""
    seen = understand(issue.text)
    if issue.seen.category_confidence >= _SURE_CATEGORY:  # what was left of others' words changes nothing
        category, confidence = issue.seen.category, issue.seen.category_confidence
        seen = replace(seen, category=category, category_confidence=confidence)
    return Issue(issue.text, seen if seen.place.text else replace(seen, place=first))
