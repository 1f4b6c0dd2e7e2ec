"""The one way in which a ticket changes: fields, version, timers, and a row of history with both values.

The rows together make the ticket again (`replayed`), and a row can be taken back (`handlers/undo.py`).
What somebody wrote is never among them: history can't be erased, and a member's words must be.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from handlers import deadlines
from handlers.context import Turn
from handlers.lifecycle import OPEN
from storage import tickets
from storage.columns import JsonObject
from storage.models import Member, Message, Ticket
from storage.states import TicketStatus

MOMENTS = frozenset({"due_at", "resolved_at", "closed_at", "first_answer_at", "paused_at"})
_SET_TIMERS = frozenset({"due_at", "paused_at", "closed_at"})
TRACKED = (
    "status",
    "kind",
    "category",
    "urgent",
    "department",
    "place",
    "latitude",
    "longitude",
    "voices",
    "merged_into_id",
    "pause_reason",
    "satisfied",
    *sorted(MOMENTS),
)


async def change(
    turn: Turn,
    ticket: Ticket,
    action: str,
    actor: Member | None = None,
    *,
    message: Message | None = None,
    detail: JsonObject | None = None,
    **fields: Any,
) -> None:
    """Set fields of a ticket, and write down that they were set."""
    before = {name: getattr(ticket, name) for name in fields}
    was_open, status = ticket.status in OPEN, ticket.status
    for name, value in fields.items():
        setattr(ticket, name, value)
    ticket.version += 1
    if was_open != (ticket.status in OPEN) or _SET_TIMERS & fields.keys():
        set_timers(turn, ticket)
    changes = {
        name: [plain(old), plain(fields[name])]
        for name, old in before.items()
        if name in TRACKED and plain(old) != plain(fields[name])
    }
    await tickets.note(
        turn.session,
        ticket,
        action,
        turn.at,
        member=actor,
        from_status=status if ticket.status != status else None,
        message_id=message.id if message else None,
        detail={**({"changes": changes} if changes else {}), **(detail or {})},
    )


def set_timers(turn: Turn, ticket: Ticket) -> None:
    """Let the clock look at a ticket when its deadline, pause or end say so."""
    found = deadlines.timers(turn.policy, ticket, turn.at)
    ticket.remind_at, ticket.escalate_at, ticket.close_at = (
        found.remind_at,
        found.escalate_at,
        found.close_at,
    )


def opened(ticket: Ticket) -> JsonObject:
    """What a new ticket is, as changes from nothing."""
    values = {name: plain(getattr(ticket, name)) for name in TRACKED}
    return {name: [None, value] for name, value in values.items() if value is not None}


def replayed(details: Iterable[Mapping[str, Any]]) -> JsonObject:
    """The tracked fields as a ticket's rows of history make them, in their order."""
    made: JsonObject = dict.fromkeys(TRACKED)
    for detail in details:
        made |= {name: new for name, (_, new) in detail.get("changes", {}).items()}
    return made


def snapshot(ticket: Ticket) -> JsonObject:
    """The tracked fields as the ticket has them."""
    return {name: plain(getattr(ticket, name)) for name in TRACKED}


def plain(value: Any) -> Any:
    """A field's value as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.value if isinstance(value, StrEnum) else value


def from_plain(name: str, value: Any) -> Any:
    """The other way round, for the field of that name."""
    if name in MOMENTS and value is not None:
        return datetime.fromisoformat(value)
    return TicketStatus(value) if name == "status" else value
