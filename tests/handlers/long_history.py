"""Measures statistics over a long history: `python -m tests.handlers.long_history [NUMBER OF TICKETS]`.

Two years, evenly; nine in ten are resolved after two days, of the last tenth one in ten is still open.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from handlers import digest, periods
from handlers.policy import HOME
from handlers.statistics import CountScope
from storage import chats, members
from storage.database import Database
from storage.models import Ticket, TicketEvent
from tests import template

BEGIN = datetime(2024, 11, 24, tzinfo=UTC)
AT_ONCE = 5000

Row = dict[str, Any]


def ticket(number: int, at: datetime, *, is_open: bool) -> Row:
    """One ticket as the table has it."""
    return {
        "number": number, "code": f"PA{number}", "chat_id": 1, "origin": str(number), "reporter_id": 1,
        "kind": "report", "category": ("lighting", "waste", "tree")[number % 3], "opened_at": at,
        "status": "accepted" if is_open else "resolved", "urgent": False, "summary": "", "folded": "",
        "place": {},
        "voices": 1, "version": 1, "pause_reason": "",
    }  # fmt: skip


def history(row: Row) -> Iterator[Row]:
    """Its rows: opened, accepted, resolved."""
    at: datetime = row["opened_at"]

    def event(after: timedelta, action: str, **changes: Any) -> Row:
        return {
            "ticket_id": row["number"],
            "at": at + after,
            "action": action,
            "detail": {"changes": changes},
        }

    hour, two_days = timedelta(hours=1), timedelta(days=2)
    yield event(
        timedelta(0), "opened", status=[None, "new"], kind=[None, "report"], category=[None, row["category"]],
        place=[None, {"ward": "Phú Lợi"}], department=[None, "chieusang"],
        due_at=[None, (at + timedelta(days=3)).isoformat()],
    )  # fmt: skip
    answered = (at + hour).isoformat()
    yield event(hour, "accept", status=["new", "accepted"], first_answer_at=[None, answered])
    if row["status"] == "resolved":
        ended = (at + two_days).isoformat()
        yield event(two_days, "resolve", status=["accepted", "resolved"], resolved_at=[None, ended])


async def fill(database: Database, number: int) -> None:
    """Write the whole history."""
    async with database.write() as session:
        await chats.ensure(session, "telegram", "-1", "Công ích", BEGIN)
        await members.ensure(session, "telegram", "7", "Hoa", BEGIN)
    step = timedelta(days=730) / number
    for first in range(1, number + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, number + 1))
        rows = [ticket(n, BEGIN + step * n, is_open=n > number * 0.9 and n % 10 == 0) for n in numbers]
        async with database.write() as session:
            await session.execute(insert(Ticket), rows)
            await session.execute(insert(TicketEvent), [event for row in rows for event in history(row)])


async def measure(folder: Path, number: int) -> None:
    """How long a week, a month and a year take."""
    template.copy_to(folder / "congich.db")
    database = Database(f"sqlite:///{folder / 'congich.db'}")
    await fill(database, number)
    asked = {
        "last week": periods.week(date(2026, 11, 16), HOME),
        "a week long ago": periods.week(date(2025, 3, 3), HOME),
        "a month": periods.month(date(2026, 10, 1), HOME),
        "a year": periods.days(date(2025, 11, 24), 365, HOME),
    }
    for name, period in asked.items():
        begun = time.perf_counter()
        async with database.read() as session:
            found = await digest.count(session, period, CountScope(chats=frozenset({1})))
        print(f"{name:16} {found.totals.received:6} received, {time.perf_counter() - begun:5.2f} s")
    await database.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(measure(Path(made), int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
