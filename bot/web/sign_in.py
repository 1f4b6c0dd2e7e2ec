"""Signing in by a link: opening it shows who one will be, a press of its button signs in.

Messengers open every address that is posted, to show what is behind it; that alone must not use a link up.
"""

import secrets
import unicodedata

from aiohttp import web

from bot.platforms import bodies, webchat
from bot.web import sessions
from bot.web.pages import Pages
from bot.web.sessions import Sessions, SignedIn, Stay
from handlers import sign_in_links
from handlers.authority import may
from handlers.ports import Clock
from storage import members, sign_ins
from storage.database import Database
from storage.models import Member, SignInLink
from storage.states import Role

ROOM, CHAT = "/room", "/"
NAME_LENGTH = 60
FORM_LIMIT = 16_384  # bytes; whoever sends one is not known yet


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
            link = self._opened(request, found)
            member = await session.get(Member, link.member_id) if link and link.member_id else None
        if link is None:
            return self._spent(request)
        if member is None and await self._is_inside(request):
            raise web.HTTPFound(CHAT)  # an invitation that is tapped again makes no second person
        return self._page(request, link, member)

    async def enter(self, request: web.Request) -> web.Response:
        """Use the link once; the browser is somebody's from now on."""
        form = await bodies.fields(request, FORM_LIMIT)
        number, name = _number(request), clean_name(form.get("name", ""))
        async with self._database.write() as session:
            found = await sign_ins.link(session, number) if number is not None else None
            link = self._opened(request, found)
            if link is None:
                return self._spent(request)
            if link.member_id is None and not name:
                return self._page(request, link, None, error="join.name_missing")
            if link.member_id is not None:
                member = await session.get_one(Member, link.member_id)
            else:
                member = await members.ensure(session, webchat.NAME, _new_id(), name, self._clock())
            link.uses_left -= 1
        goes_there = self._has_room and may(member.role, Role.MODERATOR)
        response = web.HTTPSeeOther(ROOM if goes_there else CHAT)
        await self._browsers.begin(response, member, link, _stay(link, member))
        raise response

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

    def _opened(self, request: web.Request, found: SignInLink | None) -> SignInLink | None:
        """The row of the number in an address, if the address is that row's, and somebody may come by it."""
        if found is None or not sign_in_links.is_of(self._key, request.match_info["token"], found):
            return None
        return found if sign_ins.is_good(found, self._clock()) else None

    def _page(
        self, request: web.Request, link: SignInLink, member: Member | None, error: str = ""
    ) -> web.Response:
        values = {"link": link, "member": member, "error": error, "name_length": NAME_LENGTH}
        return self._pages.page(request, "sign_in.html", values, status=400 if error else 200)

    def _spent(self, request: web.Request) -> web.Response:
        return self._pages.page(request, "sign_in_spent.html", {}, status=410)


def _number(request: web.Request) -> int | None:
    return sign_in_links.number(request.match_info["token"])


def clean_name(written: str) -> str:
    """A name as others read it: no control or direction marks, single spaces, not too long."""
    kept = "".join(one for one in unicodedata.normalize("NFC", written) if _is_shown(one))
    return " ".join(kept.split())[:NAME_LENGTH].strip()


def _is_shown(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _new_id() -> str:
    return f"w{secrets.token_hex(6)}"


def _stay(link: SignInLink, member: Member) -> Stay:
    if link.shared:
        return sessions.SHARED
    return sessions.MODERATING if may(member.role, Role.MODERATOR) else sessions.CHATTING
