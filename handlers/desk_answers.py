"""What a department's answer in its own chat does: done, begun, promised for a day, not theirs, or a comment.

By plain words under a card, or with the ticket's code in them; photos said with it are the photos of after.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handlers import after_photos, announce, commands, half_done, orders, promises, ticketing
from handlers.context import Turn
from handlers.lifecycle import Move, after
from handlers.outgoing import moment, say
from handlers.ticketing import NotAllowed
from handlers.understanding import Intent, fold
from storage import messages
from storage.models import Chat, Member, Message, Ticket, row_id

LATELY = timedelta(minutes=10)  # how far back somebody's photos without words belong to their "done"
_NOT_OURS = re.compile(
    r"\b(khong|ko|k|hong|kg)\s+(phai|thuoc)\b.*\b(ben|don vi|cua|trach nhiem|quan ly|tham quyen|phan)\b"
    r"|\b(khong|ko|k|hong|kg) (quan ly|phu trach)\b"
    r"|\bnham don vi\b|\bchuyen (don vi|ben|qua ben) khac\b|\bnot ours\b"
)
_WILL = re.compile(r"\b(lam|xu ly|sua|thay|don|xuong|ra|qua|cu|cho|toi|den|khac phuc|kiem tra|will|fix)\b")
_BEGUN = re.compile(r"\b(dang|se|nhan|ok em|da nhan|tiep nhan|working|on it)\b")


@dataclass(frozen=True, slots=True)
class Done:
    """It is mended."""


@dataclass(frozen=True, slots=True)
class Begun:
    """They have it; by when, where they said so."""

    by: datetime | None


@dataclass(frozen=True, slots=True)
class Declined:
    """It is not theirs."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Words that change nothing."""


Answer = Done | Begun | Declined | Remark


def decide(words: str, intent: Intent, now: datetime, zone: ZoneInfo) -> Answer:
    """What an officer's words under a card mean; `intent` is what the model takes them for."""
    said = fold(words)
    if any(_NOT_OURS.search(fold(clause)) for clause in re.split(r"[,.;\n]", words)):
        return Declined()
    if intent is Intent.DONE and not half_done.is_open(words):
        return Done()
    by = promises.promised(words, now, zone)
    if by is not None:
        return Begun(by)
    if intent is Intent.IN_PROGRESS or (_BEGUN.search(said) and _WILL.search(said)):
        return Begun(None)
    return Remark()


async def handle(turn: Turn, chat: Chat, member: Member, message: Message) -> None:
    """Take a message in a department's chat in; what is about no ticket is theirs to talk about."""
    ticket = await _ticket(turn, chat, message)
    if ticket is None or chat.department is None or ticket.department != chat.department:
        return
    words = message.text.replace("#", "").replace(ticket.code, "").strip()
    seen = turn.services.understand(words, has_photo=False)
    answer = decide(words, seen.intent, turn.now, ZoneInfo(chat.time_zone))
    try:
        await _carry_out(turn, chat, ticket, member, message, answer)
    except NotAllowed as refused:
        text = await orders.refusal(turn, chat, refused)
        await announce.reply(turn, chat, message.external_id, text)


async def _ticket(turn: Turn, chat: Chat, message: Message) -> Ticket | None:
    """By the post replied to, by a code in the words, or by the photo of the same album before it."""
    replied = await orders.ticket_of_reply(turn, chat, message)
    if replied is not None:
        return replied
    named = await commands.mentioned(turn, message.text)
    if named is not None:
        return named
    if message.album is None:
        return None
    first = await messages.first_of_album(turn.session, row_id(chat), message.album)
    return await orders.ticket_of_reply(turn, chat, first) if first is not None else None


async def _carry_out(
    turn: Turn, chat: Chat, ticket: Ticket, member: Member, message: Message, answer: Answer
) -> None:
    match answer:
        case Done():
            photos = await messages.photos_about(turn.session, message, turn.at - LATELY)
            shown = [row_id(photo) for photo in photos]
            await ticketing.apply(turn, ticket, Move.RESOLVE, member, message=message, photos=shown)
            await after_photos.keep(turn, ticket, photos)
        case Declined():
            await ticketing.decline(turn, ticket, member, message.text)
        case Begun(by):
            await _begin(turn, chat, ticket, member, message, by)
        case Remark():
            await ticketing.comment(turn, ticket, member, message)
            await announce.more_photos(turn, ticket, message)
            photos = await messages.photos_of_message(turn.session, row_id(message))
            await after_photos.keep(turn, ticket, photos)
            return
    status = say(turn, chat, f"status.{ticket.status.value}")
    key = "desk.declined" if isinstance(answer, Declined) else "changed"
    text = say(turn, chat, key, code=ticket.code, status=status)
    await announce.reply(turn, chat, message.external_id, text)


async def _begin(
    turn: Turn, chat: Chat, ticket: Ticket, member: Member, message: Message, by: datetime | None
) -> None:
    """They have it; a day that they promise is said in the history and on the cards, the deadline stays."""
    note = say(turn, chat, "desk.promised", by=moment(chat, by)) if by else ""
    if after(ticket.status, Move.START) is not None:
        await ticketing.apply(turn, ticket, Move.START, member, note=note, message=message)
    elif note:
        await ticketing.promise(turn, ticket, member, note, message)
