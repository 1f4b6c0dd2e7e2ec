"""The Zalo bot's webhook keeps only what shows the secret."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from bot.platforms.zalo_bot_webhook import HEADER, HOLD, ZaloBotWebhook
from tests.bot.platforms.contract import Heard
from tests.serving import serving

SECRET = "s" * 32
RIGHT = {HEADER: SECRET}
MESSAGE = {
    "message_id": "m1",
    "date": 1789033572455,
    "from": {"id": "a", "display_name": "An"},
    "chat": {"id": "g", "chat_type": "GROUP"},
    "text": "@Công ích rác",
}
UPDATE = json.dumps({"event_name": "message.text.received", "message": MESSAGE}).encode()


@dataclass
class Hook:
    """The route, listening, and what was kept."""

    port: int
    heard: Heard

    async def status(self, body: bytes, headers: dict[str, str]) -> int:
        address = f"http://127.0.0.1:{self.port}/zalo"
        async with (
            aiohttp.ClientSession() as client,
            client.post(address, data=io.BytesIO(body), headers=headers) as answer,
        ):
            return answer.status


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    heard = Heard()
    application = web.Application()
    application.add_routes([ZaloBotWebhook("/zalo", SECRET, heard.commit).route()])
    async with serving(application) as port:
        yield Hook(port, heard)


async def test_an_update_is_kept_before_the_200_and_waits_for_earlier_ones(hook: Hook) -> None:
    assert await hook.status(UPDATE, RIGHT) == 200
    (kept,) = hook.heard.events.values()
    assert (kept.key, kept.hold) == ("m:g:m1", HOLD)
    assert timedelta(0) < HOLD


async def test_the_same_a_hundred_times_is_one(hook: Hook) -> None:
    assert {await hook.status(UPDATE, RIGHT) for _ in range(100)} == {200}
    assert len(hook.heard.events) == 1


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (UPDATE, {}, 403),
        (UPDATE, {HEADER: "wrong"}, 403),
        (UPDATE, {HEADER: SECRET + "x"}, 403),
        (UPDATE, {HEADER: "bí mật".encode().decode("latin-1")}, 403),
        (b"", {}, 200),  # Zalo's probe, which shows no secret
        (b"not JSON", RIGHT, 400),
        (b"[]", RIGHT, 400),
        (b"x" * 2_000_000, RIGHT, 413),
    ],
)
async def test_nothing_else_is(hook: Hook, body: bytes, headers: dict[str, str], status: int) -> None:
    assert await hook.status(body, headers) == status
    assert hook.heard.events == {}
