"""aiosqlite with one hop to the connection's thread for a statement, or for all that a batch executes.

As the library does it, a statement takes four: make a cursor, execute, fetch, close. Each is two switches
between threads and one turn of the event loop, which together cost more than most of our statements do.
Here a cursor is made, executed, read ahead and closed in one go; and what awaits nothing but statements may
be carried out in that thread as a whole.
"""

import asyncio
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from functools import partial
from threading import Lock, get_ident
from typing import Any, TypeVar, cast

import aiosqlite

from storage.unbroken import to_its_end

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, T]]
_MAKING = Lock()  # no connection locks a file that another thread is still to close
AHEAD = 500  # rows that come with the statement: all of them, but where somebody reads a whole table


class Cursor(aiosqlite.Cursor):
    """What a statement found: rows that came with it, and those that are still to be fetched."""

    def __init__(self, connection: "Connection") -> None:
        """Nothing is done before a statement is executed."""
        super().__init__(connection, cast(sqlite3.Cursor, None))
        self._rows = deque[Any]()
        self._has_more = False

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "Cursor":
        """Execute the given query, and fetch what it finds first."""
        await self._hop(sqlite3.Cursor.execute, sql, parameters or ())
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "Cursor":
        """Execute the given query once for each of the parameters."""
        await self._hop(sqlite3.Cursor.executemany, sql, parameters)
        return self

    async def _hop(self, how: Callable[..., object], sql: str, parameters: Iterable[Any]) -> None:
        await self._execute(self._run, how, sql, parameters)  # type: ignore[no-untyped-call]

    def _run(self, how: Callable[..., object], sql: str, parameters: Iterable[Any]) -> None:
        """In the connection's thread."""
        cursor = self._cursor = self._conn._conn.cursor()
        try:
            how(cursor, sql, parameters)
            if cursor.description:
                self._rows.extend(cursor.fetchmany(AHEAD))
            self._has_more = len(self._rows) == AHEAD
        finally:
            if not self._has_more:
                cursor.close()

    async def fetchone(self) -> Any:
        """Fetch a single row."""
        found = await self.fetchmany(1)
        return next(iter(found), None)

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        """Fetch as many rows, fewer at the end; those that came ahead first."""
        if not self._rows and self._has_more:
            return cast(Sequence[Any], await super().fetchmany(size))
        size = self.arraysize if size is None else size
        return [self._rows.popleft() for _ in range(min(size, len(self._rows)))]

    async def fetchall(self) -> Iterable[Any]:
        """Fetch all remaining rows."""
        rest = await super().fetchall() if self._has_more else ()
        rows = [*self._rows, *rest]
        self._rows.clear()
        return rows

    async def close(self) -> None:
        """Give up what was not fetched."""
        self._rows.clear()
        if self._has_more:
            self._has_more = False
            await super().close()


class Connection(aiosqlite.Connection):
    """A connection whose cursors are these."""

    _ended: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        """Let the thread end; done once it has."""
        self._ended = super().stop()
        return self._ended

    async def _connect(self) -> "Connection":
        """One that can't be made has no thread left, which would look for an event loop that may be gone."""
        try:
            await super()._connect()
        except Exception:
            if self._ended is not None:
                await self._ended
            raise
        return self

    @property
    def here(self) -> sqlite3.Connection | None:
        """SQLite's own connection, for its thread alone: in the middle of what it carries out."""
        return self._conn if get_ident() == self._thread.ident else None

    def cursor(self) -> Any:
        """A cursor; as the library's, it is entered before it is used."""
        return Cursor(self)

    async def carry_out(self, work: Work[T]) -> T:
        """Do in the connection's thread what awaits nothing: its statements are `here`'s.

        Cancelled meanwhile, it comes to its end before we do. Raises RuntimeError, having broken it off,
        where it awaits anything.
        """
        return cast(T, await to_its_end(self._execute(_at_once, work)))  # type: ignore[no-untyped-call]


def _at_once(work: Work[T]) -> T:
    """What it comes to. No event loop is there: whatever is awaited must be done already."""
    coroutine = work()
    try:
        coroutine.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    coroutine.close()
    raise RuntimeError("something other than a statement was awaited in a batch of statements")


def connect(path: str, **options: Any) -> Connection:
    """A connection that waits to be awaited; its thread ends with the process. SQLAlchemy's
    `async_creator_fn`."""
    connection = Connection(partial(_opened, path, **options), AHEAD)
    connection._thread.daemon = True
    return connection


def _opened(path: str, **options: Any) -> sqlite3.Connection:
    """A connection to a file that is ours alone: one that SQLite made would be everybody's to read, and what
    it puts beside a file is as that is.

    A file that is there is not opened here: closing it would undo the locks of this process's connections.
    """
    with _MAKING, suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    return cast(sqlite3.Connection, sqlite3.connect(path, **options))
