"""What a department's answer in its own chat does (`desk_words` says what it means).

By plain words under a card, or with the ticket's code in them; photos said with it are the photos of after.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handlers import after_photos, announce, cards, commands, desks, orders, ticketing
from handlers.context import Turn
from handlers.desk_words import (
    Answer,
    Begun,
    Declined,
    Done,
    PerhapsDone,
    Remark,
    TakenBack,
    decide,
    once_settled,
    without_signs,
)
from handlers.lifecycle import Move, NotAllowed, after
from handlers.outgoing import moment, say
from handlers.posts import Post
from storage import messages, tickets
from storage.models import Chat, Member, Message, Ticket, row_id
from storage.states import OPEN, SETTLED

LATELY = timedelta(minutes=10)  # how far back somebody's photos without words belong to their "done"
_NO_WORDS = re.compile(r"\b(?:và|va|với|voi|cùng|cung|and)\b|[\W\d_]", re.IGNORECASE)


# "1001 xong, 1002 mai thay": a mere number is a ticket's only where an answer follows it, and no thing that
# it counts or numbers ("1001 hộ đã có điện", "1001 Trần Hưng Đạo").
_ANSWERED = (
    r"(?:đã|da|rồi|roi|xong|ok|đang|dang|mai|mốt|chiều|chieu|sáng|tối nay|toi nay|sẽ|se|chưa|chua"
    r"|ko|không|khong|làm|lam|sửa|sua|thay|gom|dọn|don|vá|xử lý|xu ly|bên em|ben em|tụi em|tui em)"
)
_BARE = re.compile(
    rf"\s*#?\d{{4,9}}(?:(?:\s*,\s*|\s+(?:và|va|với|voi)\s+)#?\d{{4,9}})*(?:\s*[:–-]\s*|\s+){_ANSWERED}\b",
    re.IGNORECASE,
)
_BARE_CODE = re.compile(r"(?<![\w/])#?(\d{4,9})\b(?![/.]?\d)")


def spoken_of(text: str, prefix: str) -> dict[int, str]:
    """The numbers of the tickets that a text names, each with the words that are about it.

    Words after several codes are about all of them: "PA1001, PA1002 đã xong"; those before the first, too.
    """
    return _told_of(text, list(commands.codes_in(text, prefix)))


def numbered(text: str) -> dict[int, str]:
    """The same of mere numbers, where a text begins with one and an answer; not each need be a ticket's."""
    return _told_of(text, list(_BARE_CODE.finditer(text))) if _BARE.match(text) else {}


def _told_of(text: str, found: Sequence[re.Match[str]]) -> dict[int, str]:
    numbers = {int(one[1]) for one in found}
    if len(numbers) == 1:
        return dict.fromkeys(numbers, "".join(_between(text, found)).strip())
    before, *after = _between(text, found)
    told: dict[int, str] = {}
    for at, one in enumerate(found):
        words = next((later for later in after[at:] if _NO_WORDS.sub("", later)), "")
        told.setdefault(int(one[1]), f"{before}{words}".strip(" ,;:\n"))
    return told


def _between(text: str, found: Sequence[re.Match[str]]) -> list[str]:
    """What stands before, between and after the codes of a text."""
    starts, ends = [0, *(one.end() for one in found)], [*(one.start() for one in found), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


async def handle(turn: Turn, chat: Chat, member: Member, message: Message, *, is_given: bool) -> None:
    """Take a message in a department's chat in; what is about no ticket is theirs to talk about.

    `is_given`: they say it now; what others said elsewhere, or an old post says of late, is only kept.
    """
    about = await _about(turn, chat, message)
    if not any(_is_theirs(chat, ticket) for ticket, _ in about.values()):
        return
    lines, names = [], list[int]()
    for number, (ticket, words) in about.items():
        if ticket is None:
            lines.append(say(turn, chat, "refused.unknown", code=f"{turn.policy.code_prefix}{number}"))
        elif not _is_theirs(chat, ticket):
            lines.append(say(turn, chat, "refused.department", code=ticket.code))
        else:
            answer = _answer(turn, chat, ticket, words) if is_given else Remark()
            told = await _answered(turn, chat, ticket, member, message, answer)
            lines.append(told.text)
            names += told.names
    text = "\n".join(line for line in lines if line)
    if text:
        await announce.answer(turn, chat, message.external_id, Post(text, names=tuple(names)))


def _is_theirs(chat: Chat, ticket: Ticket | None) -> bool:
    """Or nobody's, as by a button or a command."""
    if ticket is None or chat.department is None:
        return False
    return ticket.department in (None, chat.department)


async def _about(turn: Turn, chat: Chat, message: Message) -> dict[int, tuple[Ticket | None, str]]:
    """The tickets that a message is about, by number, each with the words about it.

    By the codes in it; where it answers a post about another one, only by those that it begins with.
    """
    replied = await _replied(turn, chat, message)
    prefix = turn.policy.code_prefix
    told = spoken_of(message.text, prefix)
    begins = commands.read_code(message.text, prefix)
    if replied is not None and replied.number not in told and (begins is None or begins.number not in told):
        words = "".join(_between(message.text, list(commands.codes_in(message.text, prefix))))
        return {replied.number: (replied, words)}
    if told or replied is not None:
        return await _with_tickets(turn, told)
    numbers = await _with_tickets(turn, numbered(message.text))
    return {number: one for number, one in numbers.items() if _is_shown_here(chat, one[0])}


def _is_shown_here(chat: Chat, ticket: Ticket | None) -> bool:
    return ticket is not None and desks.is_shown(chat, ticket)


async def _with_tickets(turn: Turn, told: dict[int, str]) -> dict[int, tuple[Ticket | None, str]]:
    return {number: (await tickets.by_number(turn.session, number), words) for number, words in told.items()}


async def _replied(turn: Turn, chat: Chat, message: Message) -> Ticket | None:
    """By the post replied to, or by what the photos of the same album before it are about."""
    replied = await orders.ticket_of_reply(turn, chat, message)
    if replied is not None or message.album is None:
        return replied
    begun = await after_photos.ticket_of_album(turn, message)
    if begun is not None:
        return begun
    first = await messages.first_of_album(turn.session, row_id(chat), message.album)
    return await orders.ticket_of_reply(turn, chat, first) if first is not None else None


def _answer(turn: Turn, chat: Chat, ticket: Ticket, words: str) -> Answer:
    words = without_signs(words)
    seen = turn.services.understand(words, has_photo=False)
    answer = decide(words, seen.intent, turn.at, ZoneInfo(chat.time_zone))
    if isinstance(answer, Declined) and ticket.department is None:
        return Remark()
    return once_settled(answer, words) if ticket.status in SETTLED else answer


async def _answered(
    turn: Turn, chat: Chat, ticket: Ticket, member: Member, message: Message, answer: Answer
) -> orders.Answer:
    """Do what somebody's words mean for one ticket; what they are told of it, if anything."""
    try:
        await _carry_out(turn, chat, ticket, member, message, answer)
    except NotAllowed as refused:
        return await orders.refusal(turn, chat, refused)
    status = say(turn, chat, f"status.{ticket.status.value}")
    match answer:
        case Remark():
            return orders.Answer()
        case Declined():
            return orders.Answer(say(turn, chat, "desk.declined", code=ticket.code))
        case TakenBack() | PerhapsDone():
            return orders.Answer(say(turn, chat, "desk.taken_back", code=ticket.code))
        case _:
            return orders.Answer(say(turn, chat, "changed", code=ticket.code, status=status))


async def _carry_out(
    turn: Turn, chat: Chat, ticket: Ticket, member: Member, message: Message, answer: Answer
) -> None:
    match answer:
        case Done():
            since = turn.at - LATELY
            photos = await messages.photos_about(turn.session, message, row_id(ticket), since)
            shown = [row_id(photo) for photo in photos]
            await ticketing.apply(turn, ticket, Move.RESOLVE, member, message=message, photos=shown)
            await after_photos.keep(turn, ticket, photos)
        case Declined():
            await ticketing.decline(turn, ticket, member, message.text)
        case Begun(by):
            await _begin(turn, chat, ticket, member, message, by)
            await _keep_photos(turn, ticket, message)
        case TakenBack():
            await _ask(turn, ticket, member, message, "notice.said_undone", Move.REOPEN)
            await ticketing.comment(turn, ticket, member, message)
        case PerhapsDone():
            if after(ticket.status, Move.RESOLVE) is None:
                raise NotAllowed(ticket, Move.RESOLVE)
            await _ask(turn, ticket, member, message, "notice.said_done", Move.RESOLVE)
            await ticketing.comment(turn, ticket, member, message)
        case Remark():
            await ticketing.comment(turn, ticket, member, message)
            if not await after_photos.joins_album(turn, message):
                await announce.more_photos(turn, ticket, message)
                await _keep_photos(turn, ticket, message)


async def _keep_photos(turn: Turn, ticket: Ticket, message: Message) -> None:
    await after_photos.keep(turn, ticket, await messages.photos_of_message(turn.session, row_id(message)))


async def _ask(turn: Turn, ticket: Ticket, member: Member, message: Message, key: str, move: Move) -> None:
    """The group hears of an end, or has heard of it, so a moderator says whether it is one."""
    submission = await after_photos.begun(turn, ticket, message)
    await cards.pass_on(turn, key, ticket, message, member, submission, move)


async def _begin(
    turn: Turn, chat: Chat, ticket: Ticket, member: Member, message: Message, by: datetime | None
) -> None:
    """They have it; a day that they promise is said in the history and on the cards, the deadline stays."""
    note = say(turn, chat, "desk.promised", by=moment(turn, chat, by)) if by else ""
    if after(ticket.status, Move.START) is not None:
        await ticketing.apply(turn, ticket, Move.START, member, note=note, message=message)
    elif ticket.status not in OPEN:
        raise NotAllowed(ticket, Move.START)
    elif note:
        await ticketing.promise(turn, ticket, member, note, message)
