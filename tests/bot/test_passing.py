"""Pictures that lie in a store for a while: kept long enough, and not for ever."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.passing import Passing
from storage.images import FolderStore

DAY = timedelta(days=1)


class Place:
    """A folder whose files are dated by the disk's clock, and ours, which may be moved on."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime.now(UTC)
        self.passing = Passing(FolderStore(folder), DAY, lambda: self.now)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def test_it_is_there_for_as_long_as_was_asked_and_gone_two_days_later(place: Place) -> None:
    name = await place.passing.keep(b"a picture")
    for after, is_there in ((DAY, True), (2 * DAY - timedelta(minutes=1), True), (2 * DAY, False)):
        place.now = datetime.now(UTC) + after
        place.passing._swept = None  # as a process that has just begun
        await place.passing.keep(b"another")
        assert (await place.passing.get(name) is not None) is is_there


async def test_what_is_kept_again_stays_as_long_again(place: Place, tmp_path: Path) -> None:
    name = await place.passing.keep(b"a picture")
    for path in tmp_path.rglob(f"{name}*"):
        os.utime(path, (0, 0))
    assert await place.passing.keep(b"a picture") == name
    place.now += timedelta(hours=2)
    await place.passing.keep(b"another")
    assert await place.passing.get(name) == b"a picture"


async def test_a_store_that_can_not_be_swept_keeps_all_the_same(place: Place, tmp_path: Path) -> None:
    class Unswept(FolderStore):
        async def expire(self, before: datetime) -> int:
            raise PermissionError("may not list")

    passing = Passing(Unswept(tmp_path), DAY, lambda: place.now)
    assert await passing.get(await passing.keep(b"a picture")) == b"a picture"
