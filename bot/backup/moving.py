"""Takes a city, at work if need be, from one database into another one, and compares every row before it
counts as done.

What there is is copied beside the bot. Then that is stopped, and what it has changed meanwhile is brought
after, in a fraction of the time. All of it is one transaction of the new database: whatever breaks it off,
that one is empty. The old one stays as it is. Photos do not move: both databases name them by content.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from bot.progress import Show
from storage import dump, migrations
from storage.database import Database, DatabaseError
from storage.dump import Described, Filling, Row

LOOK = 1.0  # seconds between looks whether the bot has been stopped

Rows = dict[str, int]
Pair = tuple[Row | None, Row | None]  # of one key: as it is, and as it was copied


@dataclass(slots=True)
class Differences:
    """What of a table is not in both databases alike.

    `alone`: columns whose values one row alone may have. They may have passed from row to row, so that a row
    in which they have changed is taken out and put in anew.
    """

    alone: frozenset[str] = frozenset()
    rows: int = 0  # that it has
    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    gone: list[Row] = field(default_factory=list)

    def note(self, before: Row | None, after: Row | None) -> None:
        """Take in one pair."""
        self.rows += before is not None
        if before is None and after is not None:
            self.gone.append(after)
        elif before is not None and after is None:
            self.new.append(before)
        elif before is not None and after is not None and before != after:
            self._differ(before, after)

    def _differ(self, before: Row, after: Row) -> None:
        if any(before[name] != after[name] for name in self.alone):
            self.gone.append(after)
            self.new.append(before)
        else:
            self.changed.append(before)

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


async def move(
    source: Database,
    target: Database,
    show: Show,
    stopped: Callable[[], Awaitable[bool]],
    ask: Callable[[], None],
) -> Rows:
    """Copy and compare all rows, in one transaction of the target; how many. Raises DatabaseError.

    `stopped`: whether nobody works on the source any more, nor will from then on; `ask` for that, once.
    """
    await migrations.expect(source)
    await target.check()
    if await migrations.current(target) is not None:
        raise DatabaseError("the database to move to is not empty: make a new one")
    await stopped()  # where nobody is at work, nobody begins meanwhile
    async with target.connect() as new:
        await migrations.make(new, migrations.head())
        async with source.snapshot() as old:
            for table in dump.described():
                await _copy(old, new, table, show)
        await _wait(new, stopped, ask)
        async with source.snapshot() as old:
            return await _bring_after(old, new, show)


async def _copy(old: AsyncConnection, new: AsyncConnection, table: Described, show: Show) -> None:
    total, done = await dump.count(old, table), 0
    filling = Filling(new, table)
    async for batch in dump.batches(old, table):
        await filling.put(batch)
        done += len(batch)
        show(f"copying {table.name}", done, total)
    await filling.end()


async def _wait(
    new: AsyncConnection, stopped: Callable[[], Awaitable[bool]], ask: Callable[[], None]
) -> None:
    if await stopped():
        return
    ask()
    while not await stopped():
        await new.execute(select(1))  # else PostgreSQL takes us for dead
        await asyncio.sleep(LOOK)


async def _bring_after(old: AsyncConnection, new: AsyncConnection, show: Show) -> Rows:
    """Compare all tables, mend what differs, and compare those tables once more."""
    tables = dump.described()
    found = {table.name: await _compared(old, new, table, show) for table in tables}
    differing = [table for table in tables if found[table.name]]
    for table in reversed(differing):  # before what has its place now; what points to others goes first
        await Filling(new, table).remove(found[table.name].gone)
    for table in differing:
        filling, theirs = Filling(new, table), found[table.name]
        await filling.put(theirs.new)
        await filling.change(theirs.changed)
        await filling.end()
    for table in differing:
        if left := await _compared(old, new, table, show):
            row = (left.new or left.changed or left.gone)[0]
            key = {name: row[name] for name in table.key}
            raise DatabaseError(f"{table.name} {key} is not the same in both databases: nothing was moved")
    return {name: one.rows for name, one in found.items()}


async def _compared(old: AsyncConnection, new: AsyncConnection, table: Described, show: Show) -> Differences:
    total, found = await dump.count(old, table), Differences(_alone(table))
    show(f"comparing {table.name}", 0, total)
    async for before, after in _paired(_rows(old, table), _rows(new, table), table):
        found.note(before, after)
        if before is not None and (found.rows % dump.AT_ONCE == 0 or found.rows == total):
            show(f"comparing {table.name}", found.rows, total)
    return found


def _alone(table: Described) -> frozenset[str]:
    """None where other rows point to those of the table: they have to stay, and keep what is theirs alone."""
    tables = SQLModel.metadata.tables
    pointed_to = {foreign.column.table.name for one in tables.values() for foreign in one.foreign_keys}
    if table.name in pointed_to:
        return frozenset()
    unique = [one for one in tables[table.name].constraints if isinstance(one, UniqueConstraint)]
    return frozenset(column.name for one in unique for column in one.columns)


async def _rows(connection: AsyncConnection, table: Described) -> AsyncIterator[Row]:
    async for batch in dump.batches(connection, table):
        for row in batch:
            yield row


async def _paired(
    ours: AsyncIterator[Row], theirs: AsyncIterator[Row], table: Described
) -> AsyncIterator[Pair]:
    """Both in the order of their keys, each key once."""

    def key(row: Row) -> tuple[int | str, ...]:
        return tuple(row[name] for name in table.key)

    one, other = await anext(ours, None), await anext(theirs, None)
    while one is not None or other is not None:
        is_ours = one is not None and (other is None or key(one) <= key(other))
        is_theirs = other is not None and (one is None or key(other) <= key(one))
        yield (one if is_ours else None), (other if is_theirs else None)
        one = await anext(ours, None) if is_ours else one
        other = await anext(theirs, None) if is_theirs else other
