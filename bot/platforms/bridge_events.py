"""What a bridge tells, checked: the shapes of `docs/bridge.schema.json`, and the events they become."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Base64Bytes,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic import model_validator as validator

from bot.payloads import readable
from handlers import events
from handlers.events import ButtonPressed, Event, MessageDeleted, MessagePosted, Reacted
from handlers.ports import Incoming, JsonObject, MalformedEvent

MOST_EVENTS = 100  # of one call
_YEARS = range(2000, 3000)  # of a clock that is set


def _likely(at: datetime) -> datetime:
    if at.year not in _YEARS:
        raise ValueError("a moment between the years 2000 and 3000")
    return at


# An id becomes a part of keys and headers, so it is printable; whose alphabet it is written in is its own.
Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, Field(max_length=20_000)]
Moment = Annotated[AwareDatetime, AfterValidator(_likely)]


class Shape(BaseModel):
    """A part of what is told: unknown keys are errors, so that a typing error is not silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sender(Shape):
    """Who did it."""

    id: Id
    name: str = Field(default="", max_length=200)
    bot: bool = False


class Location(Shape):
    """Where something is."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Attachment(Shape):
    """A photo: by an address that we can fetch, or its bytes in base64."""

    url: str | None = Field(default=None, max_length=2000)
    data: Base64Bytes | None = None
    stored: str | None = Field(default=None, pattern="^[0-9a-f]{64}$", exclude=True)  # ours, never told

    @validator(mode="after")
    def _is_one(self) -> "Attachment":
        if sum(one is not None for one in (self.url, self.data, self.stored)) != 1:
            raise ValueError("an attachment has either a url or data")
        return self


class Message(Shape):
    """Somebody posted. `album`: the same for all posts that were sent as one; `private`: to the bot alone."""

    type: Literal["message"]
    chat: Id
    id: Id
    sender: Sender
    at: Moment
    text: Text = ""
    reply_to: Id | None = None
    album: Id | None = None
    attachments: list[Attachment] = Field(default_factory=list, max_length=20)
    location: Location | None = None
    chat_title: str = Field(default="", max_length=200)
    private: bool = False
    to_bot: bool = False


class Edit(Shape):
    """Somebody changed what they posted."""

    type: Literal["edit"]
    chat: Id
    id: Id
    sender: Sender
    at: Moment
    text: Text


class Delete(Shape):
    """Somebody took back what they posted."""

    type: Literal["delete"]
    chat: Id
    id: Id
    sender: Sender
    at: Moment


class Reaction(Shape):
    """Somebody's reactions on a message as they now stand; empty when taken back."""

    type: Literal["reaction"]
    chat: Id
    message: Id
    sender: Sender
    at: Moment
    emoji: list[str] = Field(max_length=20)


class Press(Shape):
    """Somebody pressed a button under a post of ours; `press` names it in our answer."""

    type: Literal["press"]
    chat: Id
    message: Id
    sender: Sender
    at: Moment
    press: Id
    data: str = Field(max_length=64)


class Receipt(Shape):
    """What became of one of our deliveries: `message` is its id there, or `error` says why not."""

    type: Literal["receipt"]
    delivery: Id
    message: Id | None = None
    error: str | None = Field(default=None, max_length=500)
    retry: bool = False  # with an error: try again later


Told = Annotated[Message | Edit | Delete | Reaction | Press | Receipt, Field(discriminator="type")]
_TOLD: TypeAdapter[Told] = TypeAdapter(Told)


class BadEvent(ValueError):
    """What was told can't be read; the text says where and why."""


def schema() -> JsonObject:
    """The JSON schema of one event, as `docs/bridge.schema.json` has it."""
    found = _TOLD.json_schema()
    for shape in found["$defs"].values():
        shape.get("properties", {}).pop("stored", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event of a bridge",
        **found,
    }


def read(body: object) -> list[Told]:
    """The events of a call: one, or a list; what is no text in a text is replaced. Raises BadEvent."""
    body = readable(body)
    each = body if isinstance(body, list) else [body]
    if not 1 <= len(each) <= MOST_EVENTS:
        raise BadEvent(f"a call has 1 to {MOST_EVENTS} events")
    return [_one(event, place) for place, event in enumerate(each)]


def _one(event: object, place: int) -> Told:
    if isinstance(event, dict) and any("stored" in one for one in _attachments(event)):
        raise BadEvent(f"event {place}: attachments: unknown key 'stored'")
    try:
        return _TOLD.validate_python(event)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadEvent(f"event {place}: {where or 'it'}: {first['msg']}") from None


def _attachments(event: JsonObject) -> Sequence[JsonObject]:
    found = event.get("attachments")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def incoming(event: Told, payload: JsonObject) -> Incoming:
    """An event as the inbox takes it; the same told twice has the same key.

    A messenger whose clock counts in seconds may tell of two edits within one: their texts tell them apart.
    """
    match event:
        case Message():
            key = _key("m", event.chat, event.id)
        case Edit():
            key = _key("e", event.chat, event.id, event.at.isoformat(), _digest(event.text))
        case Delete():
            key = _key("d", event.chat, event.id)
        case Reaction():
            who, what = event.sender.id, _digest("\0".join(event.emoji))
            key = _key("r", event.chat, event.message, who, event.at.isoformat(), what)
        case Press():
            key = _key("p", event.chat, event.press)
        case Receipt():
            raise BadEvent("a receipt is no event of the inbox")
    return Incoming(key, payload, event.at, lane=event.chat)


def _key(kind: str, *parts: str) -> str:
    """Ids hold colons themselves (Matrix): where they stand must not make two messages one."""
    return ":".join([kind, *(part.replace("%", "%25").replace(":", "%3A") for part in parts)])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def parse(payload: JsonObject) -> Event | None:
    """The event of a payload that was kept. Raises MalformedEvent."""
    try:
        told = _TOLD.validate_python(payload)
    except ValidationError as error:
        raise MalformedEvent(f"{error.error_count()} faults in an event of a bridge") from None
    return _event(told)


def _event(told: Told) -> Event | None:
    match told:
        case Message():
            return _message(told)
        case Edit():
            who = _person(told.sender)
            return MessagePosted(told.chat, told.id, who, told.at, told.text, edited=True)
        case Delete():
            return MessageDeleted(told.chat, told.id, _person(told.sender), told.at)
        case Reaction():
            who, emoji = _person(told.sender), tuple(told.emoji)
            return Reacted(told.chat, told.message, who, told.at, emoji)
        case Press():
            who = _person(told.sender)
            return ButtonPressed(told.chat, told.message, who, told.at, told.press, told.data)
        case Receipt():
            return None


def _message(told: Message) -> MessagePosted:
    place = told.location
    return MessagePosted(
        chat=told.chat,
        id=told.id,
        sender=_person(told.sender),
        at=told.at,
        text=told.text,
        photos=tuple(events.Photo(one.url or f"{STORED}{one.stored}") for one in told.attachments),
        reply_to=told.reply_to,
        album=told.album,
        location=events.Location(place.latitude, place.longitude) if place else None,
        chat_title=told.chat_title,
        private=told.private,
        to_bot=told.to_bot or told.private,
    )


STORED = "stored:"  # before the hash of a photo that came with its event


def _person(sender: Sender) -> events.Person:
    return events.Person(sender.id, sender.name, sender.bot)
