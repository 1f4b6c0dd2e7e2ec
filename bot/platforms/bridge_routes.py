"""The routes of a bridge: what it tells is kept before the answer, what we post is a stream for it."""

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence

from aiohttp import web

from bot.event_stream import EventStream
from bot.platforms import bridge_events as events
from bot.platforms.bodies import Unproven
from bot.platforms.bridge import Bridge
from bot.platforms.bridge_out import Listener, Stream
from bot.signatures import NOT_SIGNED, NotSigned, Signer, may_be_signed
from handlers.ports import Commit, JsonObject

HEARTBEAT = 5.0  # seconds; a bridge that is gone is noticed at one of them


def body_limit(photo_limit: int) -> int:
    """The most bytes that one call may have: one photo in base64, or several small ones, and their words."""
    return photo_limit * 4 // 3 + 1_000_000


class BridgeRoutes:
    """`POST /bridge/<name>/events` and `GET /bridge/<name>/deliveries`."""

    def __init__(self, bridge: Bridge, signer: Signer, commit: Commit, *, body_limit: int) -> None:
        """`body_limit`: bytes of one call, photos inside it among them."""
        self._bridge = bridge
        self._signer = signer
        self._commit = commit
        self._body_limit = body_limit
        self._unproven = Unproven()

    def routes(self) -> list[web.RouteDef]:
        root = f"/bridge/{self._bridge.name}"
        return [web.post(f"{root}/events", self.hear), web.get(f"{root}/deliveries", self.stream)]

    async def hear(self, request: web.Request) -> web.Response:
        """200 and how many were kept; 401 without a right signature, 400 with the place of the fault, 413;
        503 while others send much."""
        if not may_be_signed(request.headers, time.time()):
            raise web.HTTPUnauthorized(text=NOT_SIGNED)
        body = await self._unproven.read(request, self._body_limit)
        self._check(request, body)
        try:
            told = events.read(json.loads(body))
        except (ValueError, RecursionError) as error:
            said = str(error) if isinstance(error, events.BadEvent) else "the body is not JSON"
            return web.json_response({"error": said}, status=400)
        receipts = [one for one in told if isinstance(one, events.Receipt)]
        others = [one for one in told if not isinstance(one, events.Receipt)]
        if others:
            await self._commit([events.incoming(one, await self._payload(one)) for one in others])
        return web.json_response({"kept": len(others), "receipts": self._receipts(receipts)})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Our posts as server-sent events, those without a receipt first."""
        self._check(request, b"")
        way = self._bridge.way
        if not isinstance(way, Stream):
            return web.json_response({"error": "this bridge is called, it does not listen"}, status=409)
        response = EventStream(ping_interval=HEARTBEAT)
        with contextlib.suppress(ConnectionResetError, TimeoutError):  # the bridge is gone, or reads no more
            await response.prepare(request)  # before it takes the place of one that is there
            listener = way.listen()
            try:
                async with response:
                    await _follow(response, listener)
            finally:
                way.leave(listener)
        return response

    def _check(self, request: web.Request, body: bytes) -> None:
        try:
            self._signer.check(body, request.headers)
        except NotSigned as error:
            raise web.HTTPUnauthorized(text=str(error)) from None

    async def _payload(self, event: events.Told) -> JsonObject:
        """What the inbox keeps: the event, with the names of its photos in the place of their bytes."""
        payload: JsonObject = event.model_dump(mode="json", exclude_defaults=True, exclude={"attachments"})
        if isinstance(event, events.Message) and event.attachments:
            payload["attachments"] = [await self._attachment(one) for one in event.attachments]
        return payload

    async def _attachment(self, attachment: events.Attachment) -> JsonObject:
        if attachment.data is None:
            return {"url": attachment.url}
        return {"stored": await self._bridge.photos.keep(attachment.data)}

    def _receipts(self, receipts: Sequence[events.Receipt]) -> int:
        way = self._bridge.way
        return sum(way.told(one) for one in receipts) if isinstance(way, Stream) else 0


async def _follow(response: EventStream, listener: Listener) -> None:
    """Send what comes until the bridge is gone, or another one has taken its place."""
    while response.is_connected():
        try:
            async with asyncio.timeout(HEARTBEAT):
                found = await listener.get()
        except TimeoutError:
            continue
        if found is None:
            return
        number, delivery = found
        await response.send(json.dumps(delivery, ensure_ascii=False), id=number)
