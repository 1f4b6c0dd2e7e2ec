"""Order for each key, one claim at a time, a stale claim that is seen, leases with a fence."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from handlers import stuck
from storage import chats, claiming, inbox, leases, outbox
from storage.database import Database
from storage.dispatches import Choice
from storage.models import Outbox, row_id
from storage.states import OutboxState

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


async def write(session: AsyncSession, key: str, *, order: str = "", target: str | None = None) -> None:
    chat = await chats.ensure(session, "telegram", "-1", "", NOW)
    delivery = outbox.NewDelivery(
        key, "test", row_id(chat), {"type": "post"}, ordering_key=order, target_key=target
    )
    await outbox.add(session, delivery, NOW)


async def ready(session: AsyncSession) -> list[str]:
    return [row.idempotency_key for row, _ in await outbox.ready(session, ["telegram"], NOW, 10)]


async def test_only_the_oldest_of_a_key_may_go_and_while_it_waits_its_key_waits(database: Database) -> None:
    async with database.write() as session:
        for key, order in (("a1", "a"), ("b1", "b"), ("a2", "a")):
            await write(session, key, order=order)
    async with database.write() as session:
        rows = await outbox.ready(session, ["telegram"], NOW, 10)
        assert [row.idempotency_key for row, _ in rows] == ["a1", "b1"]
        rows[0][0].next_attempt_at = LATER
    async with database.write() as session:
        assert await ready(session) == ["b1"]
        claiming.take((await outbox.ready(session, ["telegram"], NOW, 10))[0][0], "me", LATER)
    async with database.write() as session:
        assert await ready(session) == []


async def test_the_same_key_is_written_once(database: Database) -> None:
    async with database.write() as session:
        await write(session, "a")
        await write(session, "a")
    async with database.read() as session:
        assert [row.state for row in await outbox.by_ids(session, [1, 2])] == [OutboxState.PENDING]


async def test_a_name_that_is_no_rows_marks_nothing(database: Database) -> None:
    async with database.write() as session:
        await write(session, "a")
        for name in ("c" + "9" * 25, "d" + "9" * 25, "c", "c-1", "1"):
            assert await stuck.mark(session, Choice(name=name), LATER, again=True) == 0


async def test_a_newer_edit_takes_the_place_of_an_older_one(database: Database) -> None:
    async with database.write() as session:
        await write(session, "edit1", target="post")
        await write(session, "edit2", target="post")
        assert await ready(session) == ["edit2"]


async def test_a_claim_that_was_taken_over_can_not_settle(database: Database) -> None:
    async with database.write() as session:
        await write(session, "a")
        ((row, _),) = await outbox.ready(session, ["telegram"], NOW, 10)
        claiming.take(row, "first", LATER)
    stale = Outbox(**row.model_dump())
    async with database.write() as session:
        again = await session.get_one(Outbox, row_id(row))
        claiming.take(again, "second", LATER)
    async with database.write() as session:
        assert not await outbox.settle(session, stale, OutboxState.SENT, NOW)
        assert await outbox.settle(session, again, OutboxState.SENT, NOW)


@pytest.mark.parametrize(
    ("by_now", "outcome", "is_kept"),
    [
        (OutboxState.UNCONFIRMED, OutboxState.SENT, True),
        (OutboxState.PENDING, OutboxState.SENT, True),  # nobody has sent it again yet
        (OutboxState.SUPERSEDED, OutboxState.SENT, False),
        (OutboxState.UNCONFIRMED, OutboxState.DEAD, False),
    ],
)
async def test_that_it_arrived_is_worth_knowing_late(
    database: Database, by_now: OutboxState, outcome: OutboxState, *, is_kept: bool
) -> None:
    """The database was away for longer than the claim was good."""
    async with database.write() as session:
        await write(session, "a")
        ((row, _),) = await outbox.ready(session, ["telegram"], NOW, 10)
        claiming.take(row, "first", LATER)
    late = Outbox(**row.model_dump())
    async with database.write() as session:
        (await session.get_one(Outbox, row_id(row))).state = by_now
    async with database.write() as session:
        kept = await outbox.settle(session, late, outcome, NOW, platform_message_id="77")
        found = await session.get_one(Outbox, row_id(row), populate_existing=True)
    assert (kept, found.state, found.platform_message_id) == (
        (True, outcome, "77") if is_kept else (False, by_now, None)
    )


async def test_what_a_dead_process_left_is_found(database: Database) -> None:
    async with database.write() as session:
        await write(session, "a")
        ((row, _),) = await outbox.ready(session, ["telegram"], NOW, 10)
        claiming.take(row, "first", LATER)
    async with database.read() as session:
        assert len(await outbox.stranded(session, owner="first")) == 1
        assert len(await outbox.stranded(session, owner="second")) == 0
        assert len(await outbox.stranded(session, now=NOW)) == 0
        assert len(await outbox.stranded(session, now=LATER + timedelta(seconds=1))) == 1


async def test_a_lease_has_one_holder_and_a_fence_that_grows(database: Database) -> None:
    minute = timedelta(minutes=1)

    async def acquire(owner: str, now: datetime) -> int | None:
        async with database.write() as session:
            return await leases.acquire(session, "process", owner, now, minute)

    assert await acquire("one", NOW) == 1
    assert await acquire("two", NOW) is None
    assert await acquire("one", NOW + minute / 2) == 1
    assert await acquire("two", NOW + 2 * minute) == 2
    async with database.write() as session:
        await leases.release(session, "process", "one")
    assert await acquire("one", NOW + 2 * minute) is None
    async with database.write() as session:
        await leases.release(session, "process", "two")
    assert await acquire("one", NOW + 2 * minute) == 1


async def pending(database: Database, now: datetime = NOW) -> Sequence[str]:
    async with database.write() as session:
        return [row.key for row in await inbox.claim(session, ["telegram"], now, 10)]


async def test_the_inbox_keeps_one_of_a_key_in_the_order_they_came(database: Database) -> None:
    events = [inbox.NewEvent("b", {"n": 1}), inbox.NewEvent("a", {"n": 2}), inbox.NewEvent("b", {"n": 3})]
    async with database.write() as session:
        assert await inbox.store(session, "telegram", "telegram", events, NOW) == 2
        assert await inbox.store(session, "telegram", "telegram_export", events, NOW) == 0
    assert await pending(database) == ["b", "a"]


async def test_events_are_taken_in_the_order_they_were_said_and_not_before_their_hold(
    database: Database,
) -> None:
    second = timedelta(seconds=1)
    async with database.write() as session:
        late = inbox.NewEvent("late", {}, NOW - second, hold=2 * second)
        early = inbox.NewEvent("early", {}, NOW - 3 * second, hold=2 * second)
        await inbox.store(session, "telegram", "telegram", [late], NOW)
        await inbox.store(session, "telegram", "telegram", [early], NOW + second)
    assert await pending(database, NOW + second) == []
    assert await pending(database, NOW + 3 * second) == ["early", "late"]


@pytest.mark.parametrize("again", [LATER, None])
async def test_an_event_that_failed_comes_again_or_is_kept_as_dead(
    database: Database, again: datetime | None
) -> None:
    async with database.write() as session:
        await inbox.store(session, "telegram", "telegram", [inbox.NewEvent("a", {})], NOW)
        (row,) = await inbox.claim(session, ["telegram"], NOW, 10)
        await inbox.mark_failed(session, row_id(row), "broke", again)
    assert await pending(database) == []
    assert await pending(database, LATER) == (["a"] if again else [])
