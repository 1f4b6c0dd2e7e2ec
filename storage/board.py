"""What the public board asks of the tables: tickets that everybody may see, page by page.

A page begins after the last ticket of the one before, so that it costs the same however many there are.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, String, TextClause, func, literal_column, select, text, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.database import by_the_way
from storage.lists import Filter, beginning, is_few, known_ahead, let_through, marked, newest, ward_of
from storage.models import TICKET_OPEN, Attachment, Member, Message, Submission, Ticket, TicketEvent
from storage.states import OPEN, AttachmentState, MemberRole, TicketStatus

SHOWN = (*OPEN, TicketStatus.RESOLVED, TicketStatus.CLOSED)
ALL = Filter(statuses=SHOWN)
NOWHERE = "-"  # as a filter's ward: tickets of which nobody has said where
RECENT_EVENTS = 3000  # rows of history among which the last changes are looked for


class BoardPhoto(NamedTuple):
    """A photo that a moderator has released, with the submission that brought it."""

    ticket_id: int
    content_hash: str
    width: int | None
    height: int | None
    submission: Submission


class Happened(NamedTuple):
    """One row of history, with what its actor is; their name is not asked for."""

    event: TicketEvent
    role: MemberRole | None
    department: str | None


class BoardCounts(NamedTuple):
    """How many tickets there are; open ones by ward, where "" is one that nobody has said."""

    open: int
    settled: int
    overdue: int
    by_ward: dict[str, int]


async def page(
    session: AsyncSession, wanted: Filter, limit: int, *, before: int | None = None, after: int | None = None
) -> Sequence[Ticket]:
    """Tickets older than `before`, the newest first; or those younger than `after`, the oldest first."""
    age = newest(session, wanted)
    if after is not None:
        younger = _public(session, wanted).where(age > after).order_by(age)
        return (await session.scalars(younger.limit(limit))).all()

    def query(*, by_index: bool) -> Select[Ticket]:
        found = _public(session, wanted, by_index=by_index).order_by(age.desc())
        return found if before is None else found.where(age < before)

    return await beginning(session, wanted, query, limit, before=before)


async def lately(
    session: AsyncSession, wanted: Filter, actions: Collection[str], limit: int
) -> Sequence[tuple[Ticket, datetime]]:
    """Tickets to which one of these things happened last, and when."""
    newest = select(func.max(col(TicketEvent.id))).scalar_subquery()
    last = (
        select(
            col(TicketEvent.ticket_id).label("ticket_id"),
            func.max(col(TicketEvent.at)).label("at"),
            func.max(col(TicketEvent.id)).label("id"),
        )
        .where(col(TicketEvent.id) > newest - RECENT_EVENTS, col(TicketEvent.action).in_(actions))
        .group_by(by_the_way(session, col(TicketEvent.ticket_id)))  # whose index has all there ever were
        .subquery()
    )
    query = _public(session, wanted).join(last, last.c.ticket_id == col(Ticket.id)).add_columns(last.c.at)
    rows = await session.execute(query.order_by(last.c.id.desc()).limit(limit))
    return [(ticket, at) for ticket, at in rows]


async def found(session: AsyncSession, code: str) -> Ticket | None:
    """The ticket of a code, or the one that it is part of, if everybody may see that."""
    ticket = (await session.scalars(select(Ticket).where(col(Ticket.code) == code))).one_or_none()
    while ticket is not None and not ticket.hidden and ticket.merged_into_id is not None:
        ticket = await session.get(Ticket, ticket.merged_into_id)
    return ticket if ticket is not None and is_public(ticket) else None


def is_public(ticket: Ticket) -> bool:
    """Whether it has a page of its own."""
    return not ticket.hidden and ticket.status in SHOWN


async def public(session: AsyncSession, ticket_ids: Sequence[int]) -> list[int]:
    """Those of these tickets that have a page of their own, in the same order."""
    shown = select(col(Ticket.id)).where(col(Ticket.id).in_(ticket_ids), *_visible())
    found = set((await session.scalars(shown)).all())
    return [one for one in ticket_ids if one in found]


async def history(session: AsyncSession, ticket_id: int) -> Sequence[Happened]:
    """A ticket's history, the oldest first."""
    rows = await session.execute(
        select(TicketEvent, col(Member.role), col(Member.department))
        .outerjoin(Member, col(Member.id) == col(TicketEvent.member_id))
        .where(col(TicketEvent.ticket_id) == ticket_id)
        .order_by(col(TicketEvent.id))
    )
    return [Happened(*row) for row in rows]


async def people(session: AsyncSession, ids: Collection[int]) -> dict[int, set[str]]:
    """The names of those who reported tickets, spoke of them or did something to them, by tickets' ids."""
    who = union(
        select(col(Ticket.id).label("ticket_id"), col(Ticket.reporter_id).label("member_id")).where(
            col(Ticket.id).in_(ids)
        ),
        select(col(TicketEvent.ticket_id), col(TicketEvent.member_id)).where(
            col(TicketEvent.ticket_id).in_(ids), col(TicketEvent.member_id).is_not(None)
        ),
        select(col(Submission.ticket_id), col(Submission.member_id)).where(
            col(Submission.ticket_id).in_(ids)
        ),
    ).subquery()
    rows = await session.execute(
        select(who.c.ticket_id, col(Member.name))
        .join(who, who.c.member_id == col(Member.id))
        .where(col(Member.name) != "")
    )
    names: dict[int, set[str]] = {ticket_id: set() for ticket_id in ids}
    for ticket_id, name in rows:
        names[ticket_id].add(name)
    return names


async def photos(session: AsyncSession, ids: Collection[int]) -> dict[int, list[BoardPhoto]]:
    """The released photos of tickets, by their ids, in the order they were sent."""
    rows = await session.execute(
        _released()
        .where(col(Submission.ticket_id).in_(ids))
        .with_only_columns(
            col(Submission.ticket_id),
            col(Attachment.content_hash),
            col(Attachment.width),
            col(Attachment.height),
            Submission,
        )
        .order_by(col(Message.sent_at), col(Attachment.message_id), col(Attachment.position))
    )
    sent: dict[int, list[BoardPhoto]] = {}
    for ticket_id, content_hash, width, height, submission in rows:
        if ticket_id is not None and content_hash is not None:
            photo = BoardPhoto(ticket_id, content_hash, width, height, submission)
            sent.setdefault(ticket_id, []).append(photo)
    return sent


async def may_see_photo(session: AsyncSession, content_hash: str) -> bool:
    """Whether a photo was released and belongs to a ticket that everybody may see."""
    query = _released().join(Ticket, col(Ticket.id) == col(Submission.ticket_id)).where(*_visible())
    query = query.where(col(Attachment.content_hash) == content_hash)
    return (await session.execute(query.limit(1))).first() is not None


async def counts(session: AsyncSession, now: datetime) -> BoardCounts:
    """How many tickets there are."""
    told: list[ColumnElement[bool] | TextClause] = [col(Ticket.hidden).is_(False), text(TICKET_OPEN)]
    rows = await session.execute(
        select(ward_of(session), func.count()).where(*told).group_by(ward_of(session))
    )
    by_ward: dict[str, int] = {}
    for ward, number in rows:
        by_ward[ward or ""] = by_ward.get(ward or "", 0) + number
    late = select(func.count()).select_from(Ticket).where(*told, *_overdue(now))
    settled = select(func.count()).select_from(Ticket).where(*_visible(), col(Ticket.status).not_in(OPEN))
    return BoardCounts(
        sum(by_ward.values()),
        (await session.execute(settled)).scalar_one(),
        (await session.execute(late)).scalar_one(),
        by_ward,
    )


async def spots(session: AsyncSession, limit: int) -> Sequence[tuple[float, float]]:
    """Where the newest open tickets are whose place on the map is known."""
    rows = await session.execute(
        select(col(Ticket.latitude), col(Ticket.longitude))
        .where(col(Ticket.hidden).is_(False), text(TICKET_OPEN), col(Ticket.latitude).is_not(None))
        .order_by(col(Ticket.id).desc())
        .limit(limit)
    )
    return [
        (latitude, longitude)
        for latitude, longitude in rows
        if latitude is not None and longitude is not None
    ]


def _public(session: AsyncSession, wanted: Filter, *, by_index: bool = True) -> Select[Ticket]:
    """What everybody may see of what a filter lets through, in the words of the indexes."""
    plain = replace(wanted, ward=None, overdue_at=None)
    query = select(Ticket).where(*_visible(), *let_through(session, plain, by_index=by_index))
    if wanted.ward:
        ward = by_the_way(session, ward_of(session)) if is_few(wanted) else ward_of(session)
        there = text("tickets AS it INDEXED BY ix_tickets_search_ward")
        known = literal_column("json_extract(it.place, '$.ward')", String)
        query = query.where(
            _is_ward(ward, wanted.ward),
            *known_ahead(session, wanted, there, _is_ward(known, wanted.ward)),
            *marked(session, wanted, [f"w:{'' if wanted.ward == NOWHERE else wanted.ward}"]),
        )
    if wanted.overdue_at:
        query = query.where(*_overdue(wanted.overdue_at))
    return query


def _is_ward(ward: ColumnElement[str], name: str) -> ColumnElement[bool]:
    return ward.is_(None) if name == NOWHERE else ward == name


def _visible() -> list[ColumnElement[bool]]:
    return [col(Ticket.hidden).is_(False), col(Ticket.status).in_(SHOWN)]


def _overdue(now: datetime) -> list[ColumnElement[bool]]:
    """Past the deadline, while nobody waits for anything."""
    return [col(Ticket.due_at) < now, col(Ticket.paused_at).is_(None)]


def _released() -> Select[int | None]:
    return (
        select(col(Attachment.id))
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .join(Submission, col(Submission.id) == col(Message.submission_id))
        .where(
            col(Attachment.state) == AttachmentState.STORED,
            col(Attachment.on_board).is_(True),
            col(Attachment.content_hash).is_not(None),
        )
    )
