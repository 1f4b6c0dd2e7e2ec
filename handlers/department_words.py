"""Departments as people name them in orders: by key or by name, however spaced, with accents or without."""

import re
from collections.abc import Collection, Sequence

from handlers.context import Turn
from handlers.understanding import fold
from storage import tickets
from storage.models import Department

_TO = re.compile(r"^\s*(?:cho|qua)\s+(?:bên\s+|ben\s+)?(?=\S)", re.IGNORECASE)  # "/giao 1042 cho điện lực"


async def department_in(turn: Turn, words: str, *, with_former: bool = False) -> tuple[str | None, str]:
    """The department that words begin with, by key or by name, and the words after it.

    `with_former`: one that there is no more counts too, whose tickets may still be looked for.
    """
    named = _TO.sub("", words)
    said, known = fold(named), await tickets.departments(turn.session)
    there = [row for row in known if with_former or turn.policy.has_department(row.key)]
    ends = {row.key: _end(said, row) for row in there}
    key = max(ends, key=ends.__getitem__, default=None)  # "Chiếu sáng 2" begins with "Chiếu sáng", too
    return (key, _after(named, ends[key])) if key is not None and ends[key] else (None, words)


async def keys_written(turn: Turn) -> str:
    """The keys of the departments that there are, for an answer that asks for one of them."""
    return ", ".join(await names_there(turn)) or "–"


async def names_there(turn: Turn) -> dict[str, str]:
    """The departments that something can be given to, by their names."""
    names = await tickets.department_names(turn.session)
    return {key: name for key, name in names.items() if turn.policy.has_department(key)}


def without_department(said: str, departments: Sequence[Department], known: Collection[str]) -> str:
    """Words without a department's: "môi trường" is not Mới, nor "điện lực" Điện. Chiếu sáng is both."""
    words = said.split()
    for at in range(len(words)):
        rest = " ".join(words[at:])
        end = max((_end(rest, row) for row in departments), default=0)
        if end and rest[:end] not in known:
            return " ".join([*words[:at], *rest[end:].split()])
    return said


def _after(words: str, folded: int) -> str:
    """What is left of words, as they were written, once so many letters of them were read as they fold."""
    parts = words.split()
    read = (count for count in range(1, len(parts)) if len(fold(" ".join(parts[:count])).strip()) >= folded)
    return " ".join(parts[next(read, len(parts)) :])


def _end(said: str, row: Department) -> int:
    """Where a department's words end that words begin with."""
    name = fold(row.name)
    return max(_spelled(said, one) for one in (row.key, name, name.split(" va ")[0]))


def _spelled(said: str, name: str) -> int:
    """Where a name ends that words begin with, however it is spaced: "moi truong" for `moitruong`."""
    letters = name.replace(" ", "")
    found = re.match(r"\s*".join(map(re.escape, letters)) + r"(?!\w)", said)
    return found.end() if found else 0
