"""Bar 3: of a small day, the n-th operation goes wrong, for every n: the process ends there, or hears of an
error. The day ends clean all the same, and the next start finds nothing that it does not repair."""

import asyncio
import itertools
import json
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import make_url

from tests import template
from tests.acceptance.process import READY
from tests.chaos.broken import How
from tests.chaos.history import Opened, findings
from tests.chaos.nursery import Nursery, Order
from tests.chaos.rig import FULL, LONG, SEED, Rig
from tests.chaos.scene import COMMAND, MESSAGES, MODERATOR, MORNING, NOON
from tests.conftest import drop_database, new_database
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import UNKNOWABLE, Fault

STARTS = 2  # of one day
SIDE_BY_SIDE = 5
SAMPLE = {"sqlite": 4, "postgresql": 2}  # operations of each kind of harm in the short form
PATIENCE = 60.0
METHODS = ("sendMessage", "sendPhoto", "getFile", "getUpdates", "sendMediaGroup")
FAULTS = (Fault.TOO_MANY, Fault.SERVER_ERROR, Fault.CLOSED, Fault.DROPPED)
LEFT = """SELECT (SELECT count(*) FROM inbox WHERE state = 'pending')
    + (SELECT count(*) FROM attachments WHERE state = 'pending')
    + (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending'))"""
pytestmark = pytest.mark.timeout(4000 if FULL else 300)


class Day:
    """One day in a city of its own, whose process is started again where it ends."""

    def __init__(self, nursery: Nursery, rig: Rig, place: int, how: How) -> None:
        self.rig = rig
        self._nursery = nursery
        self._place = place
        self._how = how
        self._readies = 0

    async def live(self) -> None:
        """From the first start to the last stop. Raises TimeoutError where it comes to no end."""
        async with asyncio.timeout(PATIENCE):
            await self._start(self._place, self._how)
            tasks = [asyncio.create_task(one) for one in (self._mind(), self._happen())]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            for task in done:
                task.result()
            ended = await self._nursery.stop()
        if ended and self._how is How.KILL:
            await self.once_more()  # it was ended while it stopped
        else:
            assert ended == 0, self.rig.city.log.read_text()[-3000:]

    async def begin(self) -> None:
        """A start at which something goes wrong, and, where the process ended of it, another one."""
        async with asyncio.timeout(PATIENCE):
            await self._start(self._place, self._how)
            await self._until(lambda: self._is_ready() or not self._nursery.is_running)
            if self._nursery.is_running:
                await self._nursery.stop()
        await self.once_more()

    async def once_more(self) -> None:
        """Another start, and its end."""
        async with asyncio.timeout(PATIENCE):
            await self._start(0, How.NOTHING)
            await self._until(lambda: self._is_ready() or not self._nursery.is_running)
            assert self._is_ready(), self.rig.city.log.read_text()[-3000:]
            assert await self._nursery.stop() == 0

    def operations(self) -> Counter[str]:
        """How many there were in a life that ended by itself."""
        return Counter(json.loads(self._counted.read_text()))

    @property
    def broken(self) -> str:
        """The kind of the operation that was made to raise."""
        _, _, after = self.rig.city.log.read_text().partition("operation broken: ")
        return after.partition(" ")[0]

    async def _happen(self) -> None:
        rig, city = self.rig, self.rig.city
        await rig.post(MORNING)
        await self._until(lambda: city.count("SELECT count(*) FROM messages") > 0)
        await rig.post(NOON)
        await self._until(lambda: city.count("SELECT count(*) FROM tickets") == 2)
        await rig.server.post(city.room, MODERATOR, COMMAND)
        await self._until(self._is_over)
        await self._until(lambda: self._nursery.is_running and self._is_ready())

    def _is_over(self) -> bool:
        count = self.rig.city.count
        return (
            self.rig.server.unconfirmed() == 0
            and count("SELECT count(*) FROM tickets WHERE status = 'accepted'") == 1
            and count("SELECT count(*) FROM messages") == MESSAGES
            and count(LEFT) == 0
        )

    async def _mind(self) -> None:
        """Start it again where it has ended."""
        starts = 1
        while True:
            if not self._nursery.is_running:
                assert starts <= STARTS, self.rig.city.log.read_text()[-3000:]
                await self._start(0, How.NOTHING)
                starts += 1
            await asyncio.sleep(0.01)

    async def _start(self, place: int, how: How) -> None:
        self._readies = self._ready_lines()
        city, data = self.rig.city, self.rig.data
        await self._nursery.start(
            Order(str(city.config), str(data), str(city.log), str(self._counted), city.environ, place, how)
        )

    @property
    def _counted(self) -> Path:
        return self.rig.city.folder / "operations.json"

    def _is_ready(self) -> bool:
        return self._ready_lines() > self._readies

    def _ready_lines(self) -> int:
        log = self.rig.city.log
        return log.read_text().count(READY) if log.exists() else 0

    async def _until(self, so: Callable[[], bool]) -> None:
        while not so():
            await asyncio.sleep(0.02)


@pytest.fixture
def cities(request: pytest.FixtureRequest) -> Callable[[Path], "Cities"]:
    """Cities on one kind of database, each with its own."""
    if request.param == "sqlite":
        return lambda folder: Cities(folder, "", "")
    server, like = request.getfixturevalue("postgresql"), request.getfixturevalue("postgresql_template")
    return lambda folder: Cities(folder, server, like)


class Cities:
    """Places for days."""

    def __init__(self, folder: Path, server: str, like: str) -> None:
        self._folder = folder
        self._server = server
        self._like = like
        self._luck = Random(SEED)

    @property
    def kind(self) -> str:
        return "postgresql" if self._server else "sqlite"

    def some(self, count: int) -> Sequence[int]:
        """Places of operations: every one, or a few."""
        if FULL:
            return range(1, count + 1)
        return sorted(self._luck.sample(range(1, count + 1), SAMPLE[self.kind]))

    @asynccontextmanager
    async def day(
        self, nursery: Nursery, name: str, place: int, how: How, *, is_empty: bool = False
    ) -> AsyncIterator[Day]:
        """A city whose database has its schema, or has not."""
        async with self._url(is_empty=is_empty) as url, FakeTelegram() as server:
            people = f'\n[roles]\nmoderators = ["telegram:{server.person_id(MODERATOR)}"]\n'
            rig = Rig(self._folder / name, server, url, limits=people)
            if not url and not is_empty:
                template.copy_to(rig.data / "congich.db")
            yield Day(nursery, rig, place, how)
        shutil.rmtree(self._folder / name)

    @asynccontextmanager
    async def nurseries(self) -> AsyncIterator[Sequence[Nursery]]:
        """Some, to try side by side: most of its time a day waits."""
        count = SIDE_BY_SIDE if FULL else 1
        async with AsyncExitStack() as stack:
            urls = [await stack.enter_async_context(self._url()) for _ in range(count)]
            yield [await stack.enter_async_context(Nursery(url)) for url in urls]

    async def undisturbed(self, nursery: Nursery) -> tuple[Sequence[Opened], Counter[str]]:
        """A day's tickets, and its operations."""
        async with self.day(nursery, "undisturbed", 0, How.NOTHING) as day:
            await day.live()
            seen = await day.rig.records()
            assert findings(seen) == []
            return seen.tickets, day.operations()

    @asynccontextmanager
    async def _url(self, *, is_empty: bool = False) -> AsyncIterator[str]:
        """Of a new database on PostgreSQL; none for SQLite."""
        if not self._server:
            yield ""
            return
        like = "template1" if is_empty else self._like
        url = await asyncio.to_thread(new_database, self._server, like)
        yield url
        await asyncio.to_thread(drop_database, self._server, str(make_url(url).database))


Try = Callable[[Nursery, int], Awaitable[list[str]]]


async def each(nurseries: Sequence[Nursery], places: Iterable[int], attempt: Try) -> list[str]:
    """Try them all; what was found, each with its place."""
    left, found = iter(places), list[str]()

    async def one_after_the_other(nursery: Nursery) -> None:
        for place in left:
            try:
                found.extend(f"at {place}: {one}" for one in await attempt(nursery, place))
            except (TimeoutError, AssertionError) as error:
                found.append(f"at {place}: {type(error).__name__} {error}")
                await nursery.kill()

    await asyncio.gather(*(one_after_the_other(nursery) for nursery in nurseries))
    return found


@pytest.mark.parametrize(
    ("cities", "how"),
    [
        pytest.param("sqlite", How.KILL, marks=LONG),  # what test_kills.py does in short
        ("sqlite", How.ERROR),
        ("postgresql", How.KILL),
        pytest.param("postgresql", How.ERROR, marks=LONG),
    ],
    indirect=["cities"],
)
async def test_each_operation_in_turn(tmp_path: Path, cities: Callable[[Path], Cities], how: How) -> None:
    places, began, wrong = cities(tmp_path), time.monotonic(), Counter[str]()
    async with places.nurseries() as nurseries:
        expected, operations = await places.undisturbed(nurseries[0])
        tried = places.some(operations.total())

        async def attempt(nursery: Nursery, place: int) -> list[str]:
            async with places.day(nursery, str(place), place, how) as day:
                await day.live()
                if how is How.ERROR:
                    await day.once_more()
                wrong[day.broken or how] += 1
                kills = int(how is How.KILL or day.broken == "answer")
                return findings(await day.rig.records(), kills=kills, expected=expected)

        found = await each(nurseries, tried, attempt)
    assert found == [], f"seed {SEED}, {how} of {dict(operations)}"
    print(
        f"\nbar 3, {places.kind}, seed {SEED}: {how} at {len(tried)} of {operations.total()} operations"
        f" {dict(operations)}, one a day: {dict(wrong)}; every history clean;"
        f" {(time.monotonic() - began) / len(tried):.2f} s each"
    )


@LONG
@pytest.mark.parametrize("cities", ["sqlite", "postgresql"], indirect=True)
async def test_each_operation_of_the_first_start(tmp_path: Path, cities: Callable[[Path], Cities]) -> None:
    places = cities(tmp_path)
    async with places.nurseries() as nurseries:
        async with places.day(nurseries[0], "undisturbed", 0, How.NOTHING, is_empty=True) as day:
            await day.once_more()
            operations = day.operations()

        async def attempt(nursery: Nursery, place: int) -> list[str]:
            for how in (How.KILL, How.ERROR):
                async with places.day(nursery, f"{how}-{place}", place, how, is_empty=True) as day:
                    await day.begin()
            return []

        tried = places.some(operations.total())
        found = await each(nurseries, tried, attempt)
    assert found == [], f"seed {SEED}"
    print(
        f"\nbar 3, {places.kind}, seed {SEED}: a kill and an error at {len(tried)} of {operations.total()}"
        f" operations of a first start {dict(operations)}; the next start was ready each time"
    )


@LONG
@pytest.mark.parametrize("cities", ["sqlite", "postgresql"], indirect=True)
async def test_each_post_in_turn(tmp_path: Path, cities: Callable[[Path], Cities]) -> None:
    places = cities(tmp_path)
    tried = list(itertools.product(METHODS, FAULTS))
    async with places.nurseries() as nurseries:
        expected, _ = await places.undisturbed(nurseries[0])

        async def attempt(nursery: Nursery, place: int) -> list[str]:
            method, fault = tried[place]
            async with places.day(nursery, f"{method}-{fault}", 0, How.NOTHING) as day:
                day.rig.server.fail(method, fault)
                await day.live()
                kills = int(fault in UNKNOWABLE and method.startswith("send"))
                return findings(await day.rig.records(), kills=kills, expected=expected)

        found = await each(nurseries, range(len(tried)), attempt)
    assert found == [], tried
    print(f"\nbar 3, {places.kind}: {len(tried)} calls answered wrongly, one a day; every history clean")
