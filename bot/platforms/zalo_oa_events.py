"""What an Official Account hears, as events: its webhook's payloads, and items of a group's history.

Both name a message by the same id, so the inbox sees the same message once. Shapes: Zalo's webhook and
group pages; where the two are silent, `docs/zalo.md` says what was assumed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.platforms.zalo_payloads import get, key_of, moment, word
from handlers.events import (
    ChatClosed,
    ErasureAsked,
    Event,
    Location,
    MessagePosted,
    Person,
    Photo,
)
from handlers.ports import Incoming, JsonObject, MalformedEvent

USER = "user:"  # before the id of a person's own talk with the account, which is no group
WITHDRAWN = "user_withdraw"
CLOSED = "delete_group"
IN_GROUP, IN_PRIVATE = "user_send_group_", "user_send_"
SAID_BY_ACCOUNT = 0  # `src` of a history item
_PHOTO_FILES = ("jpg", "jpeg", "png", "webp", "image/jpeg", "image/png", "image/webp")
_SILENT = ("audio", "voice", "sticker", "gif", "GIF", "business_card")
_DIGITS = 24


def incoming(payload: JsonObject) -> Incoming:
    """A payload as the inbox takes it; the same message twice has the same key."""
    chat, number = _chat(payload), _number(payload)
    said_at = moment(payload.get("timestamp") or payload.get("time"))
    if chat and number:
        return Incoming(f"m:{chat}:{number}", payload, said_at, lane=chat)
    return Incoming(key_of(payload, _DIGITS), payload, said_at)


def parse(payload: JsonObject, names: Mapping[str, str], titles: Mapping[str, str]) -> Event | None:
    """The event of a payload, None where it is nothing to us. Raises MalformedEvent.

    `names` of people and `titles` of groups, by id: the webhook tells neither.
    """
    name = payload.get("event_name")
    at = moment(payload.get("timestamp") or payload.get("time"))
    if at is None:
        raise MalformedEvent("a payload without its moment")
    if name is None:
        return _from_history(payload, at, titles)
    if name == WITHDRAWN:
        return ErasureAsked(_people(payload), _alias(payload), at)
    if name == CLOSED:
        return ChatClosed(word(payload.get("group_id")), at)
    if isinstance(name, str) and name.startswith(IN_PRIVATE):
        return _said(payload, name, at, names, titles)
    return None


def wants_names(payload: JsonObject) -> tuple[str, str] | None:
    """The group (empty: a talk with us alone) and person whose name the payload makes us want, or None."""
    name, group = payload.get("event_name"), _chat(payload)
    if name in ("user_join_group", "update_group_info"):
        return (str(payload.get("group_id")), "")
    sender = get(payload, "sender", "id")
    if not group or not isinstance(sender, str):
        return None
    return ("" if group.startswith(USER) else group, sender)


def is_the_accounts(item: JsonObject) -> bool:
    """A history item that we or somebody at the account wrote."""
    return item.get("src") == SAID_BY_ACCOUNT


def _said(
    payload: JsonObject, name: str, at: datetime, names: Mapping[str, str], titles: Mapping[str, str]
) -> Event | None:
    message = payload.get("message")
    if not isinstance(message, dict):
        raise MalformedEvent("a message event without its message")
    sender = word(get(payload, "sender", "id"))
    private = not name.startswith(IN_GROUP)
    kind = name.removeprefix(IN_PRIVATE if private else IN_GROUP)
    chat = _chat(payload)
    if kind in _SILENT or not chat:
        return None
    text, photos, location = _text(message), _photos(message, kind), _location(message)
    if not (text or photos or location):
        return None
    quoted = message.get("quote_msg_id") or payload.get("quote_msg_id")
    return MessagePosted(
        chat=chat,
        id=word(message.get("msg_id")),
        sender=Person(sender, names.get(sender, "")),
        at=at,
        text=text,
        photos=photos,
        reply_to=str(quoted) if quoted else None,
        location=location,
        chat_title="" if private else titles.get(chat, ""),
        private=private,
    )


def _from_history(item: JsonObject, at: datetime, titles: Mapping[str, str]) -> Event | None:
    if "src" not in item:
        raise MalformedEvent("neither an event nor an item of a group's history")
    group, kind = word(item.get("group_id")), item.get("type")
    if is_the_accounts(item) or kind not in ("text", "photo", "link", "links", "location"):
        return None
    words = item.get("message") or item.get("description") or ""
    if not isinstance(words, str):
        raise MalformedEvent("a text of an unknown shape")
    address = item.get("url") if kind == "photo" else None
    return MessagePosted(
        chat=group,
        id=word(item.get("message_id")),
        sender=Person(word(item.get("from_id")), str(item.get("from_display_name") or "")),
        at=at,
        text=words,
        photos=(Photo(address),) if isinstance(address, str) else (),
        chat_title=titles.get(group, ""),
    )


def _chat(payload: JsonObject) -> str:
    """Where something was said: the group, or the person's own talk with the account."""
    name = payload.get("event_name")
    if name is None:
        found = payload.get("group_id")
    elif isinstance(name, str) and name.startswith(IN_GROUP):
        found = get(payload, "recipient", "id")
    elif isinstance(name, str) and name.startswith(IN_PRIVATE):
        sender = get(payload, "sender", "id")
        found = f"{USER}{sender}" if isinstance(sender, str | int) else None
    else:
        found = None
    return str(found) if isinstance(found, str | int) else ""


def _number(payload: JsonObject) -> str:
    found = payload.get("message_id") or get(payload, "message", "msg_id")
    return str(found) if isinstance(found, str | int) else ""


def _text(message: JsonObject) -> str:
    text = message.get("text")
    if isinstance(text, str) and text:
        return text
    described = get(_first(message), "payload", "description")
    return described if isinstance(described, str) else ""


def _photos(message: JsonObject, kind: str) -> tuple[Photo, ...]:
    """The photos of a message; a file that is a photo is one too."""
    attachments = message.get("attachments")
    each = attachments if isinstance(attachments, list) else []
    payloads = [found for one in each if isinstance(found := get(one, "payload"), dict)]
    if kind == "file":
        payloads = [one for one in payloads if str(one.get("type", "")).casefold() in _PHOTO_FILES]
    elif kind != "image":
        return ()
    return tuple(
        Photo(address, _size(one.get("size")))
        for one in payloads
        if isinstance(address := one.get("url"), str) and address
    )


def _location(message: JsonObject) -> Location | None:
    found = get(_first(message), "payload", "coordinates")
    try:
        return Location(float(found["latitude"]), float(found["longitude"])) if found else None
    except (KeyError, TypeError, ValueError):
        raise MalformedEvent("a place without its coordinates") from None


def _people(payload: JsonObject) -> tuple[str, ...]:
    """Whom a request is about. Its shape is documented nowhere, so each likely place is looked at."""
    users = payload.get("users")
    ids = [get(one, "id") for one in users] if isinstance(users, list) else []
    ids += [get(payload, "sender", "id"), get(payload, "user", "id"), payload.get("user_id")]
    return tuple(dict.fromkeys(str(one) for one in ids if isinstance(one, str | int) and one))


def _alias(payload: JsonObject) -> str:
    found = payload.get("user_id_by_app")
    return str(found) if isinstance(found, str | int) else ""


def _first(message: JsonObject) -> Any:
    attachments = message.get("attachments")
    return attachments[0] if isinstance(attachments, list) and attachments else {}


def _size(value: object) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else None
