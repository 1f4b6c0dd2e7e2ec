"""The webhook keeps only what shows the secret, and reads no more than an update is long."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from bot.platforms.telegram import ALLOWED, Telegram
from bot.platforms.telegram_webhook import HEADER, HOLD, TelegramWebhook
from tests.bot.platforms.contract import Heard
from tests.fakes.telegram import FakeTelegram
from tests.serving import serving

SECRET = "s" * 32
RIGHT = {HEADER: SECRET}
UPDATE = b'{"update_id": 1, "message": {"message_id": 5, "chat": {"id": -1}, "date": 1, "text": "a"}}'
LARGE = 50_000_000


@dataclass
class Hook:
    """The route, listening, and what was kept of what it got."""

    port: int
    heard: Heard

    async def status(self, body: bytes, headers: dict[str, str]) -> int:
        """The answer to a whole request."""
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"http://127.0.0.1:{self.port}/hook", data=body, headers=headers) as answer,
        ):
            return answer.status

    async def raw(self, head: bytes, body: bytes = b"") -> bytes:
        """The first line of the answer to a request that may not be whole, within a second."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"POST /hook HTTP/1.1\r\nHost: city\r\n" + head + b"\r\n\r\n" + body)
        try:
            async with asyncio.timeout(1):
                return await reader.readline()
        finally:
            writer.close()


@pytest.fixture
def failures() -> int:
    return 0


@pytest.fixture
async def hook(failures: int) -> AsyncIterator[Hook]:
    heard = Heard(failures)
    application = web.Application()
    application.add_routes([TelegramWebhook("/hook", SECRET, heard.commit).route()])
    async with serving(application) as port:
        yield Hook(port, heard)


@pytest.mark.parametrize(
    ("headers", "body", "status", "kept"),
    [
        ({}, UPDATE, 401, 0),
        ({HEADER: "wrong"}, UPDATE, 401, 0),
        ({HEADER: SECRET + "s"}, UPDATE, 401, 0),
        (RIGHT, UPDATE, 200, 1),
        (RIGHT, b"not json", 400, 0),
        (RIGHT, b"\xff\xfe", 400, 0),
        (RIGHT, b"[" * 100_000, 400, 0),
        (RIGHT, b"[]", 400, 0),
    ],
    ids=["missing", "wrong", "longer", "right", "no json", "no text", "too deep", "no update"],
)
async def test_only_an_update_with_the_secret_is_kept(
    hook: Hook, headers: dict[str, str], body: bytes, status: int, kept: int
) -> None:
    assert await hook.status(body, headers) == status
    assert len(hook.heard.events) == kept


async def test_a_secret_that_is_no_text_is_a_wrong_one(hook: Hook) -> None:
    answer = await hook.raw(HEADER.encode() + b": \xff\xfe\r\nContent-Length: 2", b"{}")
    assert b" 401 " in answer


@pytest.mark.parametrize(("secret", "status"), [(SECRET, b" 413 "), ("wrong", b" 401 ")])
async def test_a_large_body_is_refused_by_its_announced_length(
    hook: Hook, secret: str, status: bytes
) -> None:
    head = f"{HEADER}: {secret}\r\nContent-Length: {LARGE}".encode()
    assert status in await hook.raw(head, b"x")


async def test_a_large_body_without_a_length_is_refused_at_the_limit(hook: Hook) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    head = f"{HEADER}: {SECRET}\r\nTransfer-Encoding: chunked".encode()
    assert b" 413 " in await hook.raw(head, chunk * 17)  # 1 MiB and 64 KiB of 50 MB


async def test_a_small_body_that_unpacks_to_a_large_one_is_refused(hook: Hook) -> None:
    packed = zlib.compress(b" " * LARGE + b"{}")
    assert len(packed) < 100_000
    head = f"{HEADER}: {SECRET}\r\nContent-Encoding: deflate\r\nContent-Length: {len(packed)}".encode()
    assert b" 413 " in await hook.raw(head, packed)
    assert not hook.heard.events


@pytest.mark.parametrize("failures", [1])
async def test_an_update_that_was_not_stored_is_not_acknowledged(hook: Hook) -> None:
    assert await hook.status(UPDATE, RIGHT) == 500
    assert await hook.status(UPDATE, RIGHT) == 200
    assert await hook.status(UPDATE, RIGHT) == 200
    assert list(hook.heard.events) == ["m:-1:5"]


async def test_telegram_is_told_where_to_and_the_secret() -> None:
    async with FakeTelegram() as server:
        platform = Telegram(server.token, api_root=server.root, webhook=("https://city.example/t", SECRET))
        task = asyncio.create_task(platform.receive(Heard().commit))
        await server.wait_for(lambda: server.webhook is not None)
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await platform.close()
        (call,) = server.called("setWebhook")
        assert (call.args["url"], call.args["secret_token"]) == ("https://city.example/t", SECRET)
        assert all(kind in call.args["allowed_updates"] for kind in ALLOWED)
        assert call.args.get("drop_pending_updates", "false") == "false"


async def test_what_was_said_waits_for_what_was_said_before_it_and_a_press_does_not(hook: Hook) -> None:
    press = b'{"update_id": 2, "callback_query": {"id": "7", "data": "x"}}'
    assert await hook.status(UPDATE, RIGHT) == 200
    assert await hook.status(press, RIGHT) == 200
    said, pressed = await hook.heard.wait(2)
    assert (said.said_at, said.order, said.hold) == (datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 5, HOLD)
    assert (pressed.said_at, pressed.hold) == (None, timedelta(0))
