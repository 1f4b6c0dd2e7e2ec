"""The way of a message, from the event to everything that follows from it; all in the transaction
that marks the event as handled."""

from collections.abc import Iterable, Sequence

from handlers import (
    after_photos,
    announce,
    cards,
    choices,
    commands,
    desk_answers,
    feedback,
    gathering,
    loopmarks,
    outgoing,
    people,
    presses,
    questions,
    reactions,
    stated,
    status_told,
    ticketing,
    withdrawn,
)
from handlers.changes import change
from handlers.context import Turn
from handlers.events import (
    ButtonPressed,
    ChatClosed,
    ChatMoved,
    ErasureAsked,
    Event,
    MessageDeleted,
    MessagePosted,
    Reacted,
    StatusTold,
)
from handlers.posts import Post
from storage import chats, erasure, members, messages, submissions, tickets
from storage.models import Chat, Member, Message, Submission, row_id
from storage.states import ChatRole, MemberRole, SubmissionState

_DEAF = (ChatRole.UNKNOWN, ChatRole.MOVED)
_MOST_TOLD = 5  # administrators
_UNJUDGED = (SubmissionState.CHATTER, SubmissionState.WAITING)
_WITH_MODERATORS = (SubmissionState.QUESTION, SubmissionState.HELD)  # for which a danger does not wait


async def handle(turn: Turn, event: Event) -> None:
    """Do what an event asks for. Raises Crowded where more follows from it than a message kept, and others
    change tickets meanwhile."""
    if turn.silent and isinstance(event, MessagePosted) and await _was_erased(turn, event):
        return
    if isinstance(event, MessagePosted) and not event.edited:
        await _posted(turn, event)
    else:
        turn.insist()
        await _changed(turn, event)


async def _was_erased(turn: Turn, event: MessagePosted) -> bool:
    """Whether history that is taken in would bring back what somebody had erased."""
    member = await members.find(turn.session, turn.platform, event.sender.id)
    return event.stated is None and member is not None and member.erased


async def _changed(turn: Turn, event: Event) -> None:
    """What is no new post: an edited one, a press, what became of a chat."""
    match event:
        case MessagePosted():
            await _edited(turn, event)
        case MessageDeleted():
            await withdrawn.handle(turn, event)
        case ButtonPressed():
            await presses.handle(turn, event)
        case Reacted():
            await reactions.handle(turn, event)
        case ChatMoved():
            await _moved(turn, event)
        case ChatClosed():
            await _closed(turn, event)
        case ErasureAsked():
            await _erase(turn, event)
        case StatusTold():
            await status_told.handle(turn, event)


async def settle_waiting(turn: Turn, chat_id: int | None = None) -> int:
    """Photos whose words did not come go to the moderators as photos to judge; how many."""
    due = await submissions.due(turn.session, turn.at, chat_id)
    if due:
        turn.insist()
    for submission in due:
        await feedback.ask(turn, submission)
    return len(due)


async def _posted(turn: Turn, event: MessagePosted) -> None:
    chat = await chats.ensure(turn.session, turn.platform, event.chat, event.chat_title, turn.now)
    if event.sender.is_bot or (chat.role in _DEAF and not event.private):
        return
    if await messages.find(turn.session, row_id(chat), event.id) is not None:
        return
    member = await members.ensure(turn.session, turn.platform, event.sender.id, event.sender.name, turn.now)
    if event.private and chat.role == ChatRole.UNKNOWN:
        await chats.private(turn.session, chat, row_id(member))
    message = await _keep(turn, chat, member, event)
    if chat.role == ChatRole.COMMUNITY:
        await announce.welcome(turn, chat)
    await _take(turn, chat, member, message, event)


async def _take(turn: Turn, chat: Chat, member: Member, message: Message, event: MessagePosted) -> None:
    """A press, a command, a question to us, a department's answer, or something told."""
    if chat.role != ChatRole.COMMUNITY or commands.is_command(event.text) or event.to_bot:
        turn.insist()
    if chat.role == ChatRole.SYSTEM:
        if event.stated is not None:
            await stated.handle(turn, chat, member, message, event.stated, has_photos=bool(event.photos))
        return
    is_given = not event.edited and not event.forwarded
    chosen = await choices.pressed(turn, chat, event) if is_given else None
    if chosen is not None:
        turn.insist()
        await presses.handle(turn, chosen)
    elif commands.is_command(event.text):
        await _command(turn, chat, member, message, event)
    elif chat.role == ChatRole.DEPARTMENT:
        await desk_answers.handle(turn, chat, member, message, is_given=is_given)
    elif chat.role == ChatRole.MODERATION and message.album:
        await after_photos.keep_more(turn, message)
    elif await _is_for_bot(turn, chat, event):
        await commands.talk(turn, chat, member, message)
    elif chat.role == ChatRole.COMMUNITY and not member.muted and not _is_ours(turn, event.text):
        await settle_waiting(turn, chat.id)
        await feedback.handle(turn, chat, member, message, has_photos=bool(event.photos))


async def _command(turn: Turn, chat: Chat, member: Member, message: Message, event: MessagePosted) -> None:
    """Carried out where it is given: not what others said elsewhere, nor what an old post says of late."""
    if turn.silent:
        return
    if event.edited or event.forwarded:
        why = "refused.forwarded" if event.forwarded else "refused.edited"
        await commands.refuse(turn, chat, member, message, why)
    else:
        await commands.handle(turn, chat, member, message)


def _is_ours(turn: Turn, text: str) -> bool:
    """Our own words, told to another system, that somebody or something posts here again."""
    return loopmarks.code_in(turn.services.seal, text) is not None


async def _is_for_bot(turn: Turn, chat: Chat, event: MessagePosted) -> bool:
    """Said to it in private, or by its name with a ticket's code."""
    if chat.role == ChatRole.PRIVATE:
        return True
    return event.to_bot and await commands.mentioned(turn, event.text) is not None


async def _keep(turn: Turn, chat: Chat, member: Member, event: MessagePosted) -> Message:
    message = Message(
        chat_id=row_id(chat),
        external_id=event.id,
        member_id=row_id(member),
        reply_to=event.reply_to,
        album=event.album,
        sent_at=event.at,
        received_at=turn.now,
        text=event.text,
        latitude=event.location.latitude if event.location else None,
        longitude=event.location.longitude if event.location else None,
    )
    await messages.add(turn.session, message)
    refs = [photo.ref for photo in event.photos]
    await messages.attach(turn.session, message, turn.source, refs, turn.now)
    return message


async def _edited(turn: Turn, event: MessagePosted) -> None:
    """The post now says something else or has another photo: its ticket is amended, or it becomes a report at
    last."""
    chat = await chats.find(turn.session, turn.platform, event.chat)
    message = await messages.find(turn.session, row_id(chat), event.id) if chat else None
    if chat is None or message is None:
        await _posted(turn, event)
        return
    if (message.edited_at or message.sent_at) > event.at:
        return
    photos = await _keep_new_photos(turn, message, event)
    if message.text == event.text and not photos:
        return
    was, message.text, message.edited_at = message.text, event.text, event.at
    message.edit_number += 1
    member = await turn.session.get_one(Member, message.member_id)
    if commands.is_command(event.text):
        if was != event.text:
            await _command(turn, chat, member, message, event)
    elif chat.role == ChatRole.COMMUNITY:
        await _amend(turn, chat, member, message, was, photos)


async def _keep_new_photos(turn: Turn, message: Message, event: MessagePosted) -> list[int]:
    """Our ids of the photos that an edit brought. The one that was replaced stays: it was reported.

    The same photo may have another reference by now; of one that is there, its size tells.
    """
    if not event.photos:
        return []
    there = await messages.photos_of_message(turn.session, row_id(message))
    refs, sizes = {one.external_ref for one in there}, {one.size for one in there if one.size}
    new = [photo.ref for photo in event.photos if photo.ref not in refs and photo.size not in sizes]
    first = max((one.position + 1 for one in there), default=0)
    kept = await messages.attach(turn.session, message, turn.source, new, turn.now, first)
    return [row_id(one) for one in kept]


async def _amend(
    turn: Turn, chat: Chat, member: Member, message: Message, was: str, photos: Sequence[int]
) -> None:
    """`was`: what the message said before; `photos`: those that the edit brought. A muted member's opens no
    ticket, no more than a new post."""
    if message.submission_id is None:
        if not member.muted:
            await feedback.handle(turn, chat, member, message, has_photos=bool(photos))
        return
    submission = await turn.session.get_one(Submission, message.submission_id)
    if photos:
        await _show(turn, member, message, submission, photos)
    if was == message.text and submission.state not in _UNJUDGED:
        return
    whole = await messages.in_submission(turn.session, row_id(submission))
    before = _together(was if one.id == message.id else one.text for one in whole)
    submission.text = _together(one.text for one in whole)
    said = gathering.Said(chat, member, message, turn.services.understand(submission.text, has_photo=True))
    if submission.state in _UNJUDGED or (said.seen.urgent and submission.state in _WITH_MODERATORS):
        if not member.muted:
            await _judge(turn, said, submission)
    elif submission.state in _WITH_MODERATORS:
        await questions.show_anew(turn, submission, f"e{message.id}.{message.edit_number}")
    elif submission.ticket_id is not None:
        await _amend_ticket(turn, said, submission, submission.ticket_id, before)


async def _show(
    turn: Turn, member: Member, message: Message, submission: Submission, photos: Sequence[int]
) -> None:
    """Photos that an edit brought go to the moderators, under what they have of it."""
    ticket_id = submission.ticket_id
    ticket = await tickets.surviving(turn.session, ticket_id) if ticket_id is not None else None
    if ticket is None:
        await cards.add_photos_to_question(turn, submission, message, member.name, photos)
        return
    await change(turn, ticket, "added", member, message=message)
    await cards.add_photos(turn, ticket, message, photos)


async def _judge(turn: Turn, said: gathering.Said, submission: Submission) -> None:
    is_asked = submission.state == SubmissionState.QUESTION
    await feedback.judge(turn, said, submission)
    if is_asked:
        await cards.question_answered_itself(turn, submission)


def _together(texts: Iterable[str]) -> str:
    return "\n".join(text for text in texts if text)


async def _amend_ticket(
    turn: Turn, said: gathering.Said, submission: Submission, ticket_id: int, before: str
) -> None:
    """Its own post changes what a ticket says; a danger is told by any that belongs to it.

    One that the words told of `before` is no news: a moderator may have said since that there is none.
    """
    message, seen = said.message, said.seen
    ticket = await tickets.get(turn.session, ticket_id)
    if ticket is not None and submission.state == SubmissionState.TICKETED:
        await ticketing.amend(turn, ticket, said.member, submission.text, message=message, place=seen.place)
    if seen.urgent and not turn.services.understand(before, has_photo=True).urgent:
        surviving = await tickets.surviving(turn.session, ticket_id)
        if surviving is not None:
            await ticketing.raise_urgency(turn, surviving, message, seen)


async def _moved(turn: Turn, event: ChatMoved) -> None:
    old = await chats.ensure(turn.session, turn.platform, event.old, "", turn.now)
    new = await chats.ensure(turn.session, turn.platform, event.new, "", turn.now)
    await chats.move(turn.session, old, new)


async def _closed(turn: Turn, event: ChatClosed) -> None:
    """Moderators hear once a day that we are out; of their own room administrators do, in private."""
    chat = await chats.find(turn.session, turn.platform, event.chat)
    if chat is None or chat.role in _DEAF:
        return
    key, name = f"closed:{chat.id}:{turn.at:%Y-%m-%d}", chat.title or chat.external_id
    await cards.tell_moderators(turn, key, "notice.closed", chat=name)
    if chat.role is ChatRole.MODERATION:
        await _tell_administrators(turn, key, name)


async def _tell_administrators(turn: Turn, key: str, name: str) -> None:
    only = (MemberRole.ADMINISTRATOR,)
    for one in await members.moderators(turn.session, turn.platform, _MOST_TOLD, only):
        private = await chats.private_of(turn.session, row_id(one))
        if private is not None:
            post = Post(outgoing.say(turn, private, "notice.closed", chat=name))
            await outgoing.send(turn, private, "notice", f"{key}:{private.id}", post)


async def _erase(turn: Turn, event: ErasureAsked) -> None:
    """A request that came by the platform; whoever is known by another id there is looked up. Moderators hear
    of one that finds nobody so, as once what was heard of them has gone by its age."""
    beside = await erasure.ids_beside(turn.session, turn.platform, event.alias) if event.alias else ()
    named = dict.fromkeys((*event.people, *beside))
    found = [await members.find(turn.session, turn.platform, external_id) for external_id in named]
    for member in found:
        if member is not None:
            await people.erase(turn, member)
    if event.alias and not any(found):
        key = f"erasure:{event.alias}:{turn.at:%Y%m%d}"
        await cards.tell_moderators(turn, key, "notice.erasure", id=event.alias)
