"""One row of a ticket's history, and the systems outside that hear of it."""

from datetime import datetime

from handlers import relay
from handlers.context import Turn
from storage import tickets
from storage.columns import JsonObject
from storage.models import Member, Ticket
from storage.states import TicketStatus


async def note(
    turn: Turn,
    ticket: Ticket,
    action: str,
    *,
    member: Member | None = None,
    from_status: TicketStatus | None = None,
    message_id: int | None = None,
    detail: JsonObject | None = None,
    at: datetime | None = None,
) -> None:
    """Write it; `at`: another moment than the event's own."""
    event = await tickets.note(
        turn.session,
        ticket,
        action,
        at or turn.at,
        member=member,
        from_status=from_status,
        message_id=message_id,
        detail=detail,
    )
    await relay.tell(turn, ticket, event, member)
