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
    r"|sẵn (?:cho|báo)|san (?:cho|bao)|tiện thể|tien the"
    r"|còn cái|con cai|còn chỗ|con cho|còn đường|con duong)\s)",
    re.I,
)
_COMMA = re.compile(r"[,;]\s+|\s+(?:và|va|còn|con)\s+")
LONGEST = 6000  # characters; what comes after them opens nothing
_SURE_CATEGORY = 0.55
_CLEAR_CATEGORY = 0.9  # of what only a comma parts
_MOST = 5  # issues of one message; a longer list is for a moderator


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that a message tells of."""

    text: str
    seen: Understanding


def apart(text: str, understand: Understand, sure: float) -> Sequence[Issue]:
    """The issues of a text, in its order, each surely feedback of its own; none where it is one thing."""
    text = text[:LONGEST]
    issues = _by_sentences(text, understand, sure) or _by_commas(text, understand, sure)
    return tuple(_whole(issue, issues[0].seen.place, understand) for issue in issues)


def _by_sentences(text: str, understand: Understand, sure: float) -> Sequence[Issue]:
    pieces = _pieces(text)
    if not _are_perhaps_several(pieces, understand, sure):
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
    return issues


def _are_perhaps_several(pieces: Sequence[tuple[str, bool]], understand: Understand, sure: float) -> bool:
    """Whether any piece but the longest stands alone: else there are no two, and it need not be read."""
    shorter = sorted((piece for piece, _ in pieces), key=len)[:-1]
    return any(_stands_alone(understand(piece), sure) for piece in shorter)


def _by_commas(text: str, understand: Understand, sure: float) -> Sequence[Issue]:
    """Parts of one sentence, each a whole report of another sort in another street.

    "Đèn hẻm 12 Lê Lợi hư, rác hẻm 30 Trần Phú chưa gom".
    """
    pieces = _COMMA.split(text)
    issues: list[Issue] = []
    for piece in pieces if _begins_several(pieces, understand, sure) else ():
        seen = understand(piece)
        if _stands_alone(seen, sure) and _is_of_its_own(seen, issues):
            issues.append(Issue(piece, seen))
        elif issues:
            issues[-1] = replace(issues[-1], text=f"{issues[-1].text}, {piece}")
        else:
            return ()
    return issues if len(issues) > 1 else ()


def _begins_several(pieces: Sequence[str], understand: Understand, sure: float) -> bool:
    """Whether the first piece and one behind it are whole reports; what is shorter is read first."""
    if not 1 < len(pieces) <= _MOST:
        return False
    first, *rest = pieces
    sides = sorted(([first], rest), key=lambda side: sum(map(len, side)))
    return all(any(_is_whole(understand(piece), sure) for piece in side) for side in sides)


def _is_whole(seen: Understanding, sure: float) -> bool:
    return _stands_alone(seen, sure) and _is_of_its_own(seen, ())


def _is_of_its_own(seen: Understanding, issues: Sequence[Issue]) -> bool:
    """Whether it names where it is, and neither that nor its category is any other's."""
    where = seen.place.street or seen.place.landmark
    told = {(one.seen.place.street or one.seen.place.landmark) for one in issues}
    categories = {one.seen.category for one in issues}
    is_clear = seen.category_confidence >= _CLEAR_CATEGORY and seen.category not in (*categories, "other")
    return where is not None and where not in told and is_clear


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
