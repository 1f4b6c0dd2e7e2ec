"""Taking back what a moderator did last to a ticket; once more takes back what was before it.

A row of history is taken back by setting its fields to what they were, if nobody has changed them since.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from handlers import announce, ticketing
from handlers.changes import change
from handlers.context import Turn
from handlers.fields import from_plain, plain
from handlers.understanding import Place, spots
from storage import tickets, twins
from storage.models import Member, Ticket, TicketEvent, row_id
from storage.states import TicketStatus

UNDOABLE = (
    "accept",
    "start",
    "resolve",
    "close",
    "reject",
    "reopen",
    "merge",
    "reclassified",
    "assigned",
    "declined",
    "placed",
    "urgent",
    "calm",
    "deadline",
    "pause",
    "resume",
    "hidden",
    "shown",
)
UNDONE = "undone"


class Undo(StrEnum):
    """What came of it; the word is its text's key."""

    DONE = "undo.done"
    NOTHING = "undo.nothing"
    CHANGED = "undo.changed"


async def undo(turn: Turn, ticket: Ticket, actor: Member) -> tuple[Undo, str]:
    """Take back the last thing done to a ticket; what it was, as history calls it."""
    events = [entry.event for entry in await tickets.history(turn.session, row_id(ticket))]
    event = last_undoable(events)
    if event is None:
        return Undo.NOTHING, ""
    changes: Mapping[str, Any] = event.detail.get("changes", {})
    if any(plain(getattr(ticket, name)) != new for name, (_, new) in changes.items()):
        return Undo.CHANGED, event.action
    if event.action == "merge":
        await _release(turn, ticket, actor)
    fields = {name: from_plain(name, old) for name, (old, _) in changes.items()}
    was = ticket.status
    detail = {"of": event.id, "action": event.action}
    await change(turn, ticket, UNDONE, actor, detail=detail, **fields)
    if "place" in fields:
        await twins.keep_spots(turn.session, ticket, spots(Place(**fields["place"])))
    if event.action == "reclassified":
        await ticketing.learn_from(turn, ticket, actor, kind=ticket.kind, category=ticket.category)
    if was in (TicketStatus.RESOLVED, TicketStatus.REJECTED) and ticket.status != was:
        await announce.withdraw(turn, ticket)
    await announce.changed(turn, ticket)
    return Undo.DONE, event.action


def last_undoable(events: list[TicketEvent]) -> TicketEvent | None:
    """The newest row that can be taken back and was not yet."""
    undone = {event.detail.get("of") for event in events if event.action == UNDONE}
    left = [event for event in events if event.action in UNDOABLE and event.id not in undone]
    return left[-1] if left else None


async def _release(turn: Turn, ticket: Ticket, actor: Member) -> None:
    """The ticket that took this one in gives its voices back."""
    into = await tickets.get(turn.session, ticket.merged_into_id or 0)
    if into is not None:
        voices = max(1, into.voices - ticket.voices)
        await change(turn, into, "released", actor, detail={"from": ticket.code}, voices=voices)
        await announce.changed(turn, into)
