"""A member's data erased: whatever letters their id has, and wherever a photo of theirs lies."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from storage import erasure, inbox, members, room
from storage.database import Database
from storage.images import FolderStore
from storage.models import Inbox, RoomPost

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
