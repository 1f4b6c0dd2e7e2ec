"""A Zalo Official Account's group chats: the contract by both ways of hearing, and what only Zalo does."""

import asyncio
import errno
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot import clock
from bot.platforms.calls import Calls
from bot.platforms.media import Media
from bot.platforms.zalo_oa import NAME_AGAIN, ZaloOa, words
from bot.platforms.zalo_oa_api import ZaloOaApi
from bot.platforms.zalo_oa_history import GapFiller
from bot.platforms.zalo_oa_people import People
from bot.platforms.zalo_oa_tokens import OAuth, TokenFile, TokenPair, Tokens
from bot.platforms.zalo_oa_webhook import ZaloOaWebhook
from handlers.events import MessagePosted
from handlers.lengths import utf16_length
from handlers.ports import (
    Ambiguous,
    Commit,
    DeliveryError,
    FetchError,
    Incoming,
    NotSent,
    Outgoing,
    PlatformDown,
    Refused,
)
from handlers.posts import Mention, Post
from tests.bot.platforms.contract import PHOTO, Contract, Heard, Messenger, events, listening
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, BIG, DROPPED, OA_SECRET, PROXY, FakeZaloOa, Json
from tests.serving import serving

GROUP = "f414c8f76fa586fbdfb4"
NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)
OK: Json = {"error": 0, "message": "Success", "data": {}}


class Marks:
    """Where marks are kept."""

    def __init__(self, **kept: str) -> None:
        self.kept = kept

    async def read(self, name: str) -> str | None:
        return self.kept.get(name)

    async def write(self, name: str, value: str) -> None:
        self.kept[name] = value


class Listening(ZaloOa):
    """An adapter whose webhook stores what the test listens to."""

    commit: Commit

    async def receive(self, commit: Commit) -> None:
        self.commit = commit
        await super().receive(commit)


async def sleep(seconds: float) -> None:
    await asyncio.sleep(0.02 if seconds == NAME_AGAIN else seconds)


async def as_it_is(picture: bytes, _: int) -> bytes:
    return picture


class ZaloOaMessenger(Messenger):
    member_edits = album_keys = False
    missing_chat = "missing"

    def __init__(self, server: FakeZaloOa, folder: Path, *, webhook: bool) -> None:
        self.server = server
        self.chat = GROUP
        self.replies = webhook  # the history does not tell them
        self.marks = Marks(**{f"zalo_oa:{GROUP}": "1"})
        self.file = TokenFile(folder / "zalo_oa.tokens")
        self.file.save(pair_of(server))
        calls = Calls()
        oauth = OAuth(server.root, APP_ID, APP_SECRET, lambda: NOW, calls)
        self.tokens = Tokens(self.file, oauth, lambda: NOW)
        self.api = ZaloOaApi(server.root, self.tokens, calls)
        self.offered: str | None = None
        self.platform = self.zalo = Listening(
            self.api,
            self.tokens,
            People(self.api),
            GapFiller(self.api, self.marks.read, self.marks.write, clock.real),
            groups=[GROUP],
            media=Media({"127.0.0.1"}),
            offer=self._offer,
            fit=as_it_is,
            between_looks=600 if webhook else 0.05,
            sleep=sleep,
        )
        self._served = AsyncExitStack()

    async def _offer(self, _: bytes) -> str | None:
        return self.offered

    async def open_webhook(self) -> None:
        async def store(found: Sequence[Incoming]) -> None:
            await self.zalo.commit(found)

        hook = ZaloOaWebhook("/zalo", APP_ID, OA_SECRET, store, self.zalo.heard)
        application = web.Application()
        application.add_routes([hook.route()])
        port = await self._served.enter_async_context(serving(application))
        self.server.hook = f"http://127.0.0.1:{port}/zalo"

    async def post(self, text: str, *, photos: Sequence[bytes] = (), reply_to: str | None = None) -> str:
        if not photos:
            return await self.server.post(GROUP, "Hoa", text, quote=reply_to or "")
        made = [
            await self.server.post(GROUP, "Hoa", "" if place else text, photo=photo)
            for place, photo in enumerate(photos)
        ]
        return made[0]

    async def insist(self, text: str) -> None:
        """Zalo tells the same message again where it was not taken."""
        number = await self.server.post(GROUP, "Hoa", text)
        if self.server.answers and self.server.answers[-1] == 500:
            item = next(one for one in self.server.groups[GROUP].said if one["message_id"] == number)
            await self.server.tell(self.server.told(item))

    async def edit(self, message: str, text: str) -> None:
        raise NotImplementedError

    async def press(self, message: str, data: str) -> None:
        raise NotImplementedError

    async def seen(self, message: str) -> tuple[str, list[str], int]:
        found = next(one for one in self.server.sent if one.id == message)
        return found.text, [], 1 if found.photo else 0

    async def reactions(self, message: str) -> list[str]:
        return []

    async def post_place(self, latitude: float, longitude: float) -> str | None:
        if not self.server.hook:
            return None  # the history's shape of a place is documented nowhere
        return await self.server.post(GROUP, "Hoa", place=(latitude, longitude))

    async def close(self) -> None:
        await self.platform.close()
        await self._served.aclose()


def pair_of(server: FakeZaloOa, life: timedelta = timedelta(hours=25)) -> TokenPair:
    """A pair that the server takes."""
    access, refresh = server.pair()
    return TokenPair(access, refresh, NOW + life, NOW + timedelta(days=90))


@pytest.fixture
async def server() -> AsyncIterator[FakeZaloOa]:
    async with FakeZaloOa() as fake:
        fake.group(GROUP, "Công ích đô thị", "Hoa", "Hà")
        yield fake


@pytest.fixture
async def messenger(server: FakeZaloOa, tmp_path: Path) -> AsyncIterator[ZaloOaMessenger]:
    made = ZaloOaMessenger(server, tmp_path, webhook=True)
    await made.open_webhook()
    yield made
    await made.close()


class TestWebhook(Contract):
    """All that every platform must do, told by the webhook."""


class TestHistory(Contract):
    """The same, asked of the group's history."""

    @pytest.fixture
    async def messenger(self, server: FakeZaloOa, tmp_path: Path) -> AsyncIterator[ZaloOaMessenger]:
        made = ZaloOaMessenger(server, tmp_path, webhook=False)
        yield made
        await made.close()


async def test_a_reply_says_to_what(messenger: ZaloOaMessenger) -> None:
    async with listening(messenger) as heard:
        first = await messenger.post("một")
        await messenger.post("hai", reply_to=first)
        _, second = await events(messenger, heard, 2)
    assert isinstance(second, MessagePosted)
    assert second.reply_to == first


async def test_what_was_said_while_nobody_listened_is_read_once(messenger: ZaloOaMessenger) -> None:
    server, at = messenger.server, 1_789_000_000_000
    missed = [await server.post(GROUP, "Hoa", f"tin {n}", at=at + n * 1000, times=0) for n in range(23)]
    async with listening(messenger) as heard:
        found = await events(messenger, heard, 23)
        again = await server.post(GROUP, "Hà", "tin mới", at=at + 60_000, times=2)
        await heard.wait(24)
    assert [one.id for one in found if isinstance(one, MessagePosted)] == missed
    assert list(heard.events)[-1] == f"m:{GROUP}:{again}"
    assert messenger.marks.kept[f"zalo_oa:{GROUP}"] == str(at + 22_000)
    repeated = Heard()
    await messenger.zalo._history.fill(GROUP, repeated.commit)
    assert set(repeated.events) <= set(heard.events)


@pytest.mark.parametrize("marks", [{}, {f"zalo_oa:{GROUP}": "0"}])  # "0": an earlier congich saw nothing
async def test_a_group_that_is_new_begins_now(messenger: ZaloOaMessenger, marks: dict[str, str]) -> None:
    messenger.marks.kept.clear()
    messenger.marks.kept.update(marks)
    await messenger.server.post(GROUP, "Hoa", "chuyện năm ngoái", times=0)
    heard = Heard()
    assert await messenger.zalo._history.fill(GROUP, heard.commit) == 0
    assert await messenger.zalo._history.fill(GROUP, heard.commit) == 1  # the overlap; the key is one


async def test_a_group_that_shows_nothing_at_first_begins_now_too(messenger: ZaloOaMessenger) -> None:
    messenger.marks.kept.clear()
    heard, last_year = Heard(), clock.real() - timedelta(days=365)
    assert await messenger.zalo._history.fill(GROUP, heard.commit) == 0
    at = int(last_year.timestamp() * 1000)
    await messenger.server.post(GROUP, "Hoa", "chuyện năm ngoái", at=at, times=0)
    assert await messenger.zalo._history.fill(GROUP, heard.commit) == 0


async def test_the_mark_stays_where_what_was_read_is_not_stored(messenger: ZaloOaMessenger) -> None:
    await messenger.server.post(GROUP, "Hoa", "rác", times=0)
    with pytest.raises(OSError, match="disk"):
        await messenger.zalo._history.fill(GROUP, Heard(failures=1).commit)
    assert messenger.marks.kept[f"zalo_oa:{GROUP}"] == "1"


async def test_somebody_new_gets_a_name_from_the_list(messenger: ZaloOaMessenger) -> None:
    async with listening(messenger) as heard:
        await asyncio.sleep(0.2)
        assert messenger.zalo.people.titles[GROUP] == "Công ích đô thị"
        await messenger.server.post(GROUP, "Người mới", "đèn hư")
        (kept,) = await heard.wait(1)
        who = messenger.server.person("Người mới")
        async with asyncio.timeout(5):
            while who not in messenger.zalo.people.names:
                await asyncio.sleep(0.02)
    event = messenger.platform.parse(kept.payload)
    assert isinstance(event, MessagePosted)
    assert (event.sender.name, event.chat_title) == ("Người mới", "Công ích đô thị")
    assert int(event.sender.id) > BIG


async def test_our_name_before_words_means_us(messenger: ZaloOaMessenger) -> None:
    async with listening(messenger) as heard:
        await asyncio.sleep(0.2)
        await messenger.post("@Công ích PA1001 sao rồi")
        await messenger.post("công ích đô thị")
        first, second = await events(messenger, heard, 2)
    assert isinstance(first, MessagePosted)
    assert isinstance(second, MessagePosted)
    assert (first.to_bot, second.to_bot) == (True, False)


async def test_a_photo_whose_address_expired_is_found_again(messenger: ZaloOaMessenger) -> None:
    async with listening(messenger) as heard:
        await messenger.post("rác", photos=[PHOTO])
        (event,) = await events(messenger, heard, 1)
        assert isinstance(event, MessagePosted)
        messenger.server.move_photos()
        assert await messenger.platform.fetch(event.photos[0].ref, 1_000_000) == PHOTO
        messenger.server.groups[GROUP].said.clear()
        messenger.server.move_photos()
        with pytest.raises(FetchError):
            await messenger.platform.fetch(event.photos[0].ref, 10)


@pytest.mark.parametrize("code", [-216, -220])
async def test_a_token_that_ends_in_mid_send_is_renewed_and_the_post_sent_once(
    messenger: ZaloOaMessenger, code: int
) -> None:
    messenger.server.fail("message", {"error": code, "message": "Access token has expired"})
    receipt = await messenger.platform.deliver(Outgoing("k", GROUP, Post("chào")))
    assert [one.id for one in messenger.server.sent] == [receipt.message]
    assert len(messenger.server.refreshes) == 1


@pytest.mark.parametrize(
    ("fault", "error", "waits"),
    [
        ({"error": -32, "message": "rate limit"}, NotSent, timedelta(seconds=60)),
        ({"error": -210, "message": "over the limit"}, NotSent, timedelta(hours=1)),
        ({"error": -200, "message": "send failed"}, NotSent, None),
        ({"error": -237, "message": "group is disabled"}, Refused, None),
        ({"error": -403, "message": "not in the group"}, Refused, None),
        ({"error": -209, "message": "app is inactive"}, PlatformDown, None),
        (PROXY, Ambiguous, None),
        (DROPPED, Ambiguous, None),
    ],
)
async def test_what_goes_wrong_is_one_of_four(
    messenger: ZaloOaMessenger, fault: Json | str, error: type[DeliveryError], waits: timedelta | None
) -> None:
    messenger.server.fail("message", fault)
    with pytest.raises(error) as raised:
        await messenger.platform.deliver(Outgoing("k", GROUP, Post("chào")))
    assert "access-" not in str(raised.value)
    assert getattr(raised.value, "retry_after", None) == waits


async def test_success_without_a_message_id_is_success(messenger: ZaloOaMessenger) -> None:
    messenger.server.fail("message", OK)
    receipt = await messenger.platform.deliver(Outgoing("k", GROUP, Post("chào")))
    assert receipt.message is None


async def test_people_are_called_by_their_ids_and_nobody_by_a_members_words(
    messenger: ZaloOaMessenger,
) -> None:
    post = Post(f"[@{GROUP}] Hà rác. Nhờ: Hà, Khang", calls=(Mention("4711", "Hà"), Mention("4712", "Khang")))
    await messenger.platform.deliver(Outgoing("k", GROUP, post))
    assert messenger.server.sent[0].text == f"[ @{GROUP}] Hà rác. Nhờ: [@4711], [@4712]"


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (("Hà", "Nguyễn Thu Hà"), "[@1], [@2]"),
        (("điều hành viên", "điều hành viên"), "[@1], [@2]"),
    ],
)
def test_everybody_is_called_whoevers_name_ends_in_theirs(names: Sequence[str], called: str) -> None:
    calls = tuple(Mention(str(place), name) for place, name in enumerate(names, start=1))
    assert words(Post(f"Hà rác. Gọi: {', '.join(names)}", calls=calls)) == f"Hà rác. Gọi: {called}"


@pytest.mark.parametrize("calls", [(), (Mention("4711", "Hà"),)])
def test_words_that_are_too_long_call_whom_they_should_and_nobody_else(calls: Sequence[Mention]) -> None:
    said = words(Post("[@99] ơi " * 250 + "Nhờ: Hà", calls=tuple(calls)))
    assert utf16_length(said) <= 2000
    assert "[@99]" not in said
    assert said.endswith("…[@4711]" if calls else "…")


async def test_the_accounts_name_is_asked_for_until_it_is_told(messenger: ZaloOaMessenger) -> None:
    messenger.server.fail("getoa", PROXY, PROXY)
    async with listening(messenger) as heard, asyncio.timeout(5):
        while len(messenger.server.called("getoa")) < 3:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        await messenger.post("@Công ích /cuatoi")
        (event,) = await events(messenger, heard, 1)
    assert isinstance(event, MessagePosted)
    assert event.to_bot
    assert len(messenger.server.called("getoa")) == 3


async def test_whoever_talks_with_the_account_alone_is_answered_there(messenger: ZaloOaMessenger) -> None:
    async with listening(messenger) as heard:
        await messenger.server.talk("Hoa", "/cuatoi")
        (event,) = await events(messenger, heard, 1)
        assert isinstance(event, MessagePosted)
        assert event.private
        await messenger.platform.deliver(Outgoing("k", event.chat, Post("của anh/chị", reply_to=event.id)))
        async with asyncio.timeout(5):
            while messenger.server.person("Hoa") not in messenger.zalo.people.names:
                await asyncio.sleep(0.02)
    assert messenger.server.sent[0].chat == f"user:{messenger.server.person('Hoa')}"
    assert messenger.server.called("cs")[0]["message"]["quote_message_id"] == event.id


async def test_where_no_photo_can_be_uploaded_it_goes_by_its_address_or_waits(
    messenger: ZaloOaMessenger,
) -> None:
    quota: Json = {"error": -211, "message": "out of quota"}
    outgoing = Outgoing("k", GROUP, Post("phiếu"), pictures=(PHOTO,))
    messenger.server.fail("image", quota, quota, {"error": -201, "message": "no such format"})
    with pytest.raises(NotSent):
        await messenger.platform.deliver(outgoing)
    assert not messenger.server.sent
    messenger.offered = "https://city.example/out/photo.jpg"
    with pytest.raises(NotSent):  # the fake takes uploads only; what it was asked is what counts
        await messenger.platform.deliver(outgoing)
    element = messenger.server.called("message")[-1]["message"]["attachment"]["payload"]["elements"][0]
    assert element == {"media_type": "image", "url": "https://city.example/out/photo.jpg"}
    messenger.offered = None
    receipt = await messenger.platform.deliver(outgoing)
    assert not receipt.has_pictures  # the words alone, where a photo never will be taken
    assert messenger.server.sent[0].text == "phiếu"


async def test_where_nothing_makes_a_photo_small_now_nothing_is_in_doubt(messenger: ZaloOaMessenger) -> None:
    async def unfit(_: bytes, __: int) -> bytes:
        raise OSError(errno.EAGAIN, "no process that looks at photos begins")

    messenger.zalo._fit = unfit
    with pytest.raises(NotSent, match="small now"):
        await messenger.platform.deliver(Outgoing("k", GROUP, Post("phiếu"), pictures=(PHOTO,)))
    assert not messenger.server.sent


async def test_nobody_listening_is_not_sent(tmp_path: Path) -> None:
    calls = Calls()
    file = TokenFile(tmp_path / "tokens")
    file.save(TokenPair("a", "r", NOW + timedelta(hours=25), NOW + timedelta(days=90)))
    tokens = Tokens(file, OAuth("http://127.0.0.1:9", "1", "s", lambda: NOW, calls), lambda: NOW)
    api = ZaloOaApi("http://127.0.0.1:9", tokens, calls)
    with pytest.raises(NotSent):
        await api.post("/v3.0/oa/group/message", {})
    await api.close()
