"""Zalo's Bot Platform over real sockets, with the oddities that others have measured of it.

Updates are handed out one at a time, again where the test says so, and nothing confirms them; some answers
bear two `Server` headers; photos are fetched by their address, twice; a poll that hears nothing is a 408.
"""

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
from aiohttp import web

from handlers.ports import Commit, Incoming
from tests.serving import serving

Json = dict[str, Any]
BIG = 9_007_199_254_740_993  # beyond what a float can hold


@dataclass
class Sent:
    """What the bot sent: its text and the photo that Zalo fetched for it."""

    chat: str
    text: str
    photo: bytes | None = None


@dataclass
class Fault:
    """How one call goes: refused with a code, answered by a proxy, or done and never answered."""

    status: int = 200
    body: Json | None = None
    dropped: bool = False


@dataclass
class FakeZaloBot:
    """The server and, in one, the people who use it."""

    token: str = "4711:TEST-token-of-the-fake-zalo"
    wrapped: bool = True
    sent: list[Sent] = field(default_factory=list)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    webhook: Json | None = None
    can_join_groups: bool = True
    fetched: int = 0
    handed: int = 0  # updates that the bot has stored

    def __post_init__(self) -> None:
        self._updates: deque[Json] = deque()
        self._faults: dict[str, deque[Fault]] = {}
        self._files: dict[str, bytes] = {}
        self._count = 0
        self._changed = asyncio.Condition()
        self._served = AsyncExitStack()
        self._port = 0

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=30_000_000)
        application.router.add_post("/bot{token}/{method}", self._handle)
        application.router.add_get("/photo/{name}", self._photo)
        self._port = await self._served.enter_async_context(serving(application))
        return self

    async def __aexit__(self, *_: object) -> None:
        async with self._changed:
            self._changed.notify_all()
        await self._served.aclose()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    # What people do.

    async def post(
        self,
        chat: str,
        person: str,
        text: str = "",
        *,
        photo: bytes | None = None,
        at: int = 1_789_000_000_000,
        chat_type: str = "GROUP",
        times: int = 1,
    ) -> str:
        """Somebody writes to the bot; the message's id. `times`: how often the update is handed out."""
        self._count += 1
        number = str(BIG + self._count)
        message: Json = {
            "message_id": number,
            "date": at,
            "message_type": "CHAT_PHOTO" if photo else "CHAT_MESSAGE",
            "from": {"id": f"id-{person}", "display_name": person, "is_bot": False},
            "chat": {"id": chat, "chat_type": chat_type},
        }
        if photo is not None:
            message |= {"photo_url": self.host(number, photo), "caption": text}
        else:
            message["text"] = text
        event = "message.image.received" if photo else "message.text.received"
        await self.inject({"event_name": event, "message": message}, times)
        return number

    async def inject(self, update: Json, times: int = 1) -> None:
        """Any update at all."""
        async with self._changed:
            self._updates.extend([update] * times)
            self._changed.notify_all()

    def counting(self, commit: Commit) -> Commit:
        """A commit that lets us wait until what was posted has been stored."""

        async def counted(events: Sequence[Incoming]) -> None:
            await commit(events)
            async with self._changed:
                self.handed += len(events)
                self._changed.notify_all()

        return counted

    async def wait_for(self, handed: int) -> None:
        """Until so many updates have been stored."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: self.handed >= handed)

    async def take(self, picture: bytes) -> str:
        """An address for a picture of the bot's."""
        return self.host(f"ours{len(self._files)}", picture)

    def host(self, name: str, photo: bytes) -> str:
        """An address from which a photo can be fetched."""
        self._files[name] = photo
        return f"{self.root}/photo/{name}"

    def called(self, method: str) -> list[Json]:
        return [body for name, body in self.calls if name == method]

    def fail(self, method: str, *faults: Fault) -> None:
        """The next calls of a method go wrong, one after the other."""
        self._faults.setdefault(method, deque()).extend(faults)

    # The server.

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body = await request.json()
        self.calls.append((method, body))
        faults = self._faults.get(method)
        fault = faults.popleft() if faults else None
        if request.match_info["token"] != self.token:
            return _answer({"ok": False, "description": "Unauthorized", "error_code": 401}, 401)
        if fault is not None and not fault.dropped:
            if fault.body is None:
                return web.Response(status=fault.status, text="<html>proxy</html>", content_type="text/html")
            return _answer(fault.body, fault.status)
        result = await getattr(self, f"_do_{method.lower()}")(body)
        if fault is not None and request.transport is not None:
            request.transport.close()
        return _answer(result, 200 if result.get("ok") else int(result["error_code"]))

    async def _do_getme(self, _: Json) -> Json:
        return _ok(
            {"id": "bot1", "account_name": "bot.congich", "display_name": "Công ích",
             "can_join_groups": self.can_join_groups}
        )  # fmt: skip

    async def _do_deletewebhook(self, _: Json) -> Json:
        self.webhook = None
        return _ok({"url": ""})

    async def _do_setwebhook(self, body: Json) -> Json:
        self.webhook = body
        return _ok({"url": body["url"]})

    async def _do_getwebhookinfo(self, _: Json) -> Json:
        if self.webhook is None:
            return {"ok": False, "description": "Not Found", "error_code": 404}
        return _ok({"url": self.webhook["url"], "updated_at": 1_789_000_000_000})

    async def _do_getupdates(self, body: Json) -> Json:
        if self.webhook is not None:
            return {
                "ok": False,
                "description": "You cannot use this API while a webhook is set",
                "error_code": 400,
            }
        async with self._changed:
            try:
                async with asyncio.timeout(min(float(body.get("timeout", 30)), 0.3)):
                    await self._changed.wait_for(lambda: bool(self._updates))
            except TimeoutError:
                return {"ok": False, "description": "Request timeout", "error_code": 408}
        return _ok(self._updates.popleft())

    async def _do_sendmessage(self, body: Json) -> Json:
        return self._took(Sent(body["chat_id"], body["text"]))

    async def _do_sendphoto(self, body: Json) -> Json:
        async with aiohttp.ClientSession() as client:
            for _ in range(2):  # Zalo may come more than once
                async with client.get(body["photo"]) as answer:
                    photo = await answer.read() if answer.status == 200 else None
                    self.fetched += 1
        return self._took(Sent(body["chat_id"], body.get("caption", ""), photo))

    def _took(self, sent: Sent) -> Json:
        if sent.chat == "missing":
            return {"ok": False, "description": "Not Found", "error_code": 404}
        if len(sent.text.encode("utf-16-le")) // 2 > 2000 or not sent.text:
            return {"ok": False, "description": "text must be 1 to 2000 characters", "error_code": 400}
        self.sent.append(sent)
        self._count += 1
        return _ok({"message_id": str(BIG + self._count), "date": 1_789_000_000_000})

    async def _photo(self, request: web.Request) -> web.Response:
        data = self._files.get(request.match_info["name"])
        if data is None:
            raise web.HTTPNotFound
        return web.Response(body=data, content_type="image/jpeg")


def _ok(result: object) -> Json:
    return {"ok": True, "result": result, "error_code": 0}


def _answer(body: Json, status: int) -> web.Response:
    response = web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")
    response.headers.add("Server", "ZGate")
    response.headers.add("Server", "nginx")  # twice, as Zalo's edge sends it
    return response
