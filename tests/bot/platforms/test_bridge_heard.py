"""What a bridge tells us: signed, whole, once; and what is refused with its place."""

import asyncio
import base64
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.platforms import bridge_events as events_of
from bot.platforms.bodies import AT_ONCE
from bot.platforms.bridge_photos import BridgePhotos
from bot.platforms.bridge_routes import body_limit
from bot.signatures import ID, SIGNATURE, TIMESTAMP, BadSecret, Signer
from handlers.events import MessageDeleted, MessagePosted
from handlers.ports import FetchError, MalformedEvent
from storage.images import FolderStore
from tests.bot.platforms.bridge_messenger import GROUP, BridgeMessenger, a_messenger
from tests.bot.platforms.contract import PHOTO, Heard, events, listening
from tests.fakes.bridge import SECRET, FakeBridge, Json
from tests.serving import half_sent

SCHEMA = Path(__file__).parents[3] / "docs" / "bridge.schema.json"


@pytest.fixture
async def fake() -> AsyncIterator[FakeBridge]:
    async with FakeBridge() as made:
        yield made


@pytest.fixture
async def messenger(fake: FakeBridge, tmp_path: Path) -> AsyncIterator[BridgeMessenger]:
    async with a_messenger(fake, tmp_path, called=True) as made:
        yield made


async def test_ids_with_colons_do_not_make_two_messages_one(messenger: BridgeMessenger) -> None:
    async with listening(messenger) as heard:
        await messenger.fake.tell([message(chat="!a:b", id="c"), message(chat="!a", id="b:c")])
        await messenger.fake.tell([message(chat="!a%3Ab", id="c")])
    assert len(heard.events) == 3


async def test_two_edits_and_two_reactions_within_one_second_are_two(messenger: BridgeMessenger) -> None:
    async with listening(messenger) as heard:
        for text in ("rác", "rác hẻm 12"):
            await messenger.fake.edit(GROUP, "Hoa", "b1", text)
        for emoji in ("👍", "👎"):
            await messenger.fake.react(GROUP, "Hoa", "b1", emoji)
    assert len(heard.events) == 4


async def test_what_is_no_text_is_replaced_and_the_rest_is_heard(messenger: BridgeMessenger) -> None:
    async with listening(messenger) as heard:
        status, _ = await messenger.fake.call(json.dumps(message(text="rác \ud83d \0 đầu hẻm")).encode())
        (event,) = await events(messenger, heard, 1)
    assert status == 200
    assert isinstance(event, MessagePosted)
    assert event.text == "rác \ufffd \ufffd đầu hẻm"


async def test_photos_that_came_inside_do_not_stay_for_ever(tmp_path: Path) -> None:
    photos = BridgePhotos(FolderStore(tmp_path))
    old = await photos.keep(b"old")
    assert await asyncio.gather(*(photos.keep(b"twice") for _ in range(8)))
    nine_days_ago = (datetime.now(UTC) - timedelta(days=9)).timestamp()
    for path in tmp_path.rglob(f"{old}*"):
        os.utime(path, (nine_days_ago, nine_days_ago))
    new = await BridgePhotos(FolderStore(tmp_path)).keep(
        b"new"
    )  # the first of a process looks what is too old
    assert await photos.get(new, 10) == b"new"
    with pytest.raises(FetchError):
        await photos.get(old, 10)


def test_a_call_holds_one_photo_of_the_largest_size_and_not_ten() -> None:
    assert len(base64.b64encode(bytes(3_000_000))) < body_limit(3_000_000) < 6_000_000


async def test_a_delete_is_heard(messenger: BridgeMessenger) -> None:
    async with listening(messenger) as heard:
        message = await messenger.post("rác")
        await messenger.fake.delete(GROUP, "Hoa", message)
        _, deleted = await events(messenger, heard, 2)
    assert isinstance(deleted, MessageDeleted)
    assert (deleted.id, deleted.sender.name) == (message, "Hoa")


async def test_photos_inside_are_on_disk_and_not_in_the_inbox(messenger: BridgeMessenger) -> None:
    async with listening(messenger) as heard:
        await messenger.post("rác", photos=[PHOTO])
        (kept,) = await heard.wait(1)
    assert len(json.dumps(kept.payload)) < 1000
    event = messenger.platform.parse(kept.payload)
    assert isinstance(event, MessagePosted)
    assert await messenger.platform.fetch(event.photos[0].ref, 10_000_000) == PHOTO
    with pytest.raises(FetchError):
        await messenger.platform.fetch("stored:" + "0" * 64, 10)
    with pytest.raises(FetchError):
        await messenger.platform.fetch("http://169.254.169.254/latest", 10)


async def test_a_hundred_repeats_are_one_and_a_list_is_several(messenger: BridgeMessenger) -> None:
    event = messenger.fake._event("message", GROUP, "Hoa") | {"id": "b1", "text": "rác"}
    async with listening(messenger) as heard:
        for _ in range(100):
            await messenger.fake.tell(event)
        answer = await messenger.fake.tell([event | {"id": "b2"}, event | {"id": "b3"}])
    group = GROUP.replace(":", "%3A")
    assert list(heard.events) == [f"m:{group}:{number}" for number in ("b1", "b2", "b3")]
    assert answer == {"kept": 2, "receipts": 0}


def message(**more: object) -> Json:
    return FakeBridge._event("message", GROUP, "Hoa") | {"id": "b1", "text": "rác"} | more


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ([], "a call has 1 to 100 events"),
        ([message()] * 101, "a call has 1 to 100 events"),
        ({}, "event 0: it: Unable to extract tag"),
        (message(type="mesage"), "event 0: it: Input tag 'mesage'"),
        ([message(), message(id="")], "event 1: message.id: String should have at least 1 character"),
        (message(at="2026-11-16T08:00:00"), "event 0: message.at: Input should have timezone info"),
        (message(at="0001-01-01T00:00:00+07:00"), "event 0: message.at: Value error, a moment between"),
        (message(at="9999-12-31T23:59:59-07:00"), "event 0: message.at: Value error, a moment between"),
        (message(id="b\n1"), "event 0: message.id: String should match pattern"),
        (message(location={"latitude": float("nan"), "longitude": 0}), "event 0: message.location.latitude"),
        (message(txt="x"), "event 0: message.txt: Extra inputs are not permitted"),
        (message(attachments=[{}]), "event 0: message.attachments.0: Value error, an attachment has either"),
        (message(attachments=[{"data": 5}]), "event 0: message.attachments.0.data: "),
        (message(attachments=[{"stored": "0" * 64}]), "event 0: attachments: unknown key 'stored'"),
        (message(location={"latitude": 91, "longitude": 0}), "event 0: message.location.latitude: "),
    ],
)
async def test_a_fault_is_said_with_its_place(messenger: BridgeMessenger, event: object, told: str) -> None:
    async with listening(messenger) as heard:
        status, answer = await messenger.fake.call(json.dumps(event).encode())
    assert (status, heard.events) == (400, {})
    assert answer["error"].startswith(told)


async def test_only_what_is_signed_lately_is_heard(messenger: BridgeMessenger) -> None:
    body, now = json.dumps(message()).encode(), datetime.now(UTC)
    right = Signer(SECRET).sign(body, "m1", now)
    other = Signer("whsec_" + base64.b64encode(b"another secret of thirty-two byt").decode())
    wrong: list[dict[str, str]] = [
        {},
        {**right, SIGNATURE: "v1,AAAA"},
        {**right, SIGNATURE: "nonsense"},
        {**right, SIGNATURE: "v1,é"},
        {**right, ID: "m2"},
        {**right, TIMESTAMP: "soon"},
        other.sign(body, "m1", now),
        Signer(SECRET).sign(body, "m1", now - timedelta(minutes=6)),
        Signer(SECRET).sign(b"{}", "m1", now),
    ]
    async with listening(messenger) as heard:
        statuses = [(await messenger.fake.call(body, headers))[0] for headers in wrong]
        assert statuses == [401] * len(wrong)
        assert heard.events == {}
        assert (await messenger.fake.call(body, right))[0] == 200
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"{messenger.fake.root}/deliveries") as answer,
        ):
            assert answer.status == 401


async def test_few_large_calls_of_whom_nobody_knows_yet_are_taken_in_at_a_time(
    messenger: BridgeMessenger,
) -> None:
    """Whoever means harm can write headers in the right shape, and nobody can tell before the last byte."""
    shape = {ID: "m1", TIMESTAMP: str(int(time.time())), SIGNATURE: f"v1,{'A' * 43}="}
    address, small = f"{messenger.fake.root}/events", json.dumps(message()).encode()
    large = json.dumps(message(attachments=[{"data": base64.b64encode(bytes(200_000)).decode()}])).encode()
    async with listening(messenger):
        async with AsyncExitStack() as strangers:
            for _ in range(AT_ONCE):
                await strangers.enter_async_context(half_sent(address, shape, 2_000_000))
            await until_told(messenger, large, 503)
            assert (await messenger.fake.call(small))[0] == 200
        await until_told(messenger, large, 200)


async def until_told(messenger: BridgeMessenger, body: bytes, status: int) -> None:
    async with asyncio.timeout(3):
        while (await messenger.fake.call(body))[0] != status:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "wrong",
    [
        {ID: ""},
        {TIMESTAMP: "soon"},
        {TIMESTAMP: "nan"},
        {TIMESTAMP: "1789033572"},
        {SIGNATURE: "v1,AAAA"},
        {SIGNATURE: f"v2,{'A' * 43}="},
    ],
)
async def test_nothing_is_read_of_what_can_not_be_signed(messenger: BridgeMessenger, wrong: Json) -> None:
    shape = {ID: "m1", TIMESTAMP: str(time.time()), SIGNATURE: f"v1,{'A' * 43}="}
    async with (
        listening(messenger),
        asyncio.timeout(2),
        aiohttp.ClientSession() as client,
        client.post(f"{messenger.fake.root}/events", data=unended(), headers=shape | wrong) as answer,
    ):
        assert answer.status == 401


async def unended() -> AsyncIterator[bytes]:
    """A body of which the first byte comes."""
    yield b"["
    await asyncio.sleep(60)


async def test_what_is_no_json_or_too_long_is_refused(messenger: BridgeMessenger) -> None:
    async with listening(messenger) as heard:
        assert (await messenger.fake.call(b"{"))[0] == 400
        assert (await messenger.fake.call(b"[" * 100_000))[0] == 400
        assert (await messenger.fake.call(b"x" * 4_000_000))[0] == 413
    assert heard.events == {}


async def test_a_bridge_that_is_called_has_no_stream(messenger: BridgeMessenger) -> None:
    headers = Signer(SECRET).sign(b"", "m1", datetime.now(UTC))
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{messenger.fake.root}/deliveries", headers=headers) as answer,
    ):
        assert answer.status == 409


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%", "whsec_c2hvcnQ="])
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(BadSecret) as raised:
        Signer(secret)
    assert not secret.removeprefix("whsec_") or secret not in str(raised.value)


def test_what_was_kept_and_can_not_be_read_is_malformed() -> None:
    with pytest.raises(MalformedEvent):
        events_of.parse({"type": "message"})
    receipt = events_of.read({"type": "receipt", "delivery": "k"})[0]
    with pytest.raises(events_of.BadEvent):
        events_of.incoming(receipt, {})


def test_the_schema_in_the_docs_is_the_codes() -> None:
    written = json.dumps(events_of.schema(), indent=2, ensure_ascii=False) + "\n"
    assert SCHEMA.read_text("utf-8") == written, "write it anew: congich bridge-schema"


async def test_a_disk_that_is_full_is_no_answer(messenger: BridgeMessenger) -> None:
    async with listening(messenger, failures=1) as heard:
        with pytest.raises(OSError, match="500"):
            await messenger.post("rác")
        await messenger.post("rác")
        assert len(heard.events) == 1
    assert isinstance(heard, Heard)
