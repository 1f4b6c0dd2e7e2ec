"""Numbered changes of the schema, and the few questions asked about them."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database, DatabaseError
from storage.locks import Lock, hold


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The schema version that this code is written for."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def is_known(revision: str) -> bool:
    """Whether a schema version is this code's or an older one; others a newer congich made."""
    return revision in {one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()}


async def current(database: Database) -> str | None:
    """The schema version that the database has; None when it is empty. Only looks."""
    async with database.read() as session:
        connection = await session.connection()
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def upgrade(database: Database) -> None:
    """Bring the schema to this code's version in one transaction."""
    async with database.connect() as connection:
        await hold(connection, Lock.SCHEMA)
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), "head"))


async def make(connection: AsyncConnection, revision: str) -> None:
    """Create the schema of a version, in the transaction of the connection."""
    await connection.run_sync(lambda sync: command.upgrade(_config(sync), revision))


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
