"""`congich db upgrade` beside whom it must not work, and `congich db current`, which only looks."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot import clock
from storage import leases, migrations
from storage.database import Database
from tests import template
from tests.acceptance.process import run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a database in it."""
    folder = tmp_path / "data"
    folder.mkdir()
    template.copy_to(folder / "congich.db")
    return folder


async def test_an_upgrade_waits_for_whoever_is_at_work_elsewhere_and_a_look_for_nobody(
    tmp_path: Path, data: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'data_dir = "{data}"\n')
    database = Database(f"sqlite:///{data / 'congich.db'}", data / "congich.lock")
    database.acquire()
    async with database.write() as session:
        await leases.acquire(session, "at-work:x", "db2:/srv", clock.real(), timedelta(seconds=60))
    code, said, _ = await run("db", "current", "-c", str(config))
    assert (code, f"database: {migrations.head()}" in said) == (0, True)
    await database.close()
    code, _, error = await run("db", "upgrade", "-c", str(config))
    assert (code, "another congich works on this database: db2:/srv" in error) == (1, True)


async def test_a_look_makes_no_database(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n')
    current, chats, outbox = await asyncio.gather(
        *(run(*words, "-c", str(config)) for words in (("db", "current"), ("chats",), ("outbox", "list")))
    )
    assert current[:2] == (0, f"database: empty, this congich: {migrations.head()}\n")
    assert (chats[0], "nothing was heard" in chats[1]) == (0, True)
    assert (outbox[0], "there is no database yet" in outbox[2]) == (2, True)
    assert not (tmp_path / "data").exists()
