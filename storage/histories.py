"""Tickets with their rows of history, as everything that counts them reads them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, inspect, or_, select, text, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.columns import JsonObject
from storage.models import EVENT_LEFT, Ticket, TicketEvent
from storage.tickets import OPEN

AT_ONCE = 500  # tickets whose rows are read in one query
_MOMENTS = ("due_at", "resolved_at", "first_answer_at", "paused_at")
_FIELDS = ("status", "kind", "category", "department", *_MOMENTS)
_COUNTED = (*_FIELDS, "ward")


@dataclass(frozen=True, slots=True)
class Event:
    """One row of history, as far as it is counted."""

    at: datetime
    changes: JsonObject  # what fields were from then on, moments in ISO 8601


@dataclass(frozen=True, slots=True)
class History:
    """A ticket, how it stood when what is counted begins, and what has happened to it since, in order.

    Moments of `stood` are as its table or as its history has them.
    """

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
    plain = inspect(Ticket).columns  # an entity's own take a quarter longer
    status = type_coerce(plain["status"], String)
    fields = (plain[name] for name in _FIELDS[1:])
    ward = plain["place"]["ward"].as_string()
    return (
        select(plain["id"], plain["chat_id"], plain["opened_at"], status, *fields, ward)
        .where(col(Ticket.opened_at) < end, happened)
        .order_by(col(Ticket.opened_at), col(Ticket.id))
    )


def _as_it_is(row: Any) -> History:
    return History(row[0], row[1], row[2], stood=dict(zip(_COUNTED, row[3:], strict=True)))


async def _take_back(session: AsyncSession, histories: Sequence[History], start: datetime) -> None:
    """Read what changed since `start`, and make of what the tickets are what they were then."""
    by_id = {one.ticket_id: one for one in histories}
    for ticket_id, at, detail in await session.execute(_changed_since(list(by_id), start)):
        if changes := _counted(detail.get("changes", {})):
            history = by_id[ticket_id]
            history.stood.update({name: old for name, (old, _) in changes.items()})
            history.events.append(Event(at, {name: new for name, (_, new) in changes.items()}))
    for one in histories:
        one.events.reverse()


def _changed_since(ticket_ids: Sequence[int], start: datetime) -> Select[Any]:
    """The newest first."""
    plain = inspect(TicketEvent).columns
    return (
        select(plain["ticket_id"], plain["at"], plain["detail"])
        .where(plain["ticket_id"].in_(ticket_ids), plain["at"] >= start, plain["action"] != "opened")
        .order_by(plain["id"].desc())
    )


def _counted(said: JsonObject) -> JsonObject:
    """What of a row's changes is counted."""
    changes = {name: both for name, both in said.items() if name in _COUNTED}
    if "place" in said:
        changes["ward"] = [(place or {}).get("ward") for place in said["place"]]
    return changes
