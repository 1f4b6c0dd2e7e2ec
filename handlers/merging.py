"""One ticket made part of another, and let go again: voices, a danger and the nearer deadline go along."""

from datetime import datetime
from typing import Any

from handlers import announce, deadlines
from handlers.changes import change
from handlers.context import Turn
from handlers.fields import from_plain, plain
from handlers.lifecycle import Move, NotAllowed, after
from handlers.policy import Policy
from storage import tickets
from storage.models import Member, Ticket, TicketEvent, row_id
from storage.states import OPEN, TicketStatus


async def merge(turn: Turn, ticket: Ticket, into: Ticket, actor: Member) -> None:
    """Make a ticket part of another one, whose voices are from now on its own too. Raises NotAllowed."""
    if ticket.id == into.id or after(ticket.status, Move.MERGE) is None:
        raise NotAllowed(ticket, Move.MERGE)
    if into.status == TicketStatus.MERGED:
        raise NotAllowed(into, Move.MERGE)
    told, told_here = [await tickets.speakers(turn.session, row_id(one)) for one in (into, ticket)]
    voices = into.voices + max(0, ticket.voices - len(told & told_here))
    gone: dict[str, Any] = {"status": TicketStatus.MERGED, "merged_into_id": into.id}
    graver = carried_over(turn.policy, ticket, into, turn.at)
    await change(turn, ticket, "merge", actor, detail={"into": into.code}, **gone)
    await change(turn, into, "absorbed", actor, detail={"from": ticket.code}, voices=voices, **graver)
    await announce.changed(turn, ticket)
    await announce.changed(turn, into)


def carried_over(policy: Policy, ticket: Ticket, into: Ticket, now: datetime) -> dict[str, Any]:
    """What a danger, or a nearer deadline, makes of the open ticket that it is merged into."""
    if into.status not in OPEN:
        return {}
    is_graver = ticket.urgent and not into.urgent
    fields: dict[str, Any] = {"urgent": True, **deadlines.resumed(policy, into, now)} if is_graver else {}
    dues = [fields.get("due_at", into.due_at), ticket.due_at if ticket.paused_at is None else None]
    return fields | {"due_at": min((due for due in dues if due is not None), default=None)}


async def release(turn: Turn, ticket: Ticket, actor: Member) -> None:
    """The ticket that took this one in gives back what came with it, unless that was changed since."""
    if ticket.merged_into_id is None:
        return
    into = await tickets.get(turn.session, ticket.merged_into_id)
    if into is None:
        return
    events = [entry.event for entry in await tickets.history(turn.session, row_id(into))]
    fields = given_back(events, ticket, into)
    await change(turn, into, "released", actor, detail={"from": ticket.code}, **fields)
    await announce.changed(turn, into)


def given_back(events: list[TicketEvent], ticket: Ticket, into: Ticket) -> dict[str, Any]:
    """The fields that a ticket loses with one that was merged into it; `events`: its history."""
    taken_in = [one for one in events if one.action == "absorbed" and one.detail.get("from") == ticket.code]
    changes = dict(taken_in[-1].detail.get("changes", {})) if taken_in else {}
    before, with_it = changes.pop("voices", (0, 0))
    left = {
        name: from_plain(name, old)
        for name, (old, new) in changes.items()
        if plain(getattr(into, name)) == new
    }
    return left | {"voices": max(1, into.voices - (with_it - before))}
