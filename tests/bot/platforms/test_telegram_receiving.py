"""Telegram's updates: when they are confirmed, and what a log shows of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from bot.platforms.telegram import ALLOWED, LONGEST_WAIT, Telegram
from handlers.events import MessagePosted
from handlers.ports import DeliveryError, Incoming, Outgoing
from handlers.posts import Post
from tests.bot.platforms.contract import Heard
from tests.bot.platforms.test_telegram_answers import logged
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import FAILING, Fault


@pytest.fixture
async def server() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as started:
        yield started


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0.01)


class Receiver:
    """The adapter, listening, until it is told to end."""

    def __init__(self, server: FakeTelegram, heard: Heard) -> None:
        self.steps: list[str] = []
        self.heard = heard
        self.platform = Telegram(
            server.token, api_root=server.root, sleep=no_sleep, step=self.steps.append, poll_seconds=1
        )
        self._task = asyncio.create_task(self.platform.receive(self.commit))

    async def commit(self, events: Sequence[Incoming]) -> None:
        self.steps.append("stored")
        await self.heard.commit(events)

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.platform.close()


def offsets(server: FakeTelegram) -> list[str | None]:
    return [call.args.get("offset") for call in server.called("getUpdates")]


async def test_an_offset_is_sent_until_it_has_confirmed_and_then_forgotten(server: FakeTelegram) -> None:
    await server.post(server.group(), "Hoa", "một")
    receiver = Receiver(server, Heard())
    await receiver.heard.wait(1)
    server.fail("getUpdates", Fault.BAD_GATEWAY)  # whether it confirmed nobody knows: it is said again
    await server.wait_for(lambda: len(offsets(server)) >= 4)
    await receiver.end()
    first, *others = offsets(server)
    confirming = [offset for offset in others if offset is not None]
    assert (first, set(confirming)) == (None, {"1001"})
    assert others == [*confirming, *([None] * (len(others) - len(confirming)))]
    assert others[-1] is None
    assert receiver.steps == ["stored", "confirmed"]


async def test_ids_that_start_anew_while_running_confirm_nothing_unseen(server: FakeTelegram) -> None:
    group = server.group()
    await server.post(group, "Hoa", "một")
    receiver = Receiver(server, Heard())
    await server.wait_for(lambda: offsets(server)[1:][-1:] == [None])
    server.restart_ids(7)
    for number in range(250):  # more than two batches, so that some wait while others are confirmed
        await server.post(group, "Hoa", f"tin {number}")
    await receiver.heard.wait(251)
    await server.wait_for(lambda: server.unconfirmed() == 0)
    await receiver.end()
    assert len(receiver.heard.events) == 251


async def test_nothing_is_asked_while_a_batch_is_being_stored(server: FakeTelegram) -> None:
    await server.post(server.group(), "Hoa", "một")
    reached, released = asyncio.Event(), asyncio.Event()

    async def commit(_: Sequence[Incoming]) -> None:
        reached.set()
        await released.wait()

    platform = Telegram(server.token, api_root=server.root, poll_seconds=1)
    task = asyncio.create_task(platform.receive(commit))
    await reached.wait()
    await asyncio.sleep(0.2)
    assert (offsets(server), server.unconfirmed()) == ([None], 1)
    released.set()
    await server.wait_for(lambda: server.unconfirmed() == 0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await platform.close()


async def test_an_order_to_another_bot_of_the_group_is_none_to_us(server: FakeTelegram) -> None:
    receiver = Receiver(server, Heard())
    group = server.group()
    for text in ("/close@congich_bot 1001", "/close@poll_bot 1001"):
        await server.post(group, "Hà", text)
    heard = [receiver.platform.parse(one.payload) for one in await receiver.heard.wait(2)]
    await receiver.end()
    assert [isinstance(one, MessagePosted) for one in heard] == [True, False]


async def test_a_webhook_left_over_is_removed_and_nothing_is_dropped(server: FakeTelegram) -> None:
    receiver = Receiver(server, Heard())
    await server.wait_for(lambda: bool(server.called("getUpdates")))
    await receiver.end()
    named, first, second = server.calls[:3]
    assert [named.method, first.method, second.method] == ["getMe", "deleteWebhook", "getUpdates"]
    assert first.args.get("drop_pending_updates", "false") == "false"
    assert all(kind in second.args["allowed_updates"] for kind in ALLOWED)


async def test_waits_grow_to_half_a_minute_and_stay_there_however_long_it_lasts() -> None:
    platform = Telegram("1:a", api_root="http://127.0.0.1:9", luck=lambda: 1.0)
    waits = [platform.wait(failures) for failures in (0, 1, 2, 5, 5000)]
    assert waits == [1, 2, 4, LONGEST_WAIT, LONGEST_WAIT]
    await platform.close()


async def test_neither_token_nor_warning_is_in_the_log(server: FakeTelegram) -> None:
    with logged() as (log, warned):
        await _go_through_every_fault(server)
    assert "telegram.unreachable" in log.getvalue()
    assert "telegram.not_stored" in log.getvalue()
    assert "TEST-token" not in log.getvalue()
    assert [str(warning.message) for warning in warned] == []


async def _go_through_every_fault(server: FakeTelegram) -> None:
    group = server.group()
    server.fail("getUpdates", *FAILING)
    server.fail("sendMessage", *FAILING)
    await server.post(group, "Hoa", "một")
    receiver = Receiver(server, Heard(failures=1))
    for number in range(len(FAILING)):
        with pytest.raises(DeliveryError):
            await receiver.platform.deliver(Outgoing(str(number), str(group.id), Post("chào")))
    await receiver.heard.wait(1)
    await receiver.end()
