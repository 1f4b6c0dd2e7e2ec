"""Zalo's Bot Platform: the contract, and what only Zalo does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest

from bot.platforms import zalo_bot_updates as updates
from bot.platforms.media import Media
from bot.platforms.zalo_bot import ZaloBot
from handlers.events import MessagePosted
from handlers.ports import Ambiguous, DeliveryError, MalformedEvent, NotSent, Outgoing, PlatformDown, Refused
from handlers.posts import Post
from tests.bot.platforms.contract import PHOTO, Contract, Messenger, events, listening
from tests.fakes.zalo_bot import BIG, FakeZaloBot, Fault

GROUP = "f414c8f76fa586fbdfb4"
NAMES = ("Công ích",)


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0.005)


class ZaloMessenger(Messenger):
    replies = member_edits = album_keys = False
    missing_chat = "missing"

    def __init__(self, server: FakeZaloBot) -> None:
        self.server = server
        self.chat = GROUP
        self.platform = self.zalo = ZaloBot(
            server.token,
            api_root=server.root,
            offer=self._offer,
            media=Media({"127.0.0.1"}),
            posts_per_month=3000,
            sleep=no_sleep,
        )

    async def _offer(self, picture: bytes) -> str:
        return self.server.host("ours", picture)

    async def post(self, text: str, *, photos: Sequence[bytes] = (), reply_to: str | None = None) -> str:
        words = f"@Công ích {text}"
        if not photos:
            return await self.server.post(GROUP, "Hoa", words)
        made = [await self.server.post(GROUP, "Hoa", words, photo=photo) for photo in photos]
        return made[0]

    async def edit(self, message: str, text: str) -> None:
        raise NotImplementedError

    async def press(self, message: str, data: str) -> None:
        raise NotImplementedError

    async def seen(self, message: str) -> tuple[str, list[str], int]:
        last = self.server.sent[-1]
        assert int(message) > BIG
        return last.text, [], 1 if last.photo else 0

    async def reactions(self, message: str) -> list[str]:
        return []


@pytest.fixture
async def server() -> AsyncIterator[FakeZaloBot]:
    async with FakeZaloBot() as fake:
        yield fake


@pytest.fixture
async def messenger(server: FakeZaloBot) -> AsyncIterator[ZaloMessenger]:
    made = ZaloMessenger(server)
    yield made
    await made.platform.close()


class TestZaloBot(Contract):
    """All that every platform must do."""


async def test_the_same_update_again_and_again_has_one_key(messenger: ZaloMessenger) -> None:
    async with listening(messenger) as heard:
        await messenger.server.post(GROUP, "Hoa", "@Công ích rác", times=4)
        await messenger.server.post(GROUP, "Hoa", "@Công ích đèn")
        found = await events(messenger, heard, 2)
    assert [event.text for event in found if isinstance(event, MessagePosted)] == ["rác", "đèn"]


async def test_ids_beyond_a_float_stay_as_they_are(messenger: ZaloMessenger) -> None:
    async with listening(messenger) as heard:
        number = await messenger.post("rác")
        (event,) = await events(messenger, heard, 1)
    assert isinstance(event, MessagePosted)
    assert event.id == number == str(BIG + 1)
    assert event.at == datetime.fromtimestamp(1_789_000_000, UTC)
    assert event.to_bot


async def test_a_photo_of_ours_is_fetched_by_its_address_more_than_once(messenger: ZaloMessenger) -> None:
    outgoing = Outgoing("k", GROUP, Post("phiếu"), pictures=(PHOTO,))
    receipt = await messenger.platform.deliver(outgoing)
    assert receipt.has_pictures
    assert messenger.server.sent[0].photo == PHOTO
    assert messenger.server.fetched == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(429, {"ok": False, "error_code": 429, "description": "Quota exceeded"}), NotSent),
        (Fault(403, {"ok": False, "error_code": 403, "description": "internal server error"}), NotSent),
        (Fault(200, {"ok": False, "error_code": 500, "description": "later"}), NotSent),
        (Fault(400, {"ok": False, "error_code": 400, "description": "bad"}), Refused),
        (Fault(408, {"ok": False, "error_code": 408, "description": "Request timeout"}), Ambiguous),
        (Fault(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}), PlatformDown),
        (Fault(502), Ambiguous),
        (Fault(dropped=True), Ambiguous),
    ],
)
async def test_what_goes_wrong_is_one_of_four(
    messenger: ZaloMessenger, fault: Fault, error: type[DeliveryError]
) -> None:
    messenger.server.fail("sendMessage", fault)
    with pytest.raises(error) as raised:
        await messenger.platform.deliver(Outgoing("k", GROUP, Post("chào")))
    assert messenger.server.token not in str(raised.value)


async def test_nobody_listening_is_not_sent() -> None:
    lonely = ZaloBot(
        "1:x", api_root="http://127.0.0.1:9", offer=_nothing, media=Media(), posts_per_month=1, sleep=no_sleep
    )
    with pytest.raises(NotSent):
        await lonely.deliver(Outgoing("k", GROUP, Post("chào")))
    await lonely.close()


async def _nothing(_: bytes) -> None:
    return None


async def test_success_without_a_message_id_is_success(messenger: ZaloMessenger) -> None:
    messenger.server.fail("sendMessage", Fault(200, {"ok": True, "result": {}}))
    receipt = await messenger.platform.deliver(Outgoing("k", GROUP, Post("chào")))
    assert receipt.message is None


async def test_where_photos_have_no_address_the_words_go_alone(server: FakeZaloBot) -> None:
    bot = ZaloBot(server.token, api_root=server.root, offer=_nothing, media=Media(), posts_per_month=1)
    receipt = await bot.deliver(Outgoing("k", GROUP, Post("phiếu"), pictures=(PHOTO,)))
    await bot.close()
    assert (server.sent[0].text, receipt.has_pictures) == ("phiếu", False)


async def test_a_photo_that_is_refused_takes_no_words_along(messenger: ZaloMessenger) -> None:
    refused = Fault(400, {"ok": False, "error_code": 400, "description": "photo is invalid"})
    messenger.server.fail("sendPhoto", refused)
    receipt = await messenger.platform.deliver(Outgoing("k", GROUP, Post("phiếu"), pictures=(PHOTO,)))
    assert await messenger.seen(receipt.message or "") == ("phiếu", [], 0)
    assert not receipt.has_pictures


@pytest.mark.parametrize("fault", [Fault(502), Fault(408, {"ok": False, "error_code": 408})])
async def test_words_do_not_go_alone_where_their_photo_may_have_arrived(
    messenger: ZaloMessenger, fault: Fault
) -> None:
    messenger.server.fail("sendPhoto", fault)
    with pytest.raises(Ambiguous):
        await messenger.platform.deliver(Outgoing("k", GROUP, Post("phiếu"), pictures=(PHOTO,)))
    assert not messenger.server.called("sendMessage")


async def test_trouble_while_polling_is_waited_out_and_a_bad_token_is_not(messenger: ZaloMessenger) -> None:
    messenger.server.fail("getUpdates", Fault(502), Fault(dropped=True), Fault(504))
    async with listening(messenger) as heard:
        while len(messenger.server.called("getUpdates")) < 4:  # what an answer that is lost held is lost
            await asyncio.sleep(0.02)
        await messenger.post("rác")
        await heard.wait(1)
    messenger.server.fail("getUpdates", Fault(401, {"ok": False, "error_code": 401}))
    with pytest.raises(PlatformDown):
        await messenger.platform.receive(heard.commit)


@pytest.mark.parametrize("wrapped", [True, False])
def test_an_update_is_read_in_its_envelope_and_without(wrapped: bool) -> None:
    message = {
        "message_id": "m1",
        "date": 1789033572455,
        "from": {"id": "a1", "display_name": "An", "is_bot": False},
        "chat": {"id": "g1", "chat_type": "GROUP"},
        "photo": "https://photo.example/x.jpg",
        "caption": "@công ích: rác đầu hẻm",
    }
    bare = {"event_name": "message.image.received", "message": message}
    payload = {"ok": True, "result": bare} if wrapped else bare
    event = updates.parse(payload, NAMES)
    assert isinstance(event, MessagePosted)
    assert (event.text, event.photos[0].ref) == ("rác đầu hẻm", "https://photo.example/x.jpg")
    assert updates.incoming(payload).key == "m:g1:m1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@Công ích đèn hư", "đèn hư"),
        ("@CÔNG ÍCH, đèn hư", "đèn hư"),
        ("@Công ích", ""),
        ("Công ích ơi đèn hư", "Công ích ơi đèn hư"),
        ("@Công íchX đèn hư", "@Công íchX đèn hư"),
        ("đèn hư @Công ích", "đèn hư @Công ích"),
    ],
)
def test_the_mention_of_us_is_not_what_is_said(text: str, said: str) -> None:
    assert updates.without_mention(text, NAMES) == said


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"result": []},
        {"message": {}},
        {"message": {"from": {}, "chat": {}, "date": 1}},
        {"message": {"date": "x"}},
    ],
)
def test_what_is_malformed_is_said_to_be(payload: dict[str, object]) -> None:
    with pytest.raises(MalformedEvent):
        updates.parse(payload, NAMES)
    assert updates.incoming(payload).key


def test_what_zalo_does_not_show_is_silence_in_a_group_and_a_greeting_in_private() -> None:
    message = {
        "message_id": "m",
        "date": 1789033572455,
        "from": {"id": "a"},
        "chat": {"id": "g", "chat_type": "GROUP"},
    }
    assert updates.parse({"message": message}, NAMES) is None
    private = message | {"chat": {"id": "a", "chat_type": "PRIVATE"}}
    event = updates.parse({"message": private}, NAMES)
    assert isinstance(event, MessagePosted)
    assert event.private
