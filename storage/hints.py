"""PostgreSQL's LISTEN and NOTIFY between processes that share a database: hints, which may be lost.

Whoever misses one finds the work at the next look. Behind a pooler that gives a connection away between
transactions nothing is heard, and everything goes on at the pace of those looks.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.columns import JsonObject
from storage.database import Database

CHANNEL = "congich"
MOST = 7_000  # bytes of a hint; PostgreSQL takes fewer than 8,000

Heard = Callable[[str, JsonObject], None]


class Hints:
    """What this process tells the others, and what it hears of them."""

    def __init__(self, database: Database, heard: Heard) -> None:
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
        """Listen and tell until cancelled. Raises what the database raises."""
        async with self._database.autocommit() as connection:
            await self._listen(connection)
            while True:
                await self._more.wait()
                self._more.clear()
                told, self._to_tell = self._to_tell, {}
                for said in told:
                    await connection.execute(_NOTIFY, {"channel": CHANNEL, "said": said})

    async def _listen(self, connection: AsyncConnection) -> None:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        ours = driver.get_server_pid()

        def hear(_: object, pid: int, __: str, said: str) -> None:
            if pid != ours:
                name, data = json.loads(said)
                self._heard(name, data)

        await driver.add_listener(CHANNEL, hear)


_NOTIFY = text("SELECT pg_notify(:channel, :said)")
