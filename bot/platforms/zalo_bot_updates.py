"""Updates of Zalo's Bot Platform as events, wrapped in an envelope or bare."""

from collections.abc import Sequence
from datetime import datetime

from bot.platforms.zalo_payloads import get, key_of, moment, word
from handlers.events import Event, MessagePosted, Person, Photo
from handlers.ports import Incoming, JsonObject, MalformedEvent

_DIGITS = 16
_SECONDS_BELOW = 1_000_000_000_000  # a moment below this is in seconds, above in milliseconds
GROUP, PRIVATE = "GROUP", "PRIVATE"


def incoming(payload: JsonObject) -> Incoming:
    """An update as the inbox takes it; the same message twice has the same key."""
    message = _message(payload)
    chat, number = get(message, "chat", "id"), message.get("message_id")
    if isinstance(chat, str) and isinstance(number, str):
        return Incoming(f"m:{chat}:{number}", payload, _said_at(message), lane=chat)
    return Incoming(key_of(payload, _DIGITS), payload)


def parse(payload: JsonObject, own_names: Sequence[str]) -> Event | None:
    """The event of one update, None where it is nothing to us. Raises MalformedEvent.

    `own_names`: a group's message begins with a mention of us, which is not part of what is said.
    """
    message = _message(payload)
    if not message:
        raise MalformedEvent("an update without a message")
    sender, chat = message.get("from"), message.get("chat")
    at = _said_at(message)
    if not isinstance(sender, dict) or not isinstance(chat, dict) or at is None:
        raise MalformedEvent("a message without its sender, chat or moment")
    where, number = word(chat.get("id")), word(message.get("message_id"))
    private = chat.get("chat_type") == PRIVATE
    text = message.get("text") or message.get("caption") or ""
    photo = message.get("photo_url") or message.get("photo")
    if not isinstance(text, str) or not isinstance(photo, str | None):
        raise MalformedEvent("a text or a photo of an unknown shape")
    if not (text or photo or private):
        return None  # a sticker, a voice, or what Zalo does not show to bots
    return MessagePosted(
        chat=where,
        id=number,
        sender=Person(
            word(sender.get("id")), str(sender.get("display_name") or ""), bool(sender.get("is_bot"))
        ),
        at=at,
        text=without_mention(text, own_names),
        photos=(Photo(photo),) if photo else (),
        private=private,
        to_bot=True,
    )


def _said_at(message: JsonObject) -> datetime | None:
    return moment(message.get("date"), seconds_below=_SECONDS_BELOW)


def without_mention(text: str, own_names: Sequence[str]) -> str:
    """What is said, without the mention of us before it, however it is written."""
    said = text.lstrip()
    for name in sorted(own_names, key=len, reverse=True):
        written = f"@{name}"
        rest = said[len(written) :]
        if said.casefold().startswith(written.casefold()) and (not rest or not rest[0].isalnum()):
            return rest.lstrip(" ,:")
    return text


def _message(payload: JsonObject) -> JsonObject:
    """The message of an update, in the envelope `{"ok": true, "result": …}` or without it."""
    result = payload.get("result")
    body = result if isinstance(result, dict) else payload
    message = body.get("message")
    return message if isinstance(message, dict) else {}
