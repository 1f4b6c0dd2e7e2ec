"""Updates of Zalo's Bot Platform as events, wrapped in an envelope or bare."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from handlers.events import Event, MessagePosted, Person, Photo
from handlers.ports import Incoming, JsonObject, MalformedEvent

_DIGEST = 16
_SECONDS_BELOW = 1_000_000_000_000  # a moment below this is in seconds, above in milliseconds
_FURTHEST = 32_503_680_000_000  # milliseconds; the year 3000
GROUP, PRIVATE = "GROUP", "PRIVATE"


def incoming(payload: JsonObject) -> Incoming:
    """An update as the inbox takes it; the same message twice has the same key."""
    message = _message(payload)
    chat, number = _get(message, "chat", "id"), message.get("message_id")
    if isinstance(chat, str) and isinstance(number, str):
        return Incoming(f"m:{chat}:{number}", payload, _moment(message.get("date")), lane=chat)
    canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return Incoming(f"u:{hashlib.sha256(canonical.encode()).hexdigest()[:_DIGEST]}", payload)


def parse(payload: JsonObject, own_names: Sequence[str]) -> Event | None:
    """The event of one update, None where it is nothing to us. Raises MalformedEvent.

    `own_names`: a group's message begins with a mention of us, which is not part of what is said.
    """
    message = _message(payload)
    if not message:
        raise MalformedEvent("an update without a message")
    sender, chat = message.get("from"), message.get("chat")
    at = _moment(message.get("date"))
    if not isinstance(sender, dict) or not isinstance(chat, dict) or at is None:
        raise MalformedEvent("a message without its sender, chat or moment")
    where, number = _word(chat.get("id")), _word(message.get("message_id"))
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
            _word(sender.get("id")), str(sender.get("display_name") or ""), bool(sender.get("is_bot"))
        ),
        at=at,
        text=without_mention(text, own_names),
        photos=(Photo(photo),) if photo else (),
        private=private,
        to_bot=True,
    )


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


def _get(value: Mapping[str, Any], *path: str) -> object:
    found: object = value
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _word(value: object) -> str:
    """An id: an opaque word, beyond what a float can hold even where it is written as a number."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise MalformedEvent("something without its id")
    return str(value)


def _moment(value: object) -> datetime | None:
    if isinstance(value, str) and value.isdecimal():
        value = int(value[:15])
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < _FURTHEST:
        return None
    seconds = value if value < _SECONDS_BELOW else value / 1000
    return datetime.fromtimestamp(seconds, UTC)
