"""Telegram's updates as events: their keys, their moments, their parsing one by one."""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from telegram import (
    ChatMemberRestricted,
    ChatMemberUpdated,
    Message,
    MessageEntity,
    MessageReactionUpdated,
    ReactionTypeEmoji,
    Update,
    User,
)
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import TelegramError

from handlers.events import (
    ButtonPressed,
    ChatClosed,
    ChatMoved,
    Event,
    Location,
    MessagePosted,
    Person,
    Photo,
    Reacted,
)
from handlers.ports import Incoming, JsonObject, MalformedEvent

_DIGEST = 16
# Where an update repeats other messages, and parts of them.
_REPEATED = dict.fromkeys(("message", "edited_message"), ("reply_to_message", "pinned_message")) | {
    "callback_query": ("message",)
}
_ABOUT = ("message", "edited_message", "message_reaction", "my_chat_member", "chat_member")  # have a chat
_QUOTED = ("quote", "external_reply")
_OUT = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)
_WHICH = ("message_id", "date", "chat", "forum_topic_created")  # of a message, says which one it is
MENTION = MessageEntity.MENTION
_ADDRESSED = re.compile(r"\s*/[^\s@/]+@(\w+)")
FURTHEST = 32_503_680_000  # seconds; the year 3000, beyond which no clock is right


def key(update: JsonObject) -> str:
    """The key of an update by what it is about: update ids may start anew after a quiet week."""
    try:
        if "message" in update:
            message = update["message"]
            return f"m:{message['chat']['id']}:{message['message_id']}"
        if "edited_message" in update:
            message = update["edited_message"]
            where = f"{message['chat']['id']}:{message['message_id']}:{message['edit_date']}"
            return f"e:{where}:{fingerprint(message)}"
        if "callback_query" in update:
            return f"c:{update['callback_query']['id']}"
    except (KeyError, TypeError):
        pass
    return f"u:{fingerprint({name: value for name, value in update.items() if name != 'update_id'})}"


def incoming(update: JsonObject) -> Incoming:
    """An update as the inbox takes it: word for word, but for the words of other messages that it repeats.

    Those are somebody else's, who may have them erased: a card under which a button was pressed quotes a
    reporter, and names them without their id.
    """
    return Incoming(key(update), _own_words(update), said_at(update), order(update), lane=lane(update))


def _own_words(update: JsonObject) -> JsonObject:
    kept = dict(update)
    for name, others in _REPEATED.items():
        if isinstance(told := update.get(name), dict):
            own = {one: value for one, value in told.items() if one not in _QUOTED}
            kept[name] = own | {one: _which(own[one]) for one in others if one in own}
    return kept


def _which(message: object) -> object:
    """No more of a message than which one it is."""
    return (
        {name: message[name] for name in _WHICH if name in message} if isinstance(message, dict) else message
    )


def said_at(update: JsonObject) -> datetime | None:
    """When it was said, by Telegram's clock (whole seconds); a press of a button has no time."""
    for name in _ABOUT:
        about = update.get(name)
        seconds = (about.get("edit_date") or about.get("date")) if isinstance(about, dict) else None
        if isinstance(seconds, int) and 0 < seconds < FURTHEST:
            return datetime.fromtimestamp(seconds, UTC)
    return None


def order(update: JsonObject) -> int:
    """A message's number in its chat: parts of an album have one second."""
    message = update.get("message") or update.get("edited_message")
    number = message.get("message_id") if isinstance(message, dict) else None
    return number if isinstance(number, int) and abs(number) < FURTHEST else 0


def lane(update: JsonObject) -> str:
    """The id of the chat it is about; empty where it tells none."""
    press = update.get("callback_query")
    about = press.get("message") if isinstance(press, dict) else None
    for found in (about, *(update.get(name) for name in _ABOUT)):
        chat = found.get("chat") if isinstance(found, dict) else None
        if isinstance(chat, dict):
            return str(chat.get("id", ""))
    return ""


def fingerprint(value: object) -> str:
    """The same short word for the same JSON, whatever the order of its names."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:_DIGEST]


def next_offset(batch: Sequence[JsonObject]) -> int | None:
    """The offset that confirms a batch; None where nothing in it has a number."""
    numbers = [update["update_id"] for update in batch if isinstance(update.get("update_id"), int)]
    return max(numbers) + 1 if numbers else None


def parse(payload: JsonObject, own_name: str = "") -> Event | None:
    """The event of one raw update, None where it is nothing to us. Raises MalformedEvent.

    `own_name`: ours among the bots of a group, in small letters; empty while it is not known.
    """
    try:
        event = _event(Update.de_json(payload, None), payload, own_name)
        _check(event)
        return event
    except MalformedEvent:
        raise
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, TelegramError) as error:
        raise MalformedEvent(f"{type(error).__name__}: {error}") from None


def _check(event: Event | None) -> None:
    """PTB takes whatever stands for a word or a number. Raises MalformedEvent for what is none."""
    words: list[object] = []
    match event:
        case MessagePosted():
            refs = (photo.ref for photo in event.photos)
            words = [event.text, event.chat_title, event.sender.name, event.album or "", *refs]
            place = event.location
            if place is not None and not (abs(place.latitude) <= 90 and abs(place.longitude) <= 180):
                raise MalformedEvent("a place that is nowhere")
        case ButtonPressed():
            words = [event.press, event.data, event.sender.name]
        case Reacted():
            words = [event.sender.name, *event.emoji]
    if not all(isinstance(word, str) for word in words):
        raise MalformedEvent("a word that is no text")


def _event(update: Update, payload: JsonObject, own_name: str) -> Event | None:
    if update.message is not None:
        return _moved(update.message) or _posted(update.message, own_name)
    if update.edited_message is not None:
        return _posted(update.edited_message, own_name, edited=True)
    if update.callback_query is not None:
        return _pressed(update)
    if update.message_reaction is not None:
        return _reacted(update.message_reaction)
    if update.my_chat_member is not None:
        return _closed(update.my_chat_member)
    if not any(isinstance(value, dict) for value in payload.values()):
        raise MalformedEvent("an update without content")
    return None


def _moved(message: Message) -> ChatMoved | None:
    if message.migrate_to_chat_id is not None:
        return ChatMoved(str(message.chat.id), str(message.migrate_to_chat_id), message.date)
    if message.migrate_from_chat_id is not None:
        return ChatMoved(str(message.migrate_from_chat_id), str(message.chat.id), message.date)
    return None


def _closed(ours: ChatMemberUpdated) -> ChatClosed | None:
    """A group that we are put out of, or may say nothing in; that one person blocks us is nobody's affair."""
    member = ours.new_chat_member
    is_mute = isinstance(member, ChatMemberRestricted) and not (member.is_member and member.can_send_messages)
    if ours.chat.type == ChatType.PRIVATE or not (is_mute or member.status in _OUT):
        return None
    return ChatClosed(str(ours.chat.id), ours.date)


def _posted(message: Message, own_name: str, *, edited: bool = False) -> MessagePosted | None:
    photos, location = _photos(message), _location(message)
    text = message.text or message.caption or ""
    if not text and not photos and location is None:
        return None
    ordered = _ADDRESSED.match(text)
    if own_name and ordered and ordered[1].lower() != own_name:
        return None  # an order to another bot of the group
    return MessagePosted(
        chat=str(message.chat.id),
        id=str(message.message_id),
        sender=_sender(message),
        at=(message.edit_date or message.date) if edited else message.date,
        text=text,
        photos=photos,
        reply_to=_reply(message),
        album=message.media_group_id,
        location=location,
        edited=edited,
        chat_title=message.chat.title or "",
        private=message.chat.type == ChatType.PRIVATE,
        to_bot=_names_bot(message, own_name),
        forwarded=message.forward_origin is not None,
    )


def _names_bot(message: Message, own_name: str) -> bool:
    """Whether a text mentions us; while our name is not known, any bot: their names, and only theirs, end in
    "bot"."""
    found = {**message.parse_entities([MENTION]), **message.parse_caption_entities([MENTION])}
    names = [name.lower() for name in found.values()]
    return f"@{own_name}" in names if own_name else any(name.endswith("bot") for name in names)


def _photos(message: Message) -> tuple[Photo, ...]:
    """The largest size of a photo, or a picture that was sent as a file."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return (Photo(largest.file_id, largest.file_size),)
    document = message.document
    if document is not None and (document.mime_type or "").startswith("image/"):
        return (Photo(document.file_id, document.file_size),)
    return ()


def _location(message: Message) -> Location | None:
    place = message.venue.location if message.venue else message.location
    return Location(place.latitude, place.longitude) if place else None


def _reply(message: Message) -> str | None:
    """The message replied to; in a group with topics the topic's first message is none."""
    original = message.reply_to_message
    if original is None or original.forum_topic_created is not None:
        return None
    if message.is_topic_message and original.message_id == message.message_thread_id:
        return None
    return str(original.message_id)


def _sender(message: Message) -> Person:
    """The person, or the chat in whose name an anonymous administrator or a channel speaks."""
    if message.sender_chat is not None:
        return Person(f"chat:{message.sender_chat.id}", message.sender_chat.title or "")
    if message.from_user is None:
        raise MalformedEvent("a message without a sender")
    return _person(message.from_user)


def _person(user: User) -> Person:
    """Somebody, with a name that may be empty: an account that was deleted has none, and PTB says None."""
    return Person(str(user.id), user.full_name or user.last_name or "", is_bot=user.is_bot)


def _pressed(update: Update) -> ButtonPressed | None:
    query = update.callback_query
    if query is None or query.data is None or query.message is None:
        return None
    return ButtonPressed(
        chat=str(query.message.chat.id),
        message=str(query.message.message_id),
        sender=_person(query.from_user),
        at=query.message.date,  # a press has no time of its own; the inbox knows when it came
        press=query.id,
        data=query.data,
    )


def _reacted(reaction: MessageReactionUpdated) -> Reacted | None:
    if reaction.user is None:
        return None
    emoji = tuple(one.emoji for one in reaction.new_reaction if isinstance(one, ReactionTypeEmoji))
    return Reacted(
        str(reaction.chat.id), str(reaction.message_id), _person(reaction.user), reaction.date, emoji
    )
