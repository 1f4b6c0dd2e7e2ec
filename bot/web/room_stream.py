"""The live line of a room: new and changed posts as they come, for as long as somebody may see them."""

import asyncio
import json
from collections.abc import Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.event_stream import EventStream
from bot.platforms.webchat import NAME
from bot.platforms.webchat_feed import ELSEWHERE, Feed, Heard
from bot.web.room_json import post_json
from bot.web.visitors import Visitor, Visitors, may_enter
from handlers.ports import JsonObject
from storage import members, room
from storage.columns import row_number
from storage.database import Database
from storage.models import RoomPost

PAGE = 100
BEAT = 10.0  # seconds; a page that hears nothing for 25 s knows that its line is dead


class RoomStream:
    """Server-sent events, resumed after the last revision seen."""

    def __init__(self, database: Database, feed: Feed, visitors: Visitors, beat: float = BEAT) -> None:
        self._database = database
        self._feed = feed
        self._visitors = visitors
        self._beat = beat

    async def serve(
        self, request: web.Request, wanted: str, member_id: int | None = None
    ) -> web.StreamResponse:
        """The line of one room, until either side ends it. Raises TooManyListeners."""
        last = request.headers.get("Last-Event-ID") or request.query.get("after", "0")
        revision = row_number(last) or 0
        queue = self._feed.listen(member_id)
        response = EventStream()
        try:
            await response.prepare(request)
            async with response:
                await self._follow(request, response, queue, wanted, revision)
        except ConnectionResetError:
            pass  # the page is gone
        finally:
            self._feed.leave(queue)
        return response

    async def _follow(
        self,
        request: web.Request,
        response: EventStream,
        queue: Heard,
        wanted: str,
        revision: int,
    ) -> None:
        while response.is_connected():
            news = await self._news(request, wanted, revision)
            if news is None:
                return await response.send("{}", event="ended")
            visitor, posts = news
            for post in posts:
                revision = post["revision"]
                await response.send(json.dumps(post), event="post", id=str(revision))
            event, data = await self._next(queue)
            if event != "changed" and _is_for(visitor, event, data):
                await response.send(json.dumps(data), event=event)
            if event in ("bye", ELSEWHERE):
                return None
        return None

    async def _news(
        self, request: web.Request, wanted: str, revision: int
    ) -> tuple[Visitor, Sequence[JsonObject]] | None:
        """Who listens, and what is new for them; None once they may listen no more."""
        visitor = await self._visitors.still(request)
        if visitor is None:
            return None
        async with self._database.read() as session:
            if not await may_enter(session, visitor, wanted):
                return None
            posts = await room.changed_since(session, wanted, revision, PAGE)
            return visitor, await shown(session, visitor, wanted, posts)

    async def _next(self, queue: Heard) -> tuple[str, JsonObject]:
        """What happens next; a beat where nothing does."""
        try:
            async with asyncio.timeout(self._beat):
                return await queue.get()
        except TimeoutError:
            return "beat", {}


async def shown(
    session: AsyncSession, visitor: Visitor, chat: str, posts: Sequence[RoomPost]
) -> list[JsonObject]:
    """Posts of a room as somebody reads them, each with what it answers."""
    answered = {row_number(post.reply_to or "") for post in posts}
    ids = [one for one in answered if one is not None]
    found = await room.by_ids(session, chat, ids) if ids else {}
    quoted = {str(post_id): post for post_id, post in found.items()}
    roles = await members.roles(session, NAME, {post.author for post in posts}) if posts else {}
    reader = visitor.member.external_id if visitor.member else None
    return [post_json(post, roles, quoted, reader) for post in posts]


def _is_for(visitor: Visitor, event: str, data: JsonObject) -> bool:
    """An answer to a press is its presser's alone; where nobody signs in, the page sorts that out."""
    return event != "toast" or visitor.member is None or data["member"] == visitor.member.external_id
