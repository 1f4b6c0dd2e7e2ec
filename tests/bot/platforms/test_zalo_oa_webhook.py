"""The Official Account's webhook keeps only what is signed, and answers at once."""

import asyncio
import hashlib
import io
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from bot.platforms.bodies import AT_ONCE
from bot.platforms.zalo_oa_webhook import HEADER, HOLD, ZaloOaWebhook, is_signed, signature
from handlers.ports import JsonObject
from tests.bot.platforms.contract import Heard
from tests.serving import half_sent, serving

APP, SECRET = "4591324301967398637", "khóa-của-OA"
EVENT: JsonObject = {
    "event_name": "user_send_group_text",
    "app_id": APP,
    "sender": {"id": "8756287263669629130"},
    "recipient": {"id": "f414c8f76fa586fbdfb4"},
    "message": {"text": "đèn hư", "msg_id": "e52fe5da281f9745ce0a"},
    "oa_id": "607812198688816074",
    "timestamp": "1696908900672",
}
BODY = json.dumps(EVENT, ensure_ascii=False).encode()
RIGHT = signature(BODY, "1696908900672", app_id=APP, secret=SECRET)


@dataclass
class Hook:
    """The route, listening, and what was kept."""

    port: int
    heard: Heard
    shown: list[JsonObject] = field(default_factory=list)

    async def status(self, body: bytes, signed: str | None) -> int:
        headers = {} if signed is None else {HEADER: signed}
        address = f"http://127.0.0.1:{self.port}/zalo"
        async with (
            aiohttp.ClientSession() as client,
            client.post(address, data=io.BytesIO(body), headers=headers) as answer,
        ):
            return answer.status


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    heard = Heard()
    made = Hook(0, heard)
    application = web.Application()
    application.add_routes([ZaloOaWebhook("/zalo", APP, SECRET, heard.commit, made.shown.append).route()])
    async with serving(application) as port:
        made.port = port
        yield made


def test_the_signature_is_plain_sha256_over_app_body_moment_and_the_accounts_secret() -> None:
    signed = f"{APP}{BODY.decode()}1696908900672{SECRET}".encode()
    assert hashlib.sha256(signed).hexdigest() == RIGHT


@pytest.mark.parametrize("written", [RIGHT, f"mac={RIGHT}", f" MAC={RIGHT.upper()} "])
def test_it_may_be_written_in_more_than_one_way(written: str) -> None:
    assert is_signed(BODY, "1696908900672", written, app_id=APP, secret=SECRET)


async def test_an_event_is_kept_before_the_200_and_within_two_seconds(hook: Hook) -> None:
    began = time.monotonic()
    assert await hook.status(BODY, f"mac={RIGHT}") == 200
    assert time.monotonic() - began < 2
    (kept,) = hook.heard.events.values()
    assert (kept.key, kept.hold) == ("m:f414c8f76fa586fbdfb4:e52fe5da281f9745ce0a", HOLD)
    assert hook.shown == [EVENT]


async def test_the_same_a_hundred_times_is_one(hook: Hook) -> None:
    assert {await hook.status(BODY, RIGHT) for _ in range(100)} == {200}
    assert len(hook.heard.events) == 1


async def test_what_we_said_ourselves_is_taken_and_dropped(hook: Hook) -> None:
    body = BODY.replace(b"user_send", b"oa_send")
    signed = signature(body, "1696908900672", app_id=APP, secret=SECRET)
    assert await hook.status(body, signed) == 200
    assert hook.heard.events == {}


@pytest.mark.parametrize(
    ("body", "signed", "status"),
    [
        (BODY, None, 403),
        (BODY, "mac=", 403),
        (BODY, "0" * 64, 403),
        (BODY + b" ", RIGHT, 403),  # the raw bytes are signed
        (BODY.replace(b"696908900672", b"696908900673"), RIGHT, 403),
        (b"", None, 200),  # a probe
        (b"not JSON", RIGHT, 400),
        (b"[]", RIGHT, 400),
        (b"x" * 2_000_000, RIGHT, 413),
    ],
)
async def test_nothing_else_is(hook: Hook, body: bytes, signed: str | None, status: int) -> None:
    assert await hook.status(body, signed) == status
    assert hook.heard.events == {}


async def test_few_large_bodies_of_whom_nobody_knows_yet_are_taken_in_at_a_time(hook: Hook) -> None:
    address, large = f"http://127.0.0.1:{hook.port}/zalo", BODY + b" " * 100_000
    right = signature(large, "1696908900672", app_id=APP, secret=SECRET)
    async with AsyncExitStack() as strangers:
        for _ in range(AT_ONCE):
            await strangers.enter_async_context(half_sent(address, {HEADER: "0" * 64}, 1_000_000))
        await until_told(hook, large, right, 503)
        assert await hook.status(BODY, RIGHT) == 200
    await until_told(hook, large, right, 200)


async def until_told(hook: Hook, body: bytes, signed: str, status: int) -> None:
    async with asyncio.timeout(3):
        while await hook.status(body, signed) != status:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("signed", ["", "mac=", "0" * 63, "x" * 64])
async def test_nothing_is_read_of_what_can_not_be_signed(hook: Hook, signed: str) -> None:
    async def unended() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    address, headers = f"http://127.0.0.1:{hook.port}/zalo", {HEADER: signed}
    async with (
        asyncio.timeout(2),
        aiohttp.ClientSession() as client,
        client.post(address, data=unended(), headers=headers) as answer,
    ):
        assert answer.status == 403
