"""The tracked things: numbers, look-ups, history, what the clock has to look at."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, and_, bindparam, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import col

from storage.columns import JsonObject
from storage.database import table_of
from storage.models import (
    TICKET_CLOSE,
    TICKET_ESCALATE,
    TICKET_OPEN,
    TICKET_REMIND,
    Department,
    Member,
    Message,
    Route,
    Submission,
    Ticket,
    TicketEvent,
    row_id,
)
from storage.once import keep, kept, once
from storage.plain import insert_row, update_row
from storage.states import OPEN, SubmissionState, TicketStatus

UNDONE = "undone"  # its row's detail says `of` which row
_HIGHEST = Ticket, "highest number"


async def next_number(session: AsyncSession, first: int) -> int:
    """The number of the next ticket. Two writers can't have the same: the column is unique."""
    highest = kept(session, _HIGHEST)
    if highest is None:
        highest = (await session.execute(select(func.max(col(Ticket.number))))).scalar() or 0
    number = max(first, highest + 1)
    keep(session, _HIGHEST, number)
    return number


async def add(session: AsyncSession, ticket: Ticket) -> None:
    """Write a new ticket."""
    await insert_row(session, ticket)


async def get(session: AsyncSession, ticket_id: int) -> Ticket | None:
    """One ticket, held by this transaction until it ends."""
    return (await session.scalars(_get(), {"ticket_id": ticket_id})).one_or_none()


@cache
def _get() -> Select[Ticket]:
    return select(Ticket).where(col(Ticket.id) == bindparam("ticket_id")).with_for_update()


async def surviving(session: AsyncSession, ticket_id: int) -> Ticket | None:
    """One ticket, or the one that it was merged into."""
    ticket = await get(session, ticket_id)
    while ticket is not None and ticket.merged_into_id is not None:
        ticket = await get(session, ticket.merged_into_id)
    return ticket


async def by_number(session: AsyncSession, number: int) -> Ticket | None:
    """The ticket of a code's number, held by this transaction until it ends."""
    found = await session.scalars(select(Ticket).where(col(Ticket.number) == number).with_for_update())
    return found.one_or_none()


async def by_code(session: AsyncSession, code: str) -> Ticket | None:
    """The ticket of a code, to be looked at."""
    found = await session.scalars(select(Ticket).where(col(Ticket.code) == code))
    return found.one_or_none()


async def nearest_number(session: AsyncSession, number: int) -> str | None:
    """The code whose number is nearest, for a helpful error."""
    there = col(Ticket.number)
    below = select(there, col(Ticket.code)).where(there <= number).order_by(there.desc()).limit(1)
    above = select(there, col(Ticket.code)).where(there > number).order_by(there).limit(1)
    found = [row for query in (below, above) for row in await session.execute(query)]
    return min(found, key=lambda row: abs(row.number - number)).code if found else None


async def of_post(session: AsyncSession, chat_id: int, external_id: str) -> int | None:
    """The ticket that somebody's message belongs to."""
    return await session.scalar(_of_post(), {"chat_id": chat_id, "external_id": external_id})


@cache
def _of_post() -> Select[int | None]:
    return (
        select(col(Submission.ticket_id))
        .join(Message, col(Message.submission_id) == col(Submission.id))
        .where(
            col(Message.chat_id) == bindparam("chat_id"),
            col(Message.external_id) == bindparam("external_id"),
        )
    )


async def of_reporter(session: AsyncSession, member_id: int, limit: int) -> Sequence[Ticket]:
    """What a member reported, the newest first."""
    found = await session.scalars(
        select(Ticket)
        .where(col(Ticket.reporter_id) == member_id)
        .order_by(col(Ticket.id).desc())
        .limit(limit)
    )
    return found.all()


async def totals(session: AsyncSession, now: datetime, *, with_hidden: bool = True) -> dict[str, int]:
    """How many tickets have each status, and how many open ones are overdue: not those that are paused."""
    told = () if with_hidden else (col(Ticket.hidden).is_(False),)
    rows = await session.execute(
        select(col(Ticket.status), func.count()).where(*told).group_by(col(Ticket.status))
    )
    counted = {status.value: 0 for status in TicketStatus} | {str(status): number for status, number in rows}
    late = select(func.count()).where(col(Ticket.status).in_(OPEN), *is_overdue(now), *told)
    return counted | {"overdue": (await session.execute(late)).scalar_one()}


def is_overdue(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """That an open ticket's deadline has passed; while it is paused, the deadline stops."""
    return col(Ticket.due_at) < now, col(Ticket.paused_at).is_(None)


async def kinds(session: AsyncSession) -> dict[str, int]:
    """How many tickets are of each kind."""
    rows = await session.execute(select(col(Ticket.kind), func.count()).group_by(col(Ticket.kind)))
    return {str(kind): number for kind, number in rows}


async def note(
    session: AsyncSession,
    ticket: Ticket,
    action: str,
    at: datetime,
    *,
    member: Member | None = None,
    from_status: TicketStatus | None = None,
    message_id: int | None = None,
    detail: JsonObject | None = None,
) -> TicketEvent:
    """Write one row of a ticket's history; the row."""
    event = TicketEvent(
        ticket_id=row_id(ticket),
        at=at,
        member_id=member.id if member else None,
        action=action,
        from_status=from_status,
        to_status=ticket.status if from_status else None,
        message_id=message_id,
        detail=detail or {},
    )
    await insert_row(session, event)
    return event


class Entry(NamedTuple):
    """One row of history, with the name of who acted and the words of the message that it came of."""

    event: TicketEvent
    name: str
    words: str


async def history(session: AsyncSession, ticket_id: int) -> Sequence[Entry]:
    """A ticket's history, the oldest first."""
    rows = await session.execute(
        select(TicketEvent, col(Member.name), col(Message.text))
        .outerjoin(Member, col(Member.id) == col(TicketEvent.member_id))
        .outerjoin(Message, col(Message.id) == col(TicketEvent.message_id))
        .where(col(TicketEvent.ticket_id) == ticket_id)
        .order_by(col(TicketEvent.id))
    )
    return [Entry(event, name or "", words or "") for event, name, words in rows]


async def with_events_since(session: AsyncSession, since: datetime) -> Sequence[Ticket]:
    """Tickets to which something happened from a moment on, in the order of their numbers."""
    touched = select(col(TicketEvent.ticket_id)).where(col(TicketEvent.at) >= since)
    found = await session.scalars(select(Ticket).where(col(Ticket.id).in_(touched)).order_by(col(Ticket.id)))
    return found.all()


async def last_note(session: AsyncSession, ticket_id: int) -> str:
    """What was last noted of a ticket; empty where nothing was."""
    details = await session.scalars(
        select(col(TicketEvent.detail))
        .where(col(TicketEvent.ticket_id) == ticket_id)
        .order_by(col(TicketEvent.id).desc())
    )
    return next((str(detail["note"]) for detail in details if detail.get("note")), "")


async def last_of(session: AsyncSession, member_id: int, actions: Sequence[str]) -> TicketEvent | None:
    """What a member did last of these things, of those that nobody has undone since."""
    undone = aliased(TicketEvent)
    is_undone = select(col(undone.id)).where(
        col(undone.ticket_id) == col(TicketEvent.ticket_id),
        col(undone.action) == UNDONE,
        col(undone.detail)["of"].as_integer() == col(TicketEvent.id),
    )
    found = await session.scalars(
        select(TicketEvent)
        .where(
            col(TicketEvent.member_id) == member_id,
            col(TicketEvent.action).in_(actions),
            ~is_undone.exists(),
        )
        .order_by(col(TicketEvent.id).desc())
        .limit(1)
    )
    return found.one_or_none()


async def opened_since(session: AsyncSession, chat_id: int, since: datetime) -> Sequence[Ticket]:
    """A group's tickets since a moment, the oldest first."""
    found = await session.scalars(
        select(Ticket)
        .where(col(Ticket.chat_id) == chat_id, col(Ticket.opened_at) > since)
        .order_by(col(Ticket.opened_at), col(Ticket.id))
    )
    return found.all()


async def shown_since(
    session: AsyncSession, chat_id: int, since: datetime, most: int
) -> Sequence[str | None]:
    """By which post each of a group's tickets since a moment is shown, the newest first, at most so many."""
    return (await session.scalars(_shown_since(), {"chat_id": chat_id, "since": since, "most": most})).all()


@cache
def _shown_since() -> Select[str | None]:
    ticket = table_of(Ticket).c
    return (
        select(ticket.shown_in)
        .where(ticket.chat_id == bindparam("chat_id"), ticket.opened_at > bindparam("since"))
        .order_by(ticket.opened_at.desc(), ticket.id.desc())
        .limit(bindparam("most", type_=Integer))
    )


async def count_of_reporter(session: AsyncSession, member_id: int, since: datetime) -> int:
    """How many tickets a member has opened since a moment."""
    return await session.scalar(_count_of_reporter(), {"member_id": member_id, "since": since}) or 0


@cache
def _count_of_reporter() -> Select[int]:
    return select(func.count()).where(
        col(Ticket.reporter_id) == bindparam("member_id"), col(Ticket.opened_at) > bindparam("since")
    )


async def of_reporter_since(session: AsyncSession, member_id: int, since: datetime) -> Sequence[Ticket]:
    """What a member reported since a moment, the oldest first."""
    found = await session.scalars(
        select(Ticket)
        .where(col(Ticket.reporter_id) == member_id, col(Ticket.opened_at) > since)
        .order_by(col(Ticket.id))
    )
    return found.all()


async def show_in(session: AsyncSession, ticket: Ticket, key: str) -> None:
    """This post of ours tells of it."""
    await update_row(session, ticket, shown_in=key)


async def shown_in(session: AsyncSession, key: str) -> Sequence[Ticket]:
    """The tickets that one post of ours tells of."""
    found = await session.scalars(select(Ticket).where(col(Ticket.shown_in) == key).order_by(col(Ticket.id)))
    return found.all()


async def due_within(session: AsyncSession, start: datetime | None, end: datetime) -> Sequence[Ticket]:
    """Open tickets that do not wait for anything and are due in [start, end), the soonest first."""
    query = select(Ticket).where(text(TICKET_OPEN), *is_overdue(end))
    if start is not None:
        query = query.where(col(Ticket.due_at) >= start)
    return (await session.scalars(query.order_by(col(Ticket.due_at), col(Ticket.id)))).all()


async def to_remind(session: AsyncSession, now: datetime, limit: int) -> Sequence[Ticket]:
    """Open tickets of which most of the time has gone."""
    return await _run_out(session, TICKET_REMIND, col(Ticket.remind_at), now, limit)


async def to_escalate(session: AsyncSession, now: datetime, limit: int) -> Sequence[Ticket]:
    """Open tickets whose deadline has passed and of which nobody was told."""
    return await _run_out(session, TICKET_ESCALATE, col(Ticket.escalate_at), now, limit)


async def to_close(session: AsyncSession, now: datetime, limit: int) -> Sequence[Ticket]:
    """Resolved tickets to which nobody has objected for long enough."""
    return await _run_out(session, TICKET_CLOSE, col(Ticket.close_at), now, limit)


async def _run_out(
    session: AsyncSession, words: str, timer: Mapped[datetime | None], now: datetime, limit: int
) -> Sequence[Ticket]:
    """Tickets of which a timer has run out, the longest ago first; `words`: those of the timer's index."""
    found = select(Ticket).where(text(words), timer <= now).order_by(timer).limit(limit)
    return (await session.scalars(found)).all()


async def has_spoken(session: AsyncSession, ticket_id: int, member_id: int) -> bool:
    """Whether a member is already one of a ticket's voices, by a post or by a reaction; of those that were
    merged into it, too."""
    asked = {"ticket_id": ticket_id, "member_id": member_id}
    return await session.scalar(_has_spoken(), asked) is not None


@cache
def _has_spoken() -> Select[int | None]:
    return (
        select(col(TicketEvent.id))
        .where(*_voice_of_family(), col(TicketEvent.member_id) == bindparam("member_id"))
        .limit(1)
    )


async def speakers(session: AsyncSession, ticket_id: int) -> set[int]:
    """Whose voices a ticket has, by their numbers as members."""
    found = await session.scalars(_speakers(), {"ticket_id": ticket_id})
    return {member_id for member_id in found if member_id is not None}


@cache
def _speakers() -> Select[int | None]:
    return select(col(TicketEvent.member_id)).where(*_voice_of_family()).distinct()


def _voice_of_family() -> tuple[ColumnElement[bool], ...]:
    """A row of history by which somebody is a voice of a ticket, or of one that is part of it.

    Whose message was made a ticket of its own since is a voice of that one.
    """
    one_of = col(TicketEvent.ticket_id).in_(family(bindparam("ticket_id")))
    split_off = (
        select(col(Message.id))
        .join(Submission, col(Submission.id) == col(Message.submission_id))
        .where(
            col(Message.id) == col(TicketEvent.message_id),
            col(Submission.state) == SubmissionState.TICKETED,
            col(Submission.ticket_id) != col(TicketEvent.ticket_id),
        )
        .exists()
    )
    action = col(TicketEvent.action)
    return one_of, or_(action == "opened", and_(action == "voice", ~split_off))


def family(ticket_id: BindParameter[int] | int) -> Select[int]:
    """The ids of a ticket, of those merged into it, and of those merged into them."""
    root = select(col(Ticket.id)).where(col(Ticket.id) == ticket_id).cte(recursive=True)
    parts = select(col(Ticket.id)).join(root, col(Ticket.merged_into_id) == root.c.id)
    return select(root.union(parts).c.id)


async def merged_into(session: AsyncSession, ticket_id: int) -> Sequence[Ticket]:
    """The tickets that are part of another one."""
    merged = select(Ticket).where(col(Ticket.merged_into_id) == ticket_id).order_by(col(Ticket.id))
    return (await session.scalars(merged)).all()


async def routes(session: AsyncSession) -> Sequence[Route]:
    """Which department takes which category, of every ward or of one."""
    return await once(session, Route, lambda: select(Route).order_by(col(Route.id)))


async def departments(session: AsyncSession) -> Sequence[Department]:
    """All departments, by key."""
    return await once(session, Department, lambda: select(Department).order_by(col(Department.key)))


async def department_names(session: AsyncSession) -> dict[str, str]:
    """The names of all departments by their keys, in the order of the keys."""
    return {row.key: row.name for row in await departments(session)}
