"""What messages, orders and those who look on cost does not grow with what is there already: counted for each
of their statements in steps of SQLite's own machine, which are the same on every computer."""

import asyncio
import sqlite3
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from storage import board, desk, dispatches, erasure, health, messages, outbox, submissions, tickets
from tests.bench import city
from tests.bench.bot import Bench, bench
from tests.bench.growth import FIRST
from tests.bench.stream import ROOM, Stream, Update

pytestmark = pytest.mark.sqlite_only

FEW, MANY = 1_500, 6_000  # tickets
ORDERS = (  # of a moderator in their room; the newest ticket is the last one of the city
    "/tracuu {n}", "/nhan {n}", "/giao {n} moitruong mai 17h", "/danglam {n}", "/tamdung {n} chờ vật tư",
    "/tieptuc {n}", "/phanloai {n} khiếu nại chiếu sáng", "/noi {n} trước số 9 Lý Tự Trọng", "/khan {n}",
    "/han {n} 3 ngày", "/xong {n} đã làm", "/molai {n}", "/tuchoi {n} chỗ tư nhân",
    "/hoantac {n}", "/hoantac", "/gop {n} 1100", "/lichsu {n}", "/giau {n}", "/hien {n}", "/anh {n}",
    "/tatphieu Người 9", "/motphieu Người 9", "/huyloat Người 9", "/cuatoi", "/danhsach", "/danhsach quá hạn",
    "/danhsach rác", "/danhsach của tôi", "/danhsach đã xong", "/timkiem ổ gà lê duẩn", "/dong {n}",
)  # fmt: skip
AT_ONCE = 20  # steps; SQLite counts no finer than it is asked to
MAY_TAKE = 1.5  # times as many: who posts, and what is alike, is not quite the same in both cities
# The digest's, which reads each ticket that was open in its week; `python -m tests.bench digest` has its bar.
WEEKLY = "SELECT tickets.id, tickets.chat_id, tickets.opened_at, tickets.status"
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


async def _asked(folder: Path, size: int) -> Counter[str]:
    """The statements of a morning: messages, orders, and what the clock asks."""
    folder.mkdir()
    (await asyncio.to_thread(city.made, size, folder)).rename(folder / "congich.db")
    async with bench(folder) as bot:
        steps = Steps(bot)
        for between in (20, 1):  # in peace, then so many at once that one post tells of several
            stream = Stream(2, int(city.END.timestamp()), first=FIRST * between, between=between)
            for batch in stream.batches(3, 40):
                await bot.take(batch)
        for place, words in enumerate(ORDERS):
            await bot.take([_ordered(FIRST * 30 + place, words.format(n=1000 + size))])
        await bot.app.pipeline.tick()
        await _watched(bot)
    return steps.most


async def _watched(bot: Bench) -> None:
    """What senders, other processes, metrics and the room's first pages ask all the time."""
    now, names = bot.now, ["telegram"]
    async with bot.app.database.read() as session:
        await outbox.ready(session, names, now, 8)
        await outbox.stranded(session, owner="nobody")
        await outbox.standing(session, now - timedelta(hours=1))
        await outbox.stuck(session, 10)
        await outbox.sent_by(session, "telegram", now - timedelta(hours=1))
        await outbox.sent_since(session, 1, now - timedelta(minutes=1), now)
        await outbox.lately_sent(session, 1, now - timedelta(hours=1), 10)
        await dispatches.ready(session, names, now, 8)
        await dispatches.stranded(session, names, now=now)
        await dispatches.standing(session, now)
        await dispatches.stuck(session, 10)
        await messages.photos_to_fetch(session, names, now, 8)
        await submissions.questions(session, 10)
        await health.queues(session)
        await desk.counts(session)
        await desk.stuck_posts(session, 10)
        await desk.stuck_calls(session, 10)
        await desk.held(session)
        await desk.wards(session)
        await board.lately(session, board.ALL, ["resolve", "close"], 10)
        await tickets.nearest_number(session, 10**9)
        await erasure.files_to_remove(session, 10)


def _ordered(number: int, words: str) -> Update:
    message = {
        "message_id": number,
        "from": {"id": 10_001, "is_bot": False, "first_name": "Người", "last_name": "1"},
        "chat": {"id": ROOM, "title": "Điều phối", "type": "supergroup"},
        "date": int(city.END.timestamp()) + 9000 + number % 100,
        "text": words,
    }
    return {"update_id": number, "message": message}


async def test_no_statement_of_a_message_reads_more_where_there_is_more(tmp_path: Path) -> None:
    few, many = await _asked(tmp_path / "few", FEW), await _asked(tmp_path / "many", MANY)
    grown = [
        f"{few[asked]} -> {steps} steps: {asked.partition(' FROM ')[2] or asked}"
        for asked, steps in many.items()
        if asked in few and not asked.startswith(WEEKLY) and steps > max(few[asked], BOUNDED) * MAY_TAKE
    ]
    assert not grown, "\n".join(grown)
    assert len(few & many) > 100
