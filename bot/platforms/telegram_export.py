"""A group's history as Telegram Desktop exports it ("machine-readable JSON", one chat).

Messages get the keys that the live stream gives them, so that the two may overlap. An export has no
album ids, so neighbouring photos of one sender, each at most a second after the one before, are taken
for an album and named after the first: a hand can't send them so fast. An edited message comes once,
with its last text; what was deleted is not in an export.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.platforms.listened import Listened
from bot.platforms.telegram_updates import fingerprint
from handlers.events import Event, Location, MessagePosted, Person, Photo
from handlers.ports import (
    FetchError,
    Incoming,
    JsonObject,
    MalformedEvent,
)

NAME = "telegram"
SOURCE = "telegram_export"
HOME_ZONE = "Asia/Ho_Chi_Minh"
_ALBUM_GAP = 1  # seconds
_NOT_INCLUDED = "(File"  # "(File not included. Change data exporting settings to download.)"
_SUPERGROUPS = ("private_supergroup", "public_supergroup", "private_channel", "public_channel")
_SPEAKING_CHATS = {"channel": "-100", "chat": "-"}
_MALFORMED = (AttributeError, KeyError, OSError, OverflowError, TypeError, ValueError)
_PEOPLE = ("personal_chat", "bot_chat", "saved_messages")


class TelegramExport(Listened):
    """One exported chat, read from its folder."""

    name = NAME
    source = SOURCE

    def __init__(self, path: Path, zone: tzinfo | None = None) -> None:
        """`path`: the export's folder, or its result.json. Raises ValueError with the remedy.

        `zone`: that of the computer which wrote the export; old ones give the local time only.
        """
        self._zone = zone or ZoneInfo(HOME_ZONE)
        file = path / "result.json" if path.is_dir() else path
        self._folder = file.parent.resolve()
        content = _read(file)
        self.title = str(content.get("name") or "")
        self.chat = _chat_id(content)
        self._messages = [one for one in content["messages"] if isinstance(one, dict)]

    @property
    def total(self) -> int:
        return len(self._messages)

    def incoming(self) -> Iterator[Incoming]:
        """All messages, in the order of the file."""
        for message, album in zip(self._messages, self._albums(), strict=True):
            payload = {"chat": self.chat, "title": self.title, "message": message, "album": album}
            yield Incoming(_key(self.chat, message), payload, lane=self.chat)

    def _albums(self) -> Iterator[str | None]:
        """The album of each message."""
        start: JsonObject = {}
        for place, message in enumerate(self._messages):
            before = self._messages[place - 1] if place else {}
            after = self._messages[place + 1] if place + 1 < len(self._messages) else {}
            joins, leads = self._together(before, message), self._together(message, after)
            if not joins:
                start = message
            yield f"x:{start['id']}" if joins or leads else None

    def _together(self, one: JsonObject, two: JsonObject) -> bool:
        """Whether two neighbours are photos of one album."""
        if not (_picture(one) and _picture(two) and "id" in one and "id" in two):
            return False
        if one.get("from_id") != two.get("from_id"):
            return False
        try:
            gap = _moment(two, self._zone) - _moment(one, self._zone)
        except _MALFORMED:
            return False
        return 0 <= gap.total_seconds() <= _ALBUM_GAP

    def parse(self, payload: JsonObject) -> Event | None:
        try:
            message = payload["message"]
            return None if message["type"] != "message" else _posted(payload, message, self._zone)
        except _MALFORMED as error:
            raise MalformedEvent(f"{type(error).__name__}: {error}") from None

    async def fetch(self, ref: str, limit: int) -> bytes:
        try:
            return self._read_photo(ref, limit)
        except (OSError, ValueError) as error:
            raise FetchError(f"the photo can't be read: {type(error).__name__}", permanent=True) from None

    def _read_photo(self, ref: str, limit: int) -> bytes:
        path = (self._folder / ref).resolve()
        if not path.is_relative_to(self._folder):
            raise FetchError("the photo's path leads out of the export", permanent=True)
        if not path.is_file():
            raise FetchError("the photo is not in the export", permanent=True)
        if path.stat().st_size > limit:
            raise FetchError(f"the photo has more than {limit} bytes", permanent=True)
        return path.read_bytes()

    def link(self, chat: str, message: str) -> str | None:
        return f"https://t.me/c/{chat.removeprefix('-100')}/{message}" if chat.startswith("-100") else None

    async def close(self) -> None:
        """Nothing is held open."""


def _read(file: Path) -> JsonObject:
    try:
        content = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise ValueError(
            f"{file} is not there: export the group in Telegram Desktop (Export chat history, "
            "format: machine-readable JSON) and give that folder"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{file} is not an export in JSON: {type(error).__name__}") from None
    if isinstance(content, dict) and "chats" in content:
        raise ValueError(f"{file} is of a whole account: open the group and export that one chat")
    if not isinstance(content, dict) or not isinstance(content.get("messages"), list):
        raise ValueError(f"{file} is not an export of a chat: it has no list of messages")
    return content


def _chat_id(content: Mapping[str, Any]) -> str:
    """The live id: -100… for a supergroup, -… for a basic group, a person's own for a private chat."""
    number = content.get("id")
    if not isinstance(number, int):
        raise ValueError("the export has no chat id")
    if content.get("type") in _PEOPLE:
        return str(number)
    return f"-100{number}" if content.get("type") in _SUPERGROUPS else f"-{number}"


def _key(chat: str, message: JsonObject) -> str:
    return f"m:{chat}:{message['id']}" if "id" in message else f"u:{fingerprint(message)}"


def _posted(payload: JsonObject, message: JsonObject, zone: tzinfo) -> MessagePosted | None:
    text, photos, location = _text(message.get("text", "")), _photos(message), _location(message)
    if not text and not photos and location is None:
        return None
    return MessagePosted(
        chat=str(payload["chat"]),
        id=str(message["id"]),
        sender=_sender(message),
        at=_moment(message, zone),
        text=text,
        photos=photos,
        reply_to=_id(message.get("reply_to_message_id")),
        album=payload.get("album"),
        location=location,
        chat_title=str(payload["title"]),
    )


def _moment(message: JsonObject, zone: tzinfo) -> datetime:
    if "date_unixtime" in message:
        return datetime.fromtimestamp(int(message["date_unixtime"]), UTC)
    return datetime.fromisoformat(message["date"]).replace(tzinfo=zone).astimezone(UTC)


def _text(text: object) -> str:
    """A plain string, or a list of strings and entities."""
    if isinstance(text, str):
        return text
    if not isinstance(text, list):
        raise TypeError("a text that is neither a string nor a list")
    return "".join(part if isinstance(part, str) else str(part["text"]) for part in text)


def _photos(message: JsonObject) -> tuple[Photo, ...]:
    """The photo where its file was exported, not a sentence in its place."""
    found = _picture(message)
    if found is None or found.startswith(_NOT_INCLUDED):
        return ()
    size = message.get("photo_file_size", message.get("file_size"))
    return (Photo(found, size if isinstance(size, int) else None),)


def _picture(message: JsonObject) -> str | None:
    """A photo, or a picture that was sent as a file; a sticker has a media type of its own."""
    found = message.get("photo")
    if found is None and "media_type" not in message:
        found = message.get("file") if str(message.get("mime_type", "")).startswith("image/") else None
    return None if found is None else str(found)


def _location(message: JsonObject) -> Location | None:
    where = message.get("location_information")
    return Location(float(where["latitude"]), float(where["longitude"])) if where else None


def _sender(message: JsonObject) -> Person:
    """`user123` is member 123; a channel or group speaks in its own name.

    An erased account has no name; it keeps its id where the export has one, so that two don't become one.
    """
    sender = str(message.get("from_id") or "deleted")
    name = str(message.get("from") or "")
    for prefix, live in _SPEAKING_CHATS.items():
        if sender.startswith(prefix):
            return Person(f"chat:{live}{sender.removeprefix(prefix)}", name)
    return Person(sender.removeprefix("user"), name)


def _id(value: object) -> str | None:
    return None if value is None else str(value)
