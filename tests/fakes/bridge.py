"""A messenger behind a bridge: people in its groups, and congich's posts as they look there.

It is told of posts by signed calls or listens to the stream, remembers each delivery by its key, and tells
congich what people do by signed calls.
"""

import asyncio
import base64
import contextlib
import io
import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import unquote
from uuid import uuid4

import aiohttp
from aiohttp import web

from bot.signatures import NotSigned, Signer
from tests.serving import serving

Json = dict[str, Any]
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes!!!!").decode()


@dataclass
class Shown:
    """A post of congich's as it stands."""

    id: str
    chat: str
    text: str
    buttons: list[tuple[str, str]]
    photos: int
    reply_to: str | None


@dataclass
class FakeBridge:
    """The messenger, its people, and the bridge between it and congich."""

    root: str = ""  # of congich: http://…/bridge/<name>
    posts: list[Shown] = field(default_factory=list)
    reactions: list[tuple[str, str, str]] = field(default_factory=list)  # chat, message, emoji
    answers: list[tuple[str, str]] = field(default_factory=list)  # press, text
    deliveries: list[Json] = field(default_factory=list)  # each as often as it came
    faults: deque[web.Response | str] = field(default_factory=deque)
    last: str = ""  # the id of the newest event of the stream

    def __post_init__(self) -> None:
        self._signer = Signer(SECRET)
        self._done: dict[str, str | None] = {}
        self._count = 0
        self._served = AsyncExitStack()
        self._port = 0

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=30_000_000)
        application.router.add_post("/deliver", self._called)
        self._port = await self._served.enter_async_context(serving(application))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._served.aclose()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/deliver"

    # What people do.

    async def post(
        self,
        chat: str,
        who: str,
        text: str = "",
        *,
        photos: Sequence[bytes] = (),
        reply_to: str | None = None,
        place: tuple[float, float] | None = None,
        at: datetime | None = None,
        private: bool = False,
    ) -> str:
        """Somebody posts; an album is one message here. Its id."""
        self._count += 1
        event = self._event("message", chat, who, at) | {"id": f"b{self._count}", "text": text}
        event["attachments"] = [{"data": base64.b64encode(photo).decode()} for photo in photos]
        if reply_to:
            event["reply_to"] = reply_to
        if place:
            event["location"] = {"latitude": place[0], "longitude": place[1]}
        if private or "@congich_bot" in text:
            event |= {"private": private, "to_bot": True}
        await self.tell(event)
        return str(event["id"])

    async def edit(self, chat: str, who: str, message: str, text: str, at: datetime | None = None) -> None:
        """Somebody changes what they posted."""
        await self.tell(self._event("edit", chat, who, at) | {"id": message, "text": text})

    async def delete(self, chat: str, who: str, message: str) -> None:
        """Somebody takes it back."""
        await self.tell(self._event("delete", chat, who) | {"id": message})

    async def react(self, chat: str, who: str, message: str, emoji: str, at: datetime | None = None) -> None:
        """Somebody reacts."""
        await self.tell(self._event("reaction", chat, who, at) | {"message": message, "emoji": [emoji]})

    async def press(self, chat: str, who: str, message: str, data: str, at: datetime | None = None) -> str:
        """Somebody presses a button; the id of the press."""
        self._count += 1
        event = self._event("press", chat, who, at) | {"message": message, "data": data}
        await self.tell(event | {"press": f"p{self._count}:{who}"})
        return f"p{self._count}:{who}"

    async def tell(self, event: object) -> Json:
        """What congich answers. Raises OSError where it did not keep it."""
        status, answer = await self.call(json.dumps(event).encode())
        if status != 200:
            raise OSError(f"congich answers {status}: {answer}")
        return answer

    async def call(self, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Json]:
        """A call with these headers, or with the right ones."""
        if headers is None:
            headers = self._signer.sign(body, str(uuid4()), datetime.now(UTC))
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self.root}/events", data=io.BytesIO(body), headers=headers) as answer,
        ):
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else {"text": text}

    # The stream.

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """While the bridge listens to congich's posts."""
        ready = asyncio.Event()
        task = asyncio.create_task(self._listen(ready))
        async with asyncio.timeout(10):
            await ready.wait()
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self, ready: asyncio.Event) -> None:
        headers = self._signer.sign(b"", str(uuid4()), datetime.now(UTC)) | {"Last-Event-ID": self.last}
        forever = aiohttp.ClientTimeout(None)
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"{self.root}/deliveries", headers=headers, timeout=forever) as stream,
        ):
            assert stream.status == 200, await stream.text()
            ready.set()
            async for line in stream.content:
                if line.startswith(b"id: "):
                    self.last = line[4:].decode().strip()
                elif line.startswith(b"data: "):
                    await self._streamed(json.loads(line[6:]))

    async def _streamed(self, delivery: Json) -> None:
        fault = self.faults.popleft() if self.faults else None
        if fault == "silence":
            self.deliveries.append(delivery)
            return
        if fault == "slow":
            await asyncio.sleep(3)
            fault = None
        receipt = {"type": "receipt", "delivery": delivery["delivery"]}
        if isinstance(fault, str):
            await self.tell(receipt | {"error": fault, "retry": fault == "busy"})
            return
        await self.tell(receipt | {"message": self._take(delivery)})

    async def _called(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        try:
            key = self._signer.check(body, request.headers)
        except NotSigned:
            return web.json_response({"error": "who is this?"}, status=401)
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, web.Response):
            return fault
        delivery = json.loads(body)
        assert unquote(key) == delivery["delivery"]
        message = self._take(delivery)
        if delivery["chat"] == "missing":
            return web.json_response({"error": "no such group"}, status=404)
        if fault == "dropped" and request.transport is not None:
            request.transport.close()
        return web.json_response({"message": message})

    def _take(self, delivery: Json) -> str | None:
        """Do it once, however often it comes; the id of the post that it became."""
        self.deliveries.append(delivery)
        key = delivery["delivery"]
        if key not in self._done:
            self._done[key] = self._do(delivery)
        return self._done[key]

    def _do(self, delivery: Json) -> str | None:
        match delivery["type"]:
            case "post":
                self._count += 1
                buttons = [(one["text"], one["data"]) for row in delivery["buttons"] for one in row]
                number, photos = f"b{self._count}", len(delivery["photos"])
                text, reply = delivery["text"], delivery["reply_to"]
                self.posts.append(Shown(number, delivery["chat"], text, buttons, photos, reply))
                return number
            case "edit":
                post = next(one for one in self.posts if one.id == delivery["message"])
                post.text = delivery["text"]
                post.buttons = [(one["text"], one["data"]) for row in delivery["buttons"] for one in row]
                post.photos = 0 if delivery["without_photos"] else post.photos
            case "reaction":
                self.reactions.append((delivery["chat"], delivery["message"], delivery["emoji"]))
            case "answer":
                self.answers.append((delivery["press"], delivery["text"]))
        return None

    @staticmethod
    def _event(kind: str, chat: str, who: str, at: datetime | None = None) -> Json:
        moment = (at or datetime(2026, 11, 16, 1, tzinfo=UTC)).isoformat()
        return {"type": kind, "chat": chat, "sender": {"id": f"id-{who}", "name": who}, "at": moment}
