"""All tickets that a filter lets through, a few hundred at a time, so that any number fits in memory."""

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.lists import Filter, let_through
from storage.models import Chat, Member, Ticket, row_id

AT_ONCE = 500

Rows = Sequence[tuple[Ticket, Chat, Member]]


async def count(session: AsyncSession, wanted: Filter) -> int:
    """How many there are."""
    query = select(func.count()).select_from(Ticket).where(*let_through(session, wanted))
    return (await session.execute(query)).scalar_one()


async def batches(session: AsyncSession, wanted: Filter) -> AsyncIterator[Rows]:
    """The oldest first, each with the group it was told in and who told it."""
    last = 0
    while True:
        query = select(Ticket, Chat, Member).join(Chat, col(Chat.id) == col(Ticket.chat_id))
        query = query.join(Member, col(Member.id) == col(Ticket.reporter_id))
        query = query.where(*let_through(session, wanted), col(Ticket.id) > last)
        found = await session.execute(query.order_by(col(Ticket.id)).limit(AT_ONCE))
        rows = [(ticket, chat, reporter) for ticket, chat, reporter in found]
        if not rows:
            return
        yield rows
        last = row_id(rows[-1][0])
