"""The Official Account's webhook: the signature over the raw body first, the event kept before the 200.

Zalo waits two seconds for the answer and repeats for an hour and a half, so nothing else happens here.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from aiohttp import web

from bot.platforms import bodies
from bot.platforms import zalo_oa_events as events
from handlers.ports import Commit, JsonObject

HEADER = "X-ZEvent-Signature"
BODY_LIMIT = 1024 * 1024
HOLD = timedelta(seconds=2)  # webhooks are called side by side: what was said first may come second
_WRITTEN = "mac="
_SHAPE = re.compile("[0-9a-f]{64}")

Heard = Callable[[JsonObject], None]


class ZaloOaWebhook:
    """The route that Zalo posts the account's events to."""

    def __init__(self, path: str, app_id: str, secret: str, commit: Commit, heard: Heard) -> None:
        """`secret`: the account's own, not the app's. `heard` is shown each event that was kept."""
        self._path = path
        self._app_id = app_id
        self._secret = secret
        self._commit = commit
        self._heard = heard
        self._unproven = bodies.Unproven()

    def route(self) -> web.RouteDef:
        return web.post(self._path, self.handle)

    async def handle(self, request: web.Request) -> web.Response:
        """One event: 200 for an empty probe and for what is kept, 400, 403 for a wrong signature, 413."""
        given = request.headers.get(HEADER, "")
        body = await self._read(request, given)
        if not body:
            return web.Response()
        event = bodies.parsed(body)
        told = str(event.get("timestamp", ""))
        if not is_signed(body, told, given, app_id=self._app_id, secret=self._secret):
            raise web.HTTPForbidden(text="wrong signature")
        if not str(event.get("event_name", "")).startswith("oa_send_"):  # what we said ourselves
            await self._commit([replace(events.incoming(event), hold=HOLD)])
            self._heard(event)
        return web.Response()

    async def _read(self, request: web.Request, given: str) -> bytes:
        """The body, of which nothing is read where the signature is none at all: a probe has neither."""
        if may_be_signature(given):
            return await self._unproven.read(request, BODY_LIMIT)
        try:
            return await bodies.read(request, 0)
        except web.HTTPRequestEntityTooLarge:
            raise web.HTTPForbidden(text="wrong signature") from None


def signature(body: bytes, moment: str, *, app_id: str, secret: str) -> str:
    """What Zalo writes: SHA-256 of app id, raw body, its timestamp and the account's secret key."""
    signed = app_id.encode() + body + moment.encode() + secret.encode()
    return hashlib.sha256(signed).hexdigest()


def is_signed(body: bytes, moment: str, given: str, *, app_id: str, secret: str) -> bool:
    """Whether a signature is right, written `mac=…` or bare; compared in constant time."""
    written = _bare(given).encode("utf-8", "surrogateescape")
    wanted = signature(body, moment, app_id=app_id, secret=secret).encode()
    return hmac.compare_digest(written, wanted)


def may_be_signature(given: str) -> bool:
    """Whether a signature has the shape of one."""
    return _SHAPE.fullmatch(_bare(given)) is not None


def _bare(given: str) -> str:
    return given.strip().lower().removeprefix(_WRITTEN).strip()
