"""A member's data erased: whatever letters their id has, and wherever a photo of theirs lies."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.imports.history import ImportedHistory
from bot.imports.records import ImportedRecord
from bot.open311 import door
from bot.open311.asked import Posted
from bot.platforms import (
    bridge_events,
    telegram_export,
    telegram_updates,
    webchat,
    zalo_bot_updates,
    zalo_oa_events,
)
from bot.platforms.media import Media
from handlers.events import ButtonPressed, Event, MessagePosted, Person
from storage import erasure, inbox, members, room
from storage.columns import JsonObject
from storage.database import Database
from storage.images import FolderStore
from storage.models import Inbox, RoomPost
from storage.states import InboxState

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)


@pytest.mark.parametrize("who", ["4711", "@hoa:city.vn", "Hòa Đặng", 'a"b', "50%_\\x"])
async def test_what_a_platform_told_goes_whatever_the_id_looks_like(database: Database, who: str) -> None:
    async with database.write() as session:
        told = [
            inbox.NewEvent(key, {"sender": {"id": one, "name": "x"}, "text": "rác"})
            for key, one in (("m:1", who), ("m:2", f"{who}2"))
        ]
        await inbox.store(session, "console", "console", told, NOW)
        rows = (await session.scalars(select(Inbox))).all()
        await inbox.mark_done(session, [row.id for row in rows if row.id])
        await erasure.erase(session, await members.ensure(session, "console", who, "Hòa", NOW))
    async with database.read() as session:
        kept = (await session.scalars(select(Inbox).order_by(col(Inbox.id)))).all()
    assert [bool(row.payload) for row in kept] == [False, True]


async def test_what_asks_for_it_goes_too_and_what_they_say_afterwards_waits(database: Database) -> None:
    async with database.write() as session:
        told = [
            inbox.NewEvent(f"m:{minutes}", {"sender": {"id": "hoa"}}, NOW + timedelta(minutes=minutes))
            for minutes in (-1, 0, 1)
        ]
        await inbox.store(session, "console", "console", told, NOW)  # none of them is handled yet
        await erasure.erase(session, await members.ensure(session, "console", "hoa", "Hòa", NOW), NOW)
        kept = (await session.scalars(select(Inbox).order_by(col(Inbox.said_at)))).all()
        assert [bool(row.payload) for row in kept] == [False, False, True]


@pytest.mark.parametrize("who", ["w0a1b2c", "Hòa Đặng", 'a"b', "50%_\\x"])
async def test_reactions_in_the_built_in_chat_go_too(database: Database, who: str) -> None:
    kept = {"👍": ["bot", f"{who}2"]}
    shown = [{"👍": ["bot", who, f"{who}2"], "❤️": [who]}, kept, {}]
    async with database.write() as session:
        for number, reactions in enumerate(shown):
            post = RoomPost(chat="c", key=f"{number}", author="minh", author_name="Minh", at=NOW)
            post.reactions = reactions
            await room.add(session, post)
        hoa = await members.ensure(session, "webchat", who, "Hòa", NOW)
        assert (await erasure.held(session, hoa))["reactions"] == 1
        for platform in ("console", "webchat"):
            await erasure.erase(session, await members.ensure(session, platform, who, "Hòa", NOW))
    async with database.read() as session:
        posts = await room.latest(session, "c", None, 9)
    assert [post.reactions for post in posts] == [kept, kept, {}]


async def test_an_original_that_lies_beside_the_store_goes_with_it(tmp_path: Path) -> None:
    beside = FolderStore(tmp_path / "beside")
    store = FolderStore(tmp_path / "photos", beside=[beside, FolderStore(tmp_path / "never")])
    name = await beside.put(b"a photo")
    assert await store.put(b"a photo") == name
    await store.remove(name)
    assert (await store.get(name), await beside.get(name)) == (None, None)


GROUP = {"id": -100, "type": "supergroup", "title": "Nhóm"}
HOA = {"first_name": "Hòa", "is_bot": False, "id": 4711}
SAID = {"message_id": 9, "date": 1_763_251_200, "text": "đèn hư", "chat": GROUP}
TELEGRAM = {"update_id": 1, "message": SAID | {"from": HOA}}
PRESS = {"id": "77", "chat_instance": "1", "data": "t:1:accept", "from": HOA, "message": SAID}
EXPORTED = {
    "chat": "-100",
    "title": "Nhóm",
    "album": None,
    "message": {
        "id": 9, "type": "message", "date": "2026-11-16T08:00:00", "from": "Hòa", "from_id": "user4711",
        "text": "đèn hư",
    },
}  # fmt: skip
ZALO_BOT = {
    "event_name": "message.text.received",
    "message": {
        "from": {"id": "6ede9afa66b8", "display_name": "Hòa", "is_bot": False}, "text": "đèn hư",
        "chat": {"id": "g1", "chat_type": "GROUP"}, "message_id": "m1", "date": 1_763_251_200_000,
    },
}  # fmt: skip
ZALO_OA = {
    "event_name": "user_send_group_text", "timestamp": "1763251200000", "sender": {"id": "875"},
    "recipient": {"id": "g1"}, "message": {"msg_id": "m1", "text": "đèn hư"},
}  # fmt: skip
ZALO_HISTORY = {
    "src": 1, "time": 1_763_251_200_000, "message_id": "m1", "from_id": "875", "from_display_name": "Hòa",
    "group_id": "g1", "type": "text", "message": "đèn hư",
}  # fmt: skip
BRIDGED = {
    "type": "message", "chat": "!r:city.vn", "id": "$1", "sender": {"id": "@hoa:city.vn", "name": "Hòa"},
    "at": "2026-11-16T08:00:00+07:00", "text": "đèn hư",
}  # fmt: skip
POSTED = Posted("lighting", "đèn hư", None, None, "", "Hòa", ("hoa@city.vn",), "", "", urgent=False)
RECORD = ImportedRecord("A1", NOW, "đèn hư", None, None, "", "", None, "", "Hòa", "0909123456", "")


def _from_a_page() -> JsonObject:
    post = RoomPost(id=9, chat="c", key="k", author="w0a1b2c", author_name="Hòa", text="đèn hư", at=NOW)
    return webchat._message_payload(post, Person("w0a1b2c", "Hòa"), None)


def _imported() -> ImportedHistory:
    return ImportedHistory("1022", "", [RECORD], Media(), b"key")


SHAPES: dict[str, tuple[Callable[[JsonObject], Event | None], JsonObject]] = {
    "telegram": (telegram_updates.parse, TELEGRAM),
    "telegram, a press": (telegram_updates.parse, {"update_id": 2, "callback_query": PRESS}),
    "telegram, its export": (lambda one: telegram_export._posted(one, one["message"], UTC), EXPORTED),
    "zalo_bot": (lambda one: zalo_bot_updates.parse(one, ()), ZALO_BOT),
    "zalo_oa": (lambda one: zalo_oa_events.parse(one, {}, {}), ZALO_OA),
    "zalo_oa, a number": (lambda one: zalo_oa_events.parse(one, {}, {}), ZALO_OA | {"sender": {"id": 875}}),
    "zalo_oa, its history": (lambda one: zalo_oa_events.parse(one, {}, {}), ZALO_HISTORY),
    "bridge": (bridge_events.parse, BRIDGED),
    "webchat": (webchat._message, _from_a_page()),
    "open311": (door._event, door.incoming(POSTED, "app", "t1", b"key", NOW).payload),
    "import": (_imported().parse, next(_imported().incoming()).payload),
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_of_every_platform_what_it_told_goes(database: Database, shape: str) -> None:
    parse, payload = SHAPES[shape]
    event = parse(payload)
    assert isinstance(event, MessagePosted | ButtonPressed)
    async with database.write() as session:
        hoa = await members.ensure(session, shape, event.sender.id, "Hòa", NOW)
        await inbox.store(session, shape, shape, [inbox.NewEvent("1", payload, NOW)], NOW)
        await session.execute(update(Inbox).values(state=InboxState.DONE))
        assert (await erasure.held(session, hoa))["raw"] == 1
        await erasure.erase(session, hoa)
        assert await session.scalar(select(col(Inbox.payload))) == {}
