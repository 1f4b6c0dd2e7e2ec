"""Commands: how they are written, who may give them, and that each one is on record.

`/giao 1042 chieusang mai 17h` or, as a reply to a post, `/giao chieusang mai 17h`; with or without
accents, in Vietnamese or English.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from handlers import (
    announce,
    authority,
    bulk,
    digest_orders,
    export_orders,
    listing,
    openings,
    orders,
    people,
    route_orders,
    sign_in,
    visibility,
)
from handlers.authority import Verdict
from handlers.context import Turn
from handlers.lifecycle import NotAllowed
from handlers.orders import Answer, Order
from handlers.outgoing import say
from handlers.posts import Post
from handlers.understanding import fold
from storage import audit, tickets
from storage.models import Chat, Member, Message, Ticket, row_id

_MAY_NAME_TICKETS = frozenset({"close", "merge", "undo"})  # several of them, or none
_MAY_BEGIN_WITH_NUMBERS = frozenset({"place", "split", "photos"})  # a house's, a photo's
_COUNTED = 100  # below it a mere number before other words counts something: "3 ngày"
_FILTERED = frozenset({"list", "export", "export_names"})  # by words that may name a department


@dataclass(frozen=True, slots=True)
class Code:
    """A ticket's code as written, and the words after it."""

    number: int
    rest: str
    plain: bool  # a mere number before other words, which may be one of them: "3 ngày", "45 Hai Bà Trưng"


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name in the catalogue and the table of rights, and the words for it."""

    name: str
    words: tuple[str, ...]  # folded, without the slash; the Vietnamese one first
    about_ticket: bool
    carry_out: Callable[[Turn, Order], Awaitable[Answer]]
    example: str  # what follows the word, for the documentation

    @property
    def action(self) -> str:
        """Its name in the table of rights, and on record."""
        return f"command.{self.name}"

    @property
    def takes_code(self) -> bool:
        """Whether a number that its words begin with names a ticket."""
        return self.about_ticket or self.name in _MAY_NAME_TICKETS


COMMANDS: tuple[Command, ...] = (
    Command("help", ("trogiup", "help", "start"), False, orders.give_help, ""),
    Command("report", ("phananh", "report"), False, openings.report, "đèn đường hư trước 45 Hai Bà Trưng"),
    Command("lookup", ("tracuu", "lookup", "status"), True, orders.look_up, "1042"),
    Command("mine", ("cuatoi", "mine"), False, listing.own, ""),
    Command("erase", ("xoadulieu", "erase"), False, people.ask_to_erase, ""),
    Command("list", ("danhsach", "list"), False, listing.list_tickets, "chiếu sáng quá hạn phường Phú Lợi"),
    Command("search", ("timkiem", "search", "find"), False, listing.search, "hai ba trung"),
    Command("history", ("lichsu", "history"), True, listing.history, "1042"),
    Command("accept", ("nhan", "accept"), True, orders.accept, "1042"),
    Command("start", ("danglam", "working"), True, orders.start, "1042"),
    Command("done", ("xong", "done"), True, orders.resolve, "1042 đã thay bóng"),
    Command("pause", ("tamdung", "pause"), True, orders.pause, "1042 chờ vật tư"),
    Command("resume", ("tieptuc", "resume"), True, orders.resume, "1042"),
    Command("assign", ("giao", "assign"), True, orders.assign, "1042 chieusang mai 17h"),
    Command("deadline", ("han", "due"), True, orders.deadline, "1042 thứ sáu 17h"),
    Command("reject", ("tuchoi", "reject"), True, orders.reject, "1042 thuộc phạm vi tư nhân"),
    Command("reopen", ("molai", "reopen"), True, orders.reopen, "1042"),
    Command("close", ("dong", "close"), False, bulk.close, "1042 1043 1044"),
    Command("merge", ("gop", "merge"), False, bulk.merge, "1042 1040"),
    Command("split", ("tach", "split"), True, openings.split, "1042 rác đầu hẻm 12 chưa gom"),
    Command("classify", ("phanloai", "classify"), True, orders.classify, "1042 khiếu nại chiếu sáng"),
    Command("place", ("noi", "place"), True, orders.place, "1042 trước số 9 Lý Tự Trọng"),
    Command("urgent", ("khan", "urgent"), True, orders.urgent, "1042"),
    Command("undo", ("hoantac", "undo"), False, orders.take_back, "1042"),
    Command("mute", ("tatphieu", "mute"), False, people.mute, "Nguyễn Văn An"),
    Command("unmute", ("motphieu", "unmute"), False, people.unmute, "Nguyễn Văn An"),
    Command("flood", ("huyloat", "undoflood"), False, people.undo_flood, "Nguyễn Văn An"),
    Command("stats", ("thongke", "stats"), False, orders.statistics, ""),
    Command("digest", ("tonghop", "digest"), False, digest_orders.digest_now, "tuần trước"),
    Command("export", ("xuat", "export"), False, export_orders.export, "xlsx tháng 10 chiếu sáng"),
    Command("export_names", ("xuatten", "exportnames"), False, export_orders.export_names, "xlsx tháng 10"),
    Command("route", ("tuyen", "route"), False, route_orders.reroute, "chiếu sáng phường Phú Lợi: dienluc"),
    Command("hide", ("giau", "hide"), True, visibility.hide, "1042"),
    Command("show", ("hien", "show"), True, visibility.show, "1042"),
    Command("photos", ("anh", "photos"), True, visibility.photos, "1042"),
    Command("signin", ("dangnhap", "signin", "login"), False, sign_in.sign_in, ""),
    Command("invite", ("moi", "invite"), False, sign_in.invite, "20 người 7 ngày phường Phú Lợi"),
    Command("grant", ("capquyen", "grant"), False, people.grant, "cán bộ chieusang"),
    Command("revoke", ("thuquyen", "revoke"), False, people.revoke, ""),
)
_OWN_WHERE_ALONE = {"lookup": listing.own}  # a command about a ticket that means one's own without a code

_ADDRESSED = re.compile(r"(\s*/[^\s@/]+)@\S+")
# A code may be written on to it: "/khan1042".
_WRITTEN = re.compile(r"\s*/(?P<word>[^\s@/][^\s@/\d#]*)\s*(?P<rest>.*)", re.DOTALL)
# In Vietnamese a word has as many parts as syllables, and phones put spaces between them.
_APART = tuple(
    re.compile(rf"\s*/(?P<word>[^\s@/\d#]+(?: +[^\s@/\d#]+){{{more}}})(?![^\s\d#])(?P<rest>.*)", re.DOTALL)
    for more in (1, 2)
)
_CODE = re.compile(
    r"\s*(?P<mark>#?)(?P<prefix>[A-Za-z]{0,6})(?P<number>\d{1,9})\b"
    r"(?!/|-|h|:\S)(?P<colon>:?)\s*(?P<rest>.*)",
    re.DOTALL,
)
_AND = re.compile(r"^\W*(?:(?:và|va|với|voi|and)\s)?\s*(?=#?\w)")


def read(text: str) -> tuple[Command, str] | None:
    """The command that a text gives and the words after it; None where it gives none of ours."""
    text = _ADDRESSED.sub(r"\1", text, count=1) if _ADDRESSED.match(text) else text
    return _written_apart(text) or _given(_WRITTEN.match(text))


def _written_apart(text: str) -> tuple[Command, str] | None:
    """Of "/mở lại 1042" and "/undo flood", whose first word alone may be another one."""
    given = next(filter(None, (_given(apart.match(text)) for apart in _APART)), None)
    # Who reported leaves by a word of its own alone: "/xuất tên đường …" may mean a street's.
    return given if given is not None and given[0].name != "export_names" else None


def _given(written: re.Match[str] | None) -> tuple[Command, str] | None:
    word = fold(written["word"]).replace(" ", "") if written is not None else ""
    command = next((one for one in COMMANDS if word in one.words), None)
    return (command, written["rest"].strip()) if written is not None and command else None


def is_command(text: str) -> bool:
    """Whether a text begins like a command, ours or another bot's: never feedback."""
    return _WRITTEN.match(text) is not None


def take_code(words: str, prefix: str) -> tuple[int | None, str]:
    """A ticket's number at the start of words, and the rest."""
    code = read_code(words, prefix)
    return (None, words) if code is None else (code.number, code.rest)


def read_code(words: str, prefix: str) -> Code | None:
    """The code that words begin with: `#PA1042`, `pa1042`, `1042` or `1042:`."""
    found = _CODE.match(words)
    if found is None or found["prefix"].upper() not in ("", prefix.upper()):
        return None
    rest = found["rest"].strip()
    marked = found["mark"] or found["prefix"] or found["colon"]
    return Code(int(found["number"]), rest, plain=bool(rest) and not marked)


async def handle(turn: Turn, chat: Chat, member: Member, message: Message) -> None:
    """Carry out a command, and answer it under it."""
    answer = await answered(turn, chat, member, message)
    if answer.text:
        post = Post(answer.text, buttons=answer.keyboard, chart=answer.chart, names=answer.names)
        await announce.answer(turn, chat, message.external_id, post)


async def refuse(turn: Turn, chat: Chat, member: Member, message: Message, why: str) -> None:
    """A command that nobody gave here, such as one passed on: on record, and said; `why`: the text's key."""
    given = read(message.text)
    if given is None:
        return
    detail = {"message": row_id(message), "why": why}
    audit.record(turn.session, turn.now, member, chat, given[0].action, allowed=False, detail=detail)
    text = turn.services.say(chat.language, why)
    await announce.reply(turn, chat, message.external_id, text, edit_number=message.edit_number)


async def answered(turn: Turn, chat: Chat, member: Member, message: Message) -> Answer:
    """Carry out a command, or say in one sentence why not; on record either way. Posts no answer."""
    given = read(message.text)
    if given is None:
        return Answer()
    command, _ = given
    order = await _order(turn, chat, member, message, given)
    verdict = authority.verdict(command.action, order.who, chat.role, order.ticket)
    allowed = verdict is Verdict.ALLOWED
    # The words of a command are in its message, which its author may have erased.
    detail = {"message": row_id(message), **turn.mark}
    audit.record(turn.session, turn.now, member, chat, command.action, allowed=allowed, detail=detail)
    if allowed:
        return await _carry_out(turn, order, command)
    if verdict in (Verdict.ROLE, Verdict.ADMINISTRATOR) and member.external_id == f"chat:{chat.external_id}":
        return order.answer("refused.anonymous")
    return order.answer(verdict.value, code=order.ticket.code if order.ticket else "")


async def _carry_out(turn: Turn, order: Order, command: Command) -> Answer:
    if await _is_several(turn, order, command):
        return order.answer("refused.several")
    if command.about_ticket and order.ticket is None:
        if order.number is None and command.name in _OWN_WHERE_ALONE:
            return await _OWN_WHERE_ALONE[command.name](turn, order)
        return await _which(turn, order)
    try:
        return await command.carry_out(turn, order)
    except NotAllowed as refused:
        return await orders.refusal(turn, order.chat, refused)


async def _is_several(turn: Turn, order: Order, command: Command) -> bool:
    """Whether more is asked for than one command does: another line is one, too, or another code follows. As
    words they would be told in the group."""
    if any(read(line) for line in order.words.splitlines()):
        return True
    if order.number is None or not command.about_ticket or command.name in _MAY_BEGIN_WITH_NUMBERS:
        return False
    code = read_code(_AND.sub("", order.words), turn.policy.code_prefix)
    if code is None or (code.plain and code.number < _COUNTED):
        return False
    return await tickets.by_number(turn.session, code.number) is not None


async def _order(
    turn: Turn, chat: Chat, member: Member, message: Message, given: tuple[Command, str]
) -> Order:
    replied = await orders.ticket_of_reply(turn, chat, message)
    ticket, number, rest = await _named(turn, *given, replied)
    return Order(
        chat=chat,
        member=member,
        who=authority.standing(member, chat),
        message=message,
        ticket=ticket,
        replied=replied,
        number=number,
        words=rest,
        say=partial(say, turn, chat),
        departments=await tickets.departments(turn.session) if given[0].name in _FILTERED else (),
    )


async def _named(
    turn: Turn, command: Command, words: str, replied: Ticket | None
) -> tuple[Ticket | None, int | None, str]:
    """The ticket that is meant, its number where one was written, and the other words.

    A command about no ticket keeps all its words; a mere code among them still counts for who may give it.
    """
    code = read_code(words, turn.policy.code_prefix)
    if code is None or (code.rest and not command.takes_code):
        return replied, None, words
    ticket = await tickets.by_number(turn.session, code.number)
    is_word = ticket is None and replied is not None and code.plain and command.about_ticket
    if is_word or not command.takes_code:
        return ticket or replied, None, words
    return ticket, code.number, code.rest


async def _which(turn: Turn, order: Order) -> Answer:
    """A command about a ticket without one: how to name it, or which is nearest."""
    if order.number is None:
        return order.answer("refused.which")
    return await orders.unknown(turn, order, order.number)


async def talk(turn: Turn, chat: Chat, member: Member, message: Message) -> None:
    """Somebody speaks to the bot without a command: a code is answered with how it stands."""
    ticket = await mentioned(turn, message.text)
    if ticket is not None and not orders.is_told_of(ticket, member, authority.standing(member, chat)):
        post = Post(say(turn, chat, "refused.unknown", code=ticket.code))
    elif ticket is not None:
        post = Post(await announce.standing_text(turn, chat, ticket))
    else:
        post = Post(
            say(turn, chat, "private.hello", name=member.name or say(turn, chat, "private.you")),
            names=(row_id(member),),
        )
    await announce.answer(turn, chat, message.external_id, post)


async def mentioned(turn: Turn, text: str) -> Ticket | None:
    """The ticket whose code stands somewhere in a text, the first."""
    found = next(codes_in(text, turn.policy.code_prefix), None)
    return await tickets.by_number(turn.session, int(found[1])) if found else None


def codes_in(text: str, prefix: str) -> Iterator[re.Match[str]]:
    """The codes that stand somewhere in a text; the first group of each is its number."""
    return re.finditer(rf"#?\b{re.escape(prefix)}\s?(\d{{1,9}})\b", text, re.IGNORECASE)
