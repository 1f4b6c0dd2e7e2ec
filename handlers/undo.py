"""Taking back what a moderator did last to a ticket; once more takes back what was before it.

A row of history is taken back by setting its fields to what they were, if nobody has changed them since.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from handlers import announce, merging, questions, ticketing
from handlers.changes import change
from handlers.context import Turn
from handlers.fields import from_plain, plain
from handlers.lifecycle import Move
from handlers.outgoing import edit
from handlers.ports import Abilities
from handlers.posts import Edit, Post, from_json
from handlers.understanding import Place, spots
from storage import outbox, tickets, twins
from storage.models import Chat, Member, Outbox, Ticket, TicketEvent, row_id
from storage.states import SETTLED, OutboxState, TicketStatus

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
UNDONE = tickets.UNDONE


class Undo(StrEnum):
    """What came of it; the word is its text's key."""

    DONE = "undo.done"
    NOTHING = "undo.nothing"
    CHANGED = "undo.changed"


async def undo(turn: Turn, ticket: Ticket, actor: Member, *, own: bool = False) -> tuple[Undo, str]:
    """Take back the last thing done to a ticket; what it was, as history calls it.

    `own`: only if it was this person who did it.
    """
    events = [entry.event for entry in await tickets.history(turn.session, row_id(ticket))]
    act = last_act(events)
    if not act:
        return Undo.NOTHING, ""
    last = act[-1]
    if own and last.member_id != actor.id:
        return Undo.CHANGED, last.action
    if any(plain(getattr(ticket, name)) != new for name, (_, new) in _changes(last).items()):
        return Undo.CHANGED, last.action
    if last.action == Move.REJECT and not await questions.holds_again(turn, ticket, actor):
        return Undo.CHANGED, last.action
    was = ticket.status
    for event in reversed(act):
        await _take_back(turn, ticket, event, actor)
    if last.action == Move.REOPEN:
        await questions.falls_again(turn, ticket, last)
    await _tell(turn, ticket, was, last.action, is_told=is_end_told(events))
    return Undo.DONE, last.action


def last_act(events: list[TicketEvent]) -> list[TicketEvent]:
    """The newest rows that can be taken back and were not yet: one, or two of a ticket closed outright."""
    left = _standing(events, UNDOABLE)[-2:]
    if [event.action for event in left] != [Move.RESOLVE, Move.CLOSE]:
        return left[-1:]
    resolved, closed = left
    at_once = (resolved.at, resolved.member_id) == (closed.at, closed.member_id)
    return left if at_once else [closed]


def is_end_told(events: list[TicketEvent]) -> bool:
    """Whether groups heard of a ticket's newest end, of those that nobody took back."""
    ends = _standing(events, (Move.RESOLVE, Move.REJECT))
    return bool(ends) and announce.UNTOLD not in ends[-1].detail


def _standing(events: list[TicketEvent], actions: Collection[str]) -> list[TicketEvent]:
    undone = {event.detail.get("of") for event in events if event.action == UNDONE}
    return [event for event in events if event.action in actions and event.id not in undone]


def _changes(event: TicketEvent) -> Mapping[str, Any]:
    changes: Mapping[str, Any] = event.detail.get("changes", {})
    return changes


async def _take_back(turn: Turn, ticket: Ticket, event: TicketEvent, actor: Member) -> None:
    """One row: the fields are what they were."""
    if event.action == Move.MERGE:
        await merging.release(turn, ticket, actor)
    fields = {name: from_plain(name, old) for name, (old, _) in _changes(event).items()}
    detail = {"of": event.id, "action": event.action}
    await change(turn, ticket, UNDONE, actor, detail=detail, **fields)
    if "place" in fields:
        await twins.keep_spots(turn.session, ticket, spots(Place(**fields["place"])))
    if event.action == "reclassified":
        await ticketing.learn_from(turn, ticket, actor, kind=ticket.kind, category=ticket.category)


async def _tell(turn: Turn, ticket: Ticket, was: TicketStatus, action: str, *, is_told: bool) -> None:
    """Who heard of what was taken back hears of that, too. `is_told`: groups heard of its last end."""
    if is_told and was in (TicketStatus.RESOLVED, TicketStatus.REJECTED) and ticket.status != was:
        await _withdraw(turn, ticket)
    if is_told and action == Move.REOPEN:
        await _tell_again(turn, ticket)
    await announce.changed(turn, ticket)
    if _is_news(was, ticket.status):
        await announce.tell_reporters(turn, ticket)


def _is_news(was: TicketStatus, status: TicketStatus) -> bool:
    """Whether a reporter was told of what it was: of a merge nobody was, nor of a close after the end."""
    return was not in (status, TicketStatus.MERGED) and not {was, status} <= set(SETTLED)


async def _withdraw(turn: Turn, ticket: Ticket) -> None:
    """The end that was told is none; the one before it is the newest again."""
    ends = await _ends(turn, ticket)
    await announce.withdraw(turn, ticket)
    for row in ends:
        row.payload = row.payload | {announce.WITHDRAWN: True}


async def _tell_again(turn: Turn, ticket: Ticket) -> None:
    """The end holds after all: its posts say again what they said; one that was held back leaves."""
    for row in await _ends(turn, ticket):
        content = from_json(row.payload)
        if not isinstance(content, Post) or not content.text:  # its words may have been erased
            continue
        if row.state == OutboxState.SUPERSEDED:
            row.state = OutboxState.PENDING
        else:
            chat = await turn.session.get_one(Chat, row.chat_id)
            key = f"{row.idempotency_key}@{ticket.version}:again"
            asked = announce.satisfaction(turn, chat, ticket) if content.buttons else ()
            said = Edit(_words(content, turn.services.abilities(chat.platform)), asked)
            await edit(turn, chat, row, key, said, ticket=ticket, anew=True)


def _words(content: Post, abilities: Abilities) -> str:
    """What a post said; without its choices as lines where it becomes a new post, which gets its own."""
    if abilities.edits or abilities.buttons or not content.buttons:
        return content.text
    return content.text.partition(f"\n1. {content.buttons[0][0].text}\n")[0]


async def _ends(turn: Turn, ticket: Ticket) -> Collection[Outbox]:
    """The newest end that each group was told of, or was to be told of, and that was not withdrawn."""
    told = await outbox.written(turn.session, (announce.SETTLED, announce.ELSEWHERE), row_id(ticket))
    return {row.chat_id: row for row in told if not row.payload.get(announce.WITHDRAWN)}.values()
