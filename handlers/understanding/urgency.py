"""Danger to life: recall counts for more than precision."""

from collections.abc import Sequence

from handlers.understanding.phrases import Phrases, Words
from handlers.understanding.tables import Tables

REACH = 9  # words between a thing and its trouble


class UrgencyReader:
    """Reads danger, in one phrase or in a thing and its trouble that stand apart."""

    def __init__(self, tables: Tables) -> None:
        self._always = _table(tables.danger)
        self._pairs = [
            (_table(things), _table(troubles), _table(unless))
            for things, troubles, unless in tables.danger_pairs
        ]

    def read(self, words: Words) -> bool:
        """Whether the words tell of a danger to life."""
        return self._always.any(words) or any(
            _close(things, troubles, words) and not unless.any(words)
            for things, troubles, unless in self._pairs
        )


def _table(phrases: Sequence[str]) -> Phrases[None]:
    return Phrases[None](dict.fromkeys(phrases))


def _close(things: Phrases[None], troubles: Phrases[None], words: Words) -> bool:
    named = list(things.found(words))
    if not named:
        return False
    return any(
        -REACH <= trouble.start - thing.end <= REACH for trouble in troubles.found(words) for thing in named
    )
