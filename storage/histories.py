"""Tickets with their rows of history, as everything that counts them reads them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.columns import JsonObject
from storage.models import EVENT_LEFT, Ticket, TicketEvent
from storage.tickets import OPEN

AT_ONCE = 500  # tickets whose rows are read in one query
_FIELDS = ("status", "kind", "category", "department", "due_at", "resolved_at", "first_answer_at")
_COUNTED = (*_FIELDS, "place")
_WARD = col(Ticket.place)["ward"].as_string()


@dataclass(frozen=True, slots=True)
class Event:
    """One row of history, as far as it is counted."""

    at: datetime
    changes: JsonObject  # field: [before, after]


@dataclass(frozen=True, slots=True)
class History:
    """A ticket, how it stood when what is counted begins, and what has happened to it since, in order."""

    ticket_id: int
    chat_id: int
    opened_at: datetime
    events: list[Event] = field(default_factory=list)
    stood: JsonObject = field(default_factory=lambda: dict.fromkeys(_COUNTED))


async def between(session: AsyncSession, start: datetime, end: datetime) -> list[History]:
    """The tickets that were open at some moment of [start, end), the oldest first; more may be among them.

    What a ticket was at `start` is what it is now, with all that changed since taken back: so no row of
    history from before `start` is read, however long a ticket has been open.
    """
    found = [_as_it_is(row) for row in await session.execute(_open_between(start, end))]
    for first in range(0, len(found), AT_ONCE):
        await _take_back(session, found[first : first + AT_ONCE], start)
    return found


def _open_between(start: datetime, end: datetime) -> Select[Any]:
    left = select(col(TicketEvent.ticket_id)).where(col(TicketEvent.at) >= start, text(EVENT_LEFT))
    happened = or_(col(Ticket.status).in_(OPEN), col(Ticket.opened_at) >= start, col(Ticket.id).in_(left))
    fields = [getattr(Ticket, name) for name in _FIELDS]
    return (
        select(col(Ticket.id), col(Ticket.chat_id), col(Ticket.opened_at), _WARD, *fields)
        .where(col(Ticket.opened_at) < end, happened)
        .order_by(col(Ticket.opened_at), col(Ticket.id))
    )


def _as_it_is(row: Any) -> History:
    ticket_id, chat_id, opened_at, ward, *values = row
    fields = {name: _plain(value) for name, value in zip(_FIELDS, values, strict=True)}
    return History(ticket_id, chat_id, opened_at, stood=fields | {"place": {"ward": ward}})


def _plain(value: Any) -> Any:
    """As a row of history has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


async def _take_back(session: AsyncSession, histories: Sequence[History], start: datetime) -> None:
    """Read what changed since `start`, and make of what the tickets are what they were then."""
    by_id = {one.ticket_id: one for one in histories}
    rows = await session.execute(
        select(col(TicketEvent.ticket_id), col(TicketEvent.at), col(TicketEvent.detail))
        .where(
            col(TicketEvent.ticket_id).in_(by_id),
            col(TicketEvent.at) >= start,
            col(TicketEvent.action) != "opened",
        )
        .order_by(col(TicketEvent.id))
    )
    for ticket_id, at, detail in rows:
        said = detail.get("changes", {})
        if changes := {name: said[name] for name in _COUNTED if name in said}:
            by_id[ticket_id].events.append(Event(at, changes))
    for one in histories:
        for event in reversed(one.events):
            for name, (old, _) in event.changes.items():
                one.stood[name] = old
