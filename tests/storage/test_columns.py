"""Moments as both databases keep them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError
from sqlmodel import col

from storage import chats
from storage.database import Database
from storage.models import Chat

SAIGON = timezone(timedelta(hours=7))
MOMENTS = (
    datetime(2026, 11, 16, 8, 30, 15, 123456, SAIGON),
    datetime(2026, 11, 16, 8, 30, 15, 0, SAIGON),  # a text without its microseconds would sort wrongly
    datetime(1, 1, 2, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
)


@pytest.fixture(params=["UTC", "Asia/Ho_Chi_Minh", "America/Santiago"])
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock shows a zone's time."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("at", MOMENTS)
async def test_a_moment_comes_back_as_it_was_in_utc(database: Database, at: datetime) -> None:
    async with database.write() as session:
        await chats.ensure(session, "telegram", "1", "", at)
    async with database.read() as session:
        (found,) = await session.scalars(select(col(Chat.created_at)))
        same = await session.scalars(select(Chat).where(col(Chat.created_at) == at))
        assert (found, found.tzinfo) == (at, UTC)
        assert len(same.all()) == 1


@pytest.mark.sqlite_only
async def test_sqlite_s_text_is_the_one_that_there_always_was(database: Database) -> None:
    async with database.write() as session:
        await chats.ensure(session, "telegram", "1", "", MOMENTS[1])
        kept = await session.scalar(text("SELECT created_at FROM chats"))
        assert kept == "2026-11-16 01:30:15.000000"


async def test_a_moment_without_its_zone_is_refused(database: Database) -> None:
    async with database.write() as session:
        with pytest.raises(StatementError, match="needs its time zone"):
            await chats.ensure(session, "telegram", "1", "", MOMENTS[0].replace(tzinfo=None))
