"""The door of the room: all its handlers go through `guarded`, and are handed a moderator's visit."""

import contextlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from multidict import MultiDictProxy
from sqlalchemy.ext.asyncio import AsyncSession
from yarl import URL

from bot.platforms import bodies
from bot.room.kept import KeptAnswer, KeptAnswers
from bot.room.uploads import Uploads
from bot.room.words import RoomTexts
from bot.web import patience
from bot.web.pages import Pages
from bot.web.sessions import Sessions, SignedIn
from handlers import room
from handlers.context import WEB, Services, Turn
from handlers.ports import Clock
from storage import chats
from storage.database import Database
from storage.models import Chat, row_id
from storage.states import ChatRole

ROOM = "/room"
NO_STORE = "no-store"
WRITTEN_LIMIT = 65_536  # bytes of a form without its files; whoever sends it is not known yet
log = structlog.get_logger(__name__)
_SAID = "said"  # in an address: which answer its page shows


@dataclass(frozen=True, slots=True)
class Desk:
    """What the room is built of. `wake`: something was written, let it leave at once."""

    database: Database
    services: Services
    pages: Pages
    browsers: Sessions
    clock: Clock
    wake: Callable[[], None]
    uploads: Uploads
    kept: KeptAnswers


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a moderator, who acts in `chat`."""

    desk: Desk
    request: web.Request
    who: SignedIn
    chat: Chat
    now: datetime
    said: KeptAnswer | None = None  # the answer to what was sent before

    @property
    def language(self) -> str:
        return self.desk.pages.language(self.request)

    @property
    def reader(self) -> Chat:
        """The chat as this reader has it: for texts of a page, never for what is kept."""
        return Chat(**self.chat.model_dump(exclude={"language"}), language=self.language)

    def say(self, key: str, **values: object) -> str:
        """A text in the reader's language."""
        return self.desk.services.say(self.language, key, **values)

    def purpose(self, name: str) -> str:
        """What a post is for, or what a system is told, as people call it."""
        family, word = ("history", name.removeprefix("ticket.")) if "." in name else ("purpose", name)
        with contextlib.suppress(KeyError):
            return self.say(f"{family}.{word}")
        return name

    def turn(self, session: AsyncSession) -> Turn:
        """What the handlers are handed, in the transaction of this request."""
        return Turn(self.desk.services, session, self.chat.platform, WEB, at=self.now, now=self.now)

    def sealed(self, data: str) -> str:
        """What a button asks for, signed for the chat in which this moderator acts."""
        return self.desk.services.seal.close(data, row_id(self.chat), self.now)

    def page(self, name: str, values: Mapping[str, Any], *, status: int = 200) -> web.Response:
        """A page of the room, with the answer to what was sent before it."""
        local = self.now.astimezone(self.desk.pages.look.zone)
        words = RoomTexts(self.desk.services.policy.code_prefix, local)
        common = {
            "who": self.who,
            "chat": self.chat,
            "said": self.said,
            "words": words,
            "here": str(self.request.rel_url.without_query_params(_SAID)),
            "sealed": self.sealed,
            "new_form": new_form,
            "now": self.now,
            "purpose": self.purpose,
        }
        return self.desk.pages.page(self.request, name, {**common, **values}, status=status)

    async def back(self, said: KeptAnswer, form: MultiDictProxy[Any]) -> web.HTTPSeeOther:
        """To the page that the form was on, which shows the answer."""
        token = await self.desk.kept.put(row_id(self.who.member), said)
        return web.HTTPSeeOther(URL(inside(str(form.get("back", "")))).update_query({_SAID: token}))


Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


def new_form() -> str:
    """The id of a form: sent twice, it acts once."""
    return secrets.token_urlsafe(12)


def inside(address: str) -> str:
    """An address of the room; the room's first page where it is any other."""
    parts = urlsplit(address)
    is_ours = parts.path == ROOM or parts.path.startswith(f"{ROOM}/")
    return address if is_ours and not parts.scheme and not parts.netloc else ROOM


def guarded(
    desk: Desk, handler: Handler, *, noticed: bool = True
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler behind the door. `noticed`: a request is a sign that somebody is there."""

    async def enter(request: web.Request) -> web.StreamResponse:
        try:
            response = await _entered(desk, request, handler, noticed)
        except web.HTTPException as answer:
            answer.headers["Cache-Control"] = NO_STORE
            raise
        response.headers["Cache-Control"] = NO_STORE
        return response

    return enter


async def _entered(desk: Desk, request: web.Request, handler: Handler, noticed: bool) -> web.StreamResponse:
    """Role and session are read anew each time; whoever has none of both sees nothing of the room."""
    who = await desk.browsers.of(request, noticed=noticed)
    if who is None:
        return _closed(desk, request, "room.unsigned", 401, written=await _written(request))
    if not who.moderates or who.at_kiosk:
        return _closed(desk, request, "room.not_yours", 403, who)
    if request.method not in ("GET", "HEAD") and not names_its_origin(request.headers):
        return _closed(desk, request, "room.no_origin", 403, who)
    patience.sender_is_known(request)
    async with desk.database.read() as session:
        chat = room.chat_of(await chats.with_role(session, ChatRole.MODERATION), who.member.platform)
    if chat is None:
        return desk.pages.page(request, "room_none.html", {"who": who}, status=503)
    said = await _said(desk, request, who)
    return await handler(Visit(desk, request, who, chat, desk.clock(), said))


async def _said(desk: Desk, request: web.Request, who: SignedIn) -> KeptAnswer | None:
    """The answer that a page is asked to show."""
    token = request.query.get(_SAID, "") if request.method == "GET" else ""
    return await desk.kept.take(token, row_id(who.member)) if token else None


async def _written(request: web.Request) -> Mapping[str, Any]:
    """What somebody wrote whose session ended meanwhile: it is given back, to be sent once they are in."""
    if request.method != "POST" or not names_its_origin(request.headers):
        return {}
    fields, has_file = await bodies.begun(request, WRITTEN_LIMIT)
    fields = [(name, value.replace("\0", "")) for name, value in fields]
    return {"fields": fields, "has_file": has_file, "action": request.path} if fields else {}


def _closed(
    desk: Desk,
    request: web.Request,
    reason: str,
    status: int,
    who: SignedIn | None = None,
    written: Mapping[str, Any] | None = None,
) -> web.Response:
    """Not let in. What they tried to do is in the log: a flood of it must fill no table."""
    if request.method not in ("GET", "HEAD"):
        member = who.member.id if who else None
        log.warning("refused", action="room.refused", reason=reason, path=request.path, member=member)
    values = {"reason": reason, "fields": (), **(written or {})}
    return desk.pages.page(request, "room_closed.html", values, status=status)


def names_its_origin(headers: Mapping[str, str]) -> bool:
    """Whether a request says where it comes from, as every browser does when a form is sent; whether from
    us, `bot/web/guard.py` has looked. A cookie that comes without either is not in a browser."""
    return bool(headers.get("Origin") or headers.get("Sec-Fetch-Site"))
