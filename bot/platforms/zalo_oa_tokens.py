"""An Official Account's pair of tokens: one that opens calls for a day, one that gets the next pair, once.

The pair lies in a file that only we can read. One process at a time renews it, half a day ahead of its end,
and a new pair is on disk before it is used; a crash in between costs at most that half day's notice. Where
Zalo refuses the renewal, the administrators hear of it once and the old pair serves until its end.
"""

import asyncio
import contextlib
import hashlib
import json
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import structlog
from filelock import FileLock, Timeout

from bot.platforms.calls import Calls
from bot.steps import Step, nothing
from handlers.ports import Ambiguous, Clock, DeliveryError, PlatformDown
from storage import folders
from storage.unbroken import to_its_end

AHEAD = timedelta(hours=12)  # of the 25 that an access token lives: when the next pair is asked for
REFRESH_LIFE = timedelta(days=90)  # Zalo: "3 months"
AGAIN = timedelta(minutes=15)  # between looks at the pair
LOOK = 1.0  # seconds between looks while another process renews
PATIENCE = 60  # looks
LOGIN = "run 'congich zalo login'"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What Zalo gave: `refused` is what it last said to the refresh token, where it said no."""

    access: str
    refresh: str
    access_until: datetime
    refresh_until: datetime
    refused: str = ""

    def __repr__(self) -> str:
        return f"Pair(until {self.access_until:%Y-%m-%d %H:%M})"

    @property
    def name(self) -> str:
        """What tells this pair from others and shows nothing of it."""
        return hashlib.sha256(self.refresh.encode()).hexdigest()[:16]


def is_due(pair: TokenPair, now: datetime) -> bool:
    """Whether it is time for the next pair."""
    return now >= pair.access_until - AHEAD


class TokenRefused(Exception):
    """Zalo gives no pair for this; the text is Zalo's, and holds no secret."""


class TokenFile:
    """The pair on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> TokenPair | None:
        """The pair, None where nobody logged in yet. Raises PlatformDown for a file that can't serve."""
        try:
            mode = stat.S_IMODE(self._path.stat().st_mode)
            kept = json.loads(self._path.read_text("utf-8"))
            moments = {name: datetime.fromisoformat(kept[name]) for name in ("access_until", "refresh_until")}
            pair = TokenPair(**(kept | moments))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise PlatformDown(f"{self._path} can't be read: {LOGIN}", for_good=False) from None
        if mode & 0o077:
            raise PlatformDown(f"others can read {self._path}: run 'chmod 600 {self._path}'", for_good=False)
        return pair

    def save(self, pair: TokenPair) -> None:
        """Put a pair in the place of the last; a crash leaves one of the two."""
        folders.make(self._path.parent)
        kept = asdict(pair) | {
            name: getattr(pair, name).isoformat() for name in ("access_until", "refresh_until")
        }
        folders.write(self._path, json.dumps(kept).encode(), self._path.with_suffix(".new"))

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """While nobody else renews the pair. Raises PlatformDown where somebody does so for very long."""
        folders.make(self._path.parent)
        lock = FileLock(self._path.with_suffix(".lock"))
        for _ in range(PATIENCE):
            try:
                lock.acquire(blocking=False)
                break
            except Timeout:
                await asyncio.sleep(LOOK)
        else:
            raise PlatformDown("another process has been renewing Zalo's tokens for long", for_good=False)
        try:
            yield
        finally:
            lock.release()


class OAuth:
    """Where pairs come from (Zalo's OAuth v4)."""

    def __init__(self, root: str, app_id: str, app_secret: str, clock: Clock, calls: Calls) -> None:
        self._root = f"{root.rstrip('/')}/v4/oa"
        self._app_id = app_id
        self._app_secret = app_secret
        self._clock = clock
        self._calls = calls

    def consent_address(self, redirect: str, challenge: str, state: str) -> str:
        """Where the account's administrator lets us in (PKCE, RFC 7636)."""
        asked = {"redirect_uri": redirect, "code_challenge": challenge, "state": state}
        return f"{self._root}/permission?{urlencode({'app_id': self._app_id, **asked})}"

    async def exchange(self, code: str, verifier: str) -> TokenPair:
        """The first pair, for the code of a consent. Raises TokenRefused, DeliveryError."""
        return await self._ask({"code": code, "grant_type": "authorization_code", "code_verifier": verifier})

    async def renew(self, pair: TokenPair) -> TokenPair:
        """The next pair; the one given is worth nothing then. Raises TokenRefused, DeliveryError."""
        return await self._ask({"refresh_token": pair.refresh, "grant_type": "refresh_token"})

    async def _ask(self, form: dict[str, str]) -> TokenPair:
        now = self._clock()
        headers = {"secret_key": self._app_secret}
        url = f"{self._root}/access_token"
        answer = await self._calls.post(url, form={"app_id": self._app_id, **form}, headers=headers)
        body = answer.body
        if body is None:
            raise Ambiguous(f"something before Zalo answered {answer.status}")
        access, refresh = body.get("access_token"), body.get("refresh_token")
        if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
            said = body.get("error_description") or body.get("error_name") or body.get("message") or ""
            raise TokenRefused(f"Zalo: {body.get('error', answer.status)} {str(said)[:200]}".strip())
        try:
            life = timedelta(seconds=int(body.get("expires_in", 90_000)))
        except (TypeError, ValueError):
            raise TokenRefused("Zalo gave a pair without saying how long it lives") from None
        return TokenPair(access, refresh, now + life, now + REFRESH_LIFE)


@dataclass(frozen=True, slots=True)
class Lost:
    """What the administrators have to know: `key` is the same for the same loss."""

    key: str
    reason: str
    until: datetime | None  # when the account falls silent; None: it is silent now


Tell = Callable[[Lost], Awaitable[None]]


async def tell_nobody(_: Lost) -> None:
    """Nobody has to know."""


class Tokens:
    """The token for the next call."""

    def __init__(
        self, file: TokenFile, oauth: OAuth, clock: Clock, *, tell: Tell = tell_nobody, step: Step = nothing
    ) -> None:
        """`tell`: how the administrators hear that the account must be logged in again."""
        self._file = file
        self._oauth = oauth
        self._clock = clock
        self._tell = tell
        self._step = step
        self._turn = asyncio.Lock()

    async def access(self) -> str:
        """A token that Zalo should take. Raises PlatformDown where there is none."""
        pair = self._file.load()
        if pair is None:
            raise PlatformDown(f"nobody has logged in to the Official Account: {LOGIN}", for_good=False)
        if self._clock() < pair.access_until:
            return pair.access
        return await self.renew(pair.access)

    async def renew(self, stale: str) -> str:
        """A token in the place of one that Zalo takes no more. Raises PlatformDown."""
        async with self._turn, self._file.held():
            pair = self._file.load()
            if pair is None:
                raise PlatformDown(f"nobody has logged in to the Official Account: {LOGIN}", for_good=False)
            if pair.access != stale and self._clock() < pair.access_until:
                return pair.access  # somebody else was quicker
            try:
                return (await to_its_end(self._renewed(pair))).access
            except (TokenRefused, DeliveryError) as error:
                raise PlatformDown(
                    f"the Official Account's token is not renewed: {error}", for_good=False
                ) from None

    async def keep_fresh(self) -> None:
        """Renew ahead of the end, again and again, whatever goes wrong."""
        while True:
            try:
                await self.look()
            except (TokenRefused, DeliveryError) as error:
                log.warning("Zalo's tokens not renewed", action="zalo_oa.not_renewed", error=str(error))
            except Exception:
                log.exception("Zalo's tokens not looked at", action="zalo_oa.not_looked")
            await asyncio.sleep(AGAIN.total_seconds())

    async def look(self) -> None:
        """Renew where it is due; tell where it can't be. Raises TokenRefused, DeliveryError."""
        pair = self._file.load()
        if pair is None:
            await self._tell(Lost("nobody", "", None))
            return
        if is_due(pair, self._clock()):
            async with self._turn, self._file.held():
                pair = self._file.load()
                if pair is not None and is_due(pair, self._clock()):
                    await to_its_end(self._renewed(pair))

    async def _renewed(self, pair: TokenPair) -> TokenPair:
        """The next pair, kept. Broken off, it would be lost: the old one gets no other."""
        self._step("renewing")
        try:
            new = await self._oauth.renew(pair)
        except TokenRefused as error:
            self._file.save(replace(pair, refused=str(error)))
            until = pair.access_until if pair.access_until > self._clock() else None
            await self._tell(Lost(pair.name, str(error), until))
            raise
        self._step("renewed")
        self._file.save(new)  # before anybody uses it: the old one is worth nothing now
        self._step("kept")
        log.info("Zalo's tokens renewed", action="zalo_oa.renewed", until=new.access_until.isoformat())
        return new
