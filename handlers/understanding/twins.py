"""Whether a message tells of a ticket that is there: text, place, category, time; a photo only adds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rapidfuzz import fuzz

from handlers.understanding.fold import fold
from handlers.understanding.values import Candidate, Place, Twin, Understanding

REACH = timedelta(days=14)
SURE = 0.62
MAYBE = 0.45
NEAR_PHOTO = 10  # bits of 64 that may differ


def find_twin(
    text: str,
    seen: Understanding,
    at: datetime,
    candidates: Sequence[Candidate],
    photo_hashes: Sequence[int] = (),
) -> Twin | None:
    """The likeliest ticket, `sure` only where the place agrees; None where nothing is like it."""
    scored = [(_score(text, seen, at, one, photo_hashes), one) for one in candidates]
    best, candidate = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    if candidate is None or best < MAYBE:
        return None
    sure = best >= SURE and place_agreement(seen.place, candidate.place) >= 0.5
    return Twin(candidate.ticket_id, best, sure)


def _score(
    text: str, seen: Understanding, at: datetime, candidate: Candidate, photo_hashes: Sequence[int]
) -> float:
    age = at - candidate.opened_at
    if age > REACH or age < timedelta(0) or not _same_category(seen.category, candidate.category):
        return 0.0
    place = place_agreement(seen.place, candidate.place)
    if place < 0:
        return 0.0
    likeness = fuzz.token_set_ratio(fold(text), fold(candidate.text)) / 100
    freshness = 1 - 0.3 * (age / REACH)
    photo = 0.15 if _photo_alike(photo_hashes, candidate.photo_hashes) else 0.0
    category = 0.15 if seen.category == candidate.category != "other" else 0.0
    return min(1.0, freshness * (0.45 * place + 0.45 * likeness + category + photo))


def _same_category(one: str, other: str) -> bool:
    return one == other or "other" in (one, other)


def place_agreement(one: Place, other: Place) -> float:
    """1 the same spot, 0.5 and up the same street or landmark, 0 not known, -1 somewhere else."""
    for mine, theirs in ((one.street, other.street), (one.alley, other.alley), (one.number, other.number)):
        if mine and theirs and mine != theirs:
            return -1.0
    if one.ward and other.ward and one.ward != other.ward:
        return -1.0
    agreed = 0.0
    if one.street and one.street == other.street:
        agreed = 0.7
        if (one.number and one.number == other.number) or (one.alley and one.alley == other.alley):
            agreed = 1.0
    if one.landmark and other.landmark:
        alike = fuzz.token_set_ratio(fold(one.landmark), fold(other.landmark)) >= 85
        agreed = max(agreed, 0.8) if alike else agreed
    return agreed


def _photo_alike(mine: Sequence[int], theirs: Sequence[int]) -> bool:
    return any((one ^ other).bit_count() <= NEAR_PHOTO for one in mine for other in theirs)
