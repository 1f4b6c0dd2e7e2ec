"""A full disk, a database that can't write: one sentence with what to do, and no traceback."""

import asyncio
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.doctor import store
from bot.outages import ERRORS, Trouble, trouble
from storage import migrations
from storage.database import AddressError, Database, DatabaseError
from tests import template
from tests.acceptance.process import COMMAND, environment, run
from tests.bot.doctor.cases import case, judged
from tests.conftest import drop_database, new_database


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left", "/srv/x"), "the disk is full where /srv/x lies: make room"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "the disk is full: make room"),
        (DatabaseError("it is newer"), "it is newer"),
        (PermissionError(errno.EACCES, "Permission denied", "/srv"), "/srv: Permission denied"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed"), "Connect call failed"),
        (TimeoutError(), "no answer came in time"),
        (ValueError("a fault of ours"), None),
        (OperationalError("x", {}, sqlite3.OperationalError("no such table: tickets")), None),
    ],
)
def test_what_is_said(error: Exception, says: str | None) -> None:
    found = trouble(error)
    assert found.sentence.startswith(says) if found and says else found is None


@pytest.mark.sqlite_only
async def test_sqlite_without_room(database: Database) -> None:
    async def write() -> None:
        async with database.connect() as connection:
            await connection.execute(text("PRAGMA max_page_count = 1"))
            await connection.execute(text("CREATE TABLE more (words)"))

    with pytest.raises(DBAPIError) as full:
        await write()
    assert trouble(full.value) == Trouble("the disk is full", "make room, then try again")


async def test_a_start_that_can_not_write_is_one_sentence(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'data_dir = "{tmp_path / "data"}"\n[web]\nenabled = false\n'
        '[telegram]\nenabled = true\napi_root = "http://127.0.0.1:9"\n'
    )
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", f'ulimit -f 60; exec "{COMMAND}" run -c "{config}"',
        stderr=asyncio.subprocess.PIPE,
        env=environment(CONGICH_TELEGRAM_TOKEN="1:x", PYTHONDONTWRITEBYTECODE="1"),  # which it would cut off
    )  # fmt: skip
    _, error = await process.communicate()
    assert process.returncode == 1
    assert "Traceback" not in error.decode()
    where = f"sqlite:///{tmp_path / 'data' / 'congich.db'}"
    says = f"congich: the database at {where} can't do its work (disk I/O error)"
    assert error.decode().splitlines()[-1].startswith(says)


_PEOPLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'locked') THEN
        CREATE ROLE locked LOGIN PASSWORD 'right';
        CREATE ROLE poor LOGIN;
    END IF;
END $$
"""


@pytest.fixture
def strict(postgresql: str) -> Iterator[str]:
    """An empty database where one role needs its password, and another may make nothing."""
    address = new_database(postgresql, "template1")
    asyncio.run(_made_strict(address))
    yield address
    drop_database(postgresql, str(make_url(address).database))


async def _made_strict(address: str) -> None:
    connection = await asyncpg.connect(address)
    await connection.execute(_PEOPLE)
    await connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")  # as PostgreSQL 15 has it
    rules = Path(await connection.fetchval("SHOW hba_file"))
    rules.write_text(f"local all locked scram-sha-256\n{rules.read_text()}")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


def by(address: str, user: str, password: str | None = None, name: str = "") -> str:
    """The same server, come to by somebody else."""
    url = make_url(address).set(drivername="postgresql", username=user, password=password)
    return url.set(database=name or url.database).render_as_string(hide_password=False)


async def made_ready(database: Database) -> None:
    await database.check()
    await migrations.ensure(database)


async def trouble_with(address: str) -> Trouble:
    database = Database(address)
    try:
        with pytest.raises(ERRORS) as raised:
            await made_ready(database)
        found = trouble(raised.value)
        assert found is not None
        return found
    finally:
        await database.close()


async def test_what_postgresql_refuses_is_a_wrong_setting_with_its_remedy(strict: str) -> None:
    wanted = {
        by(strict, "locked"): ("password authentication failed", "CONGICH_DATABASE_URL or PGPASSWORD"),
        by(strict, "locked", "s3cret"): (
            "password authentication failed",
            "CONGICH_DATABASE_URL or PGPASSWORD",
        ),
        by(strict, "nobody"): ('role "nobody" does not exist', "see user and password"),
        by(strict, "poor", name="missing"): ('database "missing" does not exist', "CREATE DATABASE"),
        by(strict, "poor"): ("permission denied for schema public", "GRANT CREATE ON SCHEMA public"),
        f"{by(strict, 'poor')}&ssl=sometimes": ("sslmode", "correct it"),
    }
    for address, (says, remedy) in wanted.items():
        found = await trouble_with(address)
        assert (found.is_setting, says in found.says, remedy in found.remedy) == (True, True, True), found
        assert "s3cret" not in found.sentence


async def test_doctor_knows_before_the_first_start_that_no_tables_can_be_made(
    strict: str, tmp_path: Path
) -> None:
    found = await store.examine(case(tmp_path, {"CONGICH_DATABASE_URL": by(strict, "poor")}))
    assert judged(found) == {"store.database": "ok", "store.schema": "ok", "store.rights": "wrong"}
    (refused,) = await store.examine(case(tmp_path, {"CONGICH_DATABASE_URL": by(strict, "locked", "s3cret")}))
    assert ("password authentication failed" in refused.says, "s3cret" in refused.says) == (True, False)


async def test_a_command_says_so_in_one_sentence_and_exits_with_2(strict: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n')
    (tmp_path / "data").mkdir()
    template.copy_to(tmp_path / "data" / "congich.db")
    refused = await asyncio.gather(
        run("db", "upgrade", "-c", str(config), CONGICH_DATABASE_URL=by(strict, "locked", "s3cret")),
        run("db", "move", "--to", by(strict, "poor", name="missing"), "-c", str(config)),
        run("db", "current", "-c", str(config), CONGICH_DATABASE_URL="sqlite:///"),
    )
    for code, _, error in refused:
        assert (code, len(error.strip().splitlines()), "s3cret" in error) == (2, 1, False), error


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("sqlite:///", "names no file"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql://u:s3cret@h/d?sslmode=disable", "'sslmode': take it out; TLS is asked for by ssl"),
        ("postgresql://u:s3cret@h/d?foo=bar", "unknown setting 'foo'"),
        ("postgresql://u:s3cret@h:99999/d", "has port 99999, which is none"),
        ("postgresql://u:s3cret@h/d?host=a:1&host=b:99999", "has port 99999, which is none"),
        ("postgresql://u:s3cret@h/d?port=abc", "'abc'.*correct it"),
        ("postgresql://u:s3cret@h/d?command_timeout=abc", "'abc'.*correct it"),
        ("postgresql://u:s3cret@h/d?command_timeout=0", "more than 0, not '0'.*correct it"),
        ("postgresql://u:s3cret@h/d?prepared_statement_cache_size=abc", "'abc'.*correct it"),
        ("postgresql://u:s3cret@h/d?target_session_attrs=foo", "one of any, primary, .*, not 'foo'"),
        ("sqlite:///a.db?timeout=x", "unknown setting 'timeout': take it out$"),
    ],
)
def test_an_address_that_can_not_be_used_is_a_sentence(address: str, says: str) -> None:
    with pytest.raises(AddressError, match=says) as raised:
        Database(address)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("more", ["", "?command_timeout=5&port=1", "?host=127.0.0.1:1&host=127.0.0.1:2"])
async def test_a_database_that_nobody_reaches_is_named_whoever_asks(more: str) -> None:
    database = Database(f"postgresql://u:s3cret@127.0.0.1:1/d{more}")
    for look in (database.check(), migrations.current(database)):
        with pytest.raises(OSError, match=r"Connect call failed|Multiple exceptions") as raised:
            await look
        found = trouble(raised.value)
        assert found is not None
        assert found.says.startswith(f"the database at {database.place} does not answer (")
        assert ("s3cret" in found.sentence, found.is_setting) == (False, False)
        assert found.remedy.startswith("see that it runs and that database.url")
    await database.close()


def test_an_address_is_shown_without_its_password() -> None:
    assert Database("postgresql://u:s3cret@h/d?password=s3cret&ssl=require").place == (
        "postgresql://u:***@h/d?ssl=require"
    )


@pytest.mark.parametrize(("name", "is_setting"), [("LICENSE", True), ("folder", False)])
async def test_a_path_that_is_no_database(tmp_path: Path, name: str, is_setting: bool) -> None:
    (tmp_path / "LICENSE").write_text("no database " * 1000)
    (tmp_path / "folder").mkdir()
    found = await trouble_with(f"sqlite:///{tmp_path / name}")
    assert (found.is_setting, "that it runs" in found.remedy) == (is_setting, False)
    assert found.says.startswith(f"the database at sqlite:///{tmp_path / name} ")
    (seen,) = await store.examine(case(tmp_path, {"CONGICH_DATABASE_URL": f"sqlite:///{tmp_path / name}"}))
    assert (seen.says, seen.remedy) == (found.says, found.remedy)


async def test_a_start_says_why_its_database_can_not_be_used(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n[webchat]\nenabled = true\n[web]\nport = 18083\n')
    (tmp_path / "data" / "congich.db").mkdir(parents=True)
    code, _, error = await run("run", "-c", str(config))
    says = (
        f"congich: the database at sqlite:///{tmp_path / 'data' / 'congich.db'} can't do its work (unable to"
    )
    assert (code, says in error, "aiosqlite" in error) == (1, True, False), error
