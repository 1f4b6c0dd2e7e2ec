"""SQLAlchemy on SQLite within a batch that the connection's thread carries out: plain calls all the way down.

Its asyncio sessions and cursors switch greenlets for each statement, so that they can await the driver. Where
nothing is ever awaited, that is half of what a statement costs.
"""

import sqlite3
from typing import Any, cast

import aiosqlite
from sqlalchemy import Result, ScalarResult
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_dbapi
from sqlalchemy.ext.asyncio import AsyncSession

from storage.sqlite_driver import Connection

# As other asyncio sessions have it: rows are read before anything else is asked.
_AHEAD = {"prebuffer_rows": True}


class DirectSession(AsyncSession):
    """A session for what awaits nothing but its statements, in the thread of its connection."""

    async def execute(
        self, statement: Any, params: Any = None, *, execution_options: Any = None, **others: Any
    ) -> Result[Any]:
        """Execute a statement."""
        options = _AHEAD | (execution_options or {})
        return self.sync_session.execute(statement, params, execution_options=options, **others)

    async def scalars(self, statement: Any, params: Any = None, **options: Any) -> ScalarResult[Any]:
        """Execute a statement; the first column of each row."""
        return (await self.execute(statement, params, **options)).scalars()

    async def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Execute a statement; the first column of the first row."""
        return self.sync_session.scalar(statement, params, **options)

    async def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """A row by its key, or None."""
        return self.sync_session.get(entity, ident, **options)

    async def get_one(self, entity: Any, ident: Any, **options: Any) -> Any:
        """A row by its key. Raises NoResultFound."""
        return self.sync_session.get_one(entity, ident, **options)

    async def flush(self, objects: Any = None) -> None:
        """Write what was changed."""
        self.sync_session.flush(objects)


class _Connection(AsyncAdapt_aiosqlite_connection):
    """Is SQLite's own connection in that one's thread, and hops to it from elsewhere."""

    __slots__ = ()

    @property
    def _here(self) -> sqlite3.Connection | None:
        return cast(Connection, self._connection).here

    def cursor(self, server_side: bool = False) -> Any:
        """One whose rows are read as they are asked for, or were read already."""
        return super().cursor(server_side) if self._here is None else self._here.cursor()

    def rollback(self) -> None:
        """Undo what was written."""
        return super().rollback() if self._here is None else self._here.rollback()


class Dbapi(AsyncAdapt_aiosqlite_dbapi):
    """SQLAlchemy's way to aiosqlite, with such connections; an engine's `module`."""

    def __init__(self) -> None:
        """Of the two libraries that SQLAlchemy takes, too."""
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> _Connection:
        """A connection of storage.sqlite_driver, adapted."""
        return _Connection(self, super().connect(*arg, **kw).driver_connection)
