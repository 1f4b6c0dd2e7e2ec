"""What a platform can tell us, in one shape for all platforms. Ids are the platform's own."""

from dataclasses import dataclass
from datetime import datetime

from handlers.shown import clean_name


@dataclass(frozen=True, slots=True)
class Person:
    """Who did it; `id` is "chat:" and a chat's id where somebody posts in that chat's name."""

    id: str
    name: str
    is_bot: bool = False

    def __post_init__(self) -> None:
        """Whatever platform says it: a name is one line."""
        object.__setattr__(self, "name", clean_name(self.name))


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that can be fetched from the platform by `ref`."""

    ref: str
    size: int | None = None  # bytes, where the platform says


@dataclass(frozen=True, slots=True)
class Location:
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Stated:
    """What a system outside says that a report is; `kind` empty: its words tell."""

    category: str
    kind: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """A message, or its new text when `edited`."""

    chat: str
    id: str
    sender: Person
    at: datetime
    text: str = ""
    photos: tuple[Photo, ...] = ()
    reply_to: str | None = None
    album: str | None = None
    location: Location | None = None
    edited: bool = False
    chat_title: str = ""
    private: bool = False  # said to the bot alone
    to_bot: bool = False  # names the bot
    forwarded: bool = False  # what somebody said elsewhere, passed on
    stated: Stated | None = None  # it is a report, whatever it sounds like


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A press of a button under one of our own posts; `press` is what a short answer refers to: where it was
    `written`, the message."""

    chat: str
    message: str
    sender: Person
    at: datetime
    press: str
    data: str
    written: bool = False


@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody's reactions on a message as they now stand; empty when taken back."""

    chat: str
    message: str
    sender: Person
    at: datetime
    emoji: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """Somebody took back what they posted."""

    chat: str
    id: str
    sender: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class ChatMoved:
    """A group became a supergroup with a new id."""

    old: str
    new: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChatClosed:
    """A group is no more, or we are out of it or may say nothing there."""

    chat: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ErasureAsked:
    """Somebody asks the platform that what we hold of them be erased; `alias`: their id where ids differ."""

    people: tuple[str, ...]
    alias: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StatusTold:
    """A system outside says how something stands with it; `reference`: by what it calls that.

    `is_repeated`: it stood so before, too, and only what is said of it is new.
    """

    chat: str
    reference: str
    is_closed: bool
    note: str
    at: datetime
    is_repeated: bool = False


Event = (
    MessagePosted
    | MessageDeleted
    | ButtonPressed
    | Reacted
    | ChatMoved
    | ChatClosed
    | ErasureAsked
    | StatusTold
)
