"""Tickets with their rows of history, as everything that counts them reads them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.columns import JsonObject
from storage.models import Ticket, TicketEvent
from storage.tickets import OPEN

AT_ONCE = 500  # tickets whose rows are read in one query


@dataclass(frozen=True, slots=True)
class Event:
    """One row of history, as far as it is counted."""

    at: datetime
    changes: JsonObject  # field: [before, after]


@dataclass(frozen=True, slots=True)
class History:
    """A ticket and what happened to it, the oldest first."""

    ticket_id: int
    chat_id: int
    opened_at: datetime
    events: list[Event] = field(default_factory=list)


async def between(session: AsyncSession, start: datetime, end: datetime) -> list[History]:
    """The tickets that were open at some moment of [start, end), the oldest first; more may be among them."""
    happened = select(col(TicketEvent.ticket_id)).where(col(TicketEvent.at) >= start)
    rows = await session.execute(
        select(col(Ticket.id), col(Ticket.chat_id), col(Ticket.opened_at))
        .where(
            col(Ticket.opened_at) < end,
            or_(col(Ticket.status).in_(OPEN), col(Ticket.opened_at) >= start, col(Ticket.id).in_(happened)),
        )
        .order_by(col(Ticket.opened_at), col(Ticket.id))
    )
    found = {row[0]: History(row[0], row[1], row[2]) for row in rows if row[0] is not None}
    ids = list(found)
    for first in range(0, len(ids), AT_ONCE):
        await _read(session, found, ids[first : first + AT_ONCE], end)
    return list(found.values())


async def _read(session: AsyncSession, found: dict[int, History], ids: Iterable[int], end: datetime) -> None:
    rows = await session.execute(
        select(col(TicketEvent.ticket_id), col(TicketEvent.at), col(TicketEvent.detail))
        .where(col(TicketEvent.ticket_id).in_(ids), col(TicketEvent.at) < end)
        .order_by(col(TicketEvent.id))
    )
    for ticket_id, at, detail in rows:
        if changes := detail.get("changes"):
            found[ticket_id].events.append(Event(at, changes))
