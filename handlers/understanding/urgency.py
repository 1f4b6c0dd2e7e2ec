"""Danger to life, in one phrase or in a thing and its trouble that stand apart: recall before precision."""

from collections.abc import Sequence

from handlers.understanding.phrases import Found, Hit
from handlers.understanding.tables import DangerPair, Tables

REACH = 9  # words between a thing and its trouble
CERTAIN = "danger:certain"
_PREFIX = "danger:"


def tables(source: Tables) -> dict[str, dict[str, str]]:
    """The phrases, and the things, troubles and exceptions of each pair."""
    found = {f"{_PREFIX}{name}": dict.fromkeys(phrases, name) for name, phrases in source.danger.items()}
    for number, pair in enumerate(source.danger_pairs):
        parts = (("things", pair.things), ("troubles", pair.troubles), ("unless", pair.unless))
        found |= {f"{part} {number}": dict.fromkeys(phrases, part) for part, phrases in parts}
    return found


def signs(found: Found, pairs: Sequence[DangerPair]) -> list[str]:
    """The signs of danger to life, the sort of danger among them; `CERTAIN` where it is plainly told."""
    seen = [name for name in found if name.startswith(_PREFIX)]
    for number, pair in enumerate(pairs):
        things, troubles = found.get(f"things {number}"), found.get(f"troubles {number}")
        if things and troubles and f"unless {number}" not in found and _close(things, troubles):
            seen.append(f"{_PREFIX}{pair.name}")
            seen += [CERTAIN] if pair.certain else []
    return seen or [f"{_PREFIX}none"]


def _close(things: Sequence[Hit[str]], troubles: Sequence[Hit[str]]) -> bool:
    return any(-REACH <= trouble.start - thing.end <= REACH for trouble in troubles for thing in things)
