"""What waits by a clock that was a year ahead goes on once the clock is right."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import chats, inbox, members, messages, outbox
from storage.database import Database
from storage.models import Attachment, Chat, Inbox, Message, Outbox, row_id

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
WAITS = {timedelta(0): True, timedelta(hours=1): False, timedelta(hours=28): False, timedelta(days=365): True}
Looks = Callable[[AsyncSession, datetime], Awaitable[bool]]


async def group(session: AsyncSession) -> int:
    return row_id(await chats.ensure(session, "telegram", "-1", "", NOW))


async def a_post(session: AsyncSession, until: datetime) -> bool:
    await outbox.add(session, outbox.NewDelivery("a", "test", await group(session), {"type": "post"}), NOW)
    await session.execute(update(Outbox).values(next_attempt_at=until))
    return bool(await outbox.ready(session, ["telegram"], NOW, 10))


async def a_chat(session: AsyncSession, until: datetime) -> bool:
    chat_id = await group(session)
    await outbox.add(session, outbox.NewDelivery("a", "test", chat_id, {"type": "post"}), NOW)
    await chats.pause(session, chat_id, until)
    return bool(await outbox.ready(session, ["telegram"], NOW, 10))


async def a_photo(session: AsyncSession, until: datetime) -> bool:
    member = await members.ensure(session, "telegram", "7", "Lan", NOW)
    message = Message(
        external_id="1",
        chat_id=await group(session),
        member_id=row_id(member),
        sent_at=NOW,
        received_at=NOW,
    )
    await messages.add(session, message)
    await messages.attach(session, message, "telegram", ["photo"], NOW)
    await session.execute(update(Attachment).values(next_attempt_at=until))
    return bool(await messages.photos_to_fetch(session, ["telegram"], NOW, 10))


async def an_event(session: AsyncSession, until: datetime) -> bool:
    await inbox.store(session, "telegram", "telegram", [inbox.NewEvent("m:-1:1", {}, NOW)], NOW)
    await session.execute(update(Inbox).values(next_attempt_at=until, attempts=1))
    return bool(await inbox.peek(session, ["telegram"], NOW, 10))


@pytest.mark.parametrize("looks", [a_post, a_chat, a_photo, an_event])
@pytest.mark.parametrize("wait", WAITS)
async def test_it_waits_no_longer_than_anything_may(
    database: Database, looks: Looks, wait: timedelta
) -> None:
    async with database.write() as session:
        assert await looks(session, NOW + wait) is WAITS[wait]


async def test_a_pause_takes_the_place_of_one_a_year_ahead(database: Database) -> None:
    async with database.write() as session:
        assert await a_chat(session, NOW + timedelta(days=365))
        await chats.pause(session, await group(session), NOW + timedelta(minutes=1))
        assert not await outbox.ready(session, ["telegram"], NOW, 10)
        chat = await session.get_one(Chat, await group(session), populate_existing=True)
        assert chat.paused_until == NOW + timedelta(minutes=1)
