"""Lists and searches of tickets: what a filter lets through, and in which order, however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    TextClause,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import col

from storage.database import by_the_way, is_postgresql
from storage.models import EVENT_WORKED, TICKET_OPEN, Ticket, TicketEvent
from storage.states import ALIVE, OPEN, TicketStatus
from storage.tickets import is_overdue

_FTS = table("tickets_fts", column("rowid"), column("tickets_fts"))  # SQLite's full-text index
_ALSO = aliased(Ticket)
_DOCUMENT: ColumnElement[Any] = literal_column(  # PostgreSQL's; as its index has it (migration 0014)
    "(to_tsvector('simple', tickets.folded) || array_to_tsvector(ARRAY['c:' || tickets.category,"
    " 'w:' || coalesce(tickets.place ->> 'ward', ''), 's:' || tickets.status]))"
)
LOOKED_THROUGH = 8_000  # of the newest tickets, each by its own text


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

    def query(*, by_index: bool) -> Select[Ticket]:
        found = select(Ticket).where(*let_through(session, wanted, by_index=by_index))
        return found.order_by(*first, newest(session, wanted).desc())

    if offset:
        return (await session.scalars(query(by_index=True).limit(limit).offset(offset))).all()
    return await beginning(session, wanted, query, limit)


class Query(Protocol):
    def __call__(self, *, by_index: bool) -> Select[Ticket]:
        """A list in its order; its words looked for in the full-text index, or in each ticket's own text."""


async def beginning(
    session: AsyncSession, wanted: Filter, query: Query, limit: int, *, before: int | None = None
) -> Sequence[Ticket]:
    """The first of a list, the newest first, from `before` on.

    PostgreSQL's full-text index names all that have the words, and all their rows are read before it is known
    which are the newest. Where the words are all that is asked, the newest tickets are looked through first.
    """
    if wanted.words and is_postgresql(session) and not (wanted.category or wanted.ward or is_few(wanted)):
        top = before or (await session.scalar(select(func.max(col(Ticket.id)))) or 0) + 1
        lately = query(by_index=False).where(col(Ticket.id) > top - LOOKED_THROUGH)
        found = (await session.scalars(lately.limit(limit))).all()
        if len(found) == limit:
            return found
    return (await session.scalars(query(by_index=True).limit(limit))).all()


def newest(session: AsyncSession, wanted: Filter) -> ColumnElement[Any]:
    """The column that orders tickets by age: their id.

    In a search on SQLite it is the row id of the full-text index, so that this index is read only as far as
    the page goes.
    """
    return _FTS.c.rowid if wanted.words and not is_postgresql(session) else _column(col(Ticket.id))


def let_through(session: AsyncSession, wanted: Filter, *, by_index: bool = True) -> list[ColumnElement[bool]]:
    """The conditions of a filter, for a query of tickets.

    `by_index`: PostgreSQL looks for the words in its full-text index; else in the text of each ticket.
    """
    category = _column(col(Ticket.category))
    asked = {
        by_the_way(session, category) if is_narrow(wanted) else category: wanted.category,
        col(Ticket.department): wanted.department,
        col(Ticket.place)["ward"].as_string(): wanted.ward,
    }
    found = [column == value for column, value in asked.items() if value]
    statuses = [one for one in wanted.statuses if one in OPEN or not wanted.overdue_at]
    found += [col(Ticket.status).in_(statuses), *_open(wanted)]
    if wanted.overdue_at:
        found += is_overdue(wanted.overdue_at)
    if wanted.opened_from:
        found.append(col(Ticket.opened_at) >= wanted.opened_from)
    if wanted.opened_until:
        found.append(col(Ticket.opened_at) < wanted.opened_until)
    if wanted.hidden is not None:
        found.append(col(Ticket.hidden).is_(wanted.hidden))
    if wanted.taken_by is not None:
        found.append(_worked_on_by(wanted.taken_by))
    if wanted.words:
        found += _has_words(session, wanted, by_index=by_index)
    if wanted.words and is_few(wanted) and not is_postgresql(session):
        few = select(col(_ALSO.id)).where(col(_ALSO.status).in_(wanted.statuses))
        found.append(by_the_way(session, _FTS.c.rowid).in_(few))  # known before their rows are read
    if wanted.category:
        there = text("tickets AS it INDEXED BY ix_tickets_category_id")
        found += known_ahead(session, wanted, there, literal_column("it.category") == wanted.category)
    return found


def _worked_on_by(member_id: int) -> ColumnElement[bool]:
    acted = select(col(TicketEvent.id)).where(
        col(TicketEvent.ticket_id) == col(Ticket.id),
        col(TicketEvent.member_id) == member_id,
        text(EVENT_WORKED),
    )
    return acted.correlate(Ticket).exists()


def known_ahead(
    session: AsyncSession, wanted: Filter, there: TextClause, asked: ColumnElement[bool]
) -> list[ColumnElement[bool]]:
    """In a search on SQLite: a condition that is tested in a small index, before a ticket's row is read.

    Very many tickets may have the words and fail the condition `asked`; `there` names its index.
    """
    if not (wanted.words and not is_postgresql(session)):
        return []
    known: Select[int] = (
        select(literal_column("1", Integer))
        .select_from(there)
        .where(asked, literal_column("it.id") == _FTS.c.rowid)
    )
    return [known.correlate(_FTS).exists()]


def ward_of(session: AsyncSession) -> ColumnElement[str]:
    """A ticket's ward in the words of its index, which knows no path that is bound later."""
    said = "(place ->> 'ward')" if is_postgresql(session) else "json_extract(place, '$.ward')"
    return literal_column(said, String)


def _column(mapped: Mapped[Any]) -> ColumnElement[Any]:
    """The column that a model's attribute stands for."""
    return mapped.__clause_element__()  # type: ignore[attr-defined, no-any-return]


def is_few(wanted: Filter) -> bool:
    """Whether its statuses leave few tickets of very many: most are closed in the end."""
    return set(wanted.statuses) <= set(ALIVE)


def is_narrow(wanted: Filter) -> bool:
    """Whether its statuses leave few tickets, or one index that has them in order."""
    return is_few(wanted) or len(wanted.statuses) == 1


def _open(wanted: Filter) -> list[TextClause]:
    """In the words of the index of open tickets, where no others are wanted."""
    return [text(f"tickets.{TICKET_OPEN}")] if set(wanted.statuses) <= set(OPEN) else []


def _has_words(session: AsyncSession, wanted: Filter, *, by_index: bool) -> list[ColumnElement[bool]]:
    """That a ticket's text has all of these words; each database asks its own full-text index."""
    if not is_postgresql(session):
        words = " ".join(f'"{word}"' for word in wanted.words.split())
        return [_FTS.c.rowid == col(Ticket.id), _FTS.c.tickets_fts.op("MATCH", is_comparison=True)(words)]
    asked = func.plainto_tsquery(literal_column("'simple'"), wanted.words)
    if not by_index:  # most rows lack one of them, which is seen at once
        plain = [col(Ticket.folded).contains(word) for word in wanted.words.split() if word.isalnum()]
        own = func.to_tsvector(literal_column("'simple'"), col(Ticket.folded))
        return [*plain, own.op("@@", is_comparison=True)(asked)]
    return [
        _DOCUMENT.op("@@", is_comparison=True)(asked),
        *marked(session, wanted, [f"c:{wanted.category}"] if wanted.category else []),
        *marked(session, wanted, [f"s:{status}" for status in wanted.statuses] if is_few(wanted) else []),
    ]


def marked(session: AsyncSession, wanted: Filter, any_of: Sequence[str]) -> list[ColumnElement[bool]]:
    """In a search on PostgreSQL: that a ticket has one of these marks, which stand in the full-text index
    beside its words, so that no more rows are read than have both."""
    if not (any_of and wanted.words and is_postgresql(session)):
        return []
    quoted = (mark.replace("\\", "\\\\").replace("'", "''") for mark in any_of)
    query = cast(" | ".join(f"'{mark}'" for mark in quoted), TSQUERY)
    return [_DOCUMENT.op("@@", is_comparison=True)(query)]
