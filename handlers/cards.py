"""What moderators see: a card for each ticket, edited as it lives, with menus to correct it in two taps;
questions about what is unclear; alarms; notices."""

from collections.abc import Callable, Sequence
from functools import partial

from handlers import buttons, cameras
from handlers.context import Turn
from handlers.department_words import names_there
from handlers.lifecycle import Move
from handlers.outgoing import edit, label, moment, say, send
from handlers.ports import Text
from handlers.posts import Edit, Keyboard, Mention, Post, from_json, to_json
from handlers.shown import quoted
from storage import chats, corrections, members, messages, outbox, tickets
from storage.models import Chat, Member, Message, Outbox, Submission, Ticket, row_id
from storage.states import OPEN, ChatRole, OutboxState, SubmissionState, TicketStatus

CARD = "card"
CALLED = 5  # moderators called to a danger; more names would be read by nobody
SUMMARY_SHOWN = 280  # letters of somebody's words on a card
TWIN_SHOWN = 80


async def show(turn: Turn, ticket: Ticket, photos: Sequence[int] = (), twin: Ticket | None = None) -> None:
    """Show a new ticket to the moderators; `twin` is an open one that may be the same."""
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        await show_in(turn, room, ticket, f"card:{ticket.id}:{room.id}", photos=photos, twin=twin)


async def show_in(
    turn: Turn,
    room: Chat,
    ticket: Ticket,
    key: str,
    *,
    photos: Sequence[int] = (),
    twin: Ticket | None = None,
    reply_to: str | None = None,
) -> None:
    """Post a card in one chat. It quotes the twin's words, so its row names the twin's submission: an erasure
    finds it by that."""
    text = await text_of(turn, room, ticket)
    told = None
    if twin is not None:
        told = await corrections.of_ticket(turn.session, row_id(twin))
        text += "\n" + say(turn, room, "card.twin", code=twin.code, summary=quoted(twin.summary, TWIN_SHOWN))
    keyboard = keyboard_of(turn, room, ticket, twin)
    post = Post(text, reply_to=reply_to, buttons=keyboard, photos=tuple(photos))
    await send(turn, room, CARD, key, post, ticket=ticket, submission=told)


async def refresh(turn: Turn, ticket: Ticket) -> None:
    """Bring a ticket's cards up to date."""
    for row in await outbox.cards(turn.session, CARD, row_id(ticket)):
        room = await turn.session.get_one(Chat, row.chat_id)
        await _edit_card(turn, room, ticket, row, f"{row.idempotency_key}@{ticket.version}")


async def open_menu(
    turn: Turn, room: Chat, ticket: Ticket, message: str, menu: buttons.Menu, press: str
) -> None:
    """Show other buttons under the card that was pressed; its words stay."""
    row = await outbox.of_post(turn.session, row_id(room), message)
    if row is None or row.ticket_id != ticket.id:
        return
    departments = await names_there(turn)
    keyboard = buttons.menu_keyboard(
        partial(say, turn, room), ticket, menu, categories=turn.policy.categories, departments=departments
    )
    key = f"{row.idempotency_key}@menu:{press}"
    await _edit_card(turn, room, ticket, row, key, keyboard=keyboard, anew=True)


async def _edit_card(
    turn: Turn,
    room: Chat,
    ticket: Ticket,
    row: Outbox,
    key: str,
    *,
    keyboard: Keyboard = (),
    anew: bool = False,
) -> None:
    twin = await _twin_of(turn, row) if ticket.status in OPEN else None
    text = await text_of(turn, room, ticket)
    if twin is not None:
        text += "\n" + say(turn, room, "card.twin", code=twin.code, summary=quoted(twin.summary, TWIN_SHOWN))
    shown = keyboard or keyboard_of(turn, room, ticket, twin)
    await edit(turn, room, row, key, Edit(text, shown), ticket=ticket, anew=anew)


async def _twin_of(turn: Turn, row: Outbox) -> Ticket | None:
    """The ticket that a card asked about when it was posted, if it still stands by itself."""
    into_id = buttons.merge_asked(from_json(row.payload))
    twin = await tickets.get(turn.session, into_id) if into_id is not None else None
    return twin if twin is not None and twin.status != TicketStatus.MERGED else None


async def add_photos(turn: Turn, ticket: Ticket, message: Message, photos: Sequence[int]) -> None:
    """Photos that came later: with the card while it has not left, else in a post under it."""
    for row in await outbox.cards(turn.session, CARD, row_id(ticket)):
        room = await turn.session.get_one(Chat, row.chat_id)
        words = say(turn, room, "card.photos", code=f"#{ticket.code}")
        await _add_photos_to(turn, room, row, message, words, photos, ticket)


async def _add_photos_to(
    turn: Turn,
    room: Chat,
    row: Outbox,
    message: Message,
    words: str,
    photos: Sequence[int],
    ticket: Ticket | None = None,
) -> None:
    content = from_json(row.payload)
    if not photos or not isinstance(content, Post):
        return
    if row.state == OutboxState.PENDING:
        row.payload = to_json(content) | {"photos": [*content.photos, *photos]}
        return
    post = Post(words, reply_to=row.platform_message_id, photos=tuple(photos))
    told = await messages.submission_of(turn.session, message)
    edited = f".{message.edit_number}" if message.edit_number else ""  # by which it may bring photos again
    key = f"photos:{message.id}{edited}:{room.id}"
    await send(turn, room, "photos", key, post, ticket=ticket, submission=told)


async def alarm(
    turn: Turn,
    key: str,
    words: str,
    place: str,
    link: str | None,
    *,
    ticket: Ticket | None = None,
    submission: Submission | None = None,
) -> None:
    """A life may be in danger: one post for each moderators' chat, ahead of what waits there."""
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        called = await members.moderators(turn.session, room.platform, CALLED)
        nameless = say(turn, room, "role.moderator")
        names = ", ".join(member.name or nameless for member in called)
        lines = [
            say(turn, room, "card.urgent"),
            words or say(turn, room, "question.photo_only"),
            say(turn, room, "card.place", place=place or say(turn, room, "card.none")),
        ]
        lines += [link] if link else []
        lines += [say(turn, room, "alarm.called", names=names)] if names else []
        calls = tuple(Mention(member.external_id, member.name or nameless) for member in called)
        names_of = tuple(row_id(member) for member in called)
        post = Post("\n".join(lines), calls=calls, names=names_of)
        await send(
            turn,
            room,
            "alarm",
            f"{key}:{room.id}",
            post,
            ticket=ticket,
            submission=submission,
            ordering_key=f"alarm:{room.id}",
        )


async def question(turn: Turn, chat: Chat, submission: Submission, author: str) -> None:
    """Ask the moderators what a message is; the group hears nothing."""
    photos = await messages.photos_of_submission(turn.session, row_id(submission))
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        text = await _question_text(turn, room, chat, submission, author)
        keyboard = buttons.question_keyboard(partial(say, turn, room), row_id(submission))
        post = Post(text, buttons=keyboard, photos=tuple(row_id(photo) for photo in photos))
        key = f"question:{submission.id}:{room.id}"
        await send(turn, room, "question", key, post, submission=submission)


async def question_settled(
    turn: Turn, submission: Submission, key: str, press: str, by: Member, **values: object
) -> None:
    """Replace a question by what a moderator said, with a button to take it back."""
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        target = f"question:{submission.id}:{room.id}"
        text = quoted(submission.text, SUMMARY_SHOWN) or say(turn, room, "question.photo_only")
        keyboard = buttons.question_undo_keyboard(partial(say, turn, room), row_id(submission))
        said = Edit(f"{text}\n{say(turn, room, key, name=by.name, **values)}", keyboard)
        post = await outbox.by_key(turn.session, target)
        await edit(turn, room, post, f"{target}@{press}", said, names=[row_id(by)])


async def question_again(
    turn: Turn, chat: Chat, submission: Submission, author: str, press: str, *, anew: bool = True
) -> None:
    """The question as it now stands: a moderator took the answer back, or more was said."""
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        target = f"question:{submission.id}:{room.id}"
        text = await _question_text(turn, room, chat, submission, author)
        keyboard = buttons.question_keyboard(partial(say, turn, room), row_id(submission))
        await edit(
            turn,
            room,
            await outbox.by_key(turn.session, target),
            f"{target}@{press}",
            Edit(text, keyboard),
            anew=anew,
        )


async def question_answered_itself(turn: Turn, submission: Submission) -> None:
    """What was said next made it clear: the question says what it became."""
    ticket = await tickets.get(turn.session, submission.ticket_id) if submission.ticket_id else None
    if ticket is None:
        return
    key = "question.cleared" if submission.state == SubmissionState.TICKETED else "question.joined"
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        target = f"question:{submission.id}:{room.id}"
        words = quoted(submission.text, SUMMARY_SHOWN)
        said = Edit(f"{words}\n{say(turn, room, key, code=ticket.code)}")
        await edit(
            turn,
            room,
            await outbox.by_key(turn.session, target),
            f"{target}@{ticket.id}",
            said,
            ticket=ticket,
        )


async def question_grew(
    turn: Turn, chat: Chat, submission: Submission, message: Message, author: str
) -> None:
    """More words or photos came to a question that is still one."""
    await question_again(turn, chat, submission, author, f"m{message.id}", anew=bool(message.text))
    photos = await messages.photos_of_message(turn.session, row_id(message))
    await add_photos_to_question(turn, submission, message, author, [row_id(photo) for photo in photos])


async def add_photos_to_question(
    turn: Turn, submission: Submission, message: Message, author: str, photos: Sequence[int]
) -> None:
    """Photos that came later: with the question while it has not left, else in a post under it."""
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        row = await outbox.by_key(turn.session, f"question:{submission.id}:{room.id}")
        if row is not None:
            words = say(turn, room, "question.photos", name=author)
            await _add_photos_to(turn, room, row, message, words, photos)


async def tell_moderators(
    turn: Turn,
    key: str,
    text_key: str,
    ticket: Ticket | None = None,
    /,
    *,
    keyboard: Callable[[Text], Keyboard] | None = None,
    submission: Submission | None = None,
    names: Sequence[int] = (),
    **values: object,
) -> None:
    """One post in each moderators' chat; `submission`: whose words it quotes, `names`: whom it names, who may
    have that erased."""
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        rows = keyboard(partial(say, turn, room)) if keyboard else ()
        post = Post(say(turn, room, text_key, **values), buttons=rows, names=tuple(names))
        await send(turn, room, "notice", f"{key}:{room.id}", post, ticket=ticket, submission=submission)


async def pass_on(
    turn: Turn,
    text_key: str,
    ticket: Ticket,
    message: Message,
    member: Member,
    submission: Submission | None,
    *moves: Move,
) -> None:
    """What somebody said of a ticket, with the buttons that it asks for; `submission`: what it belongs to."""
    await tell_moderators(
        turn,
        f"ask:{message.id}:{ticket.id}",
        text_key,
        ticket,
        keyboard=lambda label: buttons.moves_keyboard(label, row_id(ticket), moves),
        submission=submission,
        names=[row_id(member)],
        code=ticket.code,
        name=member.name,
        words=quoted(message.text, SUMMARY_SHOWN),
    )


async def ask_whose(turn: Turn, ticket: Ticket, department: str, actor: Member, words: str) -> None:
    """A department says that a ticket is not theirs: moderators hand it to another one."""
    names = await tickets.department_names(turn.session)
    await tell_moderators(
        turn,
        f"declined:{ticket.id}:{ticket.version}",
        "notice.declined" if words else "notice.declined_by_button",
        ticket,
        keyboard=lambda label: buttons.assign_keyboard(label, ticket),
        names=[row_id(actor)],
        code=ticket.code,
        department=names.get(department, department),
        name=actor.name,
        words=quoted(words, SUMMARY_SHOWN),
    )


async def text_of(turn: Turn, chat: Chat, ticket: Ticket) -> str:
    """The whole of a ticket in a few lines, for those who work it."""
    reporter = await turn.session.get_one(Member, ticket.reporter_id)
    departments = await tickets.department_names(turn.session)
    told = await corrections.of_ticket(turn.session, row_id(ticket))
    none = say(turn, chat, "card.none")
    department = departments.get(ticket.department or "", none)
    due = moment(turn, chat, ticket.due_at) or none
    status = label(turn, chat, "status", ticket.status.value)
    lines = [
        _headline(turn, chat, ticket, told),
        _words(turn, chat, ticket, reporter),
        say(turn, chat, "card.place", place=_place(ticket) or none),
        say(turn, chat, "card.department", department=department, due=due),
        say(turn, chat, "card.status", status=status, voices=ticket.voices),
        *_marks(turn, chat, ticket),
        *_cameras(turn, chat, ticket),
    ]
    community = await turn.session.get_one(Chat, ticket.chat_id)
    if community.role is ChatRole.SYSTEM:
        lines.append(say(turn, chat, "card.from", system=community.title or community.external_id))
    link = turn.services.link(community.platform, community.external_id, ticket.origin)
    return "\n".join([*lines, link] if link else lines)


def _words(turn: Turn, chat: Chat, ticket: Ticket, reporter: Member) -> str:
    """What was said, by whom; once that was erased, that it was."""
    if reporter.erased and not ticket.summary:
        return say(turn, chat, "erase.removed")
    words = quoted(ticket.summary, SUMMARY_SHOWN) or say(turn, chat, "card.none")
    return say(turn, chat, "card.words", words=words, name=reporter.name)


def _headline(turn: Turn, chat: Chat, ticket: Ticket, told: Submission | None) -> str:
    parts = [
        f"#{ticket.code}",
        label(turn, chat, "kind", ticket.kind),
        label(turn, chat, "category", ticket.category),
    ]
    if told is not None and (told.kind, told.category) == (ticket.kind, ticket.category):
        parts.append(f"{round(told.kind_confidence * 100)}%")
    if ticket.urgent:
        parts.append(say(turn, chat, "card.urgent"))
    return " · ".join(parts)


def _place(ticket: Ticket) -> str:
    """Where it is, with a link to a map where the spot itself is known."""
    words = quoted(str(ticket.place.get("text") or ""), SUMMARY_SHOWN)
    if ticket.latitude is None or ticket.longitude is None:
        return words
    return f"{words} https://maps.google.com/?q={ticket.latitude:.6f},{ticket.longitude:.6f}".strip()


def _cameras(turn: Turn, chat: Chat, ticket: Ticket) -> list[str]:
    """The nearest cameras, where moderators read; nobody else is told of them."""
    if chat.role != ChatRole.MODERATION:
        return []
    near = cameras.nearest(turn.services.cameras, ticket)
    return [say(turn, chat, "card.cameras", cameras=cameras.words(near))] if near else []


def _marks(turn: Turn, chat: Chat, ticket: Ticket) -> list[str]:
    marks = []
    if ticket.paused_at is not None:
        since = moment(turn, chat, ticket.paused_at)
        reason = quoted(ticket.pause_reason, SUMMARY_SHOWN)
        marks.append(say(turn, chat, "card.paused", since=since, reason=reason))
    if ticket.satisfied is not None:
        marks.append(say(turn, chat, "card.satisfied" if ticket.satisfied else "card.dissatisfied"))
    return marks


def keyboard_of(turn: Turn, chat: Chat, ticket: Ticket, twin: Ticket | None = None) -> Keyboard:
    """What a moderator can do with one tap, and the menus for the rest."""
    asked = (twin.code, row_id(twin)) if twin else None
    return buttons.ticket_keyboard(partial(say, turn, chat), ticket, asked)


async def _question_text(turn: Turn, room: Chat, chat: Chat, submission: Submission, author: str) -> str:
    words = quoted(submission.text, SUMMARY_SHOWN) or say(turn, room, "question.photo_only")
    lines = [say(turn, room, "question.ask", words=words, name=author)]
    if submission.urgent:
        lines.insert(0, say(turn, room, "card.urgent"))
    if submission.text:
        lines.append(
            say(
                turn,
                room,
                "question.guess",
                kind=label(turn, room, "kind", submission.kind),
                category=label(turn, room, "category", submission.category),
                percent=round(submission.kind_confidence * 100),
            )
        )
    said = await messages.in_submission(turn.session, row_id(submission))
    is_there = said and said[0].chat_id == chat.id  # and not in the group that it was before it moved
    link = turn.services.link(chat.platform, chat.external_id, said[0].external_id) if is_there else None
    return "\n".join([*lines, link] if link else lines)
