"""One hop for a statement or for many, and the same rows as by the library itself."""

import asyncio
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage import sqlite_driver
from storage.database import Database
from storage.sqlite_driver import AHEAD, Connection

MANY = AHEAD * 2 + 1
NUMBERS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most) SELECT i FROM n"
)


class Counting(Connection):
    """Counts what is done in its thread."""

    hops = 0

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        self.hops += 1
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    made = create_async_engine(
        f"sqlite+aiosqlite:///{tmp_path / 'one.db'}", connect_args={"async_creator_fn": sqlite_driver.connect}
    )
    yield made
    await made.dispose()


async def test_a_statement_is_one_hop(tmp_path: Path) -> None:
    connection = Counting(lambda: sqlite3.connect(tmp_path / "one.db"), AHEAD)
    await connection
    for sql, hops in (("CREATE TABLE a (b)", 1), ("INSERT INTO a VALUES (1)", 2), ("SELECT b FROM a", 3)):
        async with connection.cursor() as cursor:
            await cursor.execute(sql)
            rows = await cursor.fetchall()
        assert connection.hops == hops
    assert list(rows) == [(1,)]
    await connection.close()


@pytest.mark.parametrize("most", [1, AHEAD - 1, AHEAD, AHEAD + 1, MANY])
async def test_all_rows_come_in_their_order(engine: AsyncEngine, most: int) -> None:
    async with engine.connect() as connection:
        rows = (await connection.execute(NUMBERS, {"most": most})).scalars().all()
    assert rows == list(range(1, most + 1))


@pytest.mark.parametrize("part", [7, AHEAD, AHEAD + 7])
async def test_a_whole_table_is_read_part_by_part(engine: AsyncEngine, part: int) -> None:
    async with engine.connect() as connection:
        found = await connection.stream(NUMBERS, {"most": MANY}, execution_options={"yield_per": part})
        rows = [row.i async for some in found.partitions(part) for row in some]
    assert rows == list(range(1, MANY + 1))


async def test_row_by_row(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        found = await connection.stream(NUMBERS, {"most": MANY})
        assert [row.i async for row in found] == list(range(1, MANY + 1))


async def test_what_was_read_in_part_locks_nothing_afterwards(tmp_path: Path) -> None:
    connection = sqlite_driver.connect(str(tmp_path / "one.db"))
    await connection
    await connection.execute("CREATE TABLE a (b)")
    await connection.executemany("INSERT INTO a VALUES (?)", [(number,) for number in range(MANY)])
    cursor = connection.cursor()
    await cursor.execute("SELECT b FROM a")
    assert await cursor.fetchone() == (0,)
    await cursor.close()
    await connection.execute("DROP TABLE a")  # "database table is locked" while a cursor is open
    await connection.close()


async def test_what_a_statement_changed_is_counted_and_named(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE a (b INTEGER PRIMARY KEY)"))
        await connection.execute(text("INSERT INTO a VALUES (:b)"), [{"b": 1}, {"b": 2}, {"b": 3}])
        assert (await connection.execute(text("INSERT INTO a VALUES (9)"))).lastrowid == 9
        assert (await connection.execute(text("DELETE FROM a WHERE b < 3"))).rowcount == 2
        gone = await connection.execute(text("DELETE FROM a RETURNING b"))
        assert sorted(gone.scalars()) == [3, 9]


async def test_an_error_is_the_driver_s_own_and_the_connection_lives_on(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("CREATE TABLE a (b INTEGER PRIMARY KEY)"))
        with pytest.raises(OperationalError, match="no such table: nowhere"):
            await connection.execute(text("SELECT * FROM nowhere"))
        await connection.execute(text("INSERT INTO a VALUES (1)"))
        with pytest.raises(IntegrityError, match="UNIQUE"):
            await connection.execute(text("INSERT INTO a VALUES (1)"))
        assert (await connection.execute(text("SELECT b FROM a"))).scalars().all() == [1]


async def count(connection: Connection) -> int:
    """How many rows there are, asked by two statements."""
    for sql in ("INSERT INTO a VALUES (1)", "SELECT count(*) FROM a"):
        async with connection.cursor() as cursor:
            await cursor.execute(sql)
            rows = list(await cursor.fetchall())
    return int(rows[0][0])


def count_here(connection: Connection) -> int:
    """The same in the connection's thread."""
    assert connection.here is not None
    connection.here.execute("INSERT INTO a VALUES (1)")
    return int(connection.here.execute("SELECT count(*) FROM a").fetchone()[0])


@pytest.fixture
async def counting(tmp_path: Path) -> AsyncIterator[Counting]:
    connection = Counting(lambda: sqlite3.connect(tmp_path / "one.db"), AHEAD)
    await connection
    await connection.execute("CREATE TABLE a (b)")
    connection.hops = 0
    yield connection
    await connection.close()


async def test_what_awaits_statements_alone_is_one_hop(counting: Counting) -> None:
    threads = set[int]()

    async def work() -> int:
        threads.add(threading.get_ident())
        return [count_here(counting) for _ in range(10)][-1]

    assert await counting.carry_out(work) == 10
    assert threads == {counting._thread.ident}
    assert counting.hops == 1
    assert await count(counting) == 11  # from the loop, as before
    assert counting.hops == 3


async def test_its_error_is_its_own(counting: Counting) -> None:
    async def work() -> None:
        assert counting.here is not None
        counting.here.execute("SELECT * FROM nowhere")

    with pytest.raises(sqlite3.OperationalError, match="no such table: nowhere"):
        await counting.carry_out(work)
    assert await count(counting) == 1


async def test_what_awaits_anything_else_is_broken_off(counting: Counting) -> None:
    seen = list[str]()

    async def work() -> None:
        try:
            await asyncio.sleep(0)
            seen.append("went on")
        finally:
            seen.append("ended")

    with pytest.raises(RuntimeError, match="other than a statement"):
        await counting.carry_out(work)
    assert seen == ["ended"]
    assert await count(counting) == 1


async def test_cancelled_it_comes_to_its_end_first(counting: Counting) -> None:
    begun, go_on, seen = threading.Event(), threading.Event(), list[str]()

    async def work() -> None:
        begun.set()
        go_on.wait()  # a slow disk
        count_here(counting)
        seen.append("its end")

    carried_out = asyncio.create_task(counting.carry_out(work))
    await asyncio.to_thread(begun.wait)
    carried_out.cancel()
    await asyncio.sleep(0)
    assert not carried_out.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await carried_out
    assert seen == ["its end"]


class Late(SimpleQueue[Any]):
    """A thread that is slow to take up what it is told."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        told = super().get(block, timeout)
        time.sleep(0.05)
        return told


def test_a_connection_that_can_not_be_made_is_over_before_the_event_loop_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: list[object] = []
    monkeypatch.setattr("threading.excepthook", broken.append)
    monkeypatch.setattr("aiosqlite.core.SimpleQueue", Late)

    async def connected() -> None:
        await sqlite_driver.connect(str(tmp_path))

    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        asyncio.run(connected())
    time.sleep(0.2)
    assert broken == []


async def test_a_further_connection_leaves_the_locks_of_the_others(tmp_path: Path) -> None:
    """Without them another process, once it ends, takes itself for the last and the log of changes away."""
    place = tmp_path / "one.db"
    database = Database(f"sqlite:///{place}")
    async with database.write() as session:
        await session.execute(text("CREATE TABLE words (word)"))
    async with database.read() as one, database.read() as other:  # each has a connection of its own
        for reader in (one, other):
            await reader.execute(text("SELECT * FROM words"))
        look = "import sqlite3, sys; it = sqlite3.connect(sys.argv[1]); it.execute('SELECT * FROM words')"
        look += "; it.close()"
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", look, str(place))
        assert await process.wait() == 0
        assert place.with_name("one.db-wal").exists()
    await database.close()
