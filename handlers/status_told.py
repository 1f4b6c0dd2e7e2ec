"""What a system outside says of how it stands with it: taken over where nobody here said otherwise since.

It is never told back what it told (`subscribers.TOLD_BY`). What contradicts us is shown to moderators,
who decide; nothing of theirs is overwritten.
"""

from enum import Enum, auto

from handlers import cards, ticketing
from handlers.context import Turn
from handlers.events import StatusTold
from handlers.lifecycle import OPEN, SETTLED, Move
from handlers.outgoing import short
from handlers.subscribers import TOLD_BY
from storage import chats, dispatches, members, tickets
from storage.models import Member, Ticket, TicketEvent, row_id
from storage.states import TicketStatus

NOTE_KEPT = 500


class Verdict(Enum):
    """What follows from what was told."""

    RESOLVE = auto()
    REOPEN = auto()
    NOTE = auto()
    ASK = auto()  # it contradicts what was said here
    NOTHING = auto()


def decide(status: TicketStatus, last: TicketEvent | None, told: StatusTold, system: str) -> Verdict:
    """`last`: the last row that changed the ticket's status."""
    ours = last is None or last.detail.get(TOLD_BY) != system
    if told.is_closed:
        if status not in OPEN:
            return Verdict.NOTHING
        reopened_since = ours and last is not None and last.action == Move.REOPEN and last.at > told.at
        return Verdict.ASK if reopened_since else Verdict.RESOLVE
    if status in OPEN:
        return Verdict.NOTE if told.note else Verdict.NOTHING
    if status in SETTLED and not ours:
        return Verdict.REOPEN
    return Verdict.ASK


async def handle(turn: Turn, told: StatusTold) -> None:
    """Carry out what a system said of one thing."""
    ticket = await _ticket(turn, told)
    if ticket is None:
        return
    last = await tickets.last_status_change(turn.session, row_id(ticket))
    verdict = decide(ticket.status, last, told, turn.platform)
    if verdict is Verdict.ASK:
        await _ask(turn, ticket, told, last)
        return
    name = turn.platform.rpartition(":")[2]
    system = await members.ensure(turn.session, turn.platform, name, name, turn.now)
    await _carry_out(turn, ticket, told, verdict, system)


async def _ticket(turn: Turn, told: StatusTold) -> Ticket | None:
    """By what the system calls it: what we told it, or what it told us."""
    found = await dispatches.referred(turn.session, turn.platform, told.reference)
    if found is None:
        chat = await chats.find(turn.session, turn.platform, told.chat)
        found = await tickets.of_post(turn.session, row_id(chat), told.reference) if chat else None
    return await tickets.surviving(turn.session, found) if found is not None else None


async def _carry_out(turn: Turn, ticket: Ticket, told: StatusTold, verdict: Verdict, system: Member) -> None:
    note = short(told.note, NOTE_KEPT)
    match verdict:
        case Verdict.RESOLVE:
            await ticketing.apply(turn, ticket, Move.RESOLVE, system, note=note, told_by=turn.platform)
        case Verdict.REOPEN:
            await ticketing.apply(turn, ticket, Move.REOPEN, system, note=note, told_by=turn.platform)
        case Verdict.NOTE if note != await tickets.last_note(turn.session, row_id(ticket)):
            await ticketing.promise(turn, ticket, system, note, told_by=turn.platform)


async def _ask(turn: Turn, ticket: Ticket, told: StatusTold, last: TicketEvent | None) -> None:
    """Once for each thing said here, however often they change their request meanwhile."""
    key = f"conflict:{ticket.id}:{turn.platform}:{last.id if last else 0}:{told.is_closed}"
    standing = "conflict.closed" if told.is_closed else "conflict.open"
    name = turn.platform.rpartition(":")[2]
    note = short(told.note, NOTE_KEPT)
    await cards.tell_moderators(turn, key, standing, ticket, code=ticket.code, system=name, note=note)
