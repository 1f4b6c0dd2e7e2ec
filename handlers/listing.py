"""Lists of tickets: by filter, by words, one's own; pages by buttons; one ticket's whole history."""

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from datetime import datetime

from handlers import buttons
from handlers.context import Turn
from handlers.deadlines import is_late
from handlers.department_words import department_in, without_department
from handlers.fields import plain
from handlers.orders import Answer, Order, word_of, words_of
from handlers.outgoing import label, moment, say
from handlers.posts import Keyboard
from handlers.shown import quoted
from handlers.understanding import fold
from storage import lists, prompts, submissions, tickets
from storage.columns import JsonObject
from storage.models import Chat, Prompt, Ticket, TicketEvent, row_id
from storage.states import OPEN, MemberRole, TicketStatus

PAGE = 10
OWN_LENGTH = 10
HISTORY_LENGTH = 40
WORDS_SHOWN = 80  # letters of what was said with a row of history
PURPOSE = "list"
OVERDUE = ("qua han", "tre han", "overdue")
_ALL = re.compile(
    r"(?:\b(?:tat ca|het|toan bo|cac|phieu|dang mo|mo|cua|don vi|ben em|ben minh|all|open)\b ?)*"
)
MINE = ("cua toi", "toi lam", "mine")
# How answers with somebody's words look, by which they are found again once those words must go.
_LISTED = re.compile(r"^#(?P<code>\w+) · .*", re.MULTILINE)
_HISTORY = re.compile(r".*#(?P<code>\w+).*\n\d\d:\d\d \d\d/\d\d(?:/\d{4})? ")


async def list_tickets(turn: Turn, order: Order) -> Answer:
    """Open tickets, filtered by status, category, ward, department, "quá hạn", "của tôi"."""
    if names := await several(turn, order):
        return order.answer("list.one_of", names=", ".join(names))
    wanted = await wanted_by(turn, order, otherwise=OPEN)
    answer = await _first_page(turn, order, wanted)
    theirs = order.who.department if order.who.role == MemberRole.DEPARTMENT else None
    if wanted == lists.Filter(statuses=OPEN, department=theirs) and not _asks_for_all(order, theirs):
        answer = replace(answer, text=f"{order.say('list.unread')}\n{answer.text}")
    waiting = await submissions.questions(turn.session, 100)
    if waiting and order.who.role != MemberRole.DEPARTMENT:
        text = f"{answer.text}\n{order.say('list.questions', count=len(waiting))}"
        return replace(answer, text=text)
    return answer


def _asks_for_all(order: Order, theirs: str | None) -> bool:
    """Whether words ask for what is listed anyway: "tất cả", "đang mở", one's own department."""
    own = [row for row in order.departments if row.key == theirs]
    return _ALL.fullmatch(without_department(fold(order.words), own, ())) is not None


async def wanted_by(turn: Turn, order: Order, *, otherwise: tuple[TicketStatus, ...]) -> lists.Filter:
    """The filter that an order's words make; `otherwise` are the statuses where they name none."""
    said = fold(order.words)
    place = turn.services.understand(order.words).place if order.words else None
    return lists.Filter(
        statuses=_statuses(turn, order) or otherwise,
        category=word_of(turn, order, "category", turn.policy.categories),
        department=await _department(turn, order),
        overdue_at=turn.now if any(word in said for word in OVERDUE) else None,
        ward=place.ward if place else None,
        taken_by=order.member.id if any(word in said for word in MINE) else None,
    )


async def several(turn: Turn, order: Order) -> list[str]:
    """The categories, or else the departments, by their names, where more are named than a filter has."""
    categories = words_of(turn, order, "category", turn.policy.categories)
    if len(categories) > 1:
        return [label(turn, order.chat, "category", one) for one in categories]
    keys = await _departments(turn, order.words) if order.who.role != MemberRole.DEPARTMENT else []
    names = await tickets.department_names(turn.session)
    return [names[key] for key in keys] if len(keys) > 1 else []


async def search(turn: Turn, order: Order) -> Answer:
    """All tickets whose text has these words, accents or not."""
    words = fold(order.words)
    if not words:
        return order.answer("search.how")
    theirs = order.who.department if order.who.role == MemberRole.DEPARTMENT else None
    wanted = lists.Filter(statuses=tuple(TicketStatus), words=words, department=theirs)
    return await _first_page(turn, order, wanted)


async def own(turn: Turn, order: Order) -> Answer:
    """What the asker reported."""
    found = await tickets.of_reporter(turn.session, row_id(order.member), OWN_LENGTH)
    if not found:
        return order.answer("lookup.none")
    lines = [await _own_line(turn, order, ticket) for ticket in found]
    return Answer("\n".join([order.say("lookup.own"), *lines]))


async def _own_line(turn: Turn, order: Order, ticket: Ticket) -> str:
    """A ticket in one line; of one that is part of another, of which."""
    into = await tickets.surviving(turn.session, row_id(ticket))
    is_part = into is not None and into.id != ticket.id
    return line(turn, order.chat, ticket) + (f" → #{into.code}" if into is not None and is_part else "")


async def history(turn: Turn, order: Order) -> Answer:
    """Everything that happened to a ticket, who did it and when."""
    entries = await tickets.history(turn.session, row_id(order.about))
    lines = [await _entry(turn, order.chat, entry) for entry in entries[-HISTORY_LENGTH:]]
    return Answer("\n".join([order.say("history.title", code=order.about.code), *lines]))


async def _entry(turn: Turn, chat: Chat, entry: tickets.Entry) -> str:
    return (
        f"{moment(turn, chat, entry.event.at)} {entry.name}".strip()
        + f": {await happened(turn, chat, entry)}"
    )


async def happened(turn: Turn, chat: Chat, entry: tickets.Entry, length: int = WORDS_SHOWN) -> str:
    """What one row of history says, with the first letters of what was said with it."""
    event = entry.event
    what = say(turn, chat, f"history.{event.action}")
    if event.action == "undone":
        what += f" ({say(turn, chat, 'history.' + str(event.detail.get('action')))})"
    if set_to := await _set_to(turn, chat, event, length):
        what += f" ({set_to})"
    words = str(event.detail.get("note") or "") or (
        entry.words if event.action in ("comment", "added") else ""
    )
    other = str(event.detail.get("into") or event.detail.get("from") or "")
    parts = [what]
    parts += [f"#{other}"] if other else []
    parts += [f"“{quoted(words, length)}”"] if words else []
    return " ".join(parts)


async def _set_to(turn: Turn, chat: Chat, event: TicketEvent, length: int) -> str:
    """What a change made of what people know by a name: whose it is, what it is, where, until when."""
    if event.action == "opened":
        return ""
    new = {name: value for name, (_, value) in event.detail.get("changes", {}).items()}
    new["department"] = event.detail.get("department") or new.get("department")
    parts = []
    if new.get("department"):
        names = await tickets.department_names(turn.session)
        parts.append(names.get(new["department"], new["department"]))
    parts += [label(turn, chat, name, new[name]) for name in ("kind", "category") if new.get(name)]
    if event.action in ("assigned", "deadline", "resume") and new.get("due_at"):
        due = moment(turn, chat, datetime.fromisoformat(new["due_at"]))
        parts.append(say(turn, chat, "list.due", due=due))
    parts += [str(new["place"]["text"])] if new.get("place") and new["place"].get("text") else []
    parts += [quoted(str(new["pause_reason"]), length)] if new.get("pause_reason") else []
    return ", ".join(parts)


def _statuses(turn: Turn, order: Order) -> tuple[TicketStatus, ...]:
    words = words_of(turn, order, "status", tuple(status.value for status in TicketStatus))
    return tuple(TicketStatus(word) for word in words)


async def _department(turn: Turn, order: Order) -> str | None:
    """An officer sees their own department's; a moderator the one they name, anywhere in the words."""
    if order.who.role == MemberRole.DEPARTMENT:
        return order.who.department
    return next(iter(await _departments(turn, order.words)), None)


async def _departments(turn: Turn, words: str) -> list[str]:
    """The departments that are named, each once."""
    found, left = dict[str, None](), " ".join(words.split())
    while left:
        key, rest = await department_in(turn, left, with_former=True)
        found |= {key: None} if key is not None else {}
        left = rest if key is not None else left.partition(" ")[2]
    return list(found)


async def _first_page(turn: Turn, order: Order, wanted: lists.Filter) -> Answer:
    prompt = await prompts.ask(turn.session, order.chat, order.member, PURPOSE, to_json(wanted), turn.now)
    text, keyboard = await page(turn, order.chat, prompt, 0)
    return Answer(text, keyboard)


async def page(turn: Turn, chat: Chat, prompt: Prompt, number: int) -> tuple[str, Keyboard]:
    """One page of a list, and the buttons to the others."""
    wanted = from_json(prompt.detail)
    found = await lists.listed(turn.session, wanted, PAGE + 1, offset=number * PAGE)
    lines = [line(turn, chat, ticket) for ticket in found[:PAGE]]
    if number:
        lines.insert(0, say(turn, chat, "list.page", page=number + 1))

    def words(key: str, **values: object) -> str:
        return say(turn, chat, key, **values)

    keyboard = buttons.page_keyboard(words, row_id(prompt), number, more=len(found) > PAGE)
    return "\n".join(lines) or say(turn, chat, "list.none"), keyboard


def to_json(wanted: lists.Filter) -> JsonObject:
    """A filter as a prompt or an address keeps it."""
    return {name: plain(value) for name, value in asdict(wanted).items()} | {
        "statuses": [status.value for status in wanted.statuses]
    }


def from_json(values: JsonObject) -> lists.Filter:
    """The other way round. Raises KeyError, TypeError, ValueError for what no version wrote."""
    moments = ("overdue_at", "opened_from", "opened_until")
    read = {name: datetime.fromisoformat(values[name]) for name in moments if values.get(name)}
    statuses = tuple(TicketStatus(word) for word in values["statuses"])
    return lists.Filter(**{**values, **read, "statuses": statuses})


def line(turn: Turn, chat: Chat, ticket: Ticket) -> str:
    """A ticket in one line."""
    parts = [
        f"#{ticket.code}",
        label(turn, chat, "category", ticket.category),
        quoted(str(ticket.place.get("text") or ""), WORDS_SHOWN) or quoted(ticket.summary, 40),
        label(turn, chat, "status", ticket.status.value),
    ]
    if is_late(ticket, turn.now):
        parts.append(say(turn, chat, "list.overdue", due=moment(turn, chat, ticket.due_at)))
    return " · ".join(part for part in parts if part)


def quotes(text: str, reported: Mapping[str, str], touched: Collection[str]) -> bool:
    """Whether an answer has words or the name of whoever reported or touched these tickets.

    A list has the words of a report, unless the line says where it is (`reported` knows that); a history has
    the name of everybody in it.
    """
    history = _HISTORY.match(text)
    if history is not None and history["code"] in touched:
        return True
    lines = [(found["code"], found[0]) for found in _LISTED.finditer(text)]
    return any(code in reported and not _says_where(line, reported[code]) for code, line in lines)


def _says_where(line: str, place: str) -> bool:
    return bool(place) and quoted(place, WORDS_SHOWN) in line.split(" · ")
