"""A group's history as Telegram Desktop exports it ("machine-readable JSON", one chat).

Messages get the keys that the live stream gives them, so that the two may overlap. An export has no
album ids; photos of one sender within the assembling window are put together without them.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from handlers.events import Event, Location, MessagePosted, Person, Photo
from handlers.ports import (
    Abilities,
    Commit,
    FetchError,
    Incoming,
    JsonObject,
    MalformedEvent,
    Outgoing,
    Receipt,
    Refused,
)

NAME = "telegram"
SOURCE = "telegram_export"
_NOT_INCLUDED = "(File"  # "(File not included. Change data exporting settings to download.)"
_SUPERGROUPS = ("private_supergroup", "public_supergroup", "private_channel", "public_channel")


class TelegramExport:
    """One exported chat, read from its folder."""

    name = NAME
    source = SOURCE
    abilities = Abilities(
        hears_everything=True,
        edits=False,
        buttons=False,
        reactions=False,
        text_limit=0,
        caption_limit=0,
        posts_per_minute=None,
        tells_repeats=False,
    )

    def __init__(self, path: Path) -> None:
        """`path`: the export's folder, or its result.json. Raises ValueError with the remedy."""
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
        for message in self._messages:
            payload = {"chat": self.chat, "title": self.title, "message": message}
            yield Incoming(f"m:{self.chat}:{message.get('id')}", payload)

    def parse(self, payload: JsonObject) -> Event | None:
        try:
            message = payload["message"]
            return None if message["type"] != "message" else _posted(payload, message)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise MalformedEvent(f"{type(error).__name__}: {error}") from None

    async def fetch(self, ref: str, limit: int) -> bytes:
        path = (self._folder / ref).resolve()
        if not path.is_relative_to(self._folder):
            raise FetchError("the photo's path leads out of the export", permanent=True)
        try:
            if path.stat().st_size > limit:
                raise FetchError(f"the photo has more than {limit} bytes", permanent=True)
            return path.read_bytes()
        except OSError as error:
            raise FetchError(f"the photo can't be read: {error.strerror}", permanent=True) from None

    async def receive(self, commit: Commit) -> None:
        """An export says nothing more by itself."""

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        raise Refused("an export can't be written to")

    async def administrators(self, chat: str) -> frozenset[str]:
        return frozenset()

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
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} is not an export in JSON: {type(error).__name__}") from None
    if isinstance(content, dict) and "chats" in content:
        raise ValueError(f"{file} is of a whole account: open the group and export that one chat")
    if not isinstance(content, dict) or not isinstance(content.get("messages"), list):
        raise ValueError(f"{file} is not an export of a chat: it has no list of messages")
    return content


def _chat_id(content: Mapping[str, Any]) -> str:
    """The live id: -100… for a supergroup, -… for a basic group."""
    number = content.get("id")
    if not isinstance(number, int):
        raise ValueError("the export has no chat id")
    return f"-100{number}" if content.get("type") in _SUPERGROUPS else f"-{number}"


def _posted(payload: JsonObject, message: JsonObject) -> MessagePosted | None:
    text, photo, location = _text(message.get("text", "")), _photo(message), _location(message)
    if not text and photo is None and location is None:
        return None
    return MessagePosted(
        chat=str(payload["chat"]),
        id=str(message["id"]),
        sender=_sender(message),
        at=_moment(message),
        text=text,
        photos=(Photo(photo),) if photo else (),
        reply_to=_id(message.get("reply_to_message_id")),
        location=location,
        chat_title=str(payload["title"]),
    )


def _moment(message: JsonObject) -> datetime:
    return datetime.fromtimestamp(int(message["date_unixtime"]), UTC)


def _text(text: object) -> str:
    """A plain string, or a list of strings and entities."""
    if isinstance(text, str):
        return text
    if not isinstance(text, list):
        raise TypeError("a text that is neither a string nor a list")
    return "".join(part if isinstance(part, str) else str(part["text"]) for part in text)


def _photo(message: JsonObject) -> str | None:
    """The file of a photo, or of a picture that was sent as a file."""
    found = message.get("photo")
    if found is None and str(message.get("mime_type", "")).startswith("image/"):
        found = message.get("file")
    return None if found is None or str(found).startswith(_NOT_INCLUDED) else str(found)


def _location(message: JsonObject) -> Location | None:
    where = message.get("location_information")
    return Location(float(where["latitude"]), float(where["longitude"])) if where else None


def _sender(message: JsonObject) -> Person:
    """`user123` is member 123; a channel or group speaks in its own name; an erased account has none."""
    sender = str(message.get("from_id") or "deleted")
    name = str(message.get("from") or "")
    for prefix in ("channel", "chat"):
        if sender.startswith(prefix):
            return Person(f"chat:-100{sender.removeprefix(prefix)}", name)
    return Person(sender.removeprefix("user"), name)


def _id(value: object) -> str | None:
    return None if value is None else str(value)
