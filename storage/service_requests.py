"""Tickets as other systems ask for them: by codes, or a span of time, with what was last said of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.models import Attachment, Message, Submission, Ticket, TicketEvent
from storage.states import AttachmentState, TicketStatus

_ENDED = {TicketStatus.RESOLVED, TicketStatus.CLOSED}


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Tickets that were opened from `start` to `end`; empty sets let all through."""

    start: datetime
    end: datetime
    categories: Sequence[str] = ()
    statuses: Sequence[TicketStatus] = ()
    with_hidden: bool = True  # those, too, that a moderator took off the public board


class Latest(NamedTuple):
    """When something last happened to a ticket, and what was said with its last status."""

    at: datetime
    note: str


async def within(session: AsyncSession, span: RequestFilter, limit: int, offset: int) -> Sequence[Ticket]:
    """The newest first."""
    query = select(Ticket).where(col(Ticket.opened_at) >= span.start, col(Ticket.opened_at) <= span.end)
    if span.categories:
        query = query.where(col(Ticket.category).in_(span.categories))
    if span.statuses:
        query = query.where(col(Ticket.status).in_(span.statuses))
    if not span.with_hidden:
        query = query.where(col(Ticket.hidden).is_(False))
    order = col(Ticket.opened_at).desc(), col(Ticket.id).desc()
    return (await session.scalars(query.order_by(*order).limit(limit).offset(offset))).all()


async def by_codes(session: AsyncSession, codes: Sequence[str]) -> Sequence[Ticket]:
    """Those that are there, in the order of their numbers."""
    found = await session.scalars(
        select(Ticket).where(col(Ticket.code).in_(codes)).order_by(col(Ticket.number))
    )
    return found.all()


async def latest(session: AsyncSession, ids: Sequence[int], told: Iterable[str]) -> dict[int, Latest]:
    """What last happened to tickets, by their ids; `told`: the actions whose notes are for everybody."""
    rows = await session.execute(
        select(
            col(TicketEvent.ticket_id),
            col(TicketEvent.at),
            col(TicketEvent.action),
            col(TicketEvent.from_status),
            col(TicketEvent.to_status),
            col(TicketEvent.detail),
        )
        .where(col(TicketEvent.ticket_id).in_(ids))
        .order_by(col(TicketEvent.id))
    )
    found: dict[int, Latest] = {}
    public = frozenset(told)
    for ticket_id, at, action, from_status, to_status, detail in rows:
        note = found[ticket_id].note if ticket_id in found else ""
        still_ended = {from_status, to_status} == _ENDED  # its end had been told
        if action in public or (from_status is not None and not still_ended):
            note = str(detail.get("note") or "") if action in public else ""
        found[ticket_id] = Latest(at, note)
    return found


async def photos(session: AsyncSession, ids: Sequence[int]) -> dict[int, list[str]]:
    """The content hashes of tickets' photos, by their ids, the oldest first."""
    rows = await session.execute(
        select(col(Submission.ticket_id), col(Attachment.content_hash))
        .join(Message, col(Message.submission_id) == col(Submission.id))
        .join(Attachment, col(Attachment.message_id) == col(Message.id))
        .where(
            col(Submission.ticket_id).in_(ids),
            col(Attachment.state) == AttachmentState.STORED,
            col(Attachment.content_hash).is_not(None),
        )
        .order_by(col(Attachment.id))
    )
    found: dict[int, list[str]] = {}
    for ticket_id, content_hash in rows:
        if ticket_id is not None and content_hash is not None:
            found.setdefault(ticket_id, []).append(content_hash)
    return found


async def posts(session: AsyncSession, ticket_id: int, chat_id: int) -> set[str]:
    """What was posted in a chat about a ticket, or about one that was merged into it, by the chat's ids."""
    family = select(col(Ticket.id)).where(col(Ticket.id) == ticket_id).cte(recursive=True)
    parts = select(col(Ticket.id)).join(family, col(Ticket.merged_into_id) == family.c.id)
    found = await session.scalars(
        select(col(Message.external_id))
        .join(Submission, col(Message.submission_id) == col(Submission.id))
        .where(
            col(Submission.ticket_id).in_(select(family.union(parts).c.id)), col(Message.chat_id) == chat_id
        )
    )
    return set(found)
