"""What a receiver is told again: the history from a moment on, each row with the ticket as it stood then."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.fields import replayed
from handlers.relay import payload
from handlers.subscribers import Subscriber
from storage import dispatches, tickets
from storage.columns import JsonObject
from storage.dispatches import NewDispatch
from storage.models import Member, TicketEvent, row_id


async def again(
    session: AsyncSession, subscriber: Subscriber, since: datetime, now: datetime, *, name: str
) -> int:
    """Write down what it is told again, the oldest first; how many. `name` tells this replay from others."""
    told = 0
    for ticket in await tickets.with_events_since(session, since):
        entries = await tickets.history(session, row_id(ticket))
        events = [entry.event for entry in entries]
        for place, event in enumerate(events):
            if event.at < since or not subscriber.wants(event, ticket):
                continue
            actor = await session.get(Member, event.member_id) if event.member_id else None
            body = payload(as_of(events[: place + 1]), ticket.code, event, actor)
            key = f"{subscriber.name}:e{event.id}:{name}"
            new = NewDispatch(key, subscriber.name, body, row_id(ticket), event.id)
            told += await dispatches.add(session, new, now)
    return told


def as_of(events: Sequence[TicketEvent]) -> JsonObject:
    """A ticket's tracked fields as its history up to here makes them."""
    details: list[Mapping[str, object]] = [event.detail for event in events]
    return replayed(details)
