"""What a ticket was at a moment, whatever the order in which its history came to be written."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.fields import plain
from storage import chats, histories, inbox, members, tickets
from storage.database import Database
from storage.inbox import NewEvent
from storage.models import Ticket, row_id
from storage.states import TicketStatus

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHOICES: dict[str, Sequence[Any]] = {
    "status": tuple(TicketStatus),
    "category": ("lighting", "waste", "tree"),
    "department": (None, "chieusang", "moitruong"),
    "due_at": (None, MONDAY, MONDAY + DAY),
}


async def open_one(session: AsyncSession, number: int) -> tuple[Ticket, dict[str, Any]]:
    """A ticket that is new, and what is counted of it."""
    fields: dict[str, Any] = {"status": TicketStatus.NEW, "category": "other"}
    ticket = Ticket(
        number=number,
        code=f"PA{number}",
        chat_id=1,
        origin="1",
        reporter_id=1,
        kind="report",
        opened_at=MONDAY - 7 * DAY,
        **fields,
    )
    session.add(ticket)
    await session.flush()
    detail = {"changes": {name: [None, plain(value)] for name, value in fields.items()}}
    await tickets.note(session, ticket, "opened", ticket.opened_at, detail=detail)
    return ticket, fields | {"department": None, "due_at": None}


async def live(session: AsyncSession, luck: Random, ticket: Ticket) -> list[tuple[datetime, dict[str, Any]]]:
    """Its rows as they were written, each with a moment that has nothing to do with that order."""
    rows = []
    for _ in range(luck.randint(0, 6)):
        was = ticket.status
        at = MONDAY + luck.randint(-160, 160) * HOUR
        chosen = luck.sample(sorted(CHOICES), luck.randint(1, 2))
        new = {name: luck.choice(CHOICES[name]) for name in chosen}
        changes = {name: [plain(getattr(ticket, name)), plain(value)] for name, value in new.items()}
        for name, value in new.items():
            setattr(ticket, name, value)
        left = was if ticket.status != was else None
        await tickets.note(session, ticket, "changed", at, from_status=left, detail={"changes": changes})
        rows.append((at, new))
    return rows


async def test_a_ticket_was_what_its_rows_until_then_made_of_it_in_the_order_in_which_they_were_written(
    database: Database,
) -> None:
    luck, lives, now = Random(7), {}, {}
    async with database.write() as session:
        await chats.ensure(session, "telegram", "-1", "", MONDAY)
        await members.ensure(session, "telegram", "hoa", "Hoa", MONDAY)
        for number in range(150):
            ticket, first = await open_one(session, 1000 + number)
            lives[row_id(ticket)] = first, await live(session, luck, ticket)
            now[row_id(ticket)] = {name: plain(getattr(ticket, name)) for name in CHOICES}
    for start in (MONDAY - 7 * DAY, MONDAY, MONDAY + 4 * DAY):
        async with database.read() as session:
            found = await histories.between(session, start, MONDAY + 8 * DAY)
        assert len(found) > 40
        for one in found:
            first, rows = lives[one.ticket_id]
            for at in (start, start + DAY, start + 60 * HOUR, MONDAY + 8 * DAY):
                expected = dict(first)
                for moment, changes in rows:
                    expected |= changes if moment < at else {}
                assert told(one.as_it_was(at)) == {name: plain(value) for name, value in expected.items()}
            assert told(one.as_it_was(MONDAY + 8 * DAY)) == now[one.ticket_id]


def told(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(fields[name]) for name in CHOICES}


@pytest.mark.parametrize(("said_at", "waits"), [(MONDAY - HOUR, True), (MONDAY, False)])
async def test_what_was_said_before_a_moment_may_still_have_to_be_handled(
    database: Database, said_at: datetime, *, waits: bool
) -> None:
    async with database.write() as session:
        await inbox.store(session, "web", "web", [NewEvent("1", {}, said_at)], MONDAY + HOUR)
    async with database.write() as session:
        assert await histories.is_unheard_before(session, MONDAY) is waits
        await inbox.mark_done(session, [1])
        assert not await histories.is_unheard_before(session, MONDAY)
