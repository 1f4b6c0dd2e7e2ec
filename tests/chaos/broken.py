"""Counts what a process asks of database, files and network, and lets one of these operations go wrong.

An operation is a statement or a commit, a file opened, begun to be written, linked, renamed, removed or a
folder made, a call that leaves or an answer that comes: to end before each of them is to end between any two.
"""

import errno
import os
import signal
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import Database

_FILE_EVENTS = ("open", "os.mkdir", "os.rename", "os.remove", "os.link")


class How(StrEnum):
    """What becomes of the operation whose turn it is."""

    NOTHING = "nothing"
    KILL = "kill"  # the process ends before it, at once
    ERROR = "error"  # it raises what a disk, a database or a network would


class Operations:
    """One process's operations, counted by kind."""

    def __init__(self, place: int, how: How) -> None:
        """The `place`-th operation, from 1, goes wrong."""
        self.seen: Counter[str] = Counter()
        self._left = place
        self._how = how
        self._lock = threading.Lock()

    def next(self, kind: str, fail: Callable[[], None]) -> None:
        """One more; where its turn has come `fail` is to raise."""
        with self._lock:
            self.seen[kind] += 1
            self._left -= 1
            is_turn = self._left == 0 and self._how is not How.NOTHING
        if is_turn and self._how is How.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        if is_turn:
            print(f"operation broken: {kind} {self.seen.total()}", file=sys.stderr, flush=True)
            fail()

    def of_database(self, database: Database) -> None:
        """Its statements and commits, on both ways to it."""
        for engine in (database._writer, database._reader):
            _statements(engine, self)

    def of_files(self, folder: Path) -> None:
        """What is done with the files in a folder by Python; SQLite's own are seen by its statements."""
        inside = f"{folder}{os.sep}"

        def heard(name: str, arguments: tuple[Any, ...]) -> None:
            if name in _FILE_EVENTS and str(arguments[0]).startswith(inside):
                self.next("file", _disk_full)

        sys.addaudithook(heard)
        opened = os.fdopen

        def counted(*arguments: Any, **named: Any) -> Any:
            self.next("file", _disk_full)
            return opened(*arguments, **named)

        os.fdopen = counted

    def of_calls(self) -> None:
        """Calls by httpx: before each leaves, and before its answer is looked at."""
        request = httpx.AsyncClient.request

        async def counted(client: httpx.AsyncClient, *arguments: Any, **named: Any) -> httpx.Response:
            self.next("call", _unreachable)
            answer = await request(client, *arguments, **named)
            self.next("answer", _broken_off)
            return answer

        httpx.AsyncClient.request = counted  # type: ignore[method-assign,assignment]


def _statements(engine: AsyncEngine, operations: Operations) -> None:
    is_sqlite = engine.dialect.name == "sqlite"

    def statement(connection: Any, *_: Any) -> None:
        operations.next("statement", _no_disk if is_sqlite else lambda: _cut(connection))

    def commit(connection: Any) -> None:
        operations.next("commit", _no_disk if is_sqlite else lambda: _cut(connection))

    event.listen(engine.sync_engine, "before_cursor_execute", statement)
    event.listen(engine.sync_engine, "commit", commit)


def _no_disk() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR"
    raise OperationalError("any statement", {}, error)


def _cut(connection: Any) -> None:
    """PostgreSQL's connection is gone: what is asked of it now fails as it does then."""
    connection.connection.driver_connection.terminate()


def _disk_full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _unreachable() -> None:
    raise httpx.ConnectError("nobody listens")


def _broken_off() -> None:
    raise httpx.ReadError("the connection broke off")
