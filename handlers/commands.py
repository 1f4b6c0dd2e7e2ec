"""Commands: how they are written, who may give them, and that each one is on record.

`/giao 1042 chieusang mai 17h` or, as a reply to a post, `/giao chieusang mai 17h`; with or without
accents, in Vietnamese or English.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from handlers import announce, orders, roles
from handlers.context import Turn
from handlers.orders import Order
from handlers.ticketing import NotAllowed
from handlers.understanding import fold
from storage import audit, outbox, tickets
from storage.models import Chat, Member, Message, Role, Ticket, row_id


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name in the catalogue, the words for it, and the role it needs."""

    name: str
    words: tuple[str, ...]  # folded, without the slash; the Vietnamese one first
    role: Role
    about_ticket: bool
    carry_out: Callable[[Turn, Order], Awaitable[str]]


COMMANDS: tuple[Command, ...] = (
    Command("help", ("trogiup", "help", "start"), Role.MEMBER, False, orders.give_help),
    Command("report", ("phananh", "report"), Role.MEMBER, False, orders.report),
    Command("lookup", ("tracuu", "lookup", "status"), Role.MEMBER, False, orders.look_up),
    Command("list", ("danhsach", "list"), Role.DEPARTMENT, False, orders.list_tickets),
    Command("accept", ("nhan", "accept"), Role.DEPARTMENT, True, orders.accept),
    Command("assign", ("giao", "assign"), Role.MODERATOR, True, orders.assign),
    Command("done", ("xong", "done"), Role.DEPARTMENT, True, orders.resolve),
    Command("reject", ("tuchoi", "reject"), Role.MODERATOR, True, orders.reject),
    Command("reopen", ("molai", "reopen"), Role.MODERATOR, True, orders.reopen),
    Command("merge", ("gop", "merge"), Role.MODERATOR, True, orders.merge),
    Command("classify", ("phanloai", "classify"), Role.MODERATOR, True, orders.classify),
    Command("stats", ("thongke", "stats"), Role.MODERATOR, False, orders.statistics),
    Command("digest", ("tonghop", "digest"), Role.MODERATOR, False, orders.digest_now),
)

_WRITTEN = re.compile(r"\s*/(?P<word>[^\s@/]+)(?:@\S+)?\s*(?P<rest>.*)", re.DOTALL)
_CODE = re.compile(
    r"\s*#?(?P<prefix>[A-Za-z]{0,6})(?P<number>\d{1,9})\b(?!/|-|h|:)\s*(?P<rest>.*)", re.DOTALL
)


def read(text: str) -> tuple[Command, str] | None:
    """The command that a text gives and the words after it; None where it gives none of ours."""
    written = _WRITTEN.match(text)
    if written is None:
        return None
    word = fold(written["word"]).replace(" ", "")
    command = next((one for one in COMMANDS if word in one.words), None)
    return (command, written["rest"].strip()) if command else None


def is_command(text: str) -> bool:
    """Whether a text begins like a command, ours or another bot's: never feedback."""
    return _WRITTEN.match(text) is not None


def take_code(words: str, prefix: str) -> tuple[int | None, str]:
    """A ticket's number at the start of words, and the rest: `#PA1042`, `pa1042` or `1042`."""
    found = _CODE.match(words)
    if found is None or found["prefix"].upper() not in ("", prefix.upper()):
        return None, words
    return int(found["number"]), found["rest"].strip()


async def handle(turn: Turn, chat: Chat, member: Member, message: Message) -> None:
    """Carry out a command, or say in one sentence why not."""
    given = read(message.text)
    if given is None:
        return
    command, words = given
    allowed = roles.may(member.role, command.role)
    detail = {"text": message.text[:500]}
    audit.record(
        turn.session, turn.now, member, chat, f"command.{command.name}", allowed=allowed, detail=detail
    )
    if not allowed:
        text = turn.services.say(chat.language, "refused.role")
    else:
        text = await _carry_out(turn, chat, member, message, command=command, words=words)
    if text:
        await announce.reply(turn, chat, message.external_id, text)


async def _carry_out(
    turn: Turn, chat: Chat, member: Member, message: Message, *, command: Command, words: str
) -> str:
    order = await _order(turn, chat, member, message, words)
    if command.about_ticket:
        problem = await _problem(turn, order)
        if problem:
            return problem
    try:
        return await command.carry_out(turn, order)
    except NotAllowed as refusal:
        status = announce.label(turn, chat, "status", refusal.ticket.status.value)
        return order.say("refused.status", code=refusal.ticket.code, status=status)


async def _order(turn: Turn, chat: Chat, member: Member, message: Message, words: str) -> Order:
    number, rest = take_code(words, turn.policy.code_prefix)
    ticket = await tickets.by_number(turn.session, number) if number is not None else None
    replied = await _replied(turn, chat, message)
    if ticket is None and replied is not None and number is None:
        ticket, rest = replied, words
    return Order(
        chat=chat,
        member=member,
        message=message,
        ticket=ticket,
        replied=replied,
        number=number,
        words=rest,
        say=lambda key, **values: turn.services.say(chat.language, key, **values),
    )


async def _replied(turn: Turn, chat: Chat, message: Message) -> Ticket | None:
    """The ticket of the post that a command replies to."""
    if message.reply_to is None:
        return None
    ours = await outbox.of_post(turn.session, row_id(chat), message.reply_to)
    if ours is not None and ours.ticket_id is not None:
        return await tickets.get(turn.session, ours.ticket_id)
    ticket_id = await tickets.of_post(turn.session, row_id(chat), message.reply_to)
    return await tickets.get(turn.session, ticket_id) if ticket_id else None


async def _problem(turn: Turn, order: Order) -> str | None:
    """Why a command about a ticket can't be carried out, with the remedy."""
    if order.ticket is None and order.number is None:
        return order.say("refused.which")
    if order.ticket is None:
        nearest = await tickets.nearest_number(turn.session, order.number or 0)
        code = f"{turn.policy.code_prefix}{order.number}"
        if nearest is None:
            return order.say("refused.unknown", code=code)
        return order.say("refused.unknown_nearest", code=code, nearest=nearest)
    theirs = order.ticket.department in (None, order.member.department)
    if order.member.role == Role.DEPARTMENT and not theirs:
        return order.say("refused.department", code=order.ticket.code)
    return None
