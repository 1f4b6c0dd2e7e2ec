"""Bar 4: a disk that is full or read-only, a database that goes away. The process stays up, says that it is
not ready, and confirms nothing that it could not keep; when there is room again, everything is there."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from bot import config
from bot.app import App
from bot.run import Process
from storage.images import UNFINISHED
from tests.chaos.history import findings
from tests.chaos.own_server import OwnServer, own_server
from tests.chaos.rig import FULL, LONG, SEED, Rig
from tests.chaos.script import day
from tests.fakes.telegram import FakeTelegram

MESSAGES = 400 if FULL else 40
PATIENCE = 60 + MESSAGES / 5
AWAY = 10 if FULL else 2  # seconds
pytestmark = pytest.mark.timeout(4 * PATIENCE)


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


@asynccontextmanager
async def city(folder: Path, url: str) -> AsyncIterator[Running]:
    """From a start to a stop."""
    async with FakeTelegram() as server:
        rig = Rig(folder, server, url)
        app = App(config.load(rig.city.config), rig.city.environ)
        process = Process(app)
        task = asyncio.create_task(process.run())
        made = Running(app, process, rig, task)
        await made.until(lambda: process.is_ready)
        yield made
        await made.stop()


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with city(tmp_path, "") as made:
        yield made


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
    request: pytest.FixtureRequest, running: Running, breaks: Happening, mends: Happening, confirms: bool
) -> None:
    said = await lived_through(running, breaks, mends, confirms=confirms)
    print(f"\nbar 4, sqlite, seed {SEED}, {request.node.callspec.id}: {said}")


@LONG
@pytest.mark.parametrize("what", ["full", "read-only", "killed", "hung"])
async def test_postgresql_that_cant_keep_anything(tmp_path: Path, own: OwnServer, what: str) -> None:
    harms: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
        "full": (own.fill, own.make_room),
        "read-only": (partial(own.read_only, on=True), partial(own.read_only, on=False)),
        "killed": (own.kill, own.start),
        "hung": (own.hang, own.go_on),
    }
    if what == "full" and not own.has_disk:
        pytest.skip("only root may have a small disk")

    async def breaks(_: Running) -> None:
        await asyncio.to_thread(harms[what][0])

    async def mends(_: Running) -> None:
        await asyncio.to_thread(harms[what][1])

    async with city(tmp_path, own.url) as running:
        said = await lived_through(running, breaks, mends, confirms=False)
    print(f"\nbar 4, postgresql, seed {SEED}, {what}: {said}")


@pytest.fixture
def own() -> Iterator[OwnServer]:
    with own_server() as made:
        yield made


async def lived_through(running: Running, breaks: Happening, mends: Happening, *, confirms: bool) -> str:
    """Half of a day, then harm, the other half meanwhile, and what harmed is gone again; in a sentence."""
    steps = day(SEED, MESSAGES, int(time.time()) - 3600)
    half = len(steps) // 2
    await running.rig.post(steps[:half])
    await running.rig.taken_in(PATIENCE)
    await breaks(running)
    server = running.rig.server
    await running.rig.post(steps[half:])
    began = time.monotonic()
    await running.until(lambda: not running.process.is_ready)
    noticed = time.monotonic() - began
    await asyncio.sleep(AWAY)
    assert not running.process.is_ready
    waiting = server.unconfirmed()
    assert (waiting == 0) == confirms
    await mends(running)
    began = time.monotonic()
    await running.rig.taken_in(PATIENCE)
    await running.until(lambda: running.process.is_ready)
    healed = time.monotonic() - began
    await running.stop()
    assert findings(await running.rig.records()) == [], f"seed {SEED}"
    unfinished = running.rig.data / "photos" / UNFINISHED
    assert not unfinished.exists() or not list(unfinished.iterdir())
    return (
        f"{MESSAGES} messages, not ready after {noticed:.1f} s, {waiting} not confirmed meanwhile,"
        f" all taken in and ready {healed:.1f} s after it was mended; lost 0, half files 0"
    )
