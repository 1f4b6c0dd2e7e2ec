"""Whether a message tells of a ticket that is there: text, place, category, time; a photo only adds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rapidfuzz import fuzz

from handlers.understanding.fold import fold, has_accents, strip_accents
from handlers.understanding.place_words import GENERIC
from handlers.understanding.values import Candidate, Place, Twin, Understanding

REACH = timedelta(days=14)
SURE = 0.62
MAYBE = 0.45
ALIKE = 0.8  # texts as like as this tell of the same thing, whatever the category
AGREES = 0.5
PHOTO = 0.15
_OPPOSITE = "doi dien"
_NUMBERED_STREET = "đường số "
NEAR_PHOTO = 10  # bits of 64 that may differ


def spots(place: Place) -> list[str]:
    """The keys under which a place is found again: its street, its alley, its landmark."""
    named = (("street", place.street), ("alley", place.alley), ("landmark", _landmark_key(place.landmark)))
    return [f"{sort}:{fold(name)}" for sort, name in named if name]


def one_valued(place: Place) -> dict[str, tuple[str, str]]:
    """What a place names of which no two places that are the same have different ones: as it is written, and
    without accents. A name that is written without them is left out, as it may be any of several."""
    return {
        key: (name, strip_accents(name))
        for key, name in _values(place).items()
        if has_accents(name) or not name[0].isalpha()
    }


def _values(place: Place) -> dict[str, str]:
    named = (
        ("street", place.street),
        ("alley", place.alley),
        ("number", place.number),
        ("ward", place.ward),
    )
    return {key: name for key, name in named if name}


def find_twin(
    text: str,
    seen: Understanding,
    at: datetime,
    candidates: Sequence[Candidate],
    photo_hashes: Sequence[int] = (),
) -> Twin | None:
    """The likeliest ticket, `sure` only where the place agrees; None where nothing is like it."""
    told = Candidate(0, fold(text), seen.category, seen.place, at, tuple(photo_hashes))
    return likeliest(told, candidates)


def likeliest(told: Candidate, candidates: Sequence[Candidate]) -> Twin | None:
    """The same for what is a ticket already: the likeliest of those opened before it."""
    twins = [_compared(told, one) for one in candidates]
    best = max(twins, key=lambda twin: twin.score, default=None)
    return best if best is not None and best.score >= MAYBE else None


def _compared(told: Candidate, candidate: Candidate) -> Twin:
    age = told.opened_at - candidate.opened_at
    place = place_agreement(told.place, candidate.place)
    too_old, later = age > REACH, age < timedelta(0)
    if too_old or later or place < 0 or not _same_category(told.category, candidate.category):
        return Twin(candidate.ticket_id, 0.0, sure=False)
    likeness = fuzz.token_set_ratio(told.folded, candidate.folded) / 100
    known = told.category == candidate.category != "other"
    photo = PHOTO if place > 0 and photos_alike(told.photo_hashes, candidate.photo_hashes) else 0.0
    freshness = 1 - 0.3 * (age / REACH)
    score = min(1.0, freshness * (0.45 * place + 0.45 * likeness + 0.15 * known + photo))
    about_the_same = known or likeness >= ALIKE
    return Twin(candidate.ticket_id, score, sure=score >= SURE and place >= AGREES and about_the_same)


def _same_category(one: str, other: str) -> bool:
    return one == other or "other" in (one, other)


def place_agreement(one: Place, other: Place) -> float:
    """1 the same spot, 0.5 and up the same street or landmark, below that unknown, -1 somewhere else."""
    theirs = _values(other)
    if any(not _same(theirs.get(key, name), name) for key, name in _values(one).items()):
        return -1.0
    is_common = _is_common(one.street or other.street)
    if is_common and one.old_ward and other.old_ward and not _same(one.old_ward, other.old_ward):
        return -1.0
    agreed = 0.0
    same_spot = _same(one.number, other.number) or _same(one.alley, other.alley)
    if is_common and _unlike(one, other):
        same_spot = False
    if _same(one.street, other.street):
        agreed = 1.0 if same_spot else (0.3 if _apart(one, other) or _unlike(one, other) else 0.7)
    elif same_spot:
        agreed = 0.6 if _same(one.ward, other.ward) else 0.4
    if one.landmark and other.landmark and _same_landmark(one.landmark, other.landmark):
        agreed = max(agreed, 0.8)
    return agreed


def _is_common(street: str | None) -> bool:
    """Whether each quarter may have one: an alley 12 of no street, a street that is only a number."""
    return street is None or street.startswith(_NUMBERED_STREET)


def _same(mine: str | None, theirs: str | None) -> bool:
    """Whether both name the same: streets that no list has are also written without their accents."""
    if mine is None or theirs is None:
        return False
    if mine == theirs:
        return True
    return strip_accents(mine) == strip_accents(theirs) and not (has_accents(mine) and has_accents(theirs))


def _apart(one: Place, other: Place) -> bool:
    """One tells of a house on the street and the other of an alley off it."""
    house_and_alley = one.number and not one.alley and other.alley and not other.number
    alley_and_house = one.alley and not one.number and other.number and not other.alley
    return bool(house_and_alley or alley_and_house)


def _unlike(one: Place, other: Place) -> bool:
    """Whether each tells of a landmark on the street, and not of the same."""
    mine, theirs = one.landmark, other.landmark
    if not (mine and theirs and _landmark_key(mine) and _landmark_key(theirs)):
        return False
    return not _same_landmark(mine, theirs)


def _same_landmark(mine: str, theirs: str) -> bool:
    """Whether two name one landmark; "đầu hẻm" and "gần chợ" name none."""
    shared = set(_telling(mine)) & set(_telling(theirs))
    return bool(shared) and fuzz.token_set_ratio(fold(mine), fold(theirs)) >= 85


def _landmark_key(name: str | None) -> str | None:
    """What of a landmark's name tells it from others."""
    return " ".join(_telling(name or "")) or None


def _telling(name: str) -> list[str]:
    """The words of a landmark's name that no other has: "dơi" is one of "chùa Dơi"."""
    words = fold(name).replace(_OPPOSITE, "").split()
    return [word for word in words if word == "doi" or word not in GENERIC]


def photos_alike(mine: Sequence[int], theirs: Sequence[int]) -> bool:
    """Whether two of the 64-bit difference hashes lie near each other."""
    return any((one ^ other).bit_count() <= NEAR_PHOTO for one in mine for other in theirs)
