"""Takes a city from one database into another one, and compares every row before it counts as done.

The old database stays as it is. The photos do not move: both databases name them by content.
"""

from itertools import zip_longest

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.progress import Show
from storage import dump, migrations
from storage.database import Database, DatabaseError
from storage.dump import Described, Filling, Row

Rows = dict[str, int]


async def move(source: Database, target: Database, show: Show) -> Rows:
    """Copy and compare all rows, in one transaction of the target; how many. Raises DatabaseError."""
    await migrations.expect(source)
    await target.check()
    if await migrations.current(target) is not None:
        raise DatabaseError("the database to move to is not empty: make a new one")
    async with source.snapshot() as old, target.connect() as new:
        await migrations.make(new, migrations.head())
        rows = {table.name: await _copy(old, new, table, show) for table in dump.described()}
        for table in dump.described():
            await _compare(old, new, table, rows[table.name], show)
    return rows


async def _copy(old: AsyncConnection, new: AsyncConnection, table: Described, show: Show) -> int:
    total, done = await dump.count(old, table), 0
    filling = Filling(new, table)
    async for batch in dump.batches(old, table):
        await filling.put(batch)
        done += len(batch)
        show(f"copying {table.name}", done, total)
    await filling.end()
    return done


async def _compare(
    old: AsyncConnection, new: AsyncConnection, table: Described, total: int, show: Show
) -> None:
    """Both by the same key: what differs anywhere ends the move, and nothing is kept of it."""
    done = 0
    theirs = dump.batches(new, table)
    async for ours in dump.batches(old, table):
        copied: list[Row] = await anext(theirs, [])
        for before, after in zip_longest(ours, copied):
            if before != after:
                key = {name: (before or after or {})[name] for name in table.key}
                raise DatabaseError(
                    f"{table.name} {key} is not the same in both databases: nothing was moved"
                )
        done += len(ours)
        show(f"comparing {table.name}", done, total)
