"""One transaction of many statements is a transaction as any other, on both databases."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.util.concurrency import in_greenlet
from sqlmodel import col

from storage import migrations, tickets
from storage.database import Database
from storage.models import Department


async def keys(database: Database) -> list[str]:
    async with database.read() as session:
        return [row.key for row in await tickets.departments(session)]


async def add(session: AsyncSession, *added: str) -> int:
    for key in added:
        session.add(Department(key=key, name=key, days=1))
        await session.flush()
    return len(added)


async def test_it_is_committed_at_its_end(database: Database) -> None:
    assert await database.carry_out(lambda session: add(session, "a", "b")) == 2
    assert await keys(database) == ["a", "b"]


async def test_an_error_undoes_all_of_it(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await database.carry_out(lambda session: add(session, "a", "b", "a"))
    assert await keys(database) == []


async def test_a_part_may_be_undone_alone(database: Database) -> None:
    async def work(session: AsyncSession) -> None:
        await add(session, "a")
        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                await add(session, "b", "a")

    await database.carry_out(work)
    assert await keys(database) == ["a"]


async def test_others_write_before_and_after_it(database: Database) -> None:
    async def one(key: str) -> None:
        async with database.write() as session:
            await add(session, key)

    await asyncio.gather(
        one("c"), database.carry_out(lambda session: add(session, "a", "d")), one("b"), one("e")
    )
    assert sorted(await keys(database)) == ["a", "b", "c", "d", "e"]


async def test_cancelled_it_is_undone_and_holds_nothing(database: Database) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def work(session: AsyncSession) -> None:
        loop.call_soon_threadsafe(begun.set)
        for number in range(100):
            await add(session, f"{number}")

    carried_out = asyncio.create_task(database.carry_out(work))
    await begun.wait()
    carried_out.cancel()
    with pytest.raises(asyncio.CancelledError):
        await carried_out
    assert await database.carry_out(lambda session: add(session, "a")) == 1
    assert await keys(database) == ["a"]


async def test_what_is_found_was_read_before_anything_else_is_written(database: Database) -> None:
    async def work(session: AsyncSession) -> list[str]:
        await add(session, "a", "b")
        found = list[str]()
        for row in await session.scalars(select(Department).order_by(col(Department.key))):
            found.append(row.key)
            await add(session, f"{row.key}{row.key}")
        return found

    assert await database.carry_out(work) == ["a", "b"]
    assert await keys(database) == ["a", "aa", "b", "bb"]


async def test_on_sqlite_a_statement_is_a_plain_call(tmp_path: Path) -> None:
    """Whichever way it is asked; else it costs twice as much."""
    database = Database(f"sqlite:///{tmp_path / 'city.db'}")
    await migrations.ensure(database)
    detours = list[bool]()

    async def work(session: AsyncSession) -> None:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *_: detours.append(in_greenlet()))
        await add(session, "a")
        everything = select(Department)
        await session.execute(everything)
        department = (await session.scalars(everything)).one()
        assert await session.scalar(select(col(Department.key))) == "a"
        session.expunge(department)
        assert await session.get_one(Department, "a") is not department
        assert await session.get(Department, "b") is None

    await database.carry_out(work)
    await database.close()
    assert detours == [False] * 6
