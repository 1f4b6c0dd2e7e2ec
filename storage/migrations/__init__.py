"""Numbered changes of the schema, and the few questions asked about them."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database, DatabaseError
from storage.locks import Lock, hold

VERSIONS = Path(__file__).parent / "versions"  # a file's name begins with its version


def known() -> list[str]:
    """Every schema version that this code knows, the oldest first."""
    return sorted(path.stem.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


def head() -> str:
    """The schema version that this code is written for."""
    return known()[-1]


def is_known(revision: str) -> bool:
    """Whether a schema version is this code's or an older one; others a newer congich made."""
    return revision in known()


async def current(database: Database) -> str | None:
    """The schema version that the database has; None when it is empty. Only looks."""
    async with database.read() as session:
        connection = await session.connection()
        return await connection.run_sync(_current)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


async def upgrade(database: Database) -> None:
    """Bring the schema to this code's version in one transaction."""
    async with database.connect() as connection:
        await hold(connection, Lock.SCHEMA)
        await make(connection, head())


async def make(connection: AsyncConnection, revision: str) -> None:
    """Bring the schema to a version, in the transaction of the connection."""
    # Here, because of alembic: megabytes that a bot with its schema does without.
    from storage.migrations.stepping import step_up

    await connection.run_sync(lambda sync: step_up(sync, revision))


async def ensure(database: Database) -> None:
    """Create an empty database's schema; raise DatabaseError where it is older or newer than the code."""
    if await current(database) is None:
        await upgrade(database)
    await expect(database)


async def expect(database: Database) -> None:
    """Raise DatabaseError, with the remedy, unless the schema is this code's. Only looks."""
    found = await current(database)
    if found == head():
        return
    if found is None:
        raise DatabaseError("the database is empty: the first start of 'congich run' makes it ready")
    if is_known(found):
        raise DatabaseError(
            f"the database has schema {found}, this congich needs {head()}: run 'congich db upgrade'"
        )
    raise DatabaseError(f"the database has schema {found}, made by a newer congich: install that version")
