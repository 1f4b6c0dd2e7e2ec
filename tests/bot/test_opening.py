"""Who else may be at work on a database."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.backup.command import NobodyAtWork
from bot.config import Config, ConfigError
from bot.opening import (
    ROOT,
    expect_kept,
    expect_nobody,
    expect_own,
    keep,
    leave,
    machine,
    owner,
    user_name,
)
from storage import leases
from storage.database import AddressError, Database, DatabaseError
from tests.acceptance.process import run

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("who", "is_refused"),
    [("ours", False), ("ours, the second", False), ("elsewhere", True), ("the folder beside it", True)],
)
async def test_a_lease_of_somebody_elsewhere_is_a_process_at_work(
    database: Database, tmp_path: Path, who: str, is_refused: bool
) -> None:
    data = tmp_path / "data#1"
    names = {
        "ours": owner(data),
        "ours, the second": owner(data, 2),
        "elsewhere": "other-host:/srv/congich/data",
        "the folder beside it": owner(tmp_path / "data2"),
    }
    config = Config(data_dir=str(data))
    async with database.write() as session:
        await leases.acquire(session, "clock", names[who], NOW, timedelta(seconds=60))
    if is_refused:
        with pytest.raises(DatabaseError, match=r"another congich works on .*after 08:01:00 UTC"):
            await expect_nobody(database, config, NOW)
    else:
        await expect_nobody(database, config, NOW)
    await expect_nobody(database, config, NOW + timedelta(seconds=61))


async def test_an_empty_database_is_nobodys(database_url: str, tmp_path: Path) -> None:
    empty = Database(database_url)
    await expect_nobody(empty, Config(data_dir=str(tmp_path)), NOW)
    await empty.close()


async def test_on_a_database_that_was_moved_away_nobody_begins_unless_they_mean_to(
    database: Database, tmp_path: Path
) -> None:
    config = Config(data_dir=str(tmp_path))
    async with database.write() as session:
        await leases.acquire(session, "at-work:x", "elsewhere:/data", NOW, timedelta(seconds=60))
    with pytest.raises(DatabaseError, match="elsewhere:/data"):
        await leave(database, config, "postgresql://db/new", NOW)  # somebody is there
    async with database.read() as session:
        await expect_kept(session)
    later = NOW + timedelta(seconds=61)
    await leave(database, config, "postgresql://db/new", later)
    await leave(database, config, "postgresql://db/new", later)  # a move that was killed goes there again
    with pytest.raises(ConfigError, match="to postgresql://db/new"):
        await leave(database, config, "postgresql://db/another", later)
    with pytest.raises(ConfigError, match="to postgresql://db/new"):
        await expect_nobody(database, config, later)
    async with database.read() as session:
        with pytest.raises(ConfigError, match=r"to postgresql://db/new: name that one .* congich db keep"):
            await expect_kept(session)
    await keep(database)
    async with database.read() as session:
        await expect_kept(session)


async def test_a_move_that_comes_to_nothing_leaves_no_mark(database: Database, tmp_path: Path) -> None:
    quiet = NobodyAtWork(database, Config(data_dir=str(tmp_path)), "postgresql://db/new")
    database.release()
    assert await quiet()
    async with database.read() as session:
        with pytest.raises(ConfigError):
            await expect_kept(session)
    await quiet.end()
    async with database.read() as session:
        await expect_kept(session)


def test_machines_of_one_name_are_several_and_a_restart_is_none(tmp_path: Path) -> None:
    one, other, empty = (tmp_path / name for name in ("one", "other", "empty"))
    one.write_text("6f1c2a\n")
    other.write_text("77aa01\n")
    empty.write_text("\n")
    assert machine((one,)) == machine((tmp_path / "none", empty, one))  # the same after a restart
    assert machine((one,)) != machine((other,))
    assert "6f1c2a" not in machine((one,))
    assert machine((empty,)) == ""
    assert machine() in owner(tmp_path).partition(":")[0]


def test_root_leaves_nothing_in_another_users_folder(tmp_path: Path) -> None:
    ours = tmp_path.stat().st_uid
    for folder in (tmp_path, tmp_path / "not there yet"):
        expect_own(folder, ours)
        if ours != ROOT:
            with pytest.raises(ConfigError, match=f"{tmp_path} belongs to {user_name(ours)}, .* runuser -u"):
                expect_own(folder, ROOT)


@pytest.mark.skipif(os.geteuid() != ROOT, reason="only root gives files away")
async def test_commands_that_write_refuse_root_there_and_those_that_look_do_not(tmp_path: Path) -> None:
    config, data = tmp_path / "config.toml", tmp_path / "data"
    config.write_text(f'data_dir = "{data}"\n')
    data.mkdir()
    os.chown(data, 12_345, 12_345)
    code, _, error = await run("db", "upgrade", "-c", str(config))
    assert (code, f"{data} belongs to 12345" in error, len(error.splitlines())) == (2, True, 1)
    assert list(data.iterdir()) == []
    assert (await run("db", "current", "-c", str(config)))[0] == 0


def test_the_database_may_be_named_as_libpq_does() -> None:
    assert Database("postgres://u@h/name").url.render_as_string() == "postgresql+asyncpg://u@h/name"
    for wrong in ("mysql://h/x", "postgresql://h:port/x", "congich.db"):
        with pytest.raises(AddressError):
            Database(wrong)
