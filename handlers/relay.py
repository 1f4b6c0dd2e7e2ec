"""Which systems outside hear of what happens to a ticket, and in which words.

A payload is written in the transaction of the change, ordered for each ticket and receiver.
"""

from collections.abc import Collection
from dataclasses import replace

from handlers.context import Turn
from handlers.fields import plain, snapshot
from handlers.ports import Dispatched
from handlers.redact import redacted
from handlers.subscribers import ERASED, Subscriber, hearing
from storage import dispatches
from storage.columns import JsonObject
from storage.dispatches import NewDispatch
from storage.models import Chat, Member, Ticket, TicketEvent, row_id
from storage.states import ChatRole


async def tell(turn: Turn, ticket: Ticket, event: TicketEvent, actor: Member | None) -> None:
    """Write down whom to tell of a row of history."""
    if turn.silent or not turn.services.subscribers:
        return
    chat = await turn.session.get_one(Chat, ticket.chat_id)
    source = f"{chat.platform}:{chat.external_id}" if chat.role is ChatRole.SYSTEM else ""
    had = await _had(turn, ticket, event)
    for subscriber in hearing(turn.services.subscribers, ticket, event, source, had):
        told = NewDispatch(
            key=_key(subscriber, ticket, event),
            target=subscriber.name,
            payload=payload(snapshot(ticket), ticket.code, event, actor),
            ticket_id=row_id(ticket),
            event_id=event.id,
        )
        await dispatches.add(turn.session, told, turn.now)


def without_numbers(told: Dispatched) -> Dispatched:
    """What leaves the group, where the receiver is not trusted with words as they were written."""
    data = told.payload["data"]
    event, ticket = dict(data["event"]), dict(data["ticket"])
    for where, name in ((event, "note"), (ticket, "pause_reason")):
        if where.get(name):
            where[name] = redacted(where[name])
    if (ticket.get("place") or {}).get("text"):
        ticket["place"] = ticket["place"] | {"text": redacted(ticket["place"]["text"])}
    payload = told.payload | {"data": data | {"event": event, "ticket": ticket}}
    return replace(told, payload=payload, words=redacted(told.words), place=redacted(told.place))


async def _had(turn: Turn, ticket: Ticket, event: TicketEvent) -> Collection[str]:
    """Who was told of a ticket before, where somebody's hearing depends on it."""
    once = (one for one in turn.services.subscribers if one.once)
    if event.action != ERASED and not any(one.wants(event, ticket) for one in once):
        return ()
    return await dispatches.receivers(turn.session, row_id(ticket))


def _key(subscriber: Subscriber, ticket: Ticket, event: TicketEvent) -> str:
    """By what a receiver knows a call that is made again.

    The moment is in it because numbers begin anew in a new database, as after a trial: a receiver would take
    the first things of that for those that it has.
    """
    what, at = (f"t{ticket.id}", ticket.opened_at) if subscriber.once else (f"e{event.id}", event.at)
    return f"{subscriber.name}:{what}:{at.timestamp() * 1_000_000:.0f}"


def payload(fields: JsonObject, code: str, event: TicketEvent, actor: Member | None) -> JsonObject:
    """What is told: the event, and the ticket's fields as they stood then; none of a member's words."""
    return {
        "type": f"ticket.{event.action}",
        "timestamp": plain(event.at),
        "data": {
            "event": {
                "id": event.id,
                "action": event.action,
                "from_status": plain(event.from_status) if event.from_status else None,
                "to_status": plain(event.to_status) if event.to_status else None,
                "by": actor.role.value if actor else None,
                "note": event.detail.get("note"),
            },
            "ticket": {"code": code, **fields},
        },
    }
