"""What happened in a chat in a period, counted; and the one row that makes a digest happen once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped
from sqlmodel import col

from storage.columns import JsonObject
from storage.database import insert
from storage.models import Digest, Ticket, TicketEvent
from storage.states import TicketStatus
from storage.tickets import OPEN


@dataclass(frozen=True, slots=True)
class Figures:
    """One period of one chat: [start, end). `open` and `overdue` are as they stand when asked."""

    received: int
    by_kind: dict[str, int]
    by_category: dict[str, int]
    resolved: int
    open: int
    overdue: int
    longest_overdue: Sequence[Ticket]


async def figures(
    session: AsyncSession, chat_id: int, start: datetime, end: datetime, shown: int = 5
) -> Figures:
    """Count a period."""
    received = and_(
        col(Ticket.chat_id) == chat_id, col(Ticket.opened_at) >= start, col(Ticket.opened_at) < end
    )
    still_open = and_(
        col(Ticket.chat_id) == chat_id, col(Ticket.status).in_(OPEN), col(Ticket.opened_at) < end
    )
    overdue = and_(still_open, col(Ticket.due_at) < end)
    by_kind = await _grouped(session, col(Ticket.kind), received)
    late = select(Ticket).where(overdue).order_by(col(Ticket.due_at), col(Ticket.id)).limit(shown)
    return Figures(
        received=sum(by_kind.values()),
        by_kind=by_kind,
        by_category=await _grouped(session, col(Ticket.category), received),
        resolved=await _resolved(session, chat_id, start, end),
        open=await _count(session, still_open),
        overdue=await _count(session, overdue),
        longest_overdue=(await session.scalars(late)).all(),
    )


async def _grouped(session: AsyncSession, column: Mapped[str], where: ColumnElement[bool]) -> dict[str, int]:
    number = func.count()
    rows = await session.execute(
        select(column, number).where(where).group_by(column).order_by(number.desc(), column)
    )
    return {row[0]: row[1] for row in rows}


async def _count(session: AsyncSession, where: ColumnElement[bool]) -> int:
    return (await session.execute(select(func.count()).select_from(Ticket).where(where))).scalar_one()


async def _resolved(session: AsyncSession, chat_id: int, start: datetime, end: datetime) -> int:
    """Tickets that were resolved in the period, each once, whatever became of them later."""
    distinct = func.count(func.distinct(col(TicketEvent.ticket_id)))
    query = (
        select(distinct)
        .join(Ticket, col(Ticket.id) == col(TicketEvent.ticket_id))
        .where(
            col(Ticket.chat_id) == chat_id,
            col(TicketEvent.to_status) == TicketStatus.RESOLVED.value,
            col(TicketEvent.at) >= start,
            col(TicketEvent.at) < end,
        )
    )
    return (await session.execute(query)).scalar_one()


async def exists(session: AsyncSession, chat_id: int, period_start: datetime) -> bool:
    """Whether this period of this chat has had its digest."""
    found = await session.execute(
        select(col(Digest.id)).where(col(Digest.chat_id) == chat_id, col(Digest.period_start) == period_start)
    )
    return found.scalar() is not None


async def reserve(
    session: AsyncSession,
    chat_id: int,
    period: tuple[datetime, datetime],
    now: datetime,
    *,
    figures: JsonObject,
    note: str = "",
) -> bool:
    """Write the period's row; False when it is there already, and nothing is to be sent."""
    written = await session.execute(
        insert(session, Digest)
        .values(
            chat_id=chat_id,
            period_start=period[0],
            period_end=period[1],
            created_at=now,
            figures=figures,
            note=note,
        )
        .on_conflict_do_nothing(index_elements=["chat_id", "period_start"])
        .returning(col(Digest.id))
    )
    return written.scalar() is not None
