"""How long whoever calls may take to say what they want: aiohttp itself waits for a body without end.

A head (request line and headers) has a time limit of its own, a body another, one with photos a longer one
where we know who sends it. So has each part of a long answer, until it is taken.
A body that is packed is refused before it is unpacked: nobody whom we know packs, and a small one may become
a very large one.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web_protocol import RequestHandler

from bot.platforms import bodies

LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_PLAIN = ("", "identity")
_BRIDGE = "/bridge/"
_READING = ("GET", "HEAD", "OPTIONS")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: until a head is whole, until a body is, until one with photos is, until an answer is taken."""

    head: float = 10.0
    body: float = 10.0
    bridge: float = 30.0  # it has a line of its own, and is known by its whole body alone
    photos: float = 300.0  # a phone on a weak network takes its time
    answer: float = 30.0

    def of(self, path: str) -> float:
        """How long the body of a request to this path may take, whoever sends it."""
        return self.bridge if path.startswith(_BRIDGE) else self.body


USUAL = Patience()
_KEY = web.AppKey("patience", Patience)
_WAIT = web.RequestKey("wait", tuple[asyncio.Timeout, float])  # and by how much it may grow


@web.middleware
async def whole_bodies(request: web.Request, handler: Handler) -> web.StreamResponse:
    """408 for a body that does not come, 413 for one too long for any route, 415 for a packed one."""
    if request.headers.get("Content-Encoding", "").strip().lower() not in _PLAIN:
        raise web.HTTPUnsupportedMediaType(text="send it as it is, not packed")
    bodies.check(request, request.client_max_size)
    if request.method in _READING or request.content.is_eof():
        return await handler(request)
    return await _before(request.app[_KEY], request, handler)


def sender_is_known(request: web.Request) -> None:
    """Its body may take as long as one with photos."""
    limit, more = request.pop(_WAIT, (None, 0.0))
    ends = limit.when() if limit is not None else None  # None: the body is whole
    if limit is not None and ends is not None and not limit.expired():
        limit.reschedule(ends + more)


async def taken(request: web.Request, writing: Awaitable[None]) -> None:
    """Send a part of a long answer. Raises ConnectionResetError where its reader is gone, or does not read:
    who only holds a file or a place is gone, too."""
    try:
        async with asyncio.timeout(request.app.get(_KEY, USUAL).answer):
            await writing
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()  # what is closed in order waits for them once more
        raise ConnectionResetError("the reader does not read") from None


async def _before(patient: Patience, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only the body is waited for so long: once it is whole, the handler may take what it takes."""
    seconds = patient.of(request.path)
    limit = asyncio.timeout(seconds)
    request[_WAIT] = limit, patient.photos - seconds

    def whole() -> None:
        with contextlib.suppress(RuntimeError):  # the answer went out before the end of the body
            limit.reschedule(None)

    try:
        async with limit:
            request.content.on_eof(whole)
            return await handler(request)
    except TimeoutError:
        if limit.expired():
            raise web.HTTPRequestTimeout(text="the request did not come in time") from None
        raise


class Connection(RequestHandler):
    """One connection, which ends where a head is not whole in time."""

    __slots__ = ("_late", "_seconds")

    def __init__(self, manager: web.Server, *, head_seconds: float, **settings: Any) -> None:
        super().__init__(manager, **settings)
        self._seconds = head_seconds
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._late = self._loop.call_later(self._seconds, self._give_up)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._messages or self._request_in_progress:
            self._be_patient()
        elif self._late is None and data and self._is_waiting:
            self._late = self._loop.call_later(self._seconds, self._give_up)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._be_patient()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is no HTTP is not logged: its text may hold a cookie, and anybody could fill the disk."""
        if not isinstance(exc, BadHttpMessage):
            return super().handle_error(request, status, exc, message)
        response = web.Response(status=status, text="bad request")
        response.force_close()
        return response

    @property
    def _is_waiting(self) -> bool:
        return self._waiter is not None and not self._waiter.done()

    def _be_patient(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._late = None
        if self._is_waiting and self.transport is not None:
            self.transport.write(LATE)
            self.force_close()


class _Server(web.Server):
    """Makes such connections."""

    def __init__(self, plain: web.Server, head_seconds: float, **settings: Any) -> None:
        super().__init__(plain.request_handler, request_factory=plain.request_factory, **settings)
        self._head_seconds = head_seconds

    def __call__(self) -> RequestHandler:
        return Connection(self, loop=self._loop, head_seconds=self._head_seconds, **self._kwargs)


class Runner(web.AppRunner):
    """Runs an application with these connections; bodies are left as they come."""

    __slots__ = ("_patience",)

    def __init__(self, application: web.Application, patience: Patience, *, shutdown_timeout: float) -> None:
        super().__init__(application, shutdown_timeout=shutdown_timeout)
        application[_KEY] = patience
        self._patience = patience

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        return _Server(plain, self._patience.head, access_log=None, auto_decompress=False)
