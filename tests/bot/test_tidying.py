"""What a process that was killed began to write does not stay for ever."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from bot.photo_store import FOLDER, OUTGOING
from storage.images import UNFINISHED, FolderStore
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
        copies = FolderStore(site.app.data / OUTGOING)
        copy = await copies.put(b"of a photo on its way out")
        for path in (site.app.data / OUTGOING).rglob(f"{copy}*"):
            os.utime(path, (0, 0))
        await site.app.pipeline.tick()
        assert await copies.get(copy) is None
        assert [path.name for path in unfinished.iterdir()] == ["being-written"]
        await site.app.pipeline.tick()
