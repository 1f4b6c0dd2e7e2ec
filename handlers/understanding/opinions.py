"""A second opinion on what the model is unsure of, from something heavier that may not be there.

An opinion is asked for before a message is handled, has a time limit, and its lack changes nothing. It
weighs half of what the model says; of danger it has nothing to say that would make it less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from handlers.understanding.fold import has_accents
from handlers.understanding.values import CATEGORIES, Intent, Kind, Understanding

WEIGHT = 0.5  # of an opinion beside the model, chosen on the held-back messages
UNSURE_CATEGORY = 0.6  # below this the category is worth a second opinion too
SAID = 0.85  # how surely an answer that names one class is taken
_LEAST = 1e-4


@dataclass(frozen=True, slots=True)
class Opinion:
    """Shares of each kind and category; `trusted`: it may also turn a question into silence."""

    kinds: Mapping[str, float]
    categories: Mapping[str, float]
    trusted: bool = False

    @classmethod
    def of(cls, kind: Kind, category: str) -> "Opinion":
        """The opinion of something that named one kind and one category."""
        return cls(_around(kind.value, list(Kind)), _around(category, CATEGORIES))


class SecondOpinion(Protocol):
    """Says what it thinks of texts, in their order; None where it has no opinion."""

    name: str

    async def __call__(self, texts: Sequence[str]) -> Sequence[Opinion | None]: ...


def wanted(text: str, seen: Understanding, unsure: float, sure: float) -> bool:
    """Whether a second opinion could change what happens."""
    if seen.kind is Kind.NONE and seen.intent is not Intent.CHATTER and seen.feedback < unsure:
        return False
    asked = unsure <= seen.feedback < sure
    vague = seen.feedback >= unsure and seen.category_confidence < UNSURE_CATEGORY
    return bool(text.strip()) and (asked or vague)


def reads(text: str) -> bool:
    """Whether an embedding can read a text: without accents it sees nothing in Vietnamese."""
    return has_accents(text)


def joined(seen: Understanding, opinion: Opinion, name: str, unsure: float) -> Understanding:
    """What model and opinion say together; an opinion that is not trusted never silences a message."""
    kinds = mixed(seen.shares.get("kind") or _kinds(seen), opinion.kinds)
    kind = max(kinds, key=lambda one: kinds[one])
    feedback = 1 - kinds[Kind.NONE]
    if not opinion.trusted and feedback < unsure:
        kind, feedback = seen.kind, max(unsure, min(feedback, seen.feedback))
    categories = mixed(_categories(seen), opinion.categories)
    category = max(categories, key=lambda one: categories[one])
    feedback_now = Kind(kind) is not Kind.NONE
    intent = Intent.NEW if feedback_now and seen.intent is not Intent.STILL_BROKEN else seen.intent
    return replace(
        seen,
        kind=Kind(kind),
        kind_confidence=round(kinds[kind], 4),
        feedback=round(feedback, 4),
        category=category,
        category_confidence=round(categories[category], 4),
        intent=intent if feedback_now or intent is not Intent.NEW else Intent.CHATTER,
        model=f"{seen.model}+{name}",
    )


def _kinds(seen: Understanding) -> dict[str, float]:
    """What the model gave each kind, as far as is known: its own, chatter, the rest in equal parts."""
    shares = {Kind.NONE.value: 1 - seen.feedback, seen.kind.value: seen.kind_confidence}
    rest = [kind.value for kind in Kind if kind.value not in shares]
    left = max(0.0, 1 - sum(shares.values())) / len(rest)
    return shares | dict.fromkeys(rest, left)


def _categories(seen: Understanding) -> Mapping[str, float]:
    """What the model gave each category; where an operator's word decided, that word and little else."""
    shares = seen.shares.get("category", {})
    if seen.category in shares and shares[seen.category] == max(shares.values()):
        return shares
    return _around(seen.category, [*CATEGORIES, seen.category], seen.category_confidence)


def _around(chosen: str, names: Sequence[str], share: float = SAID) -> dict[str, float]:
    others = {name for name in names if name != chosen}
    return dict.fromkeys(sorted(others), (1 - share) / len(others)) | {chosen: share}


def mixed(mine: Mapping[str, float], theirs: Mapping[str, float]) -> dict[str, float]:
    """Shares of the model and of an opinion, multiplied; an opinion weighs `WEIGHT`."""
    values = {
        name: max(share, _LEAST) * max(theirs.get(name, 0.0), _LEAST) ** WEIGHT
        for name, share in mine.items()
    }
    total = sum(values.values())
    return {name: value / total for name, value in values.items()}
