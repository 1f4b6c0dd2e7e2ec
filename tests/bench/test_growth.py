"""What a message costs does not grow with what is there already: counted in steps of SQLite's own machine,
which are the same on every computer, for each statement of the message's way."""

import asyncio
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.bench import city
from tests.bench.bot import Bench, bench
from tests.bench.growth import FIRST
from tests.bench.stream import Stream

pytestmark = pytest.mark.sqlite_only

FEW, MANY = 1_500, 6_000  # tickets
AT_ONCE = 20  # steps; SQLite counts no finer than it is asked to
MAY_TAKE = 1.5  # times as many: who posts, and what is alike, is not quite the same in both cities
BOUNDED = 4_000  # steps in which each statement finds the most that it asks for


class Steps:
    """How many steps each statement took, the most of all its runs."""

    def __init__(self, bot: Bench) -> None:
        self.most = Counter[str]()
        self._taken = 0
        self._watched = set[int]()
        for engine in (bot.app.database._writer.sync_engine, bot.app.database._reader.sync_engine):
            event.listen(engine, "before_cursor_execute", self._begins)
            event.listen(engine, "after_cursor_execute", self._ends)

    def _begins(self, connection: Any, *_: object) -> None:
        driver: sqlite3.Connection = connection.connection.driver_connection._conn
        if id(driver) not in self._watched:
            self._watched.add(id(driver))
            driver.set_progress_handler(self._steps, AT_ONCE)
        self._taken = 0

    def _steps(self) -> int:
        self._taken += AT_ONCE
        return 0

    def _ends(self, _: object, __: object, statement: str, *___: object) -> None:
        asked = " ".join(statement.split())
        self.most[asked] = max(self.most[asked], self._taken)


async def _asked(folder: Path, tickets: int) -> Counter[str]:
    """The statements of a morning: messages, and what the clock, the sender and the page's reader ask."""
    folder.mkdir()
    (await asyncio.to_thread(city.made, tickets, folder)).rename(folder / "congich.db")
    async with bench(folder) as bot:
        steps = Steps(bot)
        for between in (20, 1):  # in peace, then so many at once that one post tells of several
            stream = Stream(2, int(city.END.timestamp()), first=FIRST * between, between=between)
            for batch in stream.batches(3, 40):
                await bot.take(batch)
    return steps.most


async def test_no_statement_of_a_message_reads_more_where_there_is_more(tmp_path: Path) -> None:
    few, many = await _asked(tmp_path / "few", FEW), await _asked(tmp_path / "many", MANY)
    grown = {
        asked: (few[asked], steps)
        for asked, steps in many.items()
        if asked in few and steps > max(few[asked], BOUNDED) * MAY_TAKE
    }
    assert grown == {}
    assert len(few & many) > 40
