"""Browsers that are signed in: a cookie with a secret token, whose hash is all that the database knows of it.

Whoever has lost a role has lost it here too: member and role are read anew for each request.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.authority import may
from handlers.ports import Clock
from storage import sign_ins
from storage.database import Database
from storage.models import Member, SignInLink, WebSession, row_id
from storage.states import MemberRole


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a browser stays signed in: at the most, and at rest."""

    most: timedelta
    idle: timedelta

    def holds(self, browser: WebSession, now: datetime) -> bool:
        """Whether a browser is not too old for it, and has not rested too long."""
        rested = now - browser.seen_at - sign_ins.NOTICED
        return now < browser.created_at + self.most and rested <= self.idle


MODERATING = Stay(timedelta(days=7), timedelta(hours=12))
CHATTING = Stay(timedelta(days=180), timedelta(days=30))
SHARED = Stay(timedelta(hours=2), timedelta(minutes=10))  # at a kiosk


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser and whose it is."""

    browser: WebSession
    member: Member

    @property
    def moderates(self) -> bool:
        return may(self.member.role, MemberRole.MODERATOR)

    @property
    def at_kiosk(self) -> bool:
        """Whether others use this browser next: only a kiosk's may rest so shortly."""
        return self.browser.idle_seconds <= SHARED.idle.total_seconds()


class Sessions:
    """Who a request comes from."""

    def __init__(self, database: Database, clock: Clock, *, secure: bool) -> None:
        """`secure`: the web is reached by https only, so the cookie never leaves without it."""
        self._database = database
        self._clock = clock
        self._secure = secure
        self.cookie = "__Host-congich" if secure else "congich"

    async def of(self, request: web.Request, *, noticed: bool = True) -> SignedIn | None:
        """Whose browser it is; None for a stranger's. `noticed`: a request is a sign that somebody is there;
        at a kiosk only one that does something, because its page asks by itself for what is new."""
        now = self._clock()
        signed = await self._signed(request, now)
        if signed is None:
            return None
        is_sign = noticed and not (signed.at_kiosk and request.method == "GET")
        if is_sign and now > signed.browser.seen_at + sign_ins.NOTICED:
            async with self._database.write() as session:
                await sign_ins.seen(session, signed.browser, now)
        return signed

    async def _signed(self, request: web.Request, now: datetime) -> SignedIn | None:
        """Whose it is by the stay that it began with, and by a moderator's for whoever became one since."""
        token = request.cookies.get(self.cookie)
        if not token:
            return None
        async with self._database.read() as session:
            found = await sign_ins.signed_in(session, _hash(token), now)
        signed = SignedIn(*found) if found else None
        is_over = signed is not None and signed.moderates and not MODERATING.holds(signed.browser, now)
        return None if is_over else signed

    async def begun(self, session: AsyncSession, token: str) -> SignedIn | None:
        """The browser that holds a token already, and whose it is."""
        found = await sign_ins.signed_in(session, _hash(token), self._clock())
        return SignedIn(*found) if found else None

    async def begin(
        self, session: AsyncSession, token: str, member: Member, link: SignInLink, stay: Stay
    ) -> None:
        """A browser is this member's, once it is handed its token."""
        now = self._clock()
        await sign_ins.forget_expired(session, now)
        await sign_ins.end(session, _hash(token))  # an older one of the same form
        session.add(
            WebSession(
                token_hash=_hash(token),
                member_id=row_id(member),
                link_id=link.id,
                created_at=now,
                seen_at=now,
                expires_at=now + stay.most,
                idle_seconds=int(stay.idle.total_seconds()),
            )
        )

    def hand(self, response: web.StreamResponse, token: str, stay: Stay) -> None:
        """Sign a browser in: its next requests show the token."""
        # Lax: whoever follows a link from a chat to a page of ours is still signed in there.
        response.set_cookie(
            self.cookie,
            token,
            max_age=int(stay.most.total_seconds()),
            httponly=True,
            secure=self._secure,
            samesite="Lax",
            path="/",
        )

    async def end(self, request: web.Request, response: web.StreamResponse) -> None:
        """Sign this browser out."""
        token = request.cookies.get(self.cookie)
        if token:
            async with self._database.write() as session:
                await sign_ins.end(session, _hash(token))
        response.del_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="Lax")


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
