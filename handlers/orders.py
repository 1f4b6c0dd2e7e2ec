"""What each command does, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from handlers import announce, digest, feedback, roles, ticketing, when
from handlers.context import Turn
from handlers.lifecycle import Move
from handlers.understanding import Kind, fold
from storage import chats, messages, submissions, tickets
from storage.models import (
    Chat,
    ChatRole,
    Member,
    Message,
    Role,
    Submission,
    SubmissionState,
    Ticket,
    TicketStatus,
    row_id,
)

LIST_LENGTH = 15
OWN_LIST_LENGTH = 5


@dataclass(frozen=True, slots=True)
class Order:
    """A command as given: by whom, where, about which ticket, with which words."""

    chat: Chat
    member: Member
    message: Message
    ticket: Ticket | None  # by the code written, or the post replied to
    replied: Ticket | None  # of the post replied to
    number: int | None  # as written, whether there is such a ticket or not
    words: str
    say: Callable[..., str]

    @property
    def about(self) -> Ticket:
        """The ticket of a command that was checked to have one."""
        assert self.ticket is not None
        return self.ticket


async def give_help(_: Turn, order: Order) -> str:
    """What this person can ask for."""
    keys = ["help.member"]
    if roles.may(order.member.role, Role.DEPARTMENT):
        keys.append("help.department")
    if roles.may(order.member.role, Role.MODERATOR):
        keys.append("help.moderator")
    return "\n".join(order.say(key) for key in keys)


async def report(turn: Turn, order: Order) -> str:
    """Open a ticket from the words given, or from the post replied to."""
    if order.message.reply_to is not None and not order.words:
        return await _report_replied(turn, order)
    if not order.words:
        return order.say("report.how")
    if order.chat.role != ChatRole.COMMUNITY:
        return order.say("report.where")
    said = _said(turn, order.chat, order.member, order.message, order.words)
    submission = await feedback.begin(turn, said, SubmissionState.CHATTER)
    submission.text = order.words
    await _open(turn, order.chat, submission, order.message)
    return ""


async def _report_replied(turn: Turn, order: Order) -> str:
    message = await messages.find(turn.session, row_id(order.chat), order.message.reply_to or "")
    if message is None or order.chat.role != ChatRole.COMMUNITY:
        return order.say("report.where")
    own = message.member_id == order.member.id
    if not own and not roles.may(order.member.role, Role.MODERATOR):
        return order.say("refused.role")
    if order.replied is not None:
        return order.say("report.already", code=order.replied.code)
    author = await turn.session.get_one(Member, message.member_id)
    said = _said(turn, order.chat, author, message, message.text)
    submission = await _submission_of(turn, said)
    await _open(turn, order.chat, submission, message)
    return ""


async def _submission_of(turn: Turn, said: feedback.Said) -> Submission:
    if said.message.submission_id is None:
        return await feedback.begin(turn, said, SubmissionState.CHATTER)
    return await turn.session.get_one(Submission, said.message.submission_id)


def _said(turn: Turn, chat: Chat, member: Member, message: Message, words: str) -> feedback.Said:
    return feedback.Said(chat, member, message, turn.services.understand(words, has_photo=True))


async def _open(turn: Turn, chat: Chat, submission: Submission, message: Message) -> None:
    """Somebody said outright that it is feedback: what else it is may be corrected later."""
    if submission.kind == Kind.NONE:
        submission.kind = Kind.REPORT.value
    submission.kind_confidence = 1.0
    await ticketing.open_ticket(turn, chat, submission, message)


async def look_up(turn: Turn, order: Order) -> str:
    """How a ticket stands; without a code, the asker's own."""
    if order.ticket is not None:
        return announce.status_text(turn, order.chat, order.ticket)
    if order.number is not None:
        return order.say("refused.unknown", code=f"{turn.policy.code_prefix}{order.number}")
    own = await tickets.of_reporter(turn.session, row_id(order.member), OWN_LIST_LENGTH)
    if not own:
        return order.say("lookup.none")
    return "\n".join([order.say("lookup.own"), *(_line(turn, order, ticket) for ticket in own)])


async def list_tickets(turn: Turn, order: Order) -> str:
    """Open tickets, filtered by a status, a category, a department or "quá hạn"."""
    wanted = tickets.Filter(
        statuses=_statuses(turn, order) or tickets.OPEN,
        category=_word_of(turn, order, "category", turn.policy.categories),
        department=await _listed_department(turn, order),
        overdue_at=turn.now if "qua han" in fold(order.words) or "overdue" in fold(order.words) else None,
    )
    found = await tickets.listed(turn.session, wanted, LIST_LENGTH + 1)
    waiting = await submissions.questions(turn.session, 100)
    lines = [_line(turn, order, ticket) for ticket in found[:LIST_LENGTH]]
    if len(found) > LIST_LENGTH:
        lines.append(order.say("list.more"))
    if waiting and order.member.role != Role.DEPARTMENT:
        lines.append(order.say("list.questions", count=len(waiting)))
    return "\n".join(lines) or order.say("list.none")


def _statuses(turn: Turn, order: Order) -> tuple[TicketStatus, ...]:
    word = _word_of(turn, order, "status", tuple(status.value for status in TicketStatus))
    return (TicketStatus(word),) if word else ()


async def _listed_department(turn: Turn, order: Order) -> str | None:
    """An officer sees their own department's; a moderator the one they name."""
    if order.member.role == Role.DEPARTMENT:
        return order.member.department
    department, _ = await _department(turn, order.words)
    return department


async def accept(turn: Turn, order: Order) -> str:
    """Take a ticket on."""
    await ticketing.apply(turn, order.about, Move.ACCEPT, order.member, note=order.words)
    return _changed(turn, order)


async def resolve(turn: Turn, order: Order) -> str:
    """Say that it is done; the words are told in the group."""
    await ticketing.apply(turn, order.about, Move.RESOLVE, order.member, note=order.words)
    return _changed(turn, order)


async def reject(turn: Turn, order: Order) -> str:
    """Turn a ticket down, with a reason that is told in the group."""
    if not order.words:
        return order.say("reject.why", code=order.about.code)
    await ticketing.apply(turn, order.about, Move.REJECT, order.member, note=order.words)
    return _changed(turn, order)


async def reopen(turn: Turn, order: Order) -> str:
    """Take up again what was resolved, closed or turned down."""
    await ticketing.apply(turn, order.about, Move.REOPEN, order.member, note=order.words)
    return _changed(turn, order)


async def assign(turn: Turn, order: Order) -> str:
    """Hand a ticket to a department: `/giao 1042 chieusang mai 17h`."""
    department, rest = await _department(turn, order.words)
    if department is None:
        known = ", ".join(row.key for row in await tickets.departments(turn.session))
        return order.say("assign.whom", departments=known or "–")
    due_at = when.deadline(rest, turn.now, ZoneInfo(order.chat.time_zone))
    await ticketing.assign(turn, order.about, order.member, department, due_at)
    names = {row.key: row.name for row in await tickets.departments(turn.session)}
    due = announce.moment(order.chat, order.about.due_at)
    return order.say("assign.done", code=order.about.code, department=names[department], due=due)


async def _department(turn: Turn, words: str) -> tuple[str | None, str]:
    """The department that words begin with, by key or by name, and the words after it."""
    said = fold(words)
    for row in await tickets.departments(turn.session):
        for name in (row.key, fold(row.name)):
            if said == name or said.startswith(f"{name} "):
                return row.key, said[len(name) :]
    return None, words


async def merge(turn: Turn, order: Order) -> str:
    """Make a ticket part of another: `/gop 1042 1040`, or as a reply `/gop 1040`."""
    source, into = await _pair(turn, order)
    if source is None or into is None:
        return order.say("merge.how")
    await ticketing.merge(turn, source, into, order.member)
    return order.say("merge.done", code=source.code, into=into.code, voices=into.voices)


async def _pair(turn: Turn, order: Order) -> tuple[Ticket | None, Ticket | None]:
    digits = "".join(letter for letter in order.words if letter.isdigit())
    second = await tickets.by_number(turn.session, int(digits)) if digits else None
    if order.number is not None and second is None:
        return order.replied, order.ticket
    return order.ticket, second


async def classify(turn: Turn, order: Order) -> str:
    """Correct what a ticket is: `/phanloai 1042 khiếu nại chiếu sáng`."""
    kinds = tuple(kind.value for kind in Kind if kind is not Kind.NONE)
    kind = _word_of(turn, order, "kind", kinds)
    category = _word_of(turn, order, "category", turn.policy.categories)
    if kind is None and category is None:
        known = ", ".join(order.say(f"category.{word}") for word in turn.policy.categories)
        return order.say("classify.how", categories=known)
    await ticketing.reclassify(turn, order.about, order.member, kind=kind, category=category)
    what = " · ".join((order.say(f"kind.{order.about.kind}"), order.say(f"category.{order.about.category}")))
    return order.say("classify.done", code=order.about.code, what=what)


def _word_of(turn: Turn, order: Order, family: str, words: tuple[str, ...]) -> str | None:
    """Which word of a family is named: by its own name or as people call it, accents or not.

    The longest name wins, so that "đang xử lý" is not read as something shorter in it.
    """
    said = f" {fold(order.words)} "
    names = [
        (fold(name), word)
        for word in words
        for name in (word.replace("_", " "), turn.services.say(order.chat.language, f"{family}.{word}"))
    ]
    found = [(len(name), word) for name, word in names if f" {name} " in said]
    return max(found)[1] if found else None


async def statistics(turn: Turn, order: Order) -> str:
    """How many tickets there are, by status and kind."""
    totals = await tickets.totals(turn.session, turn.now)
    kinds = await tickets.kinds(turn.session)
    statuses = [
        f"{announce.label(turn, order.chat, 'status', status.value)}: {totals[status.value]}"
        for status in TicketStatus
        if totals[status.value]
    ]
    by_kind = [f"{order.say(f'kind.{kind}')}: {number}" for kind, number in kinds.items()]
    overdue = order.say("stats.overdue", count=totals["overdue"])
    return "\n".join([order.say("stats.title"), *statuses, overdue, *by_kind])


async def digest_now(turn: Turn, order: Order) -> str:
    """The week so far."""
    if order.chat.role == ChatRole.COMMUNITY:
        return await digest.on_demand(turn, order.chat, order.chat)
    groups = await chats.with_role(turn.session, ChatRole.COMMUNITY)
    parts = [await digest.on_demand(turn, group, order.chat) for group in groups]
    return "\n\n".join(parts) or order.say("list.none")


def _changed(turn: Turn, order: Order) -> str:
    """A short answer where the moderators work; in the group the edited posts tell it."""
    if order.chat.role == ChatRole.COMMUNITY:
        return ""
    status = announce.label(turn, order.chat, "status", order.about.status.value)
    return order.say("changed", code=order.about.code, status=status)


def _line(turn: Turn, order: Order, ticket: Ticket) -> str:
    late = ticket.due_at is not None and ticket.status in tickets.OPEN and ticket.due_at < turn.now
    parts = [
        f"#{ticket.code}",
        order.say(f"category.{ticket.category}"),
        str(ticket.place.get("text") or ticket.summary[:40]),
        announce.label(turn, order.chat, "status", ticket.status.value),
    ]
    if late:
        parts.append(order.say("list.overdue", due=announce.moment(order.chat, ticket.due_at)))
    return " · ".join(part for part in parts if part)
