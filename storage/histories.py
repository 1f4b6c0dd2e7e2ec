"""Tickets with their rows of history, as everything that counts them reads them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, String, and_, case, func, inspect, null, or_, select, text, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.columns import JsonObject
from storage.models import EVENT_LEFT, INBOX_PENDING, Inbox, Ticket, TicketEvent
from storage.states import OPEN

AT_ONCE = 500  # tickets whose rows are read in one query
_MOMENTS = ("due_at", "resolved_at", "first_answer_at", "paused_at")
_FIELDS = ("status", "kind", "category", "department", *_MOMENTS)
_COUNTED = (*_FIELDS, "ward")
_Row = tuple[datetime, JsonObject]  # when, and each counted field's value before and after


@dataclass(frozen=True, slots=True)
class Event:
    """One row of history, as far as it is counted."""

    at: datetime
    changes: JsonObject  # what fields were from then on, moments in ISO 8601


@dataclass(frozen=True, slots=True)
class TicketHistory:
    """A ticket, how it stood when what is counted begins, and what has happened to it since.

    Events are in the order in which they were written, which is not always that in which they happened: what
    is told late (a backlog, an import) comes after what was done meanwhile, and holds. So some may be of
    before. `stood` has the fields as they were when the period began; its moments are datetimes where they
    come from the ticket's row, and ISO 8601 where they come from its history.
    """

    ticket_id: int
    chat_id: int
    opened_at: datetime
    events: list[Event] = field(default_factory=list)
    stood: JsonObject = field(default_factory=lambda: dict.fromkeys(_COUNTED))
    confirmed_at: datetime | None = None  # when it became a ticket, where that was after its report

    @property
    def received_at(self) -> datetime:
        """From when on it is there to be counted."""
        return self.confirmed_at or self.opened_at

    def as_it_was(self, at: datetime) -> JsonObject:
        """Its fields at a moment; not to be changed: they may be the history's own."""
        past = [event.changes for event in self.events if event.at < at]
        if not past:
            return self.stood
        fields = dict(self.stood)
        for changes in past:
            fields |= changes
        return fields


async def between(session: AsyncSession, start: datetime, end: datetime) -> list[TicketHistory]:
    """The tickets that were open at some moment of [start, end), the oldest first; more may be among them.

    What a ticket was at `start` is what it is now, with all that changed since taken back: so no row of
    history that was written before `start` is read, however long a ticket has been open.
    """
    found = [_as_it_is(row) for row in await session.execute(_open_between(start, end))]
    since = await session.scalar(_first_since(start))
    if since is None:
        return found
    confirmed: dict[int, datetime] = {}
    for first in range(0, len(found), AT_ONCE):
        confirmed |= await _take_back(session, found[first : first + AT_ONCE], start, since)
    return [replace(one, confirmed_at=confirmed.get(one.ticket_id)) for one in found] if confirmed else found


async def in_sight(session: AsyncSession, ticket_ids: Sequence[int]) -> list[int]:
    """Those of these tickets that no moderator has hidden, in the same order."""
    shown = select(col(Ticket.id)).where(col(Ticket.id).in_(ticket_ids), col(Ticket.hidden).is_(False))
    found = set((await session.scalars(shown)).all())
    return [one for one in ticket_ids if one in found]


async def is_unheard_before(session: AsyncSession, moment: datetime) -> bool:
    """Whether something that was said before a moment is still to be handled: no history has it yet."""
    waiting = select(col(Inbox.id)).where(text(INBOX_PENDING), col(Inbox.said_at) < moment).limit(1)
    return (await session.execute(waiting)).first() is not None


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


def _as_it_is(row: Any) -> TicketHistory:
    return TicketHistory(row[0], row[1], row[2], stood=dict(zip(_COUNTED, row[3:], strict=True)))


async def _take_back(
    session: AsyncSession, histories: Sequence[TicketHistory], start: datetime, since: int
) -> dict[int, datetime]:
    """Turn the histories, which have the tickets as they are now, into what they were at `start`.

    Changes are undone in the reverse order of writing, down to the first one of `start` or later; what tells
    of before `start` and was written between those is undone too. The result: when tickets that became
    tickets later than they were reported did so.
    """
    by_id, begins = {one.ticket_id: one for one in histories}, start.astimezone(UTC)
    confirmed: dict[int, datetime] = {}
    between = defaultdict[int, list[_Row]](list)
    for ticket_id, at, detail in await session.execute(_changed_since(list(by_id), start, since)):
        if detail is None:
            confirmed[ticket_id] = at
        elif (changes := _counted(detail.get("changes", {}))) and at < begins:
            between[ticket_id].append((at, changes))
        elif changes:
            for row in between.pop(ticket_id, ()):
                _undo(by_id[ticket_id], *row)
            _undo(by_id[ticket_id], at, changes)
    for one in histories:
        one.events.reverse()
    return confirmed


def _undo(history: TicketHistory, at: datetime, changes: JsonObject) -> None:
    history.stood.update({name: old for name, (old, _) in changes.items()})
    history.events.append(Event(at, {name: new for name, (_, new) in changes.items()}))


def _first_since(start: datetime) -> Select[Any]:
    """The number of the first row that was written of `start` or later."""
    plain = inspect(TicketEvent).columns
    number = func.min(plain["id"] + 0)  # or a planner looks through all numbers from the first one on
    return select(number).where(plain["at"] >= start)


def _changed_since(ticket_ids: Sequence[int], start: datetime, since: int) -> Select[Any]:
    """The newest first; without detail where a ticket was opened later than it was reported."""
    plain = inspect(TicketEvent).columns
    at, detail, is_first = plain["at"], plain["detail"], plain["action"] == "opened"
    opened_at = select(col(Ticket.opened_at)).where(col(Ticket.id) == plain["ticket_id"]).scalar_subquery()
    late = and_(at >= start, at > opened_at)
    return (
        select(plain["ticket_id"], at, type_coerce(case((is_first, null()), else_=detail), detail.type))
        .where(
            plain["ticket_id"].in_(ticket_ids),
            or_(at >= start, plain["id"] > since),
            or_(~is_first, late),
        )
        .order_by(plain["id"].desc())
    )


def _counted(said: JsonObject) -> JsonObject:
    """What of a row's changes is counted."""
    changes = {name: both for name, both in said.items() if name in _COUNTED}
    if "place" in said:
        changes["ward"] = [(place or {}).get("ward") for place in said["place"]]
    return changes
