"""A department that could not be told of its ticket: the one that stands in gets it, moderators hear why.

The deadline stays as it is: to whoever reported it, nothing has changed.
"""

from handlers import announce, cards, desks
from handlers.changes import change
from handlers.context import Turn
from storage import chats, dispatches, outbox, tickets
from storage.models import Ticket, row_id
from storage.states import OPEN, ChatRole


async def hand_on(turn: Turn, ticket: Ticket, unreached: str | None) -> bool:
    """Hand a ticket on whose card or mail to `unreached` was given up; whether it was.

    It stays when it is another department's by now, when that one can see it in another way, and when
    nobody stands in.
    """
    stand_in = turn.policy.stand_ins.get(unreached or "")
    if unreached is None or stand_in is None or ticket.department != unreached or ticket.status not in OPEN:
        return False
    if await _is_told_otherwise(turn, ticket, unreached):
        return False
    names = await tickets.department_names(turn.session)
    await change(turn, ticket, "assigned", detail={"department": stand_in}, department=stand_in)
    await announce.changed(turn, ticket)
    key = f"handed_on:{ticket.id}:{ticket.version}"
    await cards.tell_moderators(
        turn,
        key,
        "notice.handed_on",
        ticket,
        code=ticket.code,
        department=names[unreached],
        stand_in=names[stand_in],
    )
    return True


async def _is_told_otherwise(turn: Turn, ticket: Ticket, department: str) -> bool:
    """Whether a card in another chat of theirs or another receiver has it, or still may get it."""
    rooms = await chats.with_role(turn.session, ChatRole.DEPARTMENT)
    theirs = {row_id(room) for room in rooms if room.department == department}
    standing = await outbox.cards(turn.session, desks.CARD, row_id(ticket))
    if any(row.chat_id in theirs for row in standing):
        return True
    receivers = [one.name for one in turn.services.subscribers if one.department == department]
    return await dispatches.reaches(turn.session, row_id(ticket), receivers)
