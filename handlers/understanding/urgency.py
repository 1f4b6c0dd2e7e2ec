"""Danger to life: recall counts for more than precision."""

from collections.abc import Sequence

from handlers.understanding.phrases import Phrases, Words
from handlers.understanding.tables import Tables

REACH = 9  # words between a thing and its trouble
CERTAIN = "danger:certain"


class UrgencyReader:
    """Reads danger, in one phrase or in a thing and its trouble that stand apart."""

    def __init__(self, tables: Tables) -> None:
        self._phrases = {name: _table(phrases) for name, phrases in tables.danger.items()}
        self._pairs = [
            (pair, _table(pair.things), _table(pair.troubles), _table(pair.unless))
            for pair in tables.danger_pairs
        ]

    def read(self, words: Words) -> list[str]:
        """The signs of danger to life, the sort of danger among them; `CERTAIN` where it is plainly told."""
        signs = [f"danger:{name}" for name, table in self._phrases.items() if table.any(words)]
        for pair, things, troubles, unless in self._pairs:
            if _close(things, troubles, words) and not unless.any(words):
                signs.append(f"danger:{pair.name}")
                signs += [CERTAIN] if pair.certain else []
        return signs or ["danger:none"]


def _table(phrases: Sequence[str]) -> Phrases[None]:
    return Phrases[None](dict.fromkeys(phrases))


def _close(things: Phrases[None], troubles: Phrases[None], words: Words) -> bool:
    if not things.may_be_in(words) or not troubles.may_be_in(words):
        return False
    named = list(things.found(words))
    return bool(named) and any(
        -REACH <= trouble.start - thing.end <= REACH for trouble in troubles.found(words) for thing in named
    )
