"""What every message, tick and delivery asks of the tables is asked of an index: the cost of one more message
does not grow with what is there already.

All statements of a group's day are recorded as they were run, and each is explained. PostgreSQL is told to
avoid reading whole tables, so that one it reads whole all the same has no index that fits.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers import digest, intake, morning, reminders
from handlers.context import Turn
from storage import board, dispatches, health, histories, inbox, lists, messages, outbox
from storage.database import Database
from storage.lists import Filter
from storage.states import TicketStatus
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import ROOM, Desk

ALL = tuple(TicketStatus)
GROWING = ("tickets", "ticket_events", "inbox", "outbox", "messages", "attachments", "submissions",
           "dispatches", "audit", "room_posts", "prompts")  # fmt: skip
LAMP = "đèn hư Hai Bà Trưng"


class Recorder:
    """Every statement that a database runs, each once, with the values of its first run."""

    def __init__(self, database: Database) -> None:
        self.statements: dict[str, Any] = {}
        for engine in {database._reader.sync_engine, database._writer.sync_engine}:
            event.listen(engine, "before_cursor_execute", self._heard)

    def _heard(self, _: Any, __: Any, statement: str, values: Any, ___: Any, many: bool) -> None:
        if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", statement) and not many:
            self.statements.setdefault(statement, values)


@pytest.fixture
async def recorder(database: Database) -> Recorder:
    """A day of a group, and what its clock, sender and fetcher ask."""
    recorder, desk = Recorder(database), Desk(database, MEANINGS)
    await desk.open()
    recorder.statements.clear()
    for who, words in (("hoa", LAMP), ("minh", "rác Lê Lợi"), ("lan", LAMP), ("hoa", "cảm ơn"), ("dung", "")):
        await desk.say(who, words, photos=1)
    await desk.say("officer", "đã xử lý đèn Hai Bà Trưng", photos=1)
    for words in (
        "/nhan 1002",
        "/tracuu 1001",
        "/giao 1002 moitruong mai 17h",
        "/hoantac 1002",
        "/lichsu 1001",
    ):
        await desk.say("mod", words, chat=ROOM)
    await desk.press("mod", "t:2:start")
    heard = dict(recorder.statements)
    await desk.deliver()  # the test's own way, which no sender goes
    recorder.statements = heard
    await desk.pass_time(timedelta(hours=5))
    async with database.write() as session:
        turn = Turn(desk.services, session, "", "", desk.now, desk.now)
        await intake.settle_waiting(turn)
        await reminders.run(turn)
        await digest.post_due(turn)
        await morning.post_due(turn)
        await inbox.claim(session, ["telegram"], desk.now, 50)
        await outbox.ready(session, ["telegram"], desk.now, 8)
        await outbox.stranded(session, now=desk.now)
        await dispatches.ready(session, ["webhook:x"], desk.now, 8)
        await messages.photos_to_fetch(session, ["telegram"], desk.now, 8)
        for wanted in (
            Filter(),
            Filter(category="waste"),
            Filter(taken_by=1),
            Filter(statuses=ALL, words="den"),
        ):
            await lists.listed(session, wanted, 11)
        for wanted in (board.ALL, Filter(ward="Phú Lợi"), Filter(statuses=board.SHOWN, words="den")):
            await board.page(session, wanted, 20, before=10**6)
        await histories.between(session, desk.now - timedelta(days=14), desk.now)
        await health.queues(session)
    return recorder


async def whole_reads(connection: AsyncConnection, statement: str, values: Any) -> list[str]:
    """The growing tables that a statement reads from end to end."""
    if connection.dialect.name == "sqlite":
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        plan: list[str] = [row.detail for row in rows]
        found = [match[1] for line in plan if (match := re.match(r"SCAN (\w+)(?! USING)", line))]
    else:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        rows = await raw.driver_connection.fetch(f"EXPLAIN {statement}", *values)
        found = re.findall(r"Seq Scan on (\w+)", "\n".join(row[0] for row in rows))
    return [table for table in found if table in GROWING]


async def test_nothing_that_happens_all_day_reads_a_whole_table(
    recorder: Recorder, database: Database
) -> None:
    wrong = []
    statements = dict(recorder.statements)
    assert len(statements) > 50
    async with database.connect() as connection:
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, values in statements.items():
            if tables := await whole_reads(connection, statement, values):
                asked = " ".join(statement.split()).partition(" FROM ")[2]
                wrong.append(f"{', '.join(tables)} whole: {asked}")
    assert not wrong, "\n".join(wrong)
