"""Pictures that lie in a store for a while: kept long enough, and not for ever."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.passing import Passing
from storage.images import FolderStore

DAY = timedelta(days=1)


def at(folder: Path, later: timedelta = timedelta(0)) -> Passing:
    """What a process that has just begun has, so much later; files are dated by the clock of the disk."""
    return Passing(FolderStore(folder), DAY, lambda: datetime.now(UTC) + later)


async def test_it_is_there_for_as_long_as_was_asked_and_gone_two_days_later(tmp_path: Path) -> None:
    name = await at(tmp_path).keep(b"a picture")
    for later, is_there in ((DAY, True), (2 * DAY - timedelta(minutes=1), True), (2 * DAY, False)):
        await at(tmp_path, later).keep(b"another")
        assert (await at(tmp_path).get(name) is not None) is is_there


async def test_what_is_kept_again_stays_as_long_again(tmp_path: Path) -> None:
    name = await at(tmp_path).keep(b"a picture")
    for path in tmp_path.rglob(f"{name}*"):
        os.utime(path, (0, 0))
    assert await at(tmp_path).keep(b"a picture") == name
    await at(tmp_path).keep(b"another")
    assert await at(tmp_path).get(name) == b"a picture"


async def test_a_process_looks_for_what_is_old_once_an_hour(tmp_path: Path) -> None:
    now, looks = datetime.now(UTC), list[datetime]()

    class Watched(FolderStore):
        async def expire(self, before: datetime) -> int:
            looks.append(before)
            return 0

    passing = Passing(Watched(tmp_path), DAY, lambda: now)
    for _ in range(4):
        await passing.keep(b"a picture")
        now += timedelta(minutes=30)
    assert looks == [now - timedelta(minutes=after) - 2 * DAY for after in (120, 60)]


async def test_what_is_too_old_goes_though_nothing_else_comes(tmp_path: Path) -> None:
    name = await at(tmp_path).keep(b"a picture")
    await at(tmp_path, 2 * DAY).sweep()
    assert await at(tmp_path).get(name) is None


async def test_a_store_that_can_not_be_swept_keeps_all_the_same(tmp_path: Path) -> None:
    class Unswept(FolderStore):
        async def expire(self, before: datetime) -> int:
            raise PermissionError("may not list")

    passing = Passing(Unswept(tmp_path), DAY, lambda: datetime.now(UTC))
    assert await passing.get(await passing.keep(b"a picture")) == b"a picture"
