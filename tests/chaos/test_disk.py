"""Bar 4: a disk that is full or read-only. The process stays up, says that it is not ready, and confirms
nothing that it could not keep; when there is room again, everything is there."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import config
from bot.app import App
from bot.run import Process
from tests.chaos.history import findings
from tests.chaos.rig import FULL, SEED, Rig
from tests.chaos.script import day
from tests.fakes.telegram import FakeTelegram

MESSAGES = 400 if FULL else 40
PATIENCE = 60 + MESSAGES / 5
LONG = pytest.mark.skipif(not FULL, reason="make chaos takes this away too")
pytestmark = [pytest.mark.sqlite_only, pytest.mark.timeout(4 * PATIENCE)]


@dataclass
class Running:
    """A city in this process, so that its disk can be taken from under it."""

    app: App
    process: Process
    rig: Rig
    task: asyncio.Task[None]

    async def stop(self) -> None:
        """End it: what left it has been written down then."""
        self.process.stop()
        await asyncio.wait_for(self.task, 30)

    async def pragma(self, words: str) -> None:
        """Say something to the connection that writes, without a transaction, which might be refused."""
        async with self.app.database._writer.connect() as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            await raw.driver_connection.execute(f"PRAGMA {words}")

    async def until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not so():
                await asyncio.sleep(0.05)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with FakeTelegram() as server:
        rig = Rig(tmp_path, server)
        app = App(config.load(rig.city.config), {"CONGICH_TELEGRAM_TOKEN": server.token})
        process = Process(app)
        task = asyncio.create_task(process.run())
        made = Running(app, process, rig, task)
        await made.until(lambda: process.is_ready)
        yield made
        await made.stop()


async def full(city: Running) -> None:
    """Not one page more than there are."""
    await city.pragma("max_page_count = 1")  # SQLite takes the present size instead


async def room_again(city: Running) -> None:
    await city.pragma("max_page_count = 1073741823")


async def read_only(city: Running) -> None:
    await city.pragma("query_only = ON")


async def writable(city: Running) -> None:
    await city.pragma("query_only = OFF")


async def no_photos(city: Running) -> None:
    """The folder of photos is gone, and something that is no folder stands in its place."""
    photos = city.rig.data / "photos"
    if photos.exists():
        photos.rename(photos.with_name("aside"))
    photos.write_text("in the way")


async def photos_again(city: Running) -> None:
    photos = city.rig.data / "photos"
    photos.unlink()
    aside = photos.with_name("aside")
    aside.rename(photos) if aside.exists() else photos.mkdir()


Happening = Callable[[Running], Awaitable[None]]


@pytest.mark.parametrize(
    ("breaks", "mends", "confirms"),
    [
        pytest.param(full, room_again, False, id="full"),
        pytest.param(read_only, writable, False, id="read-only", marks=LONG),
        pytest.param(no_photos, photos_again, True, id="no photos", marks=LONG),
    ],
)
async def test_nothing_is_confirmed_that_could_not_be_kept(
    running: Running, breaks: Happening, mends: Happening, confirms: bool
) -> None:
    steps = day(SEED, MESSAGES, int(time.time()) - 3600)
    half = len(steps) // 2
    await running.rig.post(steps[:half])
    await running.rig.taken_in(PATIENCE)
    await breaks(running)
    server = running.rig.server
    await running.rig.post(steps[half:])
    await running.until(lambda: not running.process.is_ready)
    await asyncio.sleep(2)
    assert not running.process.is_ready
    assert (server.unconfirmed() == 0) == confirms
    await mends(running)
    await running.rig.taken_in(PATIENCE)
    await running.until(lambda: running.process.is_ready)
    await running.stop()
    assert findings(await running.rig.records()) == [], f"seed {SEED}"
    assert not list((running.rig.data / "photos").rglob(".new-*"))
