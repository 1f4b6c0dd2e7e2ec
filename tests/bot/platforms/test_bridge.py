"""A bridge: the contract by both ways of posting, and a stream that resumes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from handlers.ports import (
    Ambiguous,
    DeliveryError,
    NotSent,
    Outgoing,
    PlatformDown,
    Refused,
)
from handlers.posts import Post
from tests.bot.platforms.bridge_messenger import GROUP, BridgeMessenger, a_messenger
from tests.bot.platforms.contract import Contract, Messenger
from tests.chaos.rig import LONG
from tests.fakes.bridge import FakeBridge


@pytest.fixture
async def fake() -> AsyncIterator[FakeBridge]:
    async with FakeBridge() as made:
        yield made


@pytest.fixture
async def messenger(fake: FakeBridge, tmp_path: Path) -> AsyncIterator[BridgeMessenger]:
    async with a_messenger(fake, tmp_path, called=True) as made:
        yield made


@pytest.fixture
async def streaming(fake: FakeBridge, tmp_path: Path) -> AsyncIterator[BridgeMessenger]:
    async with a_messenger(fake, tmp_path, called=False) as made:
        yield made


class TestCalled(Contract):
    """All that every platform must do, by signed calls."""


class TestStreamed(Contract):
    """The same, by a stream."""

    @pytest.fixture
    async def messenger(self, fake: FakeBridge, streaming: BridgeMessenger) -> AsyncIterator[BridgeMessenger]:
        async with fake.listening():
            yield streaming

    async def test_a_chat_that_is_not_there_refuses(self, messenger: Messenger) -> None:
        assert isinstance(messenger, BridgeMessenger)
        messenger.fake.faults.append("no such group")
        await super().test_a_chat_that_is_not_there_refuses(messenger)


async def deliver(messenger: BridgeMessenger, key: str = "k") -> str | None:
    return (await messenger.platform.deliver(Outgoing(key, GROUP, Post("chào")))).message


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (web.json_response({"error": "no such group"}, status=404), Refused),
        (web.json_response({}, status=401), PlatformDown),
        (web.Response(status=429, headers={"Retry-After": "7"}), NotSent),
        (web.Response(status=503, text="<html>"), Ambiguous),
        (web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}), Ambiguous),
        ("dropped", Ambiguous),
    ],
)
async def test_what_goes_wrong_with_a_call(
    messenger: BridgeMessenger, fault: web.Response | str, error: type[DeliveryError]
) -> None:
    messenger.fake.faults.append(fault)
    with pytest.raises(error) as raised:
        await deliver(messenger)
    if isinstance(raised.value, NotSent):
        assert raised.value.retry_after == timedelta(seconds=7)
    assert await deliver(messenger)  # again, with the same key
    assert len(messenger.fake.posts) == 1


@pytest.mark.parametrize(("fault", "error"), [("busy", NotSent), ("no such group", Refused)])
async def test_what_goes_wrong_with_a_stream(
    streaming: BridgeMessenger, fault: str, error: type[DeliveryError]
) -> None:
    streaming.fake.faults.append(fault)
    async with streaming.fake.listening():
        with pytest.raises(error):
            await deliver(streaming)
        assert await deliver(streaming)


async def test_nobody_listening_waits_without_counting(streaming: BridgeMessenger) -> None:
    with pytest.raises(PlatformDown) as raised:
        await deliver(streaming)
    assert not raised.value.for_good


async def test_a_stream_that_breaks_is_resumed_and_nothing_is_posted_twice(
    streaming: BridgeMessenger,
) -> None:
    fake = streaming.fake
    fake.faults.extend(["silence", "silence"])  # it came, and the bridge died before its receipt
    async with fake.listening():
        first = asyncio.create_task(deliver(streaming, "one"))
        second = asyncio.create_task(deliver(streaming, "two"))
        async with asyncio.timeout(5):
            while len(fake.deliveries) < 2:
                await asyncio.sleep(0.01)
    assert fake.last.endswith("-2")  # it has seen both, and done nothing of it
    async with fake.listening():
        async with asyncio.timeout(5):  # it need not wait until we ask again
            assert await first
            assert await second
    assert [one.text for one in fake.posts] == ["chào", "chào"]
    assert len(fake.deliveries) == 4


async def test_what_has_its_receipt_does_not_come_again(streaming: BridgeMessenger) -> None:
    async with streaming.fake.listening():
        assert await deliver(streaming)
    async with streaming.fake.listening():
        await asyncio.sleep(0.2)
    assert len(streaming.fake.deliveries) == 1


async def test_who_listens_last_gets_it(streaming: BridgeMessenger, fake: FakeBridge) -> None:
    async with FakeBridge(fake.root) as other, fake.listening(), other.listening():
        assert await deliver(streaming)
    assert (len(fake.posts), len(other.posts)) == (0, 1)


@LONG
async def test_a_bridge_that_never_answers_holds_nobody_up_for_long(
    streaming: BridgeMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.bridge_out.ANSWER_SECONDS", 5.0)
    monkeypatch.setattr("bot.platforms.bridge_out.MUTE_SECONDS", 0.5)
    streaming.fake.faults.extend(["silence"] * 3)
    clock = asyncio.get_running_loop().time
    began = clock()
    async with streaming.fake.listening():
        for longest in (7, 8, 9):
            with pytest.raises(Ambiguous):
                await deliver(streaming)
            assert clock() - began < longest
        assert await deliver(streaming)
        streaming.fake.faults.append("slow")
        assert await deliver(streaming, "another")  # it answers again, so it is given its time again


async def test_a_messenger_that_is_busy_is_asked_again_over_hours(streaming: BridgeMessenger) -> None:
    streaming.fake.faults.append("busy")
    async with streaming.fake.listening():
        with pytest.raises(NotSent) as raised:
            await deliver(streaming)
    assert raised.value.retry_after is None  # a fixed wait would use up all attempts in two minutes


@pytest.mark.parametrize("key", ["reply:3:tin-của-Hòa", "toast:a b\nc", "reply:1:$x:máy.vn"])
async def test_a_delivery_named_after_any_id_is_signed(messenger: BridgeMessenger, key: str) -> None:
    assert await deliver(messenger, key)
    assert await deliver(messenger, key)
    assert [one["delivery"] for one in messenger.fake.deliveries] == [key, key]
    assert len(messenger.fake.posts) == 1


async def test_a_stream_of_another_process_is_not_resumed_from_its_numbers(
    streaming: BridgeMessenger,
) -> None:
    fake = streaming.fake
    fake.faults.append("silence")
    async with fake.listening():
        waiting = asyncio.create_task(deliver(streaming))
        async with asyncio.timeout(5):
            while not fake.deliveries:
                await asyncio.sleep(0.01)
    fake.last = "before-99"
    async with fake.listening():
        assert await waiting
