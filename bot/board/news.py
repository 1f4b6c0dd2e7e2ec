"""Tells open pages that something changed, and nothing more: each asks again for what it shows."""

import asyncio
import contextlib
from collections.abc import Iterator

from aiohttp import web

from bot.event_stream import EventStream

MOST = 300  # pages that listen at a time; the others live without
PAUSE = 1.0  # seconds between two words, so that a busy hour is no storm
LOOK = 20.0  # how often it is noticed that a page is gone


class Full(Exception):
    """As many listen as may."""


class News:
    """Who listens. `tell` may be called at any moment, also while nobody does."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._listeners: set[asyncio.Event] = set()
        self._ended = False

    def tell(self) -> None:
        """Something changed."""
        for listener in self._listeners:
            listener.set()

    async def end(self, _: web.Application) -> None:
        """Let everybody go: the server is about to stop, and would wait for them."""
        self._ended = True
        self.tell()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events named `changed`."""
        try:
            with self._listening() as listener:
                return await self._follow(request, listener)
        except Full:
            raise web.HTTPServiceUnavailable(text="too many listen", headers={"Retry-After": "60"}) from None

    async def _follow(self, request: web.Request, listener: asyncio.Event) -> web.StreamResponse:
        response = EventStream()
        with contextlib.suppress(ConnectionResetError):  # the page is gone
            await response.prepare(request)
            async with response:
                while response.is_connected() and not self._ended:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(listener.wait(), LOOK)
                    if listener.is_set() and not self._ended:
                        listener.clear()
                        await response.send("1", event="changed")
                        await asyncio.sleep(PAUSE)
        return response

    @contextlib.contextmanager
    def _listening(self) -> Iterator[asyncio.Event]:
        if len(self._listeners) >= self._most:
            raise Full
        listener = asyncio.Event()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
