"""Rows that are written by plain statements are the session's as any other, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from storage import chats, members
from storage.database import Database
from storage.models import Message, row_id
from storage.plain import insert_row, update_row

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)


async def message(session: AsyncSession, number: int) -> Message:
    chat = await chats.ensure(session, "telegram", "-1", "Công ích", NOW)
    member = await members.ensure(session, "telegram", "7", "Lan", NOW)
    made = Message(
        chat_id=row_id(chat),
        external_id=f"{number}",
        member_id=row_id(member),
        sent_at=NOW,
        received_at=NOW,
        text="Đèn hẻm 5 hư",
    )
    await insert_row(session, made)
    return made


async def test_a_new_row_has_its_number_and_what_is_changed_of_it_is_written(database: Database) -> None:
    async with database.write() as session:
        made = await message(session, 1)
        assert await session.get(Message, made.id) is made
        assert not session.dirty
        made.text = "Đèn hẻm 6 hư"
    async with database.read() as session:
        kept = await session.get_one(Message, made.id)
        assert (kept.text, kept.sent_at, kept.album) == ("Đèn hẻm 6 hư", NOW, None)


async def test_values_are_set_at_once(database: Database) -> None:
    async with database.write() as session:
        made = await message(session, 1)
        await update_row(session, made, text="Đèn hẻm 6 hư", album="a")
        assert (made.text, made.album) == ("Đèn hẻm 6 hư", "a")
        assert not session.dirty
    async with database.read() as session:
        kept = await session.get_one(Message, made.id)
        assert (kept.text, kept.album) == ("Đèn hẻm 6 hư", "a")


async def test_what_a_savepoint_undoes_leaves_its_number_to_the_next(database: Database) -> None:
    """Which SQLite gives it, while whoever failed may still hold the row that is none."""
    async with database.write() as session:
        await message(session, 1)
        undone = await session.begin_nested()
        gone = await message(session, 2)
        await undone.rollback()
        made = await message(session, 3)
        assert await session.get(Message, made.id) is made
        assert gone not in session


async def test_what_a_savepoint_undoes_of_a_row_is_as_it_was(database: Database) -> None:
    async with database.write() as session:
        made = await message(session, 1)
        undone = await session.begin_nested()
        await update_row(session, made, text="Đèn hẻm 6 hư")
        await undone.rollback()
        await session.refresh(made)
        assert made.text == "Đèn hẻm 5 hư"


async def test_a_row_that_is_there_already_is_refused(database: Database) -> None:
    async def twice(session: AsyncSession) -> None:
        await message(session, 1)
        await message(session, 1)

    with pytest.raises(IntegrityError):
        await database.carry_out(twice)
