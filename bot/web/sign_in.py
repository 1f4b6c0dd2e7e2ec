"""Signing in by a link: opening it shows who one will be, a press of its button signs in.

Messengers open every address that is posted, to show what is behind it; that alone must not use a link up.

Each page has a form of its own, and the browser's token follows from it, the link and our key. So a form that
is sent twice, by a second tap or because its answer was lost, is the same browser again and costs no use; of
the link alone, without the page, nobody makes it.
"""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platforms import bodies, webchat
from bot.web import sessions
from bot.web.pages import Pages
from bot.web.sessions import Sessions, SignedIn, Stay
from handlers import sign_in_links
from handlers.authority import may
from handlers.ports import Clock
from handlers.shown import clean_name
from storage import members, sign_ins
from storage.database import Database
from storage.models import Member, SignInLink
from storage.states import MemberRole

ROOM, CHAT = "/room", "/"
NAME_LENGTH = 60
FORM_LIMIT = 16_384  # bytes; whoever sends one is not known yet
AGAIN = timedelta(minutes=1)  # in which a form that was sent may be sent once more


class SignIn:
    """The pages of a link, and the way out."""

    def __init__(
        self,
        database: Database,
        key: bytes,
        browsers: Sessions,
        pages: Pages,
        clock: Clock,
        *,
        has_room: bool = True,
    ) -> None:
        """`has_room`: moderators have a room on the web, and come there first."""
        self._database = database
        self._key = key
        self._browsers = browsers
        self._pages = pages
        self._clock = clock
        self._has_room = has_room

    def routes(self) -> list[web.RouteDef]:
        address = sign_in_links.PREFIX + "{token}"
        return [
            web.get(address, self.ask),
            web.post(address, self.enter),
            web.post("/sign-out", self.leave),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Who one will be, and a button."""
        number = _number(request)
        async with self._database.read() as session:
            found = await session.get(SignInLink, number) if number is not None else None
            link = self._meant(request, found)
            member = await session.get(Member, link.member_id) if link and link.member_id else None
        if link is None or not sign_ins.is_good(link, self._clock()):
            return self._spent(request)
        if member is None and await self._is_inside(request):
            raise web.HTTPFound(CHAT)  # an invitation that is tapped again makes no second person
        return self._page(request, link, member)

    async def enter(self, request: web.Request) -> web.Response:
        """Use the link once; the browser is somebody's from now on."""
        form = await bodies.fields(request, FORM_LIMIT)
        number, name = _number(request), clean_name(form.get("name", ""), NAME_LENGTH)
        token = self._token(request, form.get("form") or _new_form())
        async with self._database.write() as session:
            found = await sign_ins.link(session, number) if number is not None else None
            link = self._meant(request, found)
            if link is None:
                return self._spent(request)
            member = await self._entered_just_now(session, token)
            if member is None and not sign_ins.is_good(link, self._clock()):
                return self._spent(request)
            if member is None and link.member_id is None and not name:
                return self._page(request, link, None, error="join.name_missing")
            if member is None:
                member = await self._use(session, link, name)
                await self._browsers.begin(session, token, member, link, _stay(link, member))
        response = web.HTTPSeeOther(self._first_page(member))
        self._browsers.hand(response, token, _stay(link, member))
        raise response

    async def _entered_just_now(self, session: AsyncSession, token: str) -> Member | None:
        """Whoever has come by the same form already."""
        signed = await self._browsers.begun(session, token)
        return signed.member if signed and self._clock() < signed.browser.created_at + AGAIN else None

    async def _use(self, session: AsyncSession, link: SignInLink, name: str) -> Member:
        """Use a link once; whoever comes by it."""
        link.uses_left -= 1
        if link.member_id is not None:
            return await session.get_one(Member, link.member_id)
        return await members.ensure(session, webchat.NAME, _new_id(), name, self._clock())

    def _first_page(self, member: Member) -> str:
        return ROOM if self._has_room and may(member.role, MemberRole.MODERATOR) else CHAT

    async def leave(self, request: web.Request) -> web.Response:
        """Sign this browser out; at a kiosk the next person begins where this one did."""
        signed = await self._browsers.of(request)
        again = await self.way_back(signed) if signed and signed.at_kiosk else None
        response: web.Response = (
            web.HTTPSeeOther(again)
            if again
            else self._pages.page(request, "signed_out.html", {"title": "signout.title"})
        )
        await self._browsers.end(request, response)
        # What the browser keeps of us goes too, where it heeds this (https only).
        response.headers["Clear-Site-Data"] = '"storage"'
        if isinstance(response, web.HTTPException):
            raise response
        return response

    async def way_back(self, signed: SignedIn) -> str | None:
        """The path of the invitation by which a browser came, while it is good."""
        async with self._database.read() as session:
            link = await session.get(SignInLink, signed.browser.link_id) if signed.browser.link_id else None
        if link is None or link.member_id is not None or not sign_ins.is_good(link, self._clock()):
            return None
        return sign_in_links.path(self._key, link)

    async def _is_inside(self, request: web.Request) -> bool:
        """Whether this browser is in the built-in chat already, and nobody else's next."""
        signed = await self._browsers.of(request)
        return signed is not None and signed.member.platform == webchat.NAME and not signed.at_kiosk

    def _meant(self, request: web.Request, found: SignInLink | None) -> SignInLink | None:
        """The row of the number in an address, if the address is that row's."""
        is_its = found is not None and sign_in_links.is_of(self._key, request.match_info["token"], found)
        return found if is_its else None

    def _token(self, request: web.Request, form: str) -> str:
        """A browser's token: of one form of one link, and made by nobody without our key."""
        own = f"browser|{request.match_info['token']}|{form}"
        return hmac.digest(self._key, own.encode("utf-8", "replace"), sha256).hex()

    def _page(
        self, request: web.Request, link: SignInLink, member: Member | None, error: str = ""
    ) -> web.Response:
        values = {
            "link": link,
            "member": member,
            "to_room": member is not None and self._first_page(member) == ROOM,
            "form": _new_form(),
            "error": error,
            "name_length": NAME_LENGTH,
        }
        response = self._pages.page(request, "sign_in.html", values, status=400 if error else 200)
        response.headers["Cache-Control"] = "no-store"  # a page that is gone back to has a form of its own
        return response

    def _spent(self, request: web.Request) -> web.Response:
        return self._pages.page(request, "sign_in_spent.html", {}, status=410)


def _number(request: web.Request) -> int | None:
    return sign_in_links.number(request.match_info["token"])


def _new_id() -> str:
    return f"w{secrets.token_hex(6)}"


def _new_form() -> str:
    return secrets.token_urlsafe(24)


def _stay(link: SignInLink, member: Member) -> Stay:
    if link.shared:
        return sessions.SHARED
    return sessions.MODERATING if may(member.role, MemberRole.MODERATOR) else sessions.CHATTING
