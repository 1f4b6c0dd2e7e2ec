"""Who waits for whom where several processes share one PostgreSQL; in SQLite one writes at a time anyway.

All are held by a transaction until its end, and so by nobody after a crash. They are advisory locks of
transactions, not of sessions: those break behind a pooler.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import IntEnum

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.types import String

from storage.database import Database, is_postgresql


class Lock(IntEnum):
    """What is locked; PostgreSQL's first number of two."""

    CITY = 7_201  # whatever changes tickets: one transaction at a time
    LANE = 7_202  # one chat's events: handled in order
    SCHEMA = 7_204  # the tables themselves
    ROOM = 7_203  # the built-in chat's revisions: given in the order in which they can be seen


_HOLD = text("SELECT pg_advisory_xact_lock(:lock, 0)")
# The names of an array in their order, until so many are ours: a look at each is what takes it.
_TAKE = text(
    "SELECT name FROM unnest(:names) AS name"
    " WHERE pg_try_advisory_xact_lock(:lock, hashtext(name)) LIMIT :most"
).bindparams(bindparam("names", type_=ARRAY(String)))


async def hold(session: AsyncSession | AsyncConnection, lock: Lock) -> None:
    """Wait until nobody else has it."""
    if is_postgresql(session):
        await session.execute(_HOLD, {"lock": lock})


@asynccontextmanager
async def alone(database: Database) -> AsyncIterator[AsyncSession]:
    """A writing transaction beside which nobody else's changes tickets: what each of them must be."""
    async with database.write() as session:
        await hold(session, Lock.CITY)
        yield session


async def take_free(session: AsyncSession, lock: Lock, names: Sequence[str], most: int) -> Sequence[str]:
    """Lock the first of these names that are free, at most so many, without waiting; which were locked."""
    if not is_postgresql(session):
        return names
    taken = await session.execute(_TAKE, {"lock": lock, "names": list(names), "most": most})
    return [str(name) for (name,) in taken]
