"""The built-in chat: rooms on a local page, kept in our own database.

| hears everything | edits | buttons | reactions | tells repeats | limits a minute |
| yes              | yes   | yes     | yes       | yes, by key   | none            |

Who posts is told by the web (bot/web/visitors.py): whoever is signed in by an invitation. Where nobody signs
in (webchat.sign_in = "none", for the demo) everybody may be anybody, so that is served on this machine alone.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.decoder import Decoder
from bot.platforms.webchat_feed import Feed, Share
from handlers.events import ButtonPressed, Event, Location, MessagePosted, Person, Photo, Reacted
from handlers.ports import (
    Abilities,
    Clock,
    Commit,
    FetchError,
    Incoming,
    JsonObject,
    MalformedEvent,
    NotSent,
    Outgoing,
    Receipt,
    Refused,
)
from handlers.posts import Edit, Keyboard, Post, React, Toast
from storage import chats, inbox, pictures, room
from storage.database import Database
from storage.images import ImageStore
from storage.models import RoomPost, row_id

NAME = "webchat"
BOT = "bot"
BOT_NAME = "Công ích"
REACTIONS = 3  # of one member to one post
PRIVATE = "rieng-"  # before a member's id: the room of that member and the bot
_TO_BOT = ("@congich", "@công ích", "@cong ich", "@bot")


@dataclass(frozen=True, slots=True)
class NewPost:
    """What a page sends: `client_id` is made there, and the same one twice is one post."""

    client_id: str
    chat: str
    author: Person
    text: str
    photos: tuple[bytes, ...] = ()
    reply_to: str | None = None
    location: Location | None = None


class NameTaken(Exception):
    """A page gave its post the name of somebody else's."""


def _nobody_else(_: str, __: JsonObject) -> None:
    """No other process serves pages."""


class WebChat:
    """The built-in rooms as a chat platform."""

    name = NAME
    source = NAME
    abilities = Abilities(
        hears_everything=True,
        edits=True,
        buttons=True,
        reactions=True,
        text_limit=8000,
        caption_limit=8000,
        posts_per_minute=None,
        tells_repeats=True,
    )

    def __init__(
        self,
        database: Database,
        images: ImageStore,
        decoder: Decoder,
        clock: Clock,
        public_url: str,
        share: Share = _nobody_else,
    ) -> None:
        self.feed = Feed(share)
        self._database = database
        self._images = images
        self._decoder = decoder
        self._clock = clock
        self._public_url = public_url.rstrip("/")
        self._commit: Commit | None = None

    # What pages do.

    async def post(self, new: NewPost) -> list[str]:
        """A member posts; the ids of the posts. Raises BadPicture, NameTaken, NotSent before `receive`."""
        photos = [await self._keep_photo(photo) for photo in new.photos]
        drafts = self._drafts(new, photos)
        async with self._database.write() as session:
            kept = [await room.add(session, draft) for draft in drafts]
            if any(post.author != new.author.id for post in kept):
                raise NameTaken
        payloads = [_message_payload(post, new.author, new.location) for post in kept]
        events = [
            Incoming(f"m:{post.chat}:{post.key}", data, post.at, row_id(post), lane=post.chat)
            for post, data in zip(kept, payloads, strict=True)
        ]
        await self._tell(events)
        return [str(post.id) for post in kept]

    async def edit(self, chat: str, post_id: str, author: Person, text: str) -> bool:
        """A member changes the words of an own post; False where it is not theirs."""
        async with self._database.write() as session:
            post = await room.to_change(session, chat, post_id)
            if post is None or post.from_bot or post.author != author.id:
                return False
            post.text, post.edited = text, True
            await room.touch(session, post)
            payload = _message_payload(post, author, None) | {
                "type": "edit",
                "at": self._clock().isoformat(),
            }
        await self._tell([Incoming(f"e:{chat}:{post.id}:{post.revision}", payload, lane=chat)])
        return True

    async def press(self, chat: str, post_id: str, author: Person, data: str, client_id: str) -> None:
        """A member presses a button under a post of ours."""
        payload = {
            "type": "press",
            "chat": chat,
            "message": post_id,
            "sender": _person_json(author),
            "at": self._clock().isoformat(),
            "press": f"{author.id}:{client_id}",
            "data": data,
        }
        await self._tell([Incoming(f"p:{author.id}:{client_id}", payload, lane=chat)])

    async def react(self, chat: str, post_id: str, author: Person, emoji: str, client_id: str) -> bool:
        """A member reacts, or takes the reaction back; False where there is no such post. Told once more by
        the same name it changes nothing: the event is kept in the transaction that changes the post."""
        now = self._clock()
        async with self._database.write() as session:
            post = await room.to_change(session, chat, post_id)
            if post is None:
                return False
            reactions, mine = _toggled(post.reactions, author.id, emoji)
            event = _reacted(post, author, mine, f"r:{author.id}:{client_id}", now)
            if not await inbox.store(session, NAME, NAME, [_kept(event)], now):
                return True
            post.reactions = reactions
            await room.touch(session, post)
        await self._tell([event])  # which is kept already: whoever handles it hears that it is there
        return True

    # What the port asks.

    def listen(self, commit: Commit) -> None:
        """Hand what pages send to `commit` from now on."""
        self._commit = commit

    async def receive(self, commit: Commit) -> None:
        self.listen(commit)
        try:
            await asyncio.Event().wait()
        finally:
            self._commit = None

    def parse(self, payload: JsonObject) -> Event | None:
        try:
            return _READERS[payload["type"]](payload)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MalformedEvent(f"{type(error).__name__}: {error}") from None

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        match outgoing.content:
            case Post() as content:
                return await self._deliver_post(outgoing, content)
            case Edit() as content:
                await self._deliver_edit(outgoing, content)
            case React() as content:
                await self._deliver_reaction(outgoing, content)
            case Toast() as content:
                member = content.press.partition(":")[0]
                if content.text:
                    self.feed.say("toast", {"member": member, "text": content.text})
        return Receipt()

    async def fetch(self, ref: str, limit: int) -> bytes:
        data = await self._images.get(ref)
        if data is None:
            raise FetchError("the photo is not in the store", permanent=True)
        if len(data) > limit:
            raise FetchError(f"the photo has {len(data)} bytes, more than {limit}", permanent=True)
        return data

    async def administrators(self, chat: str) -> frozenset[str]:
        return frozenset()

    def link(self, chat: str, message: str) -> str | None:
        return f"{self._public_url}/#{chat}/{message}" if self._public_url else None

    async def close(self) -> None:
        self.feed.say("bye", {})

    def _drafts(self, new: NewPost, photos: Sequence[JsonObject]) -> list[RoomPost]:
        """One post, or one for each photo of an album with the words on the first."""
        first = RoomPost(
            chat=new.chat,
            key=new.client_id,
            author=new.author.id,
            author_name=new.author.name,
            text=new.text,
            reply_to=new.reply_to,
            album=new.client_id if len(photos) > 1 else None,
            photos=list(photos[:1]),
            latitude=new.location.latitude if new.location else None,
            longitude=new.location.longitude if new.location else None,
            at=self._clock(),
        )
        others = [
            RoomPost(
                chat=new.chat,
                key=f"{new.client_id}/{place}",
                author=new.author.id,
                author_name=new.author.name,
                album=new.client_id,
                photos=[photo],
                at=first.at,
            )
            for place, photo in enumerate(photos[1:], start=1)
        ]
        return [first, *others]

    async def _keep_photo(self, data: bytes) -> JsonObject:
        picture = await self._decoder.decode(data)
        kept = await pictures.store(self._images, data, picture)
        return _photo_json(kept.content_hash, picture)

    async def _tell(self, events: Sequence[Incoming]) -> None:
        if self._commit is None:
            raise NotSent("the chat is not listening yet")
        await self._commit(events)
        self.feed.say("changed", {})

    async def _deliver_post(self, outgoing: Outgoing, content: Post) -> Receipt:
        photos = await self._shown(outgoing)
        async with self._database.write() as session:
            if await chats.find(session, NAME, outgoing.chat) is None:
                raise Refused("there is no such room")
            draft = RoomPost(
                chat=outgoing.chat,
                key=f"out:{outgoing.key}",
                author=BOT,
                author_name=BOT_NAME,
                from_bot=True,
                text=content.text,
                reply_to=content.reply_to,
                photos=photos,
                buttons=_buttons_json(content.buttons),
                at=self._clock(),
            )
            post = await room.add(session, draft)
        self.feed.say("changed", {})
        return Receipt(str(row_id(post)), has_pictures=bool(photos))

    async def _shown(self, outgoing: Outgoing) -> list[JsonObject]:
        """The photos of a post of ours: by their own names, so that with a photo goes whatever shows it; what
        was joined or drawn is kept, and says what it is made of."""
        if len(outgoing.photos) == len(outgoing.pictures):
            named = zip(outgoing.photos, outgoing.pictures, strict=True)
            return [_photo_json(name, await self._decoder.decode(data)) for name, data in named]
        made = [await self._keep_photo(picture) for picture in outgoing.pictures]
        return [photo | {"of": list(outgoing.photos)} for photo in made]

    async def _deliver_edit(self, outgoing: Outgoing, content: Edit) -> None:
        async with self._database.write() as session:
            post = await room.to_change(session, outgoing.chat, outgoing.message or "")
            if post is None or not post.from_bot:
                raise Refused("the post to edit is not there")
            post.text, post.buttons = content.text, _buttons_json(content.buttons)
            if content.bare:
                await room.take_photos(session, post)
            await room.touch(session, post)
        self.feed.say("changed", {})

    async def _deliver_reaction(self, outgoing: Outgoing, content: React) -> None:
        async with self._database.write() as session:
            post = await room.to_change(session, outgoing.chat, content.message)
            if post is None:
                raise Refused("the post to react to is not there")
            others = [name for name in post.reactions.get(content.emoji, []) if name != BOT]
            post.reactions = {**post.reactions, content.emoji: [*others, BOT]}
            await room.touch(session, post)
        self.feed.say("changed", {})


def _toggled(reactions: JsonObject, member: str, emoji: str) -> tuple[JsonObject, list[str]]:
    """One member's reaction set or taken back, which may take another's place: a post's reactions then, and
    which of them are theirs."""
    had = [word for word, who in reactions.items() if member in who]
    now = [word for word in had if word != emoji] if emoji in had else [*had[1 - REACTIONS :], emoji]
    others = {word: [name for name in who if name != member] for word, who in reactions.items()}
    mine = {word: [*others.get(word, []), member] for word in now}
    return {word: who for word, who in {**others, **mine}.items() if who}, now


def _reacted(post: RoomPost, author: Person, emoji: Sequence[str], key: str, now: datetime) -> Incoming:
    payload = {
        "type": "react",
        "chat": post.chat,
        "message": str(row_id(post)),
        "sender": _person_json(author),
        "at": now.isoformat(),
        "emoji": list(emoji),
    }
    return Incoming(key, payload, lane=post.chat)


def _kept(event: Incoming) -> inbox.NewEvent:
    return inbox.NewEvent(event.key, event.payload, lane=event.lane)


def _photo_json(content_hash: str, picture: pictures.Picture) -> JsonObject:
    return {"hash": content_hash, "width": picture.width, "height": picture.height}


def _message_payload(post: RoomPost, author: Person, location: Location | None) -> JsonObject:
    return {
        "type": "message",
        "chat": post.chat,
        "id": str(row_id(post)),
        "sender": _person_json(author),
        "at": post.at.isoformat(),
        "text": post.text,
        "photos": [photo["hash"] for photo in post.photos],
        "reply_to": post.reply_to,
        "album": post.album,
        "location": [location.latitude, location.longitude] if location else None,
    }


def _person_json(person: Person) -> JsonObject:
    return {"id": person.id, "name": person.name}


def _buttons_json(keyboard: Keyboard) -> list[list[JsonObject]]:
    return [[{"text": button.text, "data": button.data} for button in row] for row in keyboard]


def _person(payload: Mapping[str, Any]) -> Person:
    return Person(str(payload["id"]), str(payload["name"]))


def _moment(payload: Mapping[str, Any]) -> datetime:
    moment = datetime.fromisoformat(payload["at"])
    if moment.tzinfo is None:
        raise ValueError("a moment without its time zone")
    return moment


def _message(payload: JsonObject) -> MessagePosted:
    where = payload["location"]
    return MessagePosted(
        chat=str(payload["chat"]),
        id=str(payload["id"]),
        sender=_person(payload["sender"]),
        at=_moment(payload),
        text=str(payload["text"]),
        photos=tuple(Photo(str(content_hash)) for content_hash in payload["photos"]),
        reply_to=payload["reply_to"],
        album=payload["album"],
        location=Location(float(where[0]), float(where[1])) if where else None,
        private=str(payload["chat"]).startswith(PRIVATE),
        to_bot=any(name in str(payload["text"]).lower() for name in _TO_BOT),
    )


def _edit(payload: JsonObject) -> MessagePosted:
    return replace(_message(payload), edited=True)


def _press(payload: JsonObject) -> ButtonPressed:
    return ButtonPressed(
        chat=str(payload["chat"]),
        message=str(payload["message"]),
        sender=_person(payload["sender"]),
        at=_moment(payload),
        press=str(payload["press"]),
        data=str(payload["data"]),
    )


def _react(payload: JsonObject) -> Reacted:
    return Reacted(
        chat=str(payload["chat"]),
        message=str(payload["message"]),
        sender=_person(payload["sender"]),
        at=_moment(payload),
        emoji=tuple(str(emoji) for emoji in payload["emoji"]),
    )


_READERS: dict[str, Callable[[JsonObject], Event]] = {
    "message": _message,
    "edit": _edit,
    "press": _press,
    "react": _react,
}
