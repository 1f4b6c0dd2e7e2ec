"""Whether a reply under a ticket is of its matter, another or none; pure, over what was understood."""

import re

from handlers.understanding import Intent, Kind, Place, Understanding, fold, place_agreement

CLEAR = 0.9  # how sure a category must be to be another one
VAGUE = 0.3  # how unsure one must be to be none
_SAME_STREET = 0.5
_SHORT = 3  # words
# Told in each other's words: who has no power sits in the dark, and a blocked drain floods the road.
_ALIKE = (frozenset({"lighting", "power"}), frozenset({"drainage", "road", "water"}))

# What people sigh at others' posts with: "ghê quá trời ơi"; "tối quá" and "hư hết" tell of something.
_SIGHS = re.compile(
    r"(?:(?:ghe|kinh|khiep|chan|met|kho|buon|thuong|du|qua|troi(?: dat)?|oi|thiet|that|vay|luon|ha|hic|huhu"
    r"|bo tay|toi nghiep|cha cha|mo phat|het noi)(?: |$))+"
)

# By which a neighbour stands by a report: "mong xử lý gấp giùm".
_ASKS_FOR_WORK = re.compile(
    r"\b(?:xu ly|giai quyet|khac phuc|sua|gap|som|gium|dum|phuong|may anh|cong ty|chinh quyen)\b"
)


def is_a_sigh(words: str) -> bool:
    """Whether nothing is said but that it is bad: no moderator can say what of."""
    return _SIGHS.fullmatch(fold(words)) is not None


def is_another(seen: Understanding, category: str, place: Place, sure: float) -> bool:
    """Of the reporter, who may say more or put it right: surely something else, or the like elsewhere."""
    if seen.kind is Kind.NONE or seen.feedback < sure or not (seen.place.street or seen.place.alley):
        return False
    return _is_new(seen, category) or place_agreement(seen.place, place) < 0


def is_neighbours_own(words: str, seen: Understanding, category: str, place: Place, unsure: float) -> bool:
    """Of anybody else: what may be feedback of another place, or is clearly of another category."""
    if seen.intent is Intent.SAME_HERE:
        return names_a_matter(words, seen) and not _are_alike(seen.category, category)
    if seen.kind is Kind.NONE or seen.feedback < unsure:
        return False
    is_danger_there = seen.urgent and not seen.place.text
    is_new = _is_clear(seen) and _is_new(seen, category) and not is_danger_there
    return is_new or _is_elsewhere(seen.place, place)


def says_nothing_of_one(words: str, seen: Understanding, sure: float) -> bool:
    """Whether what sounds discontented is so with nothing that is the city's: "bà dọn nhà đi chỗ khác ở"."""
    if _ASKS_FOR_WORK.search(fold(words)):
        return False
    is_discontent = seen.kind in (Kind.COMPLAINT, Kind.SUGGESTION) and seen.intent is Intent.NEW
    is_vague = seen.category == "other" or seen.category_confidence < VAGUE
    return is_discontent and is_vague and seen.feedback < sure and not (seen.urgent or seen.place.text)


def is_another_danger(seen: Understanding, category: str) -> bool:
    """Whether it tells of a danger clearly of another sort than the ticket's: others have to come for it."""
    return seen.urgent and _is_clear(seen) and not _are_alike(seen.category, category)


def names_a_matter(words: str, seen: Understanding) -> bool:
    """Whether "so here" says what it is that is so: "me too" does not, whatever it sounds like."""
    return _is_clear(seen) and len(words.split()) > _SHORT


def _is_clear(seen: Understanding) -> bool:
    return seen.category != "other" and seen.category_confidence >= CLEAR


def _is_new(seen: Understanding, category: str) -> bool:
    return seen.intent is Intent.NEW and seen.category not in (category, "other")


def _are_alike(one: str, other: str) -> bool:
    return one == other or any(one in group and other in group for group in _ALIKE)


def _is_elsewhere(one: Place, other: Place) -> bool:
    """Another spot, a house on the street of an alley among them."""
    agreement = place_agreement(one, other)
    return agreement < 0 or bool(one.street and other.street and agreement < _SAME_STREET)
