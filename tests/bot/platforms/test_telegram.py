"""Telegram: the contract, and what only Telegram does."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import cast

import pytest

from bot.platforms.albums import Album
from bot.platforms.telegram import Telegram
from handlers.events import ChatMoved, Location, MessagePosted
from handlers.ports import (
    Ambiguous,
    DeliveryError,
    JsonObject,
    MalformedEvent,
    NotSent,
    Outgoing,
    PlatformDown,
    Refused,
)
from handlers.posts import Button, Edit, Keyboard, Mention, Post, Toast
from tests.bot.platforms.contract import PHOTO, Contract, Heard, Messenger, events, listening
from tests.bot.test_decoder import picture
from tests.fakes.telegram import FakeTelegram, Group
from tests.fakes.telegram_faults import Fault

STRIP = picture(2200, 100)  # a side ratio of 22; Telegram takes 20


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

    async def post_place(self, latitude: float, longitude: float) -> str | None:
        place = {"latitude": latitude, "longitude": longitude}
        return str(await self.server.post(self.group, "Hoa", location=place))

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
    async with listening(messenger, failures=10**6) as heard:
        await messenger.server.wait_for(lambda: heard.failures < 10**6 - 2)
        assert not messenger.server.confirmed
        heard.failures = 0
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


async def test_a_refused_token_stops_the_platform_and_is_not_shown(server: FakeTelegram) -> None:
    platform = Telegram("999999:wrong-token-0123456789abcdef", api_root=server.root, sleep=no_sleep)
    with pytest.raises(PlatformDown) as raised:
        await platform.receive(Heard().commit)
    assert "wrong-token" not in repr(raised.value) + repr(platform)
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
    assert isinstance(receipt, Album)
    assert [receipt.message, *receipt.rest] == [str(number) for number in messenger.group.messages]
    edit = Outgoing("e", messenger.chat, Edit("xong rồi"), (), receipt.message, receipt.has_pictures)
    await messenger.platform.deliver(edit)
    assert messenger.server.texts(messenger.group)[0] == "xong rồi"


@pytest.mark.parametrize(("units", "photos"), [(1024, 1), (1025, 0)])
async def test_a_text_that_no_caption_holds_goes_whole_without_its_photo(
    messenger: TelegramMessenger, units: int, photos: int
) -> None:
    outgoing = Outgoing("a", messenger.chat, Post("x" * units), pictures=(PHOTO,))
    receipt = await messenger.platform.deliver(outgoing)
    assert receipt.has_pictures == bool(photos)
    assert await messenger.seen(receipt.message or "") == ("x" * units, [], photos)


async def test_a_post_with_buttons_has_one_photo_and_is_one_call(messenger: TelegramMessenger) -> None:
    post = Post("phiếu", buttons=((Button("Nhận", "t:1:accept"),),))
    await messenger.platform.deliver(Outgoing("a", messenger.chat, post, pictures=(PHOTO, PHOTO)))
    (sent,) = messenger.server.posts(messenger.group)
    assert sent["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "t:1:accept"
    assert "photo" in sent


@pytest.mark.parametrize("pictures", [(STRIP,), (PHOTO, STRIP), (STRIP, PHOTO)])
@pytest.mark.parametrize("buttons", [(), ((Button("Nhận", "t:1:accept"),),)])
async def test_a_photo_that_is_refused_takes_no_words_along(
    messenger: TelegramMessenger, pictures: tuple[bytes, ...], buttons: Keyboard
) -> None:
    asked = await messenger.post("hỏi")
    names = Mention("500", "Hà"), Mention("501", "Thu Hà")
    post = Post("phiếu: Hà, Thu Hà", reply_to=asked, buttons=buttons, calls=names, quiet=True)
    receipt = await messenger.platform.deliver(Outgoing("a", messenger.chat, post, pictures=pictures))
    (sent,) = messenger.server.posts(messenger.group)
    taken = bool(buttons) and pictures[0] == PHOTO  # with buttons only the first one goes
    assert await messenger.seen(receipt.message or "") == (post.text, ["t:1:accept"][: len(buttons)], taken)
    assert receipt.has_pictures == taken
    assert sent["reply_to_message"]["message_id"] == int(asked)
    last = messenger.server.calls[-1]
    entities = json.loads(last.args["caption_entities" if taken else "entities"])
    assert (marked(post.text, entities), last.args["disable_notification"]) == (["Hà", "Thu Hà"], "true")


async def test_what_else_is_refused_is_not_said_without_its_photo(messenger: TelegramMessenger) -> None:
    await messenger.server.migrate(messenger.group, -1002000)
    with pytest.raises(Refused) as raised:
        await messenger.platform.deliver(Outgoing("a", messenger.chat, Post("phiếu"), pictures=(PHOTO,)))
    assert raised.value.moved_to == "-1002000"
    assert not messenger.server.called("sendMessage")


async def test_a_reply_to_what_was_deleted_is_sent_all_the_same(messenger: TelegramMessenger) -> None:
    await messenger.platform.deliver(Outgoing("a", messenger.chat, Post("chào", reply_to="404")))
    assert messenger.server.texts(messenger.group) == ["chào"]
    (call,) = messenger.server.called("sendMessage")
    assert json.loads(call.args["link_preview_options"]) == {"is_disabled": True}
    assert "parse_mode" not in call.args


async def test_a_short_answer_reaches_the_press(messenger: TelegramMessenger) -> None:
    await messenger.platform.deliver(Outgoing("a", messenger.chat, Toast("query7", "x" * 300)))
    ((query, text),) = messenger.server.answers
    assert (query, len(text), text[-1]) == ("query7", 200, "…")


async def test_administrators_and_links(messenger: TelegramMessenger) -> None:
    messenger.group.administrators = [messenger.server.person_id("Hà")]
    assert await messenger.platform.administrators(messenger.chat) == frozenset({"500"})
    assert messenger.platform.link("-1001234", "5") == "https://t.me/c/1234/5"
    assert messenger.platform.link("-1234", "5") is None
    assert messenger.platform.link("-1001234", "") is None  # the post is in the group's former chat


async def test_names_in_a_post_call_their_people(messenger: TelegramMessenger) -> None:
    text = "🔥 Dây điện rớt\nNhờ anh/chị xem ngay: Hà, Bảy Mập"
    post = Post(text, calls=(Mention("500", "Hà"), Mention("501", "Bảy Mập"), Mention("not-a-number", "Ai")))
    await messenger.platform.deliver(Outgoing("a", messenger.chat, post))
    (call,) = messenger.server.called("sendMessage")
    entities = json.loads(call.args["entities"])
    assert [(one["type"], one["user"]["id"]) for one in entities] == [
        ("text_mention", 500),
        ("text_mention", 501),
    ]
    assert marked(text, entities) == ["Hà", "Bảy Mập"]


def marked(text: str, entities: Sequence[JsonObject]) -> list[str]:
    """What entities stand over."""
    units = text.encode("utf-16-le")
    spans = [(one["offset"], one["offset"] + one["length"]) for one in entities]
    return [units[2 * start : 2 * end].decode("utf-16-le") for start, end in spans]


@pytest.mark.parametrize(
    ("names", "offsets"),
    [
        (("Hà", "Nguyễn Thu Hà"), [8, 12]),
        (("Thu Hà", "😀 Hà", "Hà"), [8, 16, 23]),
        (("điều hành viên", "điều hành viên"), [8, 24]),
    ],
)
async def test_everybody_is_called_by_their_own_place_in_the_text(
    messenger: TelegramMessenger, names: Sequence[str], offsets: list[int]
) -> None:
    calls = tuple(Mention(str(500 + place), name) for place, name in enumerate(names))
    text = f"🔥\nGọi: {', '.join(names)}"
    await messenger.platform.deliver(Outgoing("a", messenger.chat, Post(text, calls=calls)))
    (call,) = messenger.server.called("sendMessage")
    entities = json.loads(call.args["entities"])
    assert [one["offset"] for one in entities] == offsets
    assert [one["user"]["id"] for one in entities] == list(range(500, 500 + len(names)))
    assert marked(text, entities) == list(names)
