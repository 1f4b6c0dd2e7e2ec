"""What the moderators' room asks of the tables: what waits, lists, one ticket with everything."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, case, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.database import by_the_way
from storage.dispatches import GIVEN_UP
from storage.lists import Filter, let_through, ward_of
from storage.models import (
    ATTACHMENT_UNJUDGED_NAMED,
    STUCK,
    SUBMISSION_HELD,
    SUBMISSION_QUESTION,
    Attachment,
    Audit,
    Chat,
    Dispatch,
    Member,
    Message,
    Outbox,
    SignInLink,
    Submission,
    Ticket,
    TicketEvent,
    row_id,
)
from storage.outbox import is_stuck
from storage.states import OPEN, AttachmentState, MemberRole, OutboxState

T = TypeVar("T")
WARDS_SHOWN = 200


class WaitingCounts(NamedTuple):
    """How much waits for a moderator."""

    questions: int
    held: int
    stuck: int
    photos: int
    unassigned: int


async def counts(session: AsyncSession) -> WaitingCounts:
    """How much waits, of each kind."""
    asked: list[Select[Any]] = [
        select(func.count()).select_from(Submission).where(text(SUBMISSION_QUESTION)),
        select(func.count(func.distinct(col(Submission.member_id)))).where(text(SUBMISSION_HELD)),
        _stuck_count(),
        select(func.count()).select_from(_unjudged().subquery()),
        select(func.count())
        .select_from(Ticket)
        .where(col(Ticket.status).in_(OPEN), col(Ticket.department).is_(None)),
    ]
    found = [(await session.execute(query)).scalar_one() for query in asked]
    return WaitingCounts(*found)


def _stuck_count() -> Select[Any]:
    posts = select(func.count()).select_from(Outbox).where(is_stuck()).scalar_subquery()
    told = select(func.count()).select_from(Dispatch).where(text(STUCK)).scalar_subquery()
    return select(posts + told)


async def pulse(session: AsyncSession) -> str:
    """Something that changes with whatever a page of the room shows."""
    newest = [
        (await session.execute(select(func.max(number)))).scalar() or 0
        for number in (col(TicketEvent.id), col(Submission.id), col(Audit.id))
    ]
    return ".".join(map(str, newest))


class Held(NamedTuple):
    """Somebody who sent too many at once, and what waits of theirs."""

    member: Member
    submissions: Sequence[Submission]


async def held(session: AsyncSession) -> Sequence[Held]:
    """What was held, by whose it is, the oldest first."""
    rows = await session.execute(
        select(Submission, Member)
        .join(Member, col(Member.id) == col(Submission.member_id))
        .where(text(f"submissions.{SUBMISSION_HELD}"))
        .order_by(by_the_way(session, col(Submission.id)))
    )
    found: dict[int, tuple[Member, list[Submission]]] = {}
    for submission, member in rows:
        found.setdefault(row_id(member), (member, []))[1].append(submission)
    return [Held(member, waiting) for member, waiting in found.values()]


class SubmissionDetails(NamedTuple):
    """Something that was said: by whom, where, in which messages, with which photos."""

    submission: Submission
    member: Member
    chat: Chat
    messages: Sequence[Message]
    photos: Sequence[Attachment]


async def told(session: AsyncSession, submissions: Sequence[Submission]) -> Sequence[SubmissionDetails]:
    """All that belongs to each of these submissions, in their order, by a few queries for all of them."""
    ids = [row_id(one) for one in submissions]
    messages, photos = await _messages(session, ids), await _stored_photos(session, ids)
    people = await _by_id(session, Member, {one.member_id for one in submissions})
    chats = await _by_id(session, Chat, {one.chat_id for one in submissions})
    return [
        SubmissionDetails(one, people[one.member_id], chats[one.chat_id], messages[one.id], photos[one.id])
        for one in submissions
    ]


async def _messages(
    session: AsyncSession, submission_ids: Sequence[int]
) -> Mapping[int | None, list[Message]]:
    rows = await session.execute(
        select(col(Message.submission_id), Message)
        .where(col(Message.submission_id).in_(submission_ids))
        .order_by(col(Message.sent_at), col(Message.id))
    )
    return _grouped(rows)


async def _stored_photos(
    session: AsyncSession, submission_ids: Sequence[int]
) -> Mapping[int | None, list[Attachment]]:
    rows = await session.execute(
        select(col(Message.submission_id), Attachment)
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .where(
            col(Message.submission_id).in_(submission_ids),
            col(Attachment.state) == AttachmentState.STORED,
        )
        .order_by(col(Attachment.id))
    )
    return _grouped(rows)


def _grouped(rows: Iterable[tuple[int | None, T]]) -> Mapping[int | None, list[T]]:
    """Rows by the submission that they belong to, in the same order."""
    found = defaultdict[int | None, list[T]](list)
    for submission_id, row in rows:
        found[submission_id].append(row)
    return found


async def _by_id(session: AsyncSession, table: Any, ids: set[int]) -> dict[int, Any]:
    rows = await session.scalars(select(table).where(col(table.id).in_(ids)))
    return {row.id: row for row in rows}


async def submissions_of(session: AsyncSession, ticket_id: int) -> Sequence[Submission]:
    """What was said about a ticket, the oldest first."""
    found = await session.scalars(
        select(Submission)
        .where(col(Submission.ticket_id) == ticket_id)
        .order_by(col(Submission.opened_at), col(Submission.id))
    )
    return found.all()


class Sort(StrEnum):
    """In which order a table has its tickets."""

    URGENT = "urgent"  # urgent ones first, then the newest
    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class TicketQuery:
    """Which tickets the table shows, in which order."""

    filter: Filter = field(default_factory=Filter)
    urgent: bool = False
    unassigned: bool = False
    sort: Sort = Sort.URGENT


async def listed(session: AsyncSession, wanted: TicketQuery, limit: int, offset: int) -> Sequence[Ticket]:
    """One page of tickets."""
    query = select(Ticket).where(*_wanted(session, wanted)).order_by(*_ORDERS[wanted.sort])
    return (await session.scalars(query.limit(limit).offset(offset))).all()


async def counted(session: AsyncSession, wanted: TicketQuery) -> int:
    """How many tickets there are of them."""
    query = select(func.count()).select_from(Ticket).where(*_wanted(session, wanted))
    return (await session.execute(query)).scalar_one()


def _wanted(session: AsyncSession, wanted: TicketQuery) -> list[ColumnElement[bool]]:
    found = let_through(session, wanted.filter)
    if wanted.urgent:
        found.append(col(Ticket.urgent).is_(True))
    if wanted.unassigned:
        found.append(col(Ticket.department).is_(None))
    return found


_NEWEST = (col(Ticket.opened_at).desc(), col(Ticket.id).desc())
_ORDERS = {
    Sort.URGENT: (col(Ticket.urgent).desc(), *_NEWEST),
    Sort.NEWEST: _NEWEST,
    Sort.OLDEST: (col(Ticket.opened_at), col(Ticket.id)),
    Sort.DUE: (col(Ticket.due_at).is_(None), col(Ticket.due_at), col(Ticket.id)),
}


async def wards(session: AsyncSession) -> list[str]:
    """The wards that tickets are in, in order: from each name its index leads to the next one."""
    ward = ward_of(session)
    names = select(func.min(ward).label("name")).select_from(Ticket).cte("ward", recursive=True)
    following = select(func.min(ward)).select_from(Ticket).where(ward > names.c.name).scalar_subquery()
    names = names.union_all(select(following).where(names.c.name.is_not(None)))
    named = select(names.c.name).where(names.c.name.is_not(None), names.c.name != "")
    return [str(name) for name in await session.scalars(named.limit(WARDS_SHOWN))]


class Unjudged(NamedTuple):
    """A photo that no moderator has looked at, with its ticket and what it came with."""

    photo: Attachment
    submission: Submission
    ticket: Ticket


async def unjudged(session: AsyncSession, limit: int, offset: int = 0) -> Sequence[Unjudged]:
    """Photos of tickets that wait to be looked at, those of the newest ticket first, together."""
    order = (col(Ticket.id).desc(), col(Attachment.id))
    rows = await session.execute(_unjudged().order_by(*order).limit(limit).offset(offset))
    return [Unjudged(photo, submission, ticket) for photo, submission, ticket in rows]


def _unjudged() -> Select[Attachment, Submission, Ticket]:
    return (
        select(Attachment, Submission, Ticket)
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .join(Submission, col(Submission.id) == col(Message.submission_id))
        .join(Ticket, col(Ticket.id) == col(Submission.ticket_id))
        .where(text(ATTACHMENT_UNJUDGED_NAMED))
    )


class ChatDelivery(NamedTuple):
    """A delivery to a chat, and which."""

    row: Outbox
    chat: Chat


async def stuck_posts(
    session: AsyncSession, limit: int, states: Sequence[OutboxState] = GIVEN_UP
) -> list[ChatDelivery]:
    """Posts that were given up or perhaps arrived, the newest first."""
    rows = await session.execute(
        select(Outbox, Chat)
        .join(Chat, col(Chat.id) == by_the_way(session, col(Outbox.chat_id)))
        .where(is_stuck(), col(Outbox.state).in_(states))
        .order_by(col(Outbox.id).desc())
        .limit(limit)
    )
    return [ChatDelivery(row, chat) for row, chat in rows]


class SystemDelivery(NamedTuple):
    """Something told to a system outside, and the code of the ticket that it is about."""

    row: Dispatch
    code: str


async def stuck_calls(session: AsyncSession, limit: int) -> list[SystemDelivery]:
    """What systems outside could not be told, the newest first."""
    rows = await session.execute(
        select(Dispatch, col(Ticket.code))
        .join(Ticket, col(Ticket.id) == by_the_way(session, col(Dispatch.ticket_id)))
        .where(text(f"dispatches.{STUCK}"))
        .order_by(col(Dispatch.id).desc())
        .limit(limit)
    )
    return [SystemDelivery(row, code) for row, code in rows]


async def posts_of(session: AsyncSession, ticket_id: int, limit: int) -> list[ChatDelivery]:
    """What was or will be posted about a ticket, the newest first; not what a newer edit replaced."""
    rows = await session.execute(
        select(Outbox, Chat)
        .join(Chat, col(Chat.id) == col(Outbox.chat_id))
        .where(col(Outbox.ticket_id) == ticket_id, col(Outbox.state) != OutboxState.SUPERSEDED)
        .order_by(col(Outbox.id).desc())
        .limit(limit)
    )
    return [ChatDelivery(row, chat) for row, chat in rows]


async def calls_of(session: AsyncSession, ticket_id: int, limit: int) -> Sequence[Dispatch]:
    """What systems outside were or will be told of a ticket, the newest first."""
    found = await session.scalars(
        select(Dispatch)
        .where(col(Dispatch.ticket_id) == ticket_id)
        .order_by(col(Dispatch.id).desc())
        .limit(limit)
    )
    return found.all()


class PersonEntry(NamedTuple):
    """A member, and how many tickets they reported."""

    member: Member
    tickets: int


class Called(NamedTuple):
    """By what a member can be found."""

    id: int
    name: str
    external_id: str


async def called(session: AsyncSession) -> list[Called]:
    """Everybody who was not erased, by name."""
    rows = await session.execute(
        select(col(Member.id), col(Member.name), col(Member.external_id))
        .where(col(Member.erased).is_(False))
        .order_by(col(Member.name), col(Member.id))
    )
    return [Called(number, name, alias) for number, name, alias in rows if number is not None]


async def people(
    session: AsyncSession,
    roles: Sequence[MemberRole],
    limit: int,
    *,
    muted: bool = False,
    ids: Sequence[int] | None,
) -> list[PersonEntry]:
    """Members of these roles, of these ids where they are said, those with most rights first."""
    reported = (
        select(func.count()).where(col(Ticket.reporter_id) == col(Member.id)).scalar_subquery().label("n")
    )
    query = select(Member, reported).where(col(Member.erased).is_(False))
    if ids is not None:
        query = query.where(col(Member.id).in_(ids))
    if roles:
        query = query.where(col(Member.role).in_(roles))
    if muted:
        query = query.where(col(Member.muted).is_(True))
    rows = await session.execute(query.order_by(_RANK, col(Member.name), col(Member.id)).limit(limit))
    return [PersonEntry(member, number) for member, number in rows]


# Those with most rights first: in SQL, so that a limit leaves out the others.
_RANK = case(
    {MemberRole.ADMINISTRATOR: 0, MemberRole.MODERATOR: 1, MemberRole.DEPARTMENT: 2},
    value=col(Member.role),
    else_=3,
)


async def made_by(session: AsyncSession, links: Sequence[SignInLink]) -> dict[int, str]:
    """The names of those who made these invitations."""
    people = await _by_id(session, Member, {link.made_by_id for link in links if link.made_by_id})
    return {number: member.name for number, member in people.items()}


class AuditRecord(NamedTuple):
    """One row of the record, and who it was."""

    row: Audit
    name: str


async def record(
    session: AsyncSession, limit: int, *, before: int | None = None, refused: bool = False
) -> list[AuditRecord]:
    """What was asked for, the newest first."""
    query = (
        select(Audit, col(Member.name))
        .outerjoin(Member, col(Member.id) == col(Audit.member_id))
        .order_by(col(Audit.id).desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(col(Audit.id) < before)
    if refused:
        query = query.where(col(Audit.allowed).is_(False))
    return [AuditRecord(row, name or "") for row, name in await session.execute(query)]


async def codes(session: AsyncSession, numbers: Collection[int]) -> dict[int, str]:
    """The codes of tickets by their row numbers."""
    found = await session.execute(select(col(Ticket.id), col(Ticket.code)).where(col(Ticket.id).in_(numbers)))
    return {number: code for number, code in found if number is not None}
