"""A look at the database beside a bot that may be at work: read only, no lock, nothing made."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from bot.config import ConfigError
from storage import migrations
from storage.database import Database, DatabaseError, address

SECONDS = 10.0
ERRORS = (DatabaseError, SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


class NoDatabase(Exception):
    """There is none yet: the first start makes it."""


@asynccontextmanager
async def opened(url: str, seconds: float | None = SECONDS) -> AsyncIterator[Database]:
    """The database, to look at for so long. Raises NoDatabase and ERRORS (TimeoutError is one)."""
    if is_missing(url):
        raise NoDatabase
    database = Database(url, looks_only=True)
    try:
        async with asyncio.timeout(seconds):
            yield database
    finally:
        await database.close()


@asynccontextmanager
async def ready(url: str) -> AsyncIterator[Database]:
    """The same for as long as it takes, with this code's schema. Raises ConfigError, DatabaseError."""
    expect_there(url)
    async with opened(url, seconds=None) as database:
        await migrations.expect(database)
        yield database


def expect_there(url: str) -> None:
    """Raises ConfigError where there is no database yet, DatabaseError for an address that is none."""
    if is_missing(url):
        raise ConfigError("there is no database yet: the first start of 'congich run' makes it")


def is_missing(url: str) -> bool:
    """Whether it is an SQLite file that is not there. Raises DatabaseError for an address that is none."""
    found = address(url)
    return found.get_backend_name() == "sqlite" and not Path(str(found.database)).exists()
