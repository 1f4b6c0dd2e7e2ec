"""The tracked things: numbers, look-ups, lists, history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    TextClause,
    bindparam,
    column,
    delete,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import col

from storage.columns import JsonObject
from storage.database import add_once, by_the_way
from storage.models import (
    EVENT_WORKED,
    TICKET_CLOSE,
    TICKET_ESCALATE,
    TICKET_OPEN,
    TICKET_REMIND,
    Chat,
    Department,
    Member,
    Message,
    Route,
    Submission,
    Ticket,
    TicketEvent,
    TicketSpot,
    row_id,
)
from storage.once import once
from storage.states import ChatRole, SubmissionState, TicketStatus

_FTS = table("tickets_fts", column("rowid"), column("tickets_fts"))  # SQLite's full-text index

_ALSO = aliased(Ticket)

OPEN = (TicketStatus.NEW, TicketStatus.ACCEPTED, TicketStatus.IN_PROGRESS)
WORKED = ("accept", "start", "assigned", "resolve", "pause", "resume")  # by which somebody has it
ALIVE = (*OPEN, TicketStatus.RESOLVED)  # what the same thing told again belongs to


async def next_number(session: AsyncSession, first: int) -> int:
    """The number of the next ticket. Two writers can't have the same: the column is unique."""
    highest = (await session.execute(select(func.max(col(Ticket.number))))).scalar()
    return first if highest is None else max(first, highest + 1)


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
    found = await session.execute(
        select(col(Ticket.code)).order_by(func.abs(col(Ticket.number) - number)).limit(1)
    )
    return found.scalar()


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


class Told(NamedTuple):
    """What of a ticket tells whether a message is about the same; the whole row would take much longer."""

    ticket_id: int
    folded: str
    category: str
    place: JsonObject
    opened_at: datetime


async def alike(
    session: AsyncSession,
    chat_id: int,
    since: datetime,
    *,
    spots: Sequence[str],
    categories: Sequence[str],
    at_spots: int,
    lately: int,
) -> Sequence[Told]:
    """Tickets that could be the same thing as what is told in a group: not rejected, opened lately; at one of
    these spots, here or in any group, or here and of these categories; of each the newest, at most so many.
    Of two categories no others are found; one alone says that it may be any.

    How many groups there are makes no difference.
    """
    asked = {"chat_id": chat_id, "since": since, "at_spots": at_spots, "lately": lately}
    asked |= {"spots": spots, "categories": categories}
    asked |= {f"spot_{place}": spot for place, spot in enumerate(spots)}
    asked |= {f"category_{place}": category for place, category in enumerate(categories)}
    query = _alike(len(spots), len(categories), is_sqlite=_is_sqlite(session))
    rows = await session.execute(query, asked)
    return [
        Told(number or 0, folded, category, place, opened_at)
        for number, folded, category, place, opened_at in rows
    ]


@cache
def _alike(
    spots: int, categories: int, *, is_sqlite: bool
) -> Select[int | None, str, str, JsonObject, datetime]:
    here = col(TicketSpot.chat_id) == bindparam("chat_id")
    found: list[Select[Any]] = [
        _newest_at(col(TicketSpot.spot) == bindparam(f"spot_{place}")) for place in range(spots)
    ]
    if spots:
        found.append(_newest_at(here, col(TicketSpot.spot).in_(bindparam("spots", expanding=True))))
    found += [_newest(bindparam(f"category_{place}")) for place in range(categories)]
    heard = select(col(Chat.id)).where(col(Chat.role).in_((ChatRole.COMMUNITY, ChatRole.SYSTEM)))
    return select(
        col(Ticket.id),
        col(Ticket.folded),
        col(Ticket.category),
        col(Ticket.place),
        col(Ticket.opened_at),
    ).where(
        *([] if categories == 1 else [col(Ticket.category).in_(bindparam("categories", expanding=True))]),
        col(Ticket.id).in_(union_all(*(select(one.subquery()) for one in found))),
        col(Ticket.opened_at) >= bindparam("since"),
        by_the_way(is_sqlite, col(Ticket.status)).in_(ALIVE),
        or_(col(Ticket.chat_id) == bindparam("chat_id"), col(Ticket.chat_id).in_(heard)),
    )


def _newest_at(*where: ColumnElement[bool]) -> Select[int]:
    return (
        select(col(TicketSpot.ticket_id))
        .where(*where)
        .order_by(col(TicketSpot.ticket_id).desc())
        .limit(bindparam("at_spots", type_=Integer))
    )


def _newest(category: BindParameter[str]) -> Select[int | None]:
    """One category at a time: its index has them in order, so that none but the newest are read."""
    return (
        select(col(Ticket.id))
        .where(
            col(Ticket.chat_id) == bindparam("chat_id"),
            col(Ticket.category) == category,
            col(Ticket.opened_at) >= bindparam("since"),
            col(Ticket.status).in_(ALIVE),
        )
        .order_by(col(Ticket.opened_at).desc())
        .limit(bindparam("lately", type_=Integer))
    )


async def told_elsewhere(session: AsyncSession, ticket: Ticket) -> Sequence[tuple[int, str]]:
    """Other groups in which somebody told of it too, each with the first message of theirs."""
    rows = await session.execute(
        select(col(Submission.chat_id), col(Message.external_id))
        .join(Message, col(Message.submission_id) == col(Submission.id))
        .where(
            col(Submission.ticket_id) == ticket.id,
            col(Submission.state) == SubmissionState.VOICE,
            col(Submission.chat_id) != ticket.chat_id,
        )
        .order_by(col(Message.id).desc())
    )
    newest_first = [(chat_id, message) for chat_id, message in rows]
    return list(dict(newest_first).items())  # of each group the last one stays, which is its first message


async def keep_spots(session: AsyncSession, ticket: Ticket, spots: Sequence[str]) -> None:
    """Let a ticket be found at these spots, and no others."""
    await session.execute(delete(TicketSpot).where(col(TicketSpot.ticket_id) == ticket.id))
    await add_spots(session, ticket, spots)


async def add_spots(session: AsyncSession, ticket: Ticket, spots: Sequence[str]) -> None:
    """Let a ticket be found at these spots, too."""
    rows = [{"chat_id": ticket.chat_id, "spot": spot, "ticket_id": row_id(ticket)} for spot in spots]
    if rows:
        await add_once(session, TicketSpot, rows, "chat_id", "spot", "ticket_id")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tickets a list shows."""

    statuses: Sequence[TicketStatus] = OPEN
    category: str | None = None
    department: str | None = None
    overdue_at: datetime | None = None
    ward: str | None = None
    taken_by: int | None = None  # a member who did something to it
    words: str = ""  # folded; every one of them is in its text
    opened_from: datetime | None = None
    opened_until: datetime | None = None  # not itself
    hidden: bool | None = None  # only those that a moderator hid, only the others, or all


async def listed(session: AsyncSession, wanted: Filter, limit: int, offset: int = 0) -> Sequence[Ticket]:
    """Tickets that a filter lets through, the urgent ones first, then the newest; of a search the newest."""
    urgent_first: list[ColumnElement[Any]] = [col(Ticket.urgent).desc(), col(Ticket.opened_at).desc()]
    first = [] if wanted.words else urgent_first
    query = select(Ticket).where(*let_through(session, wanted))
    query = query.order_by(*first, newest(session, wanted).desc())
    return (await session.scalars(query.limit(limit).offset(offset))).all()


def newest(session: AsyncSession, wanted: Filter) -> ColumnElement[Any]:
    """What orders tickets by their age: where words are looked for, the full-text index's own order, so that
    no more of it is read than is shown."""
    return _FTS.c.rowid if wanted.words and _is_sqlite(session) else _column(col(Ticket.id))


def let_through(session: AsyncSession, wanted: Filter) -> list[ColumnElement[bool]]:
    """What a filter asks of each ticket."""
    category = _column(col(Ticket.category))
    asked = {
        by_the_way(session, category) if is_narrow(wanted) else category: wanted.category,
        col(Ticket.department): wanted.department,
        col(Ticket.place)["ward"].as_string(): wanted.ward,
    }
    found = [column == value for column, value in asked.items() if value]
    found += [col(Ticket.status).in_(wanted.statuses), *_open(wanted)]
    if wanted.overdue_at:
        found.append(col(Ticket.due_at) < wanted.overdue_at)
    if wanted.opened_from:
        found.append(col(Ticket.opened_at) >= wanted.opened_from)
    if wanted.opened_until:
        found.append(col(Ticket.opened_at) < wanted.opened_until)
    if wanted.hidden is not None:
        found.append(col(Ticket.hidden).is_(wanted.hidden))
    if wanted.taken_by is not None:
        acted = select(col(TicketEvent.id)).where(
            col(TicketEvent.ticket_id) == col(Ticket.id),
            col(TicketEvent.member_id) == wanted.taken_by,
            text(EVENT_WORKED),
        )
        found.append(acted.correlate(Ticket).exists())
    if wanted.words:
        found += _has_words(session, wanted.words)
    if wanted.words and is_few(wanted) and _is_sqlite(session):
        few = select(col(_ALSO.id)).where(col(_ALSO.status).in_(wanted.statuses))
        found.append(by_the_way(session, _FTS.c.rowid).in_(few))  # known before their rows are read
    if wanted.category:
        there = text("tickets AS it INDEXED BY ix_tickets_category_id")
        found += known_ahead(session, wanted, there, literal_column("it.category") == wanted.category)
    return found


def known_ahead(
    session: AsyncSession, wanted: Filter, there: TextClause, asked: ColumnElement[bool]
) -> list[ColumnElement[bool]]:
    """In a search on SQLite: what is `asked` of a ticket, and of a small index before its row is read. There
    may be very many that have the words and nothing else that is wanted."""
    if not (wanted.words and _is_sqlite(session)):
        return []
    known: Select[int] = (
        select(literal_column("1", Integer))
        .select_from(there)
        .where(asked, literal_column("it.id") == _FTS.c.rowid)
    )
    return [known.correlate(_FTS).exists()]


def _column(mapped: Mapped[Any]) -> ColumnElement[Any]:
    """The column that a model's attribute stands for."""
    return mapped.__clause_element__()  # type: ignore[attr-defined, no-any-return]


def is_few(wanted: Filter) -> bool:
    """Whether its statuses leave few tickets of very many: most are closed in the end."""
    return set(wanted.statuses) <= {*OPEN, TicketStatus.RESOLVED}


def is_narrow(wanted: Filter) -> bool:
    """Whether its statuses leave few tickets, or one index that has them in order."""
    return is_few(wanted) or len(wanted.statuses) == 1


def _open(wanted: Filter) -> list[TextClause]:
    """In the words of the index of open tickets, where no others are wanted."""
    return [text(f"tickets.{TICKET_OPEN}")] if set(wanted.statuses) <= set(OPEN) else []


def _has_words(session: AsyncSession, folded: str) -> list[ColumnElement[bool]]:
    """That a ticket's text has all of these words; each database asks its own full-text index."""
    if _is_sqlite(session):
        words = " ".join(f'"{word}"' for word in folded.split())
        return [_FTS.c.rowid == col(Ticket.id), _FTS.c.tickets_fts.op("MATCH", is_comparison=True)(words)]
    document = func.to_tsvector(literal_column("'simple'"), col(Ticket.folded))
    asked = func.plainto_tsquery(literal_column("'simple'"), folded)
    return [document.op("@@", is_comparison=True)(asked)]


def _is_sqlite(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "sqlite"


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
    """How many tickets have each status, and how many open ones are overdue."""
    told = () if with_hidden else (col(Ticket.hidden).is_(False),)
    rows = await session.execute(
        select(col(Ticket.status), func.count()).where(*told).group_by(col(Ticket.status))
    )
    counted = {status.value: 0 for status in TicketStatus} | {str(status): number for status, number in rows}
    late = select(func.count()).where(col(Ticket.status).in_(OPEN), col(Ticket.due_at) < now, *told)
    return counted | {"overdue": (await session.execute(late)).scalar_one()}


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
    session.add(event)
    await session.flush()
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


async def last_status_change(session: AsyncSession, ticket_id: int) -> TicketEvent | None:
    """The row of history that gave a ticket its status."""
    found = await session.scalars(
        select(TicketEvent)
        .where(
            col(TicketEvent.ticket_id) == ticket_id,
            or_(col(TicketEvent.from_status).is_not(None), col(TicketEvent.action) == "opened"),
        )
        .order_by(col(TicketEvent.id).desc())
        .limit(1)
    )
    return found.one_or_none()


async def last_note(session: AsyncSession, ticket_id: int) -> str:
    """What was last noted of a ticket; empty where nothing was."""
    details = await session.scalars(
        select(col(TicketEvent.detail))
        .where(col(TicketEvent.ticket_id) == ticket_id)
        .order_by(col(TicketEvent.id).desc())
    )
    return next((str(detail["note"]) for detail in details if detail.get("note")), "")


async def last_of(session: AsyncSession, member_id: int, actions: Sequence[str]) -> int | None:
    """The ticket to which a member did one of these things last."""
    found = await session.execute(
        select(col(TicketEvent.ticket_id))
        .where(col(TicketEvent.member_id) == member_id, col(TicketEvent.action).in_(actions))
        .order_by(col(TicketEvent.id).desc())
        .limit(1)
    )
    return found.scalar()


async def opened_since(
    session: AsyncSession, chat_id: int, since: datetime, most: int | None = None
) -> Sequence[Ticket]:
    """A group's tickets since a moment, the oldest first; of very many the newest."""
    query = _opened_since() if most is None else _opened_since().limit(most)
    return (await session.scalars(query, {"chat_id": chat_id, "since": since})).all()[::-1]


@cache
def _opened_since() -> Select[Ticket]:
    return (
        select(Ticket)
        .where(col(Ticket.chat_id) == bindparam("chat_id"), col(Ticket.opened_at) > bindparam("since"))
        .order_by(col(Ticket.opened_at).desc(), col(Ticket.id).desc())
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


async def shown_in(session: AsyncSession, key: str) -> Sequence[Ticket]:
    """The tickets that one post of ours tells of."""
    found = await session.scalars(select(Ticket).where(col(Ticket.shown_in) == key).order_by(col(Ticket.id)))
    return found.all()


async def due_within(session: AsyncSession, start: datetime | None, end: datetime) -> Sequence[Ticket]:
    """Open tickets that do not wait for anything and are due in [start, end), the soonest first."""
    query = select(Ticket).where(text(TICKET_OPEN), col(Ticket.paused_at).is_(None), col(Ticket.due_at) < end)
    if start is not None:
        query = query.where(col(Ticket.due_at) >= start)
    return (await session.scalars(query.order_by(col(Ticket.due_at), col(Ticket.id)))).all()


async def to_remind(session: AsyncSession, now: datetime, limit: int) -> Sequence[Ticket]:
    """Open tickets of which most of the time has gone."""
    due = text(TICKET_REMIND), col(Ticket.remind_at) <= now
    return (
        await session.scalars(select(Ticket).where(*due).order_by(col(Ticket.remind_at)).limit(limit))
    ).all()


async def to_escalate(session: AsyncSession, now: datetime, limit: int) -> Sequence[Ticket]:
    """Open tickets whose deadline has passed and of which nobody was told."""
    due = text(TICKET_ESCALATE), col(Ticket.escalate_at) <= now
    return (
        await session.scalars(select(Ticket).where(*due).order_by(col(Ticket.escalate_at)).limit(limit))
    ).all()


async def to_close(session: AsyncSession, now: datetime, limit: int) -> Sequence[Ticket]:
    """Resolved tickets to which nobody has objected for long enough."""
    due = text(TICKET_CLOSE), col(Ticket.close_at) <= now
    return (
        await session.scalars(select(Ticket).where(*due).order_by(col(Ticket.close_at)).limit(limit))
    ).all()


async def has_spoken(session: AsyncSession, ticket_id: int, member_id: int) -> bool:
    """Whether a member is already one of a ticket's voices, by a post or by a reaction."""
    asked = {"ticket_id": ticket_id, "member_id": member_id}
    return await session.scalar(_has_spoken(), asked) is not None


@cache
def _has_spoken() -> Select[int | None]:
    return (
        select(col(TicketEvent.id))
        .where(
            col(TicketEvent.ticket_id) == bindparam("ticket_id"),
            col(TicketEvent.member_id) == bindparam("member_id"),
            col(TicketEvent.action).in_(("opened", "voice")),
        )
        .limit(1)
    )


async def routes(session: AsyncSession) -> Sequence[Route]:
    """Which department takes which category, of every ward or of one."""
    return await once(session, Route, lambda: select(Route).order_by(col(Route.id)))


async def departments(session: AsyncSession) -> Sequence[Department]:
    """All departments, by key."""
    return await once(session, Department, lambda: select(Department).order_by(col(Department.key)))
