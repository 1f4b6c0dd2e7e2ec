"""What a test asks of a database beside a process that is at work: at once, without waiting for a loop."""

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import asyncpg

Rows = list[tuple[Any, ...]]


def of_sqlite(path: Path, query: str) -> Rows:
    """Nothing where the database or a table is not there yet."""
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return []
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


class OfPostgresql:
    """One connection, kept by a thread's own loop, so that a test's loop may ask and wait for nothing."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._connection: Any = None

    def rows(self, query: str) -> Rows:
        """Nothing where a table or the server is not there just now."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(self._rows(query), self._loop).result(60)

    async def _rows(self, query: str) -> Rows:
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self._url, timeout=10)
            return [tuple(row) for row in await self._connection.fetch(query, timeout=30)]
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return []

    def close(self) -> None:
        """Give the connection and the thread back."""
        if self._loop is not None and self._thread is not None:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(60)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
        self._loop = self._thread = self._connection = None

    async def _close(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            await self._connection.close(timeout=10)
