"""The one way in which a ticket changes: fields, version, timers, and a row of history with both values.

The rows together make the ticket again (`fields.replayed`), and a row can be taken back (`handlers/undo.py`).
What a member wrote is never among them: history can't be erased, and their words must be. Notes of officers
and moderators stay with what they did.
"""

from datetime import datetime
from typing import Any

from handlers import deadlines, history
from handlers.context import Turn
from handlers.fields import TRACKED, plain
from storage.columns import JsonObject
from storage.models import Member, Message, Ticket
from storage.states import OPEN

_SET_TIMERS = frozenset({"due_at", "paused_at", "closed_at"})


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
    is_moved = any(before[name] != fields[name] for name in _SET_TIMERS & fields.keys())
    if is_moved or was_open != (ticket.status in OPEN):  # what stands as it did was told already
        set_timers(turn, ticket)
    changes = {
        name: [plain(old), plain(fields[name])]
        for name, old in before.items()
        if name in TRACKED and plain(old) != plain(fields[name])
    }
    await history.note(
        turn,
        ticket,
        action,
        member=actor,
        from_status=status if ticket.status != status else None,
        message_id=message.id if message else None,
        detail={**({"changes": changes} if changes else {}), **(detail or {})},
    )


def set_timers(turn: Turn, ticket: Ticket) -> None:
    """Let the clock look at a ticket when its deadline, pause or end say so."""
    found = deadlines.timers(turn.policy, ticket, turn.at)
    ticket.remind_at, ticket.escalate_at = _to_come(turn, found.remind_at), _to_come(turn, found.escalate_at)
    ticket.close_at = found.close_at


def _to_come(turn: Turn, at: datetime | None) -> datetime | None:
    """What was due before history was taken in is told to nobody now."""
    return None if turn.silent and at is not None and at < turn.now else at
