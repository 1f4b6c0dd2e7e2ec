"""What a process that was killed began to write does not stay for ever."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from bot.photo_store import FOLDER
from storage.images import UNFINISHED
from tests.bot.room.site import opened

pytestmark = pytest.mark.sqlite_only  # it is files that are looked at


async def test_the_clock_removes_unfinished_files_once_nobody_can_be_writing_them(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url, tmp_path) as site:
        unfinished = site.app.data / FOLDER / UNFINISHED
        unfinished.mkdir(parents=True)
        for name, minutes in (("left", 61), ("being-written", 59)):
            path = unfinished / name
            path.write_bytes(b"half of a pho")
            begun = (site.clock() - timedelta(minutes=minutes)).timestamp()
            os.utime(path, (begun, begun))
        await site.app.pipeline.tick()
        assert [path.name for path in unfinished.iterdir()] == ["being-written"]
        await site.app.pipeline.tick()
