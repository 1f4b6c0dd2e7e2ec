"""What a system outside says of how it stands with it: taken over where nobody here said otherwise since.

It is never told back what it told (`subscribers.TOLD_BY`). What contradicts us is shown to moderators,
who decide; nothing of theirs is overwritten.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from handlers import cards, history, ticketing
from handlers.context import Turn
from handlers.events import StatusTold
from handlers.lifecycle import Move
from handlers.shown import quoted, short
from handlers.subscribers import TOLD_BY
from storage import chats, dispatches, members, service_requests, tickets
from storage.models import Chat, Member, Ticket, TicketEvent, row_id
from storage.states import OPEN, SETTLED, TicketStatus

NOTE_KEPT = 500
FLIPS, A_DAY = 2, timedelta(days=1)  # how often a system may open again in a day what it had ended
ENDED = "ended"  # in a history row's detail: the post of a system that has ended there, others have not


class StatusVerdict(Enum):
    """What follows from what was told."""

    RESOLVE = auto()
    REOPEN = auto()
    NOTE = auto()
    PART = auto()  # one of several that were told there has ended
    ASK = auto()  # it contradicts what was said here
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Past:
    """What was said of a ticket until now."""

    last: TicketEvent | None  # the row that gave it its status
    reopened: TicketEvent | None  # the last row by which somebody else than that system opened it again
    note: str  # what that system said last
    flips: Sequence[datetime] = ()  # when that system opened it again


def past(events: Sequence[TicketEvent], system: str) -> Past:
    """A ticket's history, the oldest row first, as one system's word is weighed against it."""
    moves = [one for one in events if one.from_status is not None or one.action == "opened"]
    ours = [one for one in moves if _leads_back(one) and one.detail.get(TOLD_BY) != system]
    flips = [one.at for one in moves if _leads_back(one) and one.detail.get(TOLD_BY) == system]
    notes = [one.detail["note"] for one in events if _is_note_of(one, system)]
    return Past(moves[-1] if moves else None, ours[-1] if ours else None, notes[-1] if notes else "", flips)


def _leads_back(event: TicketEvent) -> bool:
    """Whether what had ended is open by it: reopened, or its end taken back."""
    return event.from_status not in (None, *OPEN) and event.to_status in OPEN


def _is_note_of(event: TicketEvent, system: str) -> bool:
    return event.detail.get(TOLD_BY) == system and bool(event.detail.get("note"))


def decide(
    status: TicketStatus, past: Past, told: StatusTold, system: str, *, whole: bool = True
) -> StatusVerdict:
    """`whole`: what was told is all that this system has of the ticket. Of one that can't make up its mind
    the group hears no more."""
    is_restless = sum(at > told.at - A_DAY for at in past.flips) >= FLIPS
    if told.is_closed:
        if status not in OPEN:
            return StatusVerdict.NOTHING
        if not whole:
            return StatusVerdict.PART
        is_old = told.is_repeated or (past.reopened is not None and past.reopened.at >= told.at)
        return StatusVerdict.ASK if is_old or is_restless else StatusVerdict.RESOLVE
    if status in OPEN:
        return StatusVerdict.NOTE if told.note else StatusVerdict.NOTHING
    theirs = past.last is not None and past.last.detail.get(TOLD_BY) == system
    return StatusVerdict.REOPEN if status in SETTLED and theirs else StatusVerdict.ASK


async def handle(turn: Turn, told: StatusTold) -> None:
    """Carry out what a system said of one thing."""
    found, posted_in = await _meant(turn, told)
    ticket = await tickets.surviving(turn.session, found) if found is not None else None
    if ticket is None:
        return
    events = [entry.event for entry in await tickets.history(turn.session, row_id(ticket))]
    before = past(events, turn.platform)
    whole = posted_in is None or await _is_whole(turn, ticket, posted_in, told, events)
    verdict = decide(ticket.status, before, told, turn.platform, whole=whole)
    await _carry_out(turn, ticket, told, verdict, before)


async def _meant(turn: Turn, told: StatusTold) -> tuple[int | None, Chat | None]:
    """The ticket by what the system calls it: what we told it, or what it told us, and there the chat."""
    found = await dispatches.referred(turn.session, turn.platform, told.reference)
    chat = await chats.find(turn.session, turn.platform, told.chat) if found is None else None
    if chat is not None:
        found = await tickets.of_post(turn.session, row_id(chat), told.reference)
    return found, chat


async def _is_whole(
    turn: Turn, ticket: Ticket, chat: Chat, told: StatusTold, events: Iterable[TicketEvent]
) -> bool:
    """Whether a post is the ticket's own, or the last of that system's that had not ended."""
    if (ticket.chat_id, ticket.origin) == (chat.id, told.reference):
        return True
    posts = await service_requests.posts(turn.session, row_id(ticket), row_id(chat))
    ended = {one.detail.get(ENDED) for one in events if one.detail.get(TOLD_BY) == turn.platform}
    return posts <= {told.reference, *ended}


async def _carry_out(
    turn: Turn, ticket: Ticket, told: StatusTold, verdict: StatusVerdict, past: Past
) -> None:
    note, by = short(told.note, NOTE_KEPT), turn.platform
    match verdict:
        case StatusVerdict.RESOLVE | StatusVerdict.REOPEN:
            move = Move.RESOLVE if verdict is StatusVerdict.RESOLVE else Move.REOPEN
            await ticketing.apply(turn, ticket, move, await _system(turn), note=note, told_by=by)
        case StatusVerdict.NOTE if note != past.note:
            await ticketing.promise(turn, ticket, await _system(turn), note, told_by=by)
        case StatusVerdict.PART:
            detail = {"note": note, TOLD_BY: by, ENDED: told.reference}
            await history.note(turn, ticket, "comment", member=await _system(turn), detail=detail)
        case StatusVerdict.ASK:
            await _ask(turn, ticket, told, past.last)


async def _system(turn: Turn) -> Member:
    """The one that told, as somebody who acts."""
    name = turn.platform.rpartition(":")[2]
    return await members.ensure(turn.session, turn.platform, name, name, turn.now)


async def _ask(turn: Turn, ticket: Ticket, told: StatusTold, last: TicketEvent | None) -> None:
    """Once for each thing said here, however often they change their request meanwhile."""
    key = f"conflict:{ticket.id}:{turn.platform}:{last.id if last else 0}:{told.is_closed}"
    standing = "conflict.closed" if told.is_closed else "conflict.open"
    name = turn.platform.rpartition(":")[2]
    note = quoted(told.note, NOTE_KEPT)
    await cards.tell_moderators(turn, key, standing, ticket, code=ticket.code, system=name, note=note)
