"""What is done to many tickets at once: asked for by one command, done after a press that names the count."""

import re
from collections.abc import Sequence

from handlers import buttons, limits, merging, orders, ticketing
from handlers.context import Turn
from handlers.lifecycle import Move, NotAllowed
from handlers.orders import Answer, Order
from handlers.outgoing import say
from handlers.posts import Keyboard
from storage import prompts, tickets
from storage.models import Chat, Member, Prompt, Ticket, row_id
from storage.states import OPEN

MOST = 50
CLOSE, MERGE = "close", "merge"
_NUMBER = re.compile(r"#?[A-Za-z]{0,6}(\d{1,9})\b")


async def close(turn: Turn, order: Order) -> Answer:
    """Close one ticket, or, after a confirmation, a list of them."""
    found = await _listed(turn, order)
    if isinstance(found, Answer):
        return found
    if not found:
        return order.answer("close.how")
    if len(found) == 1:
        await _close(turn, found[0], order.member)
        return order.answer("close.done", count=1)
    return await _ask(turn, order, CLOSE, [row_id(ticket) for ticket in found], count=len(found))


async def merge(turn: Turn, order: Order) -> Answer:
    """Make tickets part of the last one named: `/gop 1042 1043 1040`, or as a reply `/gop 1040`."""
    found = await _listed(turn, order)
    if isinstance(found, Answer):
        return found
    if len(found) == 1 and order.replied is not None and order.number is not None:
        found = [order.replied, *found]
    if len({ticket.id for ticket in found}) < 2:
        return order.answer("merge.how")
    if len(found) == 2:
        source, into = found
        await merging.merge(turn, source, into, order.member)
        return order.answer("merge.done", code=source.code, into=into.code, voices=into.voices)
    ids = [row_id(ticket) for ticket in found]
    return await _ask(turn, order, MERGE, ids, count=len(found) - 1, into=found[-1].code)


async def _listed(turn: Turn, order: Order) -> list[Ticket] | Answer:
    """The tickets that a command names, in its order, each once; of one that there is not, what to answer.

    Nothing is done then: whoever mistypes one code may have meant any other.
    """
    numbers = [int(number) for number in _NUMBER.findall(order.words)]
    if order.number is not None:
        numbers.insert(0, order.number)
    if len(numbers) > MOST:
        return order.answer("bulk.most", most=MOST)
    found: dict[int, Ticket] = {}
    for number in numbers:
        ticket = await tickets.by_number(turn.session, number)
        if ticket is None:
            return await orders.unknown(turn, order, number)
        found.pop(row_id(ticket), None)  # of one that is named twice the last counts: "/gop 1001 1002 1001"
        found[row_id(ticket)] = ticket
    return list(found.values()) or [ticket for ticket in [order.ticket] if ticket is not None]


async def _ask(turn: Turn, order: Order, what: str, ids: Sequence[int], **values: object) -> Answer:
    prompt = await prompts.ask(turn.session, order.chat, order.member, what, {"tickets": list(ids)}, turn.now)
    return Answer(order.say(f"{what}.confirm", **values), confirmation(order, prompt, what, **values))


def confirmation(order: Order, prompt: Prompt, what: str, **values: object) -> Keyboard:
    """Go on, with the count on the button, or leave it."""
    return buttons.confirm_keyboard(order.say, row_id(prompt), order.say(f"{what}.button", **values))


async def carry_out(turn: Turn, chat: Chat, prompt: Prompt, member: Member) -> str:
    """Do what was confirmed; what did not fit any more is left alone and counted."""
    found = [await tickets.get(turn.session, int(number)) for number in prompt.detail["tickets"]]
    listed = [ticket for ticket in found if ticket is not None]
    if prompt.purpose == CLOSE:
        done = sum([await _try_close(turn, ticket, member) for ticket in listed])
        return say(turn, chat, "close.done", count=done)
    *sources, into = listed
    done = sum([await _try_merge(turn, source, into, member) for source in sources])
    return say(turn, chat, "merge.done_many", count=done, into=into.code, voices=into.voices)


async def _try_close(turn: Turn, ticket: Ticket, member: Member) -> bool:
    try:
        await _close(turn, ticket, member)
    except NotAllowed:
        return False
    return True


async def _close(turn: Turn, ticket: Ticket, member: Member) -> None:
    """What is still open counts as done, without a post for each in the group."""
    if ticket.status in OPEN:
        await ticketing.apply(turn, ticket, Move.RESOLVE, member, aloud=False)
    await ticketing.apply(turn, ticket, Move.CLOSE, member)


async def _try_merge(turn: Turn, source: Ticket, into: Ticket, member: Member) -> bool:
    try:
        await merging.merge(turn, source, into, member)
    except NotAllowed:
        return False
    return True


async def flood(turn: Turn, order: Order, member: Member) -> Answer:
    """Ask whether to turn down all that somebody opened within the last day."""
    found = await limits.flood(turn, member)
    if not found:
        return order.answer_of(member, "flood.none")
    detail = {"member": row_id(member)}
    prompt = await prompts.ask(turn.session, order.chat, order.member, "flood", detail, turn.now)
    values = {"name": member.name, "count": len(found)}
    asked = confirmation(order, prompt, "flood", **values)
    return Answer(order.say("flood.confirm", **values), asked, names=(row_id(member),))
