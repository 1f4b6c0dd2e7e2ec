"""What each command about one ticket does, and what it answers."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers import after_photos, announce, authority, cards, delivery, questions, ticketing, when
from handlers.context import Turn
from handlers.department_words import department_in, keys_written, without_department
from handlers.lifecycle import Move, NotAllowed, after
from handlers.numbers import figure
from handlers.outgoing import label, moment, say
from handlers.ports import Text
from handlers.posts import JsonObject, Keyboard
from handlers.shown import quoted
from handlers.time_words import spoken
from handlers.understanding import Kind, fold
from handlers.undo import UNDOABLE, undo
from storage import audit, chats, dispatches, messages, outbox, tickets
from storage.models import Chat, Department, Member, Message, Ticket, row_id
from storage.states import ChatRole, MemberRole, TicketStatus

_NOTE = re.compile(r":(?:\s+|$)")  # before it is the deadline, whose "17:30" has no space
_OVER = re.compile(
    r"(?:da |gio )?(?:(?:het|bo|khong(?: con| phai)?)(?: (?:khan(?: cap)?|nguy hiem))?|off?|over)"
    r"(?: (?:roi|nua|a|nha|nhe|em))*"
)
_PERHAPS_OVER = re.compile(r"(?:da )?(?:het|khong (?:con|phai|khan|nguy)|bo khan)\b")
# What changes something and has its own way back, if any: "/motphieu", "/thuquyen", "/gop".
_NOT_UNDOABLE = (
    "press.held",
    *(
        f"command.{name}"
        for name in ("mute", "unmute", "grant", "revoke", "split", "report", "route", "photos", "invite")
    ),
)
_ANSWER = "press.kind"  # to "what is this", and what takes that answer back, which is an act on its ticket


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command is answered with; an empty text answers nothing."""

    text: str = ""
    keyboard: Keyboard = ()
    chart: JsonObject | None = None  # a picture under it
    names: tuple[int, ...] = ()  # the members whose names stand in it


@dataclass(frozen=True, slots=True)
class Order:
    """A command as given: by whom, where, about which ticket, with which words."""

    chat: Chat
    member: Member
    who: authority.Standing
    message: Message
    ticket: Ticket | None  # by the code written, or the post replied to
    replied: Ticket | None  # of the post replied to
    number: int | None  # as written, whether there is such a ticket or not
    words: str
    say: Text
    departments: Sequence[Department] = ()  # which its words may filter by

    @property
    def about(self) -> Ticket:
        """The ticket of a command that was checked to have one."""
        assert self.ticket is not None
        return self.ticket

    def answer(self, key: str, **values: object) -> Answer:
        """A text of the catalogue."""
        return Answer(self.say(key, **values))

    def answer_of(self, member: Member, key: str, **values: object) -> Answer:
        """A text of the catalogue that names a member, who may have it erased."""
        return Answer(self.say(key, name=member.name, **values), names=(row_id(member),))


async def give_help(_: Turn, order: Order) -> Answer:
    """What this person can ask for."""
    may_report = order.chat.role in authority.RULES["command.report"].chats
    keys = ["help.report", "help.member"] if may_report else ["help.member"]
    if authority.may(order.who.role, MemberRole.DEPARTMENT):
        keys.append("help.department")
    if authority.may(order.who.role, MemberRole.MODERATOR):
        keys.append("help.moderator")
    if authority.may(order.who.role, MemberRole.ADMINISTRATOR):
        keys.append("help.administrator")
    return Answer("\n".join(order.say(key) for key in keys))


async def accept(turn: Turn, order: Order) -> Answer:
    """Take a ticket on."""
    return await _move(turn, order, Move.ACCEPT)


async def start(turn: Turn, order: Order) -> Answer:
    """Say that work on it has begun."""
    return await _move(turn, order, Move.START)


async def resolve(turn: Turn, order: Order) -> Answer:
    """Say that it is done; the words are told in the group, with the photos of this message."""
    return await _move(turn, order, Move.RESOLVE)


async def reject(turn: Turn, order: Order) -> Answer:
    """Turn a ticket down, with a reason that is told in the group."""
    if not order.words:
        return order.answer("reject.why", code=order.about.code)
    return await _move(turn, order, Move.REJECT)


async def reopen(turn: Turn, order: Order) -> Answer:
    """Take up again what was resolved, closed or turned down."""
    return await _move(turn, order, Move.REOPEN)


async def _move(turn: Turn, order: Order, move: Move) -> Answer:
    photos = await messages.photos_of_message(turn.session, row_id(order.message))
    shown = [row_id(photo) for photo in photos]
    if not await questions.move(turn, order.about, move, order.member, order.words, shown):
        return order.answer("question.answered")
    await after_photos.keep(turn, order.about, photos)
    return _changed(turn, order)


async def assign(turn: Turn, order: Order) -> Answer:
    """Hand a ticket to a department: `/giao 1042 chieusang mai 17h`, with words for it after a colon."""
    words, *note = _NOTE.split(order.words, maxsplit=1)
    department, rest = await department_in(turn, words)
    if department is None:
        return order.answer("assign.whom", departments=await keys_written(turn))
    due_at = _due_at(turn, order, rest)
    if due_at is None and _is_meant_as_deadline(rest, is_field=turn.is_web and bool(note)):
        return order.answer("assign.when", words=quoted(rest, cards.SUMMARY_SHOWN), code=order.about.code)
    if due_at is not None and (unfit := _unfit(turn, order, rest, due_at)):
        return unfit
    said = [rest, *note] if due_at is None else note
    note_said = ": ".join(part.strip() for part in said if part.strip())
    await ticketing.assign(turn, order.about, order.member, department, due_at, note_said)
    names = await tickets.department_names(turn.session)
    due = moment(turn, order.chat, order.about.due_at)
    return order.answer("assign.done", code=order.about.code, department=names[department], due=due)


async def deadline(turn: Turn, order: Order) -> Answer:
    """Another deadline: `/han 1042 thứ sáu 17h`."""
    due_at = _due_at(turn, order, order.words)
    if due_at is None:
        key = "deadline.unclear" if order.words else "deadline.when"
        words = quoted(order.words, cards.SUMMARY_SHOWN)
        return order.answer(key, code=order.about.code, words=words)
    if unfit := _unfit(turn, order, order.words, due_at):
        return unfit
    await ticketing.set_deadline(turn, order.about, order.member, due_at)
    return order.answer("deadline.done", code=order.about.code, due=moment(turn, order.chat, due_at))


def _is_meant_as_deadline(words: str, *, is_field: bool) -> bool:
    """Whether words after a department are no note; a form of the room has a field for each, and a colon."""
    return bool(words) and (is_field or bool(re.search(r"\d", spoken(words))) or when.names_time(words))


def _due_at(turn: Turn, order: Order, words: str) -> datetime | None:
    if when.names_no_hour(words):
        return None
    return when.deadline(words, turn.now, ZoneInfo(order.chat.time_zone), turn.policy.work)


def _unfit(turn: Turn, order: Order, words: str, due_at: datetime) -> Answer | None:
    """What to answer to a deadline that is over, or that was taken for next year's because it is."""
    if due_at <= turn.now:
        return order.answer("deadline.past", due=moment(turn, order.chat, due_at))
    if when.is_of_next_year(words, due_at, turn.now):
        return order.answer("deadline.far", due=f"{due_at:%d/%m/%Y}")
    return None


async def pause(turn: Turn, order: Order) -> Answer:
    """It waits for the reporter, or for parts: `/tamdung 1042 chờ vật tư`."""
    if not order.words:
        return order.answer("pause.why", code=order.about.code)
    await ticketing.pause(turn, order.about, order.member, order.words)
    return order.answer("pause.done", code=order.about.code)


async def resume(turn: Turn, order: Order) -> Answer:
    """It goes on."""
    if order.about.paused_at is None:
        return order.answer("resume.not_paused", code=order.about.code)
    await ticketing.resume(turn, order.about, order.member)
    due = moment(turn, order.chat, order.about.due_at)
    return order.answer("resume.done", code=order.about.code, due=due)


async def classify(turn: Turn, order: Order) -> Answer:
    """Correct what a ticket is: `/phanloai 1042 khiếu nại chiếu sáng`."""
    kinds = tuple(kind.value for kind in Kind if kind is not Kind.NONE)
    kind = word_of(turn, order, "kind", kinds)
    category = word_of(turn, order, "category", turn.policy.categories) or _shortened(turn, order, kinds)
    if kind is None and category is None:
        known = ", ".join(order.say(f"category.{word}") for word in turn.policy.categories)
        return order.answer("classify.how", categories=known)
    await ticketing.reclassify(turn, order.about, order.member, kind=kind, category=category)
    what = " · ".join((order.say(f"kind.{order.about.kind}"), order.say(f"category.{order.about.category}")))
    return order.answer("classify.done", code=order.about.code, what=what)


def _shortened(turn: Turn, order: Order, kinds: Sequence[str]) -> str | None:
    """The only category whose name has the words beside a kind's in it: "rác" is Rác thải, "nước" none."""
    said = f" {fold(order.words)} "
    for name in (fold(name) for kind in kinds for name in (kind, order.say(f"kind.{kind}"))):
        said = said.replace(f" {name} ", " ")
    names = {word: fold(order.say(f"category.{word}")) for word in turn.policy.categories}
    found = [word for word, name in names.items() if said.strip() and said in f" {name} "]
    return found[0] if len(found) == 1 else None


def word_of(turn: Turn, order: Order, family: str, words: tuple[str, ...]) -> str | None:
    """Which word of a family is named, the one with the longest name of several."""
    return next(iter(words_of(turn, order, family, words)), None)


def words_of(turn: Turn, order: Order, family: str, words: tuple[str, ...]) -> list[str]:
    """Which words of a family are named: by their own names or as people call them, accents or not.

    The longest name first, so that "đang xử lý" is not read as something shorter in it.
    """
    names = [
        (fold(name), word)
        for word in words
        for name in (word.replace("_", " "), turn.services.say(order.chat.language, f"{family}.{word}"))
    ]
    known = {name for name, _ in names}
    said = f" {without_department(fold(order.words), order.departments, known)} "
    found = []
    for name, word in sorted(names, key=lambda one: (len(one[0]), one[1]), reverse=True):
        if f" {name} " in said:
            found.append(word)
            said = said.replace(f" {name} ", " / ")  # what is one's is no other's
    return list(dict.fromkeys(found))


async def place(turn: Turn, order: Order) -> Answer:
    """Say where it is: `/noi 1042 trước số 9 Lý Tự Trọng`."""
    found = turn.services.understand(order.words).place
    if not order.words or found.text is None:
        return order.answer("place.how", code=order.about.code)
    await ticketing.replace_place(turn, order.about, order.member, found)
    return order.answer("place.done", code=order.about.code, place=found.text)


async def urgent(turn: Turn, order: Order) -> Answer:
    """A life may be in danger there; `/khan 1042 hết`: not any more.

    Of a ticket that was merged it is the other one that is in danger.
    """
    ticket = await tickets.surviving(turn.session, row_id(order.about)) or order.about
    to_be = is_danger(order.words)
    if to_be is None:
        return order.answer("urgent.how", code=ticket.code)
    is_news = to_be != ticket.urgent
    await ticketing.set_urgency(turn, ticket, order.member, urgent=to_be)
    key = "urgent.calm" if not to_be else "urgent.done" if is_news else "urgent.already"
    return order.answer(key, code=ticket.code, due=moment(turn, order.chat, ticket.due_at))


def is_danger(words: str) -> bool | None:
    """Whether words after `/khan` tell of a danger or of its end; None where they may tell of either."""
    said = fold(words)
    if _OVER.fullmatch(said):
        return False
    return None if _PERHAPS_OVER.match(said) else True


async def take_back(turn: Turn, order: Order) -> Answer:
    """Undo the last thing done to a ticket; without a code, the last thing that this person did."""
    if order.ticket is not None:
        return Answer(await undone(turn, order.chat, order.member, order.ticket))
    if order.number is not None:
        return await unknown(turn, order, order.number)
    last = await tickets.last_of(turn.session, row_id(order.member), UNDOABLE)
    ticket = await tickets.get(turn.session, last.ticket_id) if last is not None else None
    if ticket is None or last is None:
        return order.answer("undo.nothing", code="")
    is_by_answer = last.action == Move.REJECT and questions.ASKED in last.detail
    others = _NOT_UNDOABLE if is_by_answer else (*_NOT_UNDOABLE, _ANSWER)
    if await audit.has_since(turn.session, row_id(order.member), others, last.at):
        return order.answer("undo.other", code=ticket.code)
    return Answer(await undone(turn, order.chat, order.member, ticket, own=True))


async def undone(turn: Turn, chat: Chat, member: Member, ticket: Ticket, *, own: bool = False) -> str:
    """Take back what was done last to a ticket; what to answer. `own`: only what this person did."""
    outcome, action = await undo(turn, ticket, member, own=own)
    what = label(turn, chat, "history", action) if action else ""
    status = label(turn, chat, "status", ticket.status.value)
    return say(turn, chat, outcome.value, code=ticket.code, what=what, status=status)


async def unknown(turn: Turn, order: Order, number: int) -> Answer:
    """There is no ticket of that number: which one is nearest."""
    nearest = await tickets.nearest_number(turn.session, number)
    code = f"{turn.policy.code_prefix}{number}"
    if nearest is None:
        return order.answer("refused.unknown", code=code)
    return order.answer("refused.unknown_nearest", code=code, nearest=nearest)


async def statistics(turn: Turn, order: Order) -> Answer:
    """How many tickets there are, by status and kind."""
    return Answer("\n".join([order.say("stats.title"), *await figures(turn, order.chat)]))


async def figures(turn: Turn, chat: Chat) -> list[str]:
    """The lines of the statistics, in a chat's language; in the moderators' one also what is stuck."""
    totals = await tickets.totals(turn.session, turn.now)
    kinds = await tickets.kinds(turn.session)
    statuses = [
        f"{label(turn, chat, 'status', status.value)}: {figure(totals[status.value], chat.language)}"
        for status in TicketStatus
        if totals[status.value]
    ]
    by_kind = [
        f"{label(turn, chat, 'kind', kind)}: {figure(number, chat.language)}"
        for kind, number in kinds.items()
    ]
    overdue = say(turn, chat, "stats.overdue", count=figure(totals["overdue"], chat.language))
    return [*statuses, overdue, *by_kind, *await _spent(turn, chat), *await _stuck(turn, chat)]


async def _stuck(turn: Turn, chat: Chat) -> list[str]:
    """How much was given up or perhaps did not arrive, by platform and system; for moderators only."""
    if chat.role != ChatRole.MODERATION:
        return []
    told = [
        *await outbox.standing(turn.session, turn.now),
        *await dispatches.standing(turn.session, turn.now),
    ]
    counted = Counter[str]()
    for one in told:
        counted[one.target] += one.number if one.state in dispatches.GIVEN_UP else 0
    return [
        say(turn, chat, "stats.stuck", target=target, count=count)
        for target, count in counted.items()
        if count
    ]


async def _spent(turn: Turn, chat: Chat) -> list[str]:
    """How many of the month's messages are used, for each platform that counts them."""
    lines = []
    for name in sorted({one.platform for one in await chats.everywhere(turn.session)}):
        month = turn.services.abilities(name).posts_per_month
        if month is not None:
            since = delivery.month_of(turn.now, ZoneInfo(chat.time_zone))
            used = await outbox.sent_by(turn.session, name, since)
            lines.append(say(turn, chat, "stats.spent", platform=name, used=used, month=month))
    return lines


async def look_up(turn: Turn, order: Order) -> Answer:
    """How a ticket stands; moderators in their room get its card anew, with buttons."""
    if order.ticket is None:
        return order.answer("refused.which")
    if not is_told_of(order.ticket, order.member, order.who):
        return order.answer("refused.unknown", code=order.ticket.code)
    is_room = order.chat.role == ChatRole.MODERATION and not turn.is_web
    if is_room and authority.may(order.who.role, MemberRole.MODERATOR):
        key = f"card:{order.ticket.id}:{order.chat.id}:{order.message.id}"
        reply_to = order.message.external_id
        await cards.show_in(turn, order.chat, order.ticket, key, reply_to=reply_to)
        return Answer()
    return Answer(await announce.standing_text(turn, order.chat, order.ticket))


def is_told_of(ticket: Ticket, member: Member, who: authority.Standing) -> bool:
    """Whether somebody hears how a ticket stands: of one that was hidden, its reporter and who works here."""
    return not ticket.hidden or ticket.reporter_id == member.id or authority.is_officer(who.role)


def _changed(turn: Turn, order: Order) -> Answer:
    """A short answer where people work; in the group the edited posts tell it."""
    if order.chat.role == ChatRole.COMMUNITY:
        return Answer()
    status = label(turn, order.chat, "status", order.about.status.value)
    return order.answer("changed", code=order.about.code, status=status)


async def refusal(turn: Turn, chat: Chat, refused: NotAllowed) -> Answer:
    """Why a move is not possible: who was there before, and how the ticket stands."""
    ticket = refused.ticket
    status = label(turn, chat, "status", ticket.status.value)
    entries = await tickets.history(turn.session, row_id(ticket))
    by = next((one for one in reversed(entries) if one.event.to_status == ticket.status and one.name), None)
    remedy = _remedy(turn, chat, refused)
    if by is None:
        return Answer(say(turn, chat, "refused.status", code=ticket.code, status=status) + remedy)
    at, names = moment(turn, chat, by.event.at), (by.event.member_id,) if by.event.member_id else ()
    text = say(turn, chat, "refused.already", code=ticket.code, status=status, name=by.name, at=at)
    return Answer(text + remedy, names=names)


def _remedy(turn: Turn, chat: Chat, refused: NotAllowed) -> str:
    """What moderators can do first, where the ticket is over and can be reopened."""
    can_reopen = after(refused.ticket.status, Move.REOPEN) is not None
    if refused.move is not Move.START or not can_reopen or chat.role != ChatRole.MODERATION:
        return ""
    return f" {say(turn, chat, 'refused.reopen', code=refused.ticket.code)}"


async def ticket_of_reply(turn: Turn, chat: Chat, message: Message) -> Ticket | None:
    """The ticket of the post that a message replies to."""
    if message.reply_to is None:
        return None
    ours = await outbox.of_post(turn.session, row_id(chat), message.reply_to)
    if ours is not None and ours.ticket_id is not None:
        return await tickets.get(turn.session, ours.ticket_id)
    ticket_id = await tickets.of_post(turn.session, row_id(chat), message.reply_to)
    return await tickets.get(turn.session, ticket_id) if ticket_id else None
