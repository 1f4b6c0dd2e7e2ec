"""Telegram: the contract, and what only Telegram does."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import cast

import aiohttp
import pytest
from aiohttp import web

from bot.platforms.telegram import Telegram
from bot.platforms.telegram_webhook import HEADER, TelegramWebhook
from handlers.events import ChatMoved, Location, MessagePosted
from handlers.ports import Ambiguous, DeliveryError, MalformedEvent, NotSent, Outgoing, PlatformDown, Refused
from handlers.posts import Edit, Post
from tests.bot.platforms.contract import PHOTO, Contract, Heard, Messenger, events, listening
from tests.fakes.telegram import FakeTelegram, Fault, Group


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0.01)


class TelegramMessenger(Messenger):
    def __init__(self, server: FakeTelegram, group: Group) -> None:
        self.server = server
        self.group = group
        self.chat = str(group.id)
        self.platform = Telegram(
            server.token, api_root=server.root, sleep=no_sleep, luck=lambda: 0.0, poll_seconds=1
        )

    async def post(self, text: str, *, photos: Sequence[bytes] = (), reply_to: str | None = None) -> str:
        if len(photos) > 1:
            return str((await self.server.post_album(self.group, "Hoa", list(photos), text))[0])
        if photos:
            return str(await self.server.post_photo(self.group, "Hoa", photos[0], text))
        return str(await self.server.post(self.group, "Hoa", text, reply_to=reply_to and int(reply_to)))

    async def edit(self, message: str, text: str) -> None:
        await self.server.edit(self.group, int(message), text)

    async def press(self, message: str, data: str) -> None:
        await self.server.press(self.group, "Hoa", int(message), data)

    async def seen(self, message: str) -> tuple[str, list[str], int]:
        found = self.group.messages[int(message)]
        rows = found.get("reply_markup", {}).get("inline_keyboard", [])
        data = [button["callback_data"] for row in rows for button in row]
        return found.get("text") or found.get("caption", ""), data, 1 if "photo" in found else 0

    async def reactions(self, message: str) -> list[str]:
        return self.group.reactions.get(int(message), [])


@pytest.fixture
async def server() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as started:
        yield started


@pytest.fixture
async def messenger(server: FakeTelegram) -> AsyncIterator[TelegramMessenger]:
    made = TelegramMessenger(server, server.group())
    yield made
    await made.platform.close()


class TestTelegram(Contract):
    pass


async def test_nothing_is_confirmed_before_it_is_stored(messenger: TelegramMessenger) -> None:
    await messenger.post("một")
    async with listening(messenger, failures=3) as heard:
        await messenger.server.wait_for(lambda: bool(messenger.server.called("getUpdates")))
        assert not messenger.server.confirmed
        await heard.wait(1)
        await messenger.server.wait_for(lambda: messenger.server.unconfirmed() == 0)


async def test_what_comes_again_after_a_restart_has_the_same_key(messenger: TelegramMessenger) -> None:
    await messenger.post("một")
    heard = Heard()
    for _ in range(2):
        task = asyncio.create_task(messenger.platform.receive(heard.commit))
        await heard.wait(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert len(heard.events) == 1


async def test_update_ids_that_start_anew_lose_nothing(messenger: TelegramMessenger) -> None:
    async with listening(messenger) as heard:
        await messenger.post("một")
        await messenger.server.wait_for(lambda: messenger.server.unconfirmed() == 0)
    messenger.server.restart_ids(7)
    async with listening(messenger) as heard:
        await messenger.post("hai")
        (event,) = await events(messenger, heard, 1)
    assert isinstance(event, MessagePosted)
    assert event.text == "hai"


async def test_one_malformed_update_holds_up_nobody(messenger: TelegramMessenger) -> None:
    async with listening(messenger) as heard:
        await messenger.server.inject({"message": {"message_id": 1, "chat": {"id": 5}, "from": {"id": 7}}})
        await messenger.post("sau đó")
        bad, good = await heard.wait(2)
    with pytest.raises(MalformedEvent):
        messenger.platform.parse(bad.payload)
    assert cast(MessagePosted, messenger.platform.parse(good.payload)).text == "sau đó"


async def test_pictures_as_files_places_captions_and_moved_groups(messenger: TelegramMessenger) -> None:
    server, group = messenger.server, messenger.group
    async with listening(messenger) as heard:
        await server.post_document(group, "Hoa", PHOTO, "image/png")
        await server.post(group, "Hoa", location={"latitude": 9.6, "longitude": 105.97})
        await server.post_photo(group, "Hoa", PHOTO, "ổ gà")
        await server.post(
            group, "Hoa", document={"file_id": "x", "file_unique_id": "y", "mime_type": "text/csv"}
        )
        new = await server.migrate(group, -1002000)
        found = await events(messenger, heard, 6)
    picture, place, caption, moved, moved_again = found
    assert isinstance(picture, MessagePosted)
    assert len(picture.photos) == 1
    assert cast(MessagePosted, place).location == Location(9.6, 105.97)
    assert cast(MessagePosted, caption).text == "ổ gà"
    assert isinstance(moved, ChatMoved)
    assert isinstance(moved_again, ChatMoved)
    assert (moved.old, moved.new) == (moved_again.old, moved_again.new) == (str(group.id), str(new.id))


@pytest.mark.parametrize(
    ("fault", "outcome", "posts"),
    [
        (Fault.TOO_MANY, NotSent, 0),
        (Fault.SERVER_ERROR, NotSent, 0),
        (Fault.BAD_GATEWAY, Ambiguous, 0),
        (Fault.CLOSED, Ambiguous, 0),
        (Fault.DROPPED, Ambiguous, 1),
    ],
)
async def test_what_went_wrong_is_told_in_four_words(
    messenger: TelegramMessenger, fault: Fault, outcome: type[DeliveryError], posts: int
) -> None:
    messenger.server.fail("sendMessage", fault)
    with pytest.raises(outcome) as raised:
        await messenger.platform.deliver(Outgoing("a", messenger.chat, Post("chào")))
    assert len(messenger.server.posts(messenger.group)) == posts
    assert messenger.server.token not in str(raised.value)
    if isinstance(raised.value, NotSent) and fault is Fault.TOO_MANY:
        assert raised.value.retry_after == timedelta(seconds=1)


async def test_a_moved_group_says_where_to(messenger: TelegramMessenger) -> None:
    await messenger.server.migrate(messenger.group, -1002000)
    with pytest.raises(Refused) as raised:
        await messenger.platform.deliver(Outgoing("a", messenger.chat, Post("chào")))
    assert raised.value.moved_to == "-1002000"


async def test_nobody_there_means_nothing_was_sent() -> None:
    platform = Telegram("123456:token-of-nobody-at-all-here", api_root="http://127.0.0.1:9")
    with pytest.raises(NotSent) as raised:
        await platform.deliver(Outgoing("a", "-1", Post("chào")))
    assert "token-of-nobody" not in repr(raised.value)
    await platform.close()


async def test_a_refused_token_stops_the_platform_and_is_not_shown(
    server: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    platform = Telegram("999999:wrong-token-0123456789abcdef", api_root=server.root, sleep=no_sleep)
    with pytest.raises(PlatformDown) as raised:
        await platform.receive(Heard().commit)
    assert "wrong-token" not in repr(raised.value)
    await platform.close()


async def test_texts_are_cut_to_the_limit_in_utf16_units(messenger: TelegramMessenger) -> None:
    receipt = await messenger.platform.deliver(Outgoing("a", messenger.chat, Post("😀 chữ " * 2000)))
    text = messenger.group.messages[int(receipt.message or 0)]["text"]
    assert text.endswith("…")
    assert 4000 < len(text.encode("utf-16-le")) // 2 <= 4096


async def test_several_photos_are_one_album(messenger: TelegramMessenger) -> None:
    outgoing = Outgoing("a", messenger.chat, Post("xong"), pictures=(PHOTO, PHOTO))
    receipt = await messenger.platform.deliver(outgoing)
    assert messenger.server.texts(messenger.group) == ["xong", ""]
    edit = Outgoing("e", messenger.chat, Edit("xong rồi"), (), receipt.message, receipt.has_pictures)
    await messenger.platform.deliver(edit)
    assert messenger.server.texts(messenger.group)[0] == "xong rồi"


async def test_administrators_and_links(messenger: TelegramMessenger) -> None:
    messenger.group.administrators = [messenger.server.person_id("Hà")]
    assert await messenger.platform.administrators(messenger.chat) == frozenset({"500"})
    assert messenger.platform.link("-1001234", "5") == "https://t.me/c/1234/5"
    assert messenger.platform.link("-1234", "5") is None


@pytest.fixture
async def webhook() -> AsyncIterator[tuple[str, Heard]]:
    heard = Heard()
    application = web.Application()
    application.add_routes([TelegramWebhook("/hook", "s" * 32, heard.commit).route()])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", heard
    await runner.cleanup()


UPDATE = b'{"update_id": 1, "message": {"message_id": 5, "chat": {"id": -1}, "date": 1, "text": "a"}}'


@pytest.mark.parametrize(
    ("headers", "body", "status", "kept"),
    [
        ({}, UPDATE, 401, 0),
        ({HEADER: "wrong"}, UPDATE, 401, 0),
        ({HEADER: "s" * 32}, UPDATE, 200, 1),
        ({HEADER: "s" * 32}, b"not json", 400, 0),
        ({HEADER: "s" * 32}, b"[]", 400, 0),
        ({HEADER: "s" * 32}, b"x" * 2_000_000, 413, 0),
    ],
    ids=["missing", "wrong", "right", "no json", "no update", "too large"],
)
async def test_the_webhook_keeps_only_what_shows_the_secret(
    webhook: tuple[str, Heard], headers: dict[str, str], body: bytes, status: int, kept: int
) -> None:
    address, heard = webhook
    async with aiohttp.ClientSession() as client:
        try:
            async with client.post(address, data=io.BytesIO(body), headers=headers) as answer:
                assert answer.status == status
        except aiohttp.ClientConnectionError:
            assert status == 413  # the server hangs up on a body it will not read
    assert len(heard.events) == kept
