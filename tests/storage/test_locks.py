"""Who waits for whom on PostgreSQL, and what a process may still write that was silent for too long."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError, InternalError

from bot.lease import Lease, LeaseLost
from storage import hints, inbox
from storage.columns import JsonObject
from storage.database import Database, is_conflict, is_outage
from storage.hints import Hints
from storage.inbox import NewEvent
from storage.locks import Lock, alone, take_free
from tests.conftest import new_database
from tests.storage.test_outbox import NOW

SHORT = timedelta(milliseconds=300)
HOUR = timedelta(hours=1)


@pytest.fixture
def address(postgresql: str, postgresql_template: str) -> str:
    """A database of several processes."""
    return new_database(postgresql, postgresql_template)


@pytest.fixture
async def shared(address: str) -> AsyncIterator[Database]:
    """The same, open."""
    opened = Database(address)
    yield opened
    await opened.close()


async def test_what_changes_tickets_takes_turns(shared: Database) -> None:
    order: list[str] = []

    async def turn(name: str) -> None:
        async with alone(shared):
            order.append(f"{name} begins")
            await asyncio.sleep(0.05)
            order.append(f"{name} ends")

    await asyncio.gather(turn("a"), turn("b"), turn("c"))
    assert [one.split()[1] for one in order] == ["begins", "ends"] * 3
    assert [one.split()[0] for one in order[::2]] == [one.split()[0] for one in order[1::2]]


async def test_what_was_silent_for_too_long_writes_nothing(shared: Database, address: str) -> None:
    """And holds up nobody: the city's turn is free again."""
    impatient = Database(address, patience=SHORT)

    async def hang() -> None:
        async with alone(impatient) as session:
            await inbox.store(session, "telegram", "telegram", [NewEvent("stale", {})], NOW)
            await asyncio.sleep(3 * SHORT.total_seconds())
            await session.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError) as raised:
        await hang()
    assert is_conflict(raised.value) or is_outage(raised.value)
    async with alone(shared) as session:
        assert await inbox.counts(session) == {}
    await impatient.close()


def test_a_connection_that_was_cut_off_meanwhile_is_a_conflict_and_no_fault_of_what_was_asked() -> None:
    cause = AsyncAdapt_asyncpg_dbapi.InternalClientError("cannot switch to state 11")  # type: ignore[no-untyped-call]
    error = InternalError("SELECT 1", {}, cause)
    assert is_conflict(error)
    assert is_outage(error)


async def test_two_workers_share_chats_and_not_events(shared: Database) -> None:
    said = [NewEvent(f"m:{n}", {"n": n}, lane=f"-{n % 3}") for n in range(12)]
    async with shared.write() as session:
        await inbox.store(session, "telegram", "telegram", said, NOW)
    async with shared.write() as first, shared.write() as second:
        here = await inbox.claim(first, ["telegram"], NOW, 4)
        there = await inbox.claim(second, ["telegram"], NOW, 50)
        assert [row.key for row in here] == ["m:0", "m:1", "m:2", "m:3"]
        assert list(there) == []  # of these chats the first worker has all
        await inbox.mark_done(first, [row.id or 0 for row in here])
    async with shared.write() as session:
        rest = await inbox.claim(session, ["telegram"], NOW, 50)
        assert [row.key for row in rest] == [f"m:{n}" for n in range(4, 12)]


async def test_of_busy_chats_the_free_ones_are_taken_in_order(shared: Database) -> None:
    async with shared.write() as first, shared.write() as second:
        assert await take_free(first, Lock.LANE, ["a", "b", "c"], 2) == ["a", "b"]
        assert await take_free(second, Lock.LANE, ["a", "b", "c", "d"], 9) == ["c", "d"]


async def test_a_lease_that_was_taken_over_refuses_what_its_holder_writes(database: Database) -> None:
    moment = [NOW]
    ours, theirs = (
        Lease(database, "receive:telegram", name, lambda: moment[0], HOUR) for name in ("ours", "theirs")
    )
    assert await ours.renew()
    assert not await theirs.renew()
    moment[0] += 2 * HOUR  # we hung
    assert await theirs.renew()
    with pytest.raises(LeaseLost):
        async with database.write() as session:
            await ours.check(session)
    async with database.write() as session:
        await theirs.check(session)
    await theirs.release()
    assert await ours.renew()


async def test_a_hint_reaches_the_others_and_not_oneself(shared: Database, address: str) -> None:
    heard: list[tuple[str, JsonObject]] = []
    other = Database(address)
    here = Hints(shared, lambda name, data: heard.append((f"here {name}", data)))
    there = Hints(other, lambda name, data: heard.append((f"there {name}", data)))
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one.run()) for one in (here, there)]
        await asyncio.sleep(0.3)
        here.tell("received")
        here.tell("received")  # once is enough
        here.tell("feed", {"event": "toast", "data": {"text": "đã ghi nhận"}})
        async with asyncio.timeout(5):
            while len(heard) < 2:
                await asyncio.sleep(0.01)
        for task in running:
            task.cancel()
    assert heard == [
        ("there received", {}),
        ("there feed", {"event": "toast", "data": {"text": "đã ghi nhận"}}),
    ]
    await other.close()


@pytest.mark.parametrize("told", [True, False], ids=["it ends", "it falls silent"])
async def test_whoever_only_listens_hears_that_the_line_was_lost(
    shared: Database, address: str, monkeypatch: pytest.MonkeyPatch, *, told: bool
) -> None:
    monkeypatch.setattr(hints, "ANSWER", 0.2)
    listening = Hints(shared, lambda *_: None, look=60 if told else 0.1)
    running = asyncio.create_task(listening.run())
    other = Database(address)
    async with other.autocommit() as connection:
        async with asyncio.timeout(5):
            while not (pid := await connection.scalar(_LISTENER)):
                await asyncio.sleep(0.01)
        if told:
            await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        else:
            os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises((DBAPIError, TimeoutError)):
                await asyncio.wait_for(asyncio.shield(running), 3)
            assert running.done()
        finally:
            if not told:
                os.kill(pid, signal.SIGCONT)
    await other.close()


_LISTENER = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^(LISTEN|SELECT 1$)'"
)
