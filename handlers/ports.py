"""What the outside must offer (Protocols), and the values that pass between.

DeliveryError
├── NotSent       nothing left us, or the platform said "later": repeat after `retry_after`
├── Refused       the platform said no for good; `moved_to` where the chat has a new id
├── Ambiguous     it left us and no answer came: it may have arrived
└── PlatformDown  the platform's account is unusable (a bad token); everything else goes on.
                  `for_good`: all of it rests a while between two tries; else each post by itself
FetchError        a photo can't be had; `permanent` tells whether to ask again
MalformedEvent    a payload that is no event we can read
Crowded           it can only be done while nobody else changes tickets
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from handlers.events import Event
from handlers.posts import Content

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing a platform told us, under the platform's own key, before anyone reads it."""

    key: str
    payload: JsonObject
    said_at: datetime | None = None  # by the platform's clock, where the payload has it
    order: int = 0  # the platform's own number, where it tells what of one moment was first
    hold: timedelta = timedelta(0)  # how long to wait for what was said before it and comes after it
    lane: str = ""  # the chat it is about: events of one are handled in order, of several side by side


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a platform can and cannot do."""

    hears_everything: bool
    edits: bool
    buttons: bool
    reactions: bool
    text_limit: int  # UTF-16 units
    caption_limit: int
    posts_per_minute: int | None  # in one group; None: no limit
    tells_repeats: bool  # the same delivery sent twice is seen once there
    album_buttons: bool = True  # several photos and buttons in one post
    albums: bool = True  # several photos in one post at all
    posts_per_month: int | None = None  # of all its chats together
    tells_replies: bool = True  # of a member's answer we hear to what it is one


# A platform that is switched off: what is written for it waits, as for one that can do everything.
SWITCHED_OFF = Abilities(
    hears_everything=True,
    edits=True,
    buttons=True,
    reactions=True,
    text_limit=4096,
    caption_limit=1024,
    posts_per_minute=None,
    tells_repeats=False,
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One delivery with everything resolved: pictures as JPEG bytes, an edit's own message id."""

    key: str
    chat: str
    content: Content
    pictures: tuple[bytes, ...] = ()
    message: str | None = None  # an edit's target
    message_has_pictures: bool = False
    photos: tuple[str, ...] = ()  # the pictures' names in our store; of a joined one's, those it is made of


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform took it; `message` is its own id for a new post, and what kind of post it became."""

    message: str | None = None
    has_pictures: bool = False


class DeliveryError(Exception):
    """A delivery that did not certainly succeed; the text holds no secret."""


class NotSent(DeliveryError):
    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Refused(DeliveryError):
    def __init__(self, reason: str, moved_to: str | None = None) -> None:
        super().__init__(reason)
        self.moved_to = moved_to


class Ambiguous(DeliveryError):
    pass


class PlatformDown(DeliveryError):
    def __init__(self, reason: str, *, for_good: bool = True) -> None:
        super().__init__(reason)
        self.for_good = for_good


class FetchError(Exception):
    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


class MalformedEvent(ValueError):
    pass


class Crowded(Exception):
    pass


Commit = Callable[[Sequence[Incoming]], Awaitable[None]]
"""Stores what came in; when it returns, the platform may be told that we have it."""

Clock = Callable[[], datetime]
"""The present moment, aware, UTC."""

Step = Callable[[str], None]
"""Told the name of each step on a message's way; tests end the process there."""


class ChatPlatform(Protocol):
    """One chat service. `name` is its identity in the tables; `source` the shape of its payloads."""

    name: str
    source: str
    abilities: Abilities

    async def receive(self, commit: Commit) -> None:
        """Listen until cancelled; confirm to the platform only what `commit` has returned for."""

    def parse(self, payload: JsonObject) -> Event | None:
        """The event in a payload, None where it is nothing to us. Raises MalformedEvent."""

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        """Send one delivery, once. Raises DeliveryError."""

    async def fetch(self, ref: str, limit: int) -> bytes:
        """A photo's bytes, at most `limit`. Raises FetchError."""

    async def administrators(self, chat: str) -> frozenset[str]:
        """Ids of a group's administrators. Raises DeliveryError."""

    def link(self, chat: str, message: str) -> str | None:
        """An address that opens a post, where the platform has one."""

    async def close(self) -> None:
        """Give back connections."""


@runtime_checkable
class Introduced(Protocol):
    """A platform that learns names before it can read all that was said."""

    async def introduce(self) -> None:
        """Learn them, or those that are new. Raises DeliveryError."""


@dataclass(frozen=True, slots=True)
class Dispatched:
    """One thing to tell a system outside: what happened, and what is said of the ticket by now.

    `key` is the same at every attempt. `payload` holds none of a member's words; `words` and `photos`
    (content hashes) are the ticket's own, as they stand when it leaves. `reference`: by what the receiver
    calls the ticket, where it has told.
    """

    key: str
    payload: JsonObject
    ticket_id: int
    code: str
    category: str
    words: str
    place: str
    latitude: float | None
    longitude: float | None
    due_at: datetime | None
    department: str | None
    link: str | None
    photos: tuple[str, ...]
    attempt: int
    reference: str | None
    cameras: tuple[str, ...] = ()  # codes of the nearest, for the operations centre only


class Target(Protocol):
    """One system outside that hears of tickets. `repeats`: it can tell the same thing told twice."""

    name: str
    repeats: bool

    async def deliver(self, dispatched: Dispatched) -> str | None:
        """Tell it, once; by what it calls the ticket, where it says. Raises DeliveryError."""

    async def close(self) -> None:
        """Give back connections."""


class Say(Protocol):
    """A text that people read, from the catalogue, in a chat's language."""

    def __call__(self, language: str, key: str, /, **values: object) -> str: ...


Text = Callable[..., str]  # a text of the catalogue by its key, in one language
