"""Tickets and the photos that were sent with them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.models import Attachment, Message, Submission, Ticket, row_id
from storage.states import ALIVE

MOST = 300  # photos that one is compared with


async def ticket_of(session: AsyncSession, photo: Attachment) -> Ticket | None:
    """The ticket that a photo was sent with; None for one that was sent to a ticket told before."""
    found = await session.scalars(
        select(Ticket)
        .join(Submission, col(Submission.ticket_id) == col(Ticket.id))
        .join(Message, col(Message.submission_id) == col(Submission.id))
        .where(col(Message.id) == photo.message_id, col(Message.external_id) == col(Ticket.origin))
        .limit(1)
    )
    return found.one_or_none()


async def lately(
    session: AsyncSession, ticket: Ticket, since: datetime
) -> Sequence[tuple[Ticket, Sequence[int]]]:
    """Tickets of the same chat and category, opened before this one, with the hashes of their photos."""
    rows = await session.execute(
        select(Ticket, col(Attachment.perceptual_hash))
        .join(Submission, col(Submission.ticket_id) == col(Ticket.id))
        .join(Message, col(Message.submission_id) == col(Submission.id))
        .join(Attachment, col(Attachment.message_id) == col(Message.id))
        .where(
            col(Ticket.chat_id) == ticket.chat_id,
            col(Ticket.category) == ticket.category,
            col(Ticket.opened_at) >= since,
            col(Ticket.opened_at) <= ticket.opened_at,
            col(Ticket.status).in_(ALIVE),
            col(Ticket.id) != ticket.id,
            col(Attachment.perceptual_hash).is_not(None),
        )
        .order_by(col(Ticket.opened_at).desc())
        .limit(MOST)
    )
    found: dict[int, tuple[Ticket, list[int]]] = {}
    for other, digits in rows:
        found.setdefault(row_id(other), (other, []))[1].append(int(digits or "", 16))
    return list(found.values())
