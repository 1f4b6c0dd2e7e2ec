"""A full disk, a database that can't write: one sentence with what to do, and no traceback."""

import asyncio
import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.outages import sentence
from storage.database import Database, DatabaseError
from tests.acceptance.process import COMMAND, environment


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left", "/srv/x"), "the disk is full where /srv/x lies: make room"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "the disk is full: make room"),
        (DatabaseError("it is newer"), "it is newer"),
        (PermissionError(errno.EACCES, "Permission denied", "/srv"), "Permission denied"),
        (TimeoutError(), "no answer came in time"),
        (ValueError("a fault of ours"), None),
        (OperationalError("x", {}, sqlite3.OperationalError("no such table: tickets")), None),
    ],
)
def test_what_is_said(error: Exception, says: str | None) -> None:
    assert says in (sentence(error) or "") if says else sentence(error) is None


@pytest.mark.sqlite_only
async def test_sqlite_without_room(database: Database) -> None:
    async def write() -> None:
        async with database.connect() as connection:
            await connection.execute(text("PRAGMA max_page_count = 1"))
            await connection.execute(text("CREATE TABLE more (words)"))

    with pytest.raises(DBAPIError) as full:
        await write()
    assert sentence(full.value) == "the disk is full: make room, then try again"


async def test_a_start_that_can_not_write_is_one_sentence(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'data_dir = "{tmp_path / "data"}"\n[web]\nenabled = false\n'
        '[telegram]\nenabled = true\napi_root = "http://127.0.0.1:9"\n'
    )
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", f'ulimit -f 60; exec "{COMMAND}" run -c "{config}"',
        stderr=asyncio.subprocess.PIPE, env=environment(CONGICH_TELEGRAM_TOKEN="1:x"),
    )  # fmt: skip
    _, error = await process.communicate()
    assert process.returncode == 1
    assert "Traceback" not in error.decode()
    assert (
        error.decode().splitlines()[-1].startswith("congich: the database can't do its work (disk I/O error)")
    )
