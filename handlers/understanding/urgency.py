"""Danger to life, in one phrase or in a thing and its trouble that stand apart: recall before precision."""

from collections.abc import Sequence
from typing import NamedTuple

from handlers.understanding.phrases import Found, Hit
from handlers.understanding.tables import DangerPair, Tables

REACH = 9  # words between a thing and its trouble
CERTAIN = "danger:certain"
_PREFIX = "danger:"


class Pair(NamedTuple):
    """A thing and a trouble that make a danger together, and the tables of their phrases."""

    pair: DangerPair
    things: str
    troubles: str
    unless: str


def tables(source: Tables) -> dict[str, dict[str, str]]:
    """The phrases, and the things, troubles and exceptions of each pair."""
    found = {f"{_PREFIX}{name}": dict.fromkeys(phrases, name) for name, phrases in source.danger.items()}
    for one in pairs(source):
        says = one.pair
        parts = ((one.things, says.things), (one.troubles, says.troubles), (one.unless, says.unless))
        found |= {name: dict.fromkeys(phrases, name) for name, phrases in parts}
    return found


def pairs(source: Tables) -> list[Pair]:
    """The pairs, each with the names of its tables."""
    names = ("things", "troubles", "unless")
    return [
        Pair(pair, *(f"{name} {number}" for name in names)) for number, pair in enumerate(source.danger_pairs)
    ]


def signs(found: Found, pairs: Sequence[Pair]) -> list[str]:
    """The signs of danger to life, the sort of danger among them; `CERTAIN` where it is plainly told."""
    seen = [name for name in found if name.startswith(_PREFIX)]
    for pair, things, troubles, unless in pairs:
        is_told = things in found and troubles in found and unless not in found
        if is_told and _close(found[things], found[troubles]):
            seen.append(f"{_PREFIX}{pair.name}")
            seen += [CERTAIN] if pair.certain else []
    return seen or [f"{_PREFIX}none"]


def _close(things: Sequence[Hit[str]], troubles: Sequence[Hit[str]]) -> bool:
    return any(-REACH <= trouble.start - thing.end <= REACH for trouble in troubles for thing in things)
