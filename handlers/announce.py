"""What is said of a ticket: rendered here, frozen into the outbox, sent by somebody else.

The group hears of a ticket once, by an acknowledgement that is edited as the ticket lives, and
once more when it is resolved or rejected. Moderators have a card for each ticket, edited too.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers import buttons, lifecycle
from handlers.context import Turn
from handlers.policy import Acknowledge
from handlers.posts import Call, Content, Edit, Keyboard, Post, React, to_json
from storage import chats, members, messages, outbox, tickets
from storage.models import Chat, ChatRole, Message, Outbox, Submission, Ticket, TicketStatus, row_id

ACKNOWLEDGEMENT = "acknowledgement"
CARD = "card"
CALLED = 5  # moderators called to a danger; more names would be read by nobody
SUMMARY_SHOWN = 280  # letters of somebody's words on a card


async def acknowledge(turn: Turn, chat: Chat, ticket: Ticket, message: Message) -> None:
    """Tell the group that a ticket was opened, as the policy says."""
    match turn.policy.acknowledge:
        case Acknowledge.REPLY:
            text = status_text(turn, chat, ticket)
            post = Post(text, reply_to=message.external_id)
            await _send(turn, chat, ACKNOWLEDGEMENT, f"ack:{ticket.id}", post, ticket=ticket)
        case Acknowledge.REACTION:
            react = React(message.external_id, turn.policy.reaction)
            await _send(turn, chat, "reaction", f"ack:{ticket.id}", react, ticket=ticket)
        case Acknowledge.NONE:
            pass


async def acknowledge_voice(turn: Turn, chat: Chat, ticket: Ticket, message: Message) -> None:
    """Tell one more voice that the matter has its ticket."""
    key = f"voice:{message.id}"
    match turn.policy.acknowledge:
        case Acknowledge.REPLY:
            text = _say(turn, chat, "voice.added", code=ticket.code, voices=ticket.voices)
            await _send(turn, chat, "voice", key, Post(text, reply_to=message.external_id), ticket=ticket)
        case Acknowledge.REACTION:
            react = React(message.external_id, turn.policy.reaction)
            await _send(turn, chat, "reaction", key, react, ticket=ticket)
        case Acknowledge.NONE:
            pass


async def card(turn: Turn, ticket: Ticket, photos: Sequence[int] = (), twin: Ticket | None = None) -> None:
    """Show a new ticket to the moderators; `twin` is an open one that may be the same."""
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        text = await card_text(turn, room, ticket)
        if twin is not None:
            text += "\n" + _say(turn, room, "card.twin", code=twin.code, summary=short(twin.summary, 80))
        keyboard = ticket_keyboard(turn, room, ticket, twin)
        post = Post(text, buttons=keyboard, photos=tuple(photos))
        await _send(turn, room, CARD, f"card:{ticket.id}:{room.id}", post, ticket=ticket)


async def alarm(turn: Turn, key: str, words: str, place: str, link: str | None) -> None:
    """A life may be in danger: one post for each moderators' chat, ahead of what waits there."""
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        called = await members.moderators(turn.session, room.platform, CALLED)
        names = ", ".join(member.name for member in called)
        lines = [
            _say(turn, room, "card.urgent"),
            short(words, SUMMARY_SHOWN) or _say(turn, room, "question.photo_only"),
            _say(turn, room, "card.place", place=place or _say(turn, room, "card.none")),
        ]
        lines += [link] if link else []
        lines += [_say(turn, room, "alarm.called", names=names)] if names else []
        calls = tuple(Call(member.external_id, member.name) for member in called)
        post = Post("\n".join(lines), calls=calls)
        await _send(turn, room, "alarm", f"{key}:{room.id}", post, ordering_key=f"alarm:{room.id}")


async def question(turn: Turn, chat: Chat, submission: Submission, author: str) -> None:
    """Ask the moderators what a message is; the group hears nothing."""
    photos = await messages.photos_of_submission(turn.session, row_id(submission))
    origin = await messages.in_submission(turn.session, row_id(submission))
    link = turn.services.link(chat.platform, chat.external_id, origin[0].external_id) if origin else None
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        text = _question_text(turn, room, submission, author, link)
        keyboard = buttons.question_keyboard(_labels(turn, room), row_id(submission))
        post = Post(text, buttons=keyboard, photos=tuple(row_id(photo) for photo in photos))
        key = f"question:{submission.id}:{room.id}"
        await _send(turn, room, "question", key, post, submission=submission)


async def question_settled(turn: Turn, submission: Submission, key: str, **values: object) -> None:
    """Replace a question by what a moderator said."""
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        target = f"question:{submission.id}:{room.id}"
        text = short(submission.text, SUMMARY_SHOWN) or _say(turn, room, "question.photo_only")
        edit = Edit(f"{text}\n{_say(turn, room, key, **values)}")
        await _edit(turn, room, target, f"{target}@{submission.state}", edit)


async def changed(turn: Turn, ticket: Ticket) -> None:
    """Bring the posts that show a ticket up to date, without a sound."""
    for purpose in (ACKNOWLEDGEMENT, CARD):
        for row in await outbox.cards(turn.session, purpose, row_id(ticket)):
            await _refresh(turn, ticket, row)


async def _refresh(turn: Turn, ticket: Ticket, row: Outbox) -> None:
    chat = await turn.session.get_one(Chat, row.chat_id)
    if row.purpose == CARD:
        text = await card_text(turn, chat, ticket)
        edit = Edit(text, ticket_keyboard(turn, chat, ticket))
    else:
        edit = Edit(status_text(turn, chat, ticket))
    key = f"{row.idempotency_key}@{ticket.version}"
    await _edit(turn, chat, row.idempotency_key, key, edit, ticket=ticket)


async def settled(turn: Turn, ticket: Ticket, by: str, note: str, photos: Sequence[int] = ()) -> None:
    """Tell the end under the original post: what was done, by whom, with the after-photo."""
    chat = await turn.session.get_one(Chat, ticket.chat_id)
    text = _say(turn, chat, f"settled.{ticket.status.value}", code=ticket.code, by=by)
    if note:
        text += "\n" + _say(turn, chat, "settled.note", note=short(note, SUMMARY_SHOWN))
    post = Post(text, reply_to=ticket.origin, photos=tuple(photos))
    await _send(turn, chat, "settled", f"settled:{ticket.id}:{ticket.version}", post, ticket=ticket)


async def tell_moderators(
    turn: Turn,
    key: str,
    text_key: str,
    ticket: Ticket | None = None,
    keyboard: Callable[[buttons.Label], Keyboard] | None = None,
    **values: object,
) -> None:
    """One post in each moderators' chat."""
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        rows = keyboard(_labels(turn, room)) if keyboard else ()
        post = Post(_say(turn, room, text_key, **values), buttons=rows)
        await _send(turn, room, "notice", f"{key}:{room.id}", post, ticket=ticket)


async def reply(turn: Turn, chat: Chat, message: str, text: str) -> None:
    """Answer a command under it."""
    await _send(turn, chat, "reply", f"reply:{chat.id}:{message}", Post(text, reply_to=message))


def status_text(turn: Turn, chat: Chat, ticket: Ticket) -> str:
    """The acknowledgement: what it was taken for, where, and how it stands."""
    parts = [label(turn, chat, "kind", ticket.kind), label(turn, chat, "category", ticket.category)]
    if ticket.place.get("text"):
        parts.append(str(ticket.place["text"]))
    opening = _say(turn, chat, "ticket.acknowledged", code=ticket.code, what=" · ".join(parts))
    if ticket.status == TicketStatus.NEW:
        return opening
    status = label(turn, chat, "status", ticket.status.value)
    return opening + "\n" + _say(turn, chat, "ticket.status", status=status)


async def card_text(turn: Turn, chat: Chat, ticket: Ticket) -> str:
    """The whole of a ticket in a few lines, for those who work it."""
    names = await members.names(turn.session, [ticket.reporter_id])
    departments = {row.key: row.name for row in await tickets.departments(turn.session)}
    community = await turn.session.get_one(Chat, ticket.chat_id)
    none = _say(turn, chat, "card.none")
    lines = [
        _headline(turn, chat, ticket),
        _say(
            turn,
            chat,
            "card.words",
            words=short(ticket.summary, SUMMARY_SHOWN) or none,
            name=names.get(ticket.reporter_id, ""),
        ),
        _say(turn, chat, "card.place", place=ticket.place.get("text") or none),
        _say(
            turn,
            chat,
            "card.department",
            department=departments.get(ticket.department or "", none),
            due=moment(chat, ticket.due_at) or none,
        ),
        _say(
            turn,
            chat,
            "card.status",
            status=label(turn, chat, "status", ticket.status.value),
            voices=ticket.voices,
        ),
    ]
    link = turn.services.link(community.platform, community.external_id, ticket.origin)
    return "\n".join([*lines, link] if link else lines)


def _headline(turn: Turn, chat: Chat, ticket: Ticket) -> str:
    parts = [
        f"#{ticket.code}",
        label(turn, chat, "kind", ticket.kind),
        label(turn, chat, "category", ticket.category),
    ]
    if ticket.urgent:
        parts.append(_say(turn, chat, "card.urgent"))
    return " · ".join(parts)


def ticket_keyboard(turn: Turn, chat: Chat, ticket: Ticket, twin: Ticket | None = None) -> Keyboard:
    """The moves that a moderator can make with one tap."""
    moves = [move for move in lifecycle.moves_from(ticket.status) if move in buttons.TAPPED]
    return buttons.ticket_keyboard(
        _labels(turn, chat), row_id(ticket), moves, (twin.code, row_id(twin)) if twin else None
    )


def label(turn: Turn, chat: Chat, family: str, word: str) -> str:
    """What people call a kind, a category or a status; an unknown category keeps its own word."""
    return _say(turn, chat, f"{family}.{word}")


def moment(chat: Chat, at: datetime | None) -> str:
    """A moment as people there write it."""
    return at.astimezone(ZoneInfo(chat.time_zone)).strftime("%H:%M %d/%m") if at else ""


def _question_text(turn: Turn, room: Chat, submission: Submission, author: str, link: str | None) -> str:
    words = short(submission.text, SUMMARY_SHOWN) or _say(turn, room, "question.photo_only")
    guess = label(turn, room, "kind", submission.kind)
    category = label(turn, room, "category", submission.category)
    lines = [_say(turn, room, "question.ask", words=words, name=author)]
    if submission.urgent:
        lines.insert(0, _say(turn, room, "card.urgent"))
    if submission.text:
        sure = round(submission.kind_confidence * 100)
        lines.append(_say(turn, room, "question.guess", kind=guess, category=category, percent=sure))
    return "\n".join([*lines, link] if link else lines)


async def _send(
    turn: Turn,
    chat: Chat,
    purpose: str,
    key: str,
    content: Content,
    *,
    ticket: Ticket | None = None,
    submission: Submission | None = None,
    ordering_key: str = "",
) -> None:
    if turn.silent:
        return
    delivery = outbox.NewDelivery(
        key=key,
        purpose=purpose,
        chat_id=row_id(chat),
        payload=to_json(content),
        ticket_id=ticket.id if ticket else None,
        submission_id=submission.id if submission else None,
        ordering_key=ordering_key,
    )
    await outbox.add(turn.session, delivery, turn.now)


async def _edit(
    turn: Turn, chat: Chat, target: str, key: str, edit: Edit, *, ticket: Ticket | None = None
) -> None:
    if turn.silent or await outbox.by_key(turn.session, target) is None:
        return
    delivery = outbox.NewDelivery(
        key=key,
        purpose="edit",
        chat_id=row_id(chat),
        payload=to_json(edit),
        ticket_id=ticket.id if ticket else None,
        target_key=target,
    )
    await outbox.add(turn.session, delivery, turn.now)


def _labels(turn: Turn, chat: Chat) -> buttons.Label:
    return lambda key, **values: turn.services.say(chat.language, key, **values)


def _say(turn: Turn, chat: Chat, key: str, **values: object) -> str:
    return turn.services.say(chat.language, key, **values)


def short(words: str, limit: int) -> str:
    """The beginning of somebody's words, with a mark where they were cut."""
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"
