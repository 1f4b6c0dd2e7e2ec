"""The database: read beside whoever works on it, and never changed."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.doctor import store
from bot.looking import opened
from bot.opening import owner
from bot.run import CLOCK
from storage import leases, migrations
from storage.database import Database, DatabaseError
from storage.models import Lease
from tests.bot.doctor.cases import case, judged

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_the_schema_that_is_needed() -> None:
    assert store.schema(None, "0003").level == "ok"
    assert store.schema("0003", "0003").level == "ok"
    older = store.schema("0001", migrations.head())
    assert (older.level, "congich db upgrade" in older.remedy) == ("wrong", True)
    newer = store.schema("9999", migrations.head())
    assert (newer.level, newer.remedy) == ("wrong", "install that version")


def test_who_is_at_work() -> None:
    held = Lease(name=CLOCK, owner="here:/data", until=NOW + MINUTE)
    assert store.process(None, NOW, "here:/data").says == "no congich is at work on it"
    assert store.process(held, NOW, "here:/data").says == "congich is at work on it"
    other = store.process(held, NOW, "there:/data")
    assert (other.level, "as here:/data" in other.says) == ("advice", True)
    gone = store.process(held, NOW + MINUTE, "here:/data")
    assert (gone.level, "without a good-bye" in gone.says) == ("advice", True)


def test_an_error_of_a_driver_shows_nothing_but_its_kind() -> None:
    error = OperationalError("connect postgresql://u:secret@h/d", {}, Exception("secret"))
    said = store.unreachable(error)
    assert said.level == "wrong"
    assert "secret" not in said.says + said.remedy
    assert "OperationalError" in said.says
    assert store.unreachable(DatabaseError("no such thing")).says == "no such thing"


async def test_a_database_at_work(database: Database, database_url: str, tmp_path: Path) -> None:
    """Its lock is held by the fixture, as by a running process."""
    installed = case(tmp_path, {"CONGICH_DATABASE_URL": database_url})
    async with database.write() as session:
        await leases.acquire(session, CLOCK, owner(installed.data), datetime.now(UTC), MINUTE)
    said = await store.examine(installed)
    assert judged(said) == {"store.database": "ok", "store.schema": "ok", "store.process": "ok"}
    assert said[2].says == "congich is at work on it"


async def test_while_somebody_writes(database: Database, database_url: str, tmp_path: Path) -> None:
    async with database.write() as session:
        await leases.acquire(session, CLOCK, "somebody", NOW, MINUTE)
        await session.flush()
        said = await store.examine(case(tmp_path, {"CONGICH_DATABASE_URL": database_url}))
    assert said[2].says == "no congich is at work on it"


async def test_an_older_schema(database: Database, database_url: str, tmp_path: Path) -> None:
    async with database.connect() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    said = await store.examine(case(tmp_path, {"CONGICH_DATABASE_URL": database_url}))
    assert judged(said) == {"store.database": "ok", "store.schema": "wrong"}


async def test_no_database_yet_and_none_is_made(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert judged(await store.examine(case(data))) == {"store.database": "ok"}
    assert not data.exists()


async def test_looking_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "congich.db"
    working = Database(f"sqlite:///{file}")
    await migrations.ensure(working)
    await working.close()
    before, names = file.read_bytes(), sorted(os.listdir(tmp_path))
    assert judged(await store.examine(case(tmp_path)))["store.schema"] == "ok"
    assert file.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == names


async def test_what_only_looks_can_not_write(tmp_path: Path) -> None:
    (tmp_path / "congich.db").touch()
    async with opened(f"sqlite:///{tmp_path / 'congich.db'}") as database:
        with pytest.raises(OperationalError, match="readonly"):
            async with database.connect() as connection:
                await connection.execute(text("CREATE TABLE t (a INTEGER)"))


async def test_an_empty_file_is_an_empty_database(tmp_path: Path) -> None:
    (tmp_path / "congich.db").touch()
    said = await store.examine(case(tmp_path))
    assert judged(said) == {"store.database": "ok", "store.schema": "ok"}
    assert "empty" in said[1].says


@pytest.mark.parametrize("content", [b"this is no database, whatever it was meant to be" * 100])
async def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "congich.db").write_bytes(content)
    assert judged(await store.examine(case(tmp_path))) == {"store.database": "wrong"}


@pytest.mark.parametrize("address", ["mysql://u:secret@h/d", "sqlite:///:memory:"])
async def test_a_wrong_address(tmp_path: Path, address: str) -> None:
    environ = {"CONGICH_DATABASE_URL": address}
    (said,) = await store.examine(case(tmp_path, environ))
    assert (said.level, "secret" in said.says) == ("wrong", False)


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    environ = {"CONGICH_DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/d"}
    (said,) = await store.examine(case(tmp_path, environ))
    assert (said.code, said.level, "secret" in said.says) == ("store.database", "wrong", False)


async def test_a_database_that_the_server_does_not_have(postgresql: str, tmp_path: Path) -> None:
    environ = {"CONGICH_DATABASE_URL": postgresql.replace("/postgres?", "/missing?")}
    (said,) = await store.examine(case(tmp_path, environ))
    assert (said.code, said.level) == ("store.database", "wrong")


def test_a_database_that_was_moved_away() -> None:
    assert store.moved(None) == []
    (said,) = store.moved(Lease(name="moved", owner="postgresql://db/new", until=datetime.now(UTC)))
    assert (said.level, "to postgresql://db/new" in said.says, "db keep" in said.remedy) == (
        "wrong",
        True,
        True,
    )
