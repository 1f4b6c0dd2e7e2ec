"""PostgreSQL's LISTEN and NOTIFY between processes that share a database: hints, which may be lost.

Whoever misses one finds the work at the next look. Behind a pooler that gives a connection away between
transactions nothing is heard, and everything goes on at the pace of those looks.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.columns import JsonObject
from storage.database import Database

CHANNEL = "congich"
LOOK, ANSWER = 60.0, 10.0  # seconds between two looks at the connection, and until it must answer
MOST = 7_000  # bytes of a hint; PostgreSQL takes fewer than 8,000

Heard = Callable[[str, JsonObject], None]


class Hints:
    """What this process tells the others, and what it hears of them."""

    def __init__(self, database: Database, heard: Heard, look: float = LOOK) -> None:
        """`look`: after so many seconds without a word the connection is asked."""
        self._look = look
        self._database = database
        self._heard = heard
        self._to_tell: dict[str, None] = {}  # in order, each once
        self._more = asyncio.Event()

    def tell(self, name: str, data: JsonObject | None = None) -> None:
        """Let the others hear; what they were told a moment ago they are not told again."""
        said = json.dumps([name, data or {}])
        if not self._database.is_sqlite and len(said.encode()) <= MOST:
            self._to_tell[said] = None
            self._more.set()

    async def run(self) -> None:
        """Listen and tell until cancelled. Raises what the database raises, TimeoutError where it is silent.

        A connection that was lost tells nobody who only listens, so it is asked now and then.
        """
        async with self._database.autocommit() as connection:
            async with asyncio.timeout(ANSWER):
                await self._listen(connection)
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look):
                        await self._more.wait()
                self._more.clear()
                async with asyncio.timeout(ANSWER):
                    await self._tell_all(connection)

    async def _tell_all(self, connection: AsyncConnection) -> None:
        told, self._to_tell = self._to_tell, {}
        for said in told:
            await connection.execute(_NOTIFY, {"channel": CHANNEL, "said": said})
        if not told:
            await connection.execute(_NOTHING)

    async def _listen(self, connection: AsyncConnection) -> None:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        ours = driver.get_server_pid()

        def hear(_: object, pid: int, __: str, said: str) -> None:
            if pid != ours:
                name, data = json.loads(said)
                self._heard(name, data)

        await driver.add_listener(CHANNEL, hear)
        driver.add_termination_listener(lambda _: self._more.set())


_NOTHING = text("SELECT 1")
_NOTIFY = text("SELECT pg_notify(:channel, :said)")
