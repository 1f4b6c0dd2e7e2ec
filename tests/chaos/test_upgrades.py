"""Bar 12: the schema of each release, full of rows, brought to this one's: nothing is lost or changed."""

import time
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from storage import migrations
from storage.database import Database
from tests.chaos import filler
from tests.chaos.rig import FULL, SEED
from tests.storage.test_schema import _is_described

ROWS = 50_000 if FULL else 500
_SHAPES = {
    "sqlite": "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2",
    "postgresql": (
        "SELECT 'index', indexname, tablename FROM pg_indexes WHERE schemaname = 'public' "
        "UNION SELECT 'trigger', tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal "
        "ORDER BY 1, 2"
    ),
}


def _released() -> list[str]:
    """All schemas before this one's; in the short form the first, which goes through all of them."""
    found = migrations.known()[:-1]
    return found if FULL else found[:1]


pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
]


@pytest.fixture
async def empty(database_url: str) -> AsyncIterator[Database]:
    """A database without any schema."""
    opened = Database(database_url)
    opened.acquire()
    await opened.check()  # the first look tells what kind of server it is
    yield opened
    await opened.close()


@pytest.mark.parametrize("revision", _released())
async def test_nothing_is_lost_by_an_upgrade(empty: Database, revision: str) -> None:
    async with empty.connect() as connection:
        await migrations.make(connection, revision)
        await connection.run_sync(lambda sync: filler.fill(sync, ROWS, Random(SEED)))
        like = await connection.run_sync(filler.tables)
        before = await connection.run_sync(lambda sync: filler.rows(sync, like))
    began = time.monotonic()
    await migrations.upgrade(empty)
    took = time.monotonic() - began
    async with empty.connect() as connection:
        after = await connection.run_sync(lambda sync: filler.rows(sync, like))
        counts = await connection.run_sync(filler.count)
        difference = await connection.run_sync(_differs)
        shape = await connection.run_sync(_shape)
    total = sum(len(rows) for rows in before.values())
    assert total >= ROWS
    assert {name: counts[name] for name in before} == {name: len(rows) for name, rows in before.items()}
    for name, rows in before.items():
        kept = after[name][0].keys()
        expected = [{column: row[column] for column in kept} for row in rows]
        assert after[name] == expected, f"seed {SEED}: {name} from {revision}"
    assert difference == []
    await _is_in_order(empty)
    await _drop(empty)
    await migrations.upgrade(empty)
    async with empty.connect() as connection:
        assert await connection.run_sync(_shape) == shape
    what = f"{revision} to {migrations.head()} in {took:.1f} s"
    print(f"\nseed {SEED}: {total} rows in {len(before)} tables, {what}")


def _differs(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"include_name": _is_described})
    return list(compare_metadata(context, SQLModel.metadata))


def _shape(connection: Connection) -> list[tuple[Any, ...]]:
    """Every table, index and trigger by its name."""
    found = connection.execute(text(_SHAPES[connection.dialect.name]))
    return sorted(tuple(row) for row in found)


async def _is_in_order(database: Database) -> None:
    """What points to rows finds them, what was told is never changed, and words are found."""
    await migrations.expect(database)
    if database.is_sqlite:
        async with database.read() as session:
            assert (await session.execute(text("PRAGMA foreign_key_check"))).all() == []
            assert (await session.execute(text("PRAGMA integrity_check"))).scalar() == "ok"
            await session.execute(text("SELECT count(*) FROM tickets_fts WHERE tickets_fts MATCH 'folded'"))
    with pytest.raises(DBAPIError, match="never changed"):
        async with database.write() as session:
            await session.execute(text("UPDATE ticket_events SET action = 'x' WHERE id = 1"))


async def _drop(database: Database) -> None:
    """Everything goes, so that the schema can be made anew beside it."""
    async with database.connect() as connection:
        if database.is_sqlite:
            await connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            for name in ("tickets_fts", *(table.name for table in reversed(SQLModel.metadata.sorted_tables))):
                await connection.execute(text(f"DROP TABLE {name}"))
            await connection.execute(text("DROP TABLE alembic_version"))
        else:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
