"""The built-in chat's API: rooms, posts, presses, and a stream of what changes.

Who writes is whoever is signed in; only where nobody signs in does the page say it.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platforms.webchat import NAME, PRIVATE, NameTaken, NewPost, WebChat
from bot.platforms.webchat_feed import TooManyListeners
from bot.web import patience
from bot.web.pace import TOUCHES, Burden, Pace
from bot.web.reading import PHOTOS, TEXT_LIMIT, Form, PageReader, answer
from bot.web.room_json import chat_json, member_json
from bot.web.room_stream import PAGE, RoomStream, shown
from bot.web.sessions import SHARED, SignedIn
from bot.web.visitors import Visitor, Visitors, may_enter, rooms_of
from handlers.events import Person
from handlers.ports import JsonObject, NotSent
from storage import chats, members, room
from storage.columns import row_number
from storage.database import Database
from storage.models import Chat, Member, row_id
from storage.pictures import BadPicture

WayBack = Callable[[SignedIn], Awaitable[str | None]]


def body_limit(photo_limit: int) -> int:
    """The most bytes that one request may have."""
    return PHOTOS * photo_limit + 1_000_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the page is told of the city and of our other pages."""

    title: str
    language: str
    board: bool  # everybody's
    room: bool  # the moderators'


class RoomApi:
    """Routes under /api for the page of the built-in chat."""

    def __init__(
        self,
        database: Database,
        chat: WebChat,
        visitors: Visitors,
        *,
        reader: PageReader,
        pace: Pace,
        burden: Burden,
        around: Surroundings,
        way_back: WayBack,
    ) -> None:
        """`way_back`: the address at which the next person at a kiosk begins."""
        self._database = database
        self._chat = chat
        self._visitors = visitors
        self._reader = reader
        self._pace = pace
        self._burden = burden
        self._touches = pace.beside(TOUCHES)
        self._around = around
        self._way_back = way_back
        self._stream = RoomStream(database, chat.feed, visitors)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/state", self.state),
            web.get("/api/stream", self.stream),
            web.get("/api/here", self.here),
            web.post("/api/here", self.here),
            web.post("/api/posts", self.post),
            web.post("/api/posts/{post}/edit", self.edit),
            web.post("/api/press", self.press),
            web.post("/api/react", self.react),
        ]

    async def state(self, request: web.Request) -> web.Response:
        """Rooms, people, and the newest posts of one room."""
        visitor = await self._visitors.of(request)
        before = request.query.get("before", "")
        async with self._database.read() as session:
            rooms = await rooms_of(session, visitor)
            wanted = request.query.get("chat") or _first(rooms, visitor)
            await self._enter(session, visitor, wanted)
            people = await members.everyone(session, NAME) if visitor.signed is None else []
            revision = await room.revision(session)  # before the posts: what comes meanwhile is told again
            posts = await room.latest(session, wanted, row_number(before), PAGE)
            told = await shown(session, visitor, wanted, posts)
        count = len(people) if visitor.signed is None else None
        return answer(
            {
                "title": self._around.title,
                "language": rooms[0].language if rooms else self._around.language,
                "board": self._around.board,
                "room": self._around.room,
                **await self._whose(visitor),
                "chats": [chat_json(one, count) for one in rooms],
                "members": [member_json(person) for person in people],
                "chat": wanted,
                "posts": told,
                "more": len(posts) == PAGE,
                "revision": revision,
            }
        )

    async def _whose(self, visitor: Visitor) -> JsonObject:
        """Who one is, and at a kiosk where the next one begins and after how long a rest."""
        if visitor.signed is None:
            return {"me": None, "kiosk": None}
        kiosk = {
            "again": await self._way_back(visitor.signed) or "/",
            "idle_seconds": int(SHARED.idle.total_seconds()),
        }
        shared = visitor.signed.at_kiosk
        return {"me": member_json(visitor.signed.member), "kiosk": kiosk if shared else None}

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """New and changed posts of a room as they come."""
        visitor, wanted = await self._visitors.of(request), request.query.get("chat", "")
        async with self._database.read() as session:
            await self._enter(session, visitor, wanted)
        member_id = row_id(visitor.member) if visitor.member else None
        try:
            return await self._stream.serve(request, wanted, member_id)
        except TooManyListeners:
            raise self._reader.refuse("webchat.busy", web.HTTPServiceUnavailable) from None

    async def here(self, request: web.Request) -> web.Response:
        """Whether one may still be here, in this room; as a POST, that somebody is at the page."""
        visitor, wanted = await self._visitors.of(request), request.query.get("chat")
        if wanted is not None:
            async with self._database.read() as session:
                await self._enter(session, visitor, wanted)
        return answer({})

    async def post(self, request: web.Request) -> web.Response:
        """A member posts words and photos; before they are read is seen whether they may be."""
        visitor = await self._visitors.of(request)
        self._hold(visitor, self._pace)
        with self._held(request, visitor):
            patience.sender_is_known(request)
            return await self._post(visitor, await self._reader.form(request))

    @contextmanager
    def _held(self, request: web.Request, visitor: Visitor) -> Iterator[None]:
        """Bytes for a post on its way. Raises HTTPServiceUnavailable, after which pages try again."""
        member_id = row_id(visitor.member) if visitor.member else None
        held = self._burden.add(member_id, request.content_length)
        if held is None:
            raise self._reader.refuse("webchat.busy", web.HTTPServiceUnavailable)
        try:
            yield
        finally:
            self._burden.remove(member_id, held)

    async def _post(self, visitor: Visitor, form: Form) -> web.Response:
        if visitor.member and form.texts.get("as", visitor.member.external_id) != visitor.member.external_id:
            # Its page was opened by whoever was signed in before: nobody posts in another's name.
            raise self._reader.refuse("webchat.unsigned", web.HTTPUnauthorized)
        new = self._new_post(form, await self._author(visitor, form.texts))
        try:
            ids = await self._chat.post(new)
        except BadPicture:
            raise self._reader.refuse("webchat.picture") from None
        except NameTaken:
            raise self._reader.refuse("webchat.missing", name="client_id") from None
        except NotSent:
            raise self._reader.refuse("webchat.starting", web.HTTPServiceUnavailable) from None
        return answer({"ids": ids}, status=201)

    def _new_post(self, form: Form, author: Person) -> NewPost:
        text = form.texts.get("text", "").strip()
        if not text and not form.photos:
            raise self._reader.refuse("webchat.empty")
        if len(text) > TEXT_LIMIT:
            raise self._reader.refuse("webchat.long", count=TEXT_LIMIT)
        return NewPost(
            client_id=self._reader.client_id(form.texts.get("client_id")),
            chat=form.texts["chat"],
            author=author,
            text=text,
            photos=tuple(form.photos),
            reply_to=form.texts.get("reply_to") or None,
        )

    async def edit(self, request: web.Request) -> web.Response:
        """A member changes an own post."""
        data, author = await self._asked(request)
        text = self._reader.word(data, "text").strip()
        if not text or len(text) > TEXT_LIMIT:
            raise self._reader.refuse("webchat.empty")
        if not await self._chat.edit(data["chat"], request.match_info["post"], author, text):
            raise self._reader.refuse("webchat.not_yours", web.HTTPForbidden)
        return answer({})

    async def press(self, request: web.Request) -> web.Response:
        """A member presses a button under a post of the bot."""
        data, author = await self._asked(request)
        client_id, word = self._reader.client_id(data.get("client_id")), self._reader.word
        await self._chat.press(data["chat"], word(data, "post"), author, word(data, "data")[:64], client_id)
        return answer({}, status=202)

    async def react(self, request: web.Request) -> web.Response:
        """A member reacts to a post, or takes it back."""
        data, author = await self._asked(request)
        post, emoji = self._reader.word(data, "post"), self._reader.emoji(data.get("emoji"))
        client_id = self._reader.client_id(data.get("client_id"))
        if not await self._chat.react(data["chat"], post, author, emoji, client_id):
            raise self._reader.refuse("webchat.no_post", web.HTTPNotFound)
        return answer({}, status=202)

    async def _asked(self, request: web.Request) -> tuple[JsonObject, Person]:
        """What is asked for in a room, and by whom, unless they ask too much."""
        visitor = await self._visitors.of(request)
        data = await self._reader.json(request)
        data["chat"] = self._reader.word(data, "chat")
        author = await self._author(visitor, data)
        self._hold(visitor, self._touches)
        return data, author

    def _hold(self, visitor: Visitor, pace: Pace) -> None:
        """Raises HTTPTooManyRequests for a member who does too much in a minute."""
        if visitor.member is not None and not pace.allows(row_id(visitor.member)):
            raise self._reader.refuse("webchat.fast", web.HTTPTooManyRequests)

    async def _author(self, visitor: Visitor, said: JsonObject) -> Person:
        """Who writes into the room that is said. Raises HTTPNotFound where they don't see it."""
        chat = str(said.get("chat", ""))
        async with self._database.read() as session:
            found = visitor.member or await members.find(session, NAME, str(said.get("member", "")))
            where = await chats.find(session, NAME, chat)
            if visitor.member is not None:
                await self._enter(session, visitor, chat)
        if found is not None and where is None and chat == f"{PRIVATE}{found.external_id}":
            where = await self._own_room(found, chat)
        if found is None or where is None:
            raise self._reader.refuse("webchat.choose")
        return Person(found.external_id, found.name or found.external_id)

    async def _enter(self, session: AsyncSession, visitor: Visitor, wanted: str) -> None:
        """Raises HTTPNotFound for a room that somebody does not see, as for one that is not there."""
        if not await may_enter(session, visitor, wanted):
            raise self._reader.refuse("webchat.no_room", web.HTTPNotFound)

    async def _own_room(self, member: Member, chat: str) -> Chat:
        """The room of one member and the bot, made when it is first used."""
        async with self._database.write() as session:
            made = await chats.ensure(session, NAME, chat, member.name, member.created_at)
            await chats.private(session, made, row_id(member))
        return made


def _first(rooms: Sequence[Chat], visitor: Visitor) -> str:
    """The room that is shown where none is asked for."""
    return rooms[0].external_id if rooms else visitor.own_room or ""
