"""What the commands of a backup and of a move say of their files: which is meant, and where it may lie."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import clock, logs
from bot.cli import application
from tests import template

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty city, and a shell in a folder beside its configuration's."""
    (tmp_path / "city.toml").write_text('data_dir = "data"\n')
    template.copy_to(tmp_path / "data" / "congich.db")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr(logs, "configure", lambda *_, **__: None)  # the command's is its process's own
    return tmp_path


async def given(*words: str) -> str:
    """What a command says, or why it refuses."""
    done = await asyncio.to_thread(CliRunner().invoke, application, [*words, "-c", "../city.toml"])
    return str(done.exception or done.output)


async def test_a_file_that_is_moved_to_is_named_for_every_folder_and_its_owners_alone(city: Path) -> None:
    there = city / "elsewhere" / "new.db"
    before = os.umask(0o022)
    try:
        said = await given("db", "move", "--to", "sqlite:///new.db")
    finally:
        os.umask(before)
    assert f"now name sqlite:///{there} in ../city.toml" in said
    assert f"is being moved, or was, to sqlite:///{there}: name that one" in await given("purge", "--yes")
    assert there.stat().st_mode & 0o077 == 0


async def test_the_newest_backup_is_the_one_that_was_made_last(city: Path) -> None:
    assert "it holds keys" in await given("backup", "../data/backups/congich-before-upgrade.tar")
    os.utime(city / "data" / "backups" / "congich-before-upgrade.tar", (0, 0))
    broken = city / "data" / "backups" / "congich-2026-11-26-093000.tar"
    broken.write_bytes(b"cut off")
    assert f"{broken.name} is no whole backup" in await given("backup", "--check")


async def test_when_a_backup_was_made_is_told_by_the_citys_clock(
    city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (city / "city.toml").write_text('data_dir = "data"\ntime_zone = "Pacific/Kiritimati"\n')
    monkeypatch.setattr(clock, "real", lambda: datetime(2026, 11, 25, 20, 30, tzinfo=UTC))
    await given("backup")
    assert (await given("backup", "--check")).endswith("made 2026-11-26 10:30 (Pacific/Kiritimati)\n")


async def test_a_backup_lies_where_no_later_one_takes_it_in(city: Path) -> None:
    said = await given("backup", "../data/mine.tar")
    assert f"{city / 'data' / 'mine.tar'} would go into every later backup" in said
    assert not (city / "data" / "mine.tar").exists()
    assert "it holds keys" in await given("backup", "mine.tar")


async def test_a_folder_is_no_backup(city: Path) -> None:
    for command in (["backup", "--check"], ["restore"]):
        assert "elsewhere is a folder: name a file that" in await given(*command, "../elsewhere")
