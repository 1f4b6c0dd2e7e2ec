"""Memory of a bot as `congich run` starts it: at rest, and after very many messages."""

import asyncio
import re
import tempfile
import time
from pathlib import Path

from tests.acceptance.process import City
from tests.bench.figure import Figure, Size
from tests.bench.stream import Stream
from tests.fakes.telegram import FakeTelegram

AT_REST, AFTER_MANY = 160, 200  # MB
REST = 3.0  # seconds after which a process has come to rest


async def measure(size: Size) -> list[Figure]:
    """Both figures; photos are left out, because the fake has no files for them."""
    with tempfile.TemporaryDirectory() as made:
        async with FakeTelegram() as server:
            city = City(Path(made), server)
            await city.start()  # the first of all, which makes the tables
            await city.stop()
            await city.start()
            await asyncio.sleep(min(REST, size.messages / 100))
            rest = memory(city, "VmRSS")
            begun = time.monotonic()
            await _post(city, size.messages)
            await _taken(city, size.messages)
            pace = size.messages / (time.monotonic() - begun)
            after, peak = memory(city, "VmRSS"), memory(city, "VmHWM")
            await city.stop()
    note = f"{peak:.0f} MB at the most; {pace:.0f} messages a second beside the fake server"
    return [
        Figure("memory at rest", rest, "MB", AT_REST),
        Figure(f"memory after {size.messages:,} messages", after, "MB", AFTER_MANY, note),
    ]


def memory(city: City, name: str) -> float:
    """One of the kernel's figures of the process, in MB."""
    assert city._process is not None
    status = Path(f"/proc/{city._process.pid}/status").read_text()
    return int(re.findall(rf"{name}:\s+(\d+) kB", status)[0]) / 1000


async def _post(city: City, messages: int) -> None:
    """Everybody posts, as fast as the bot takes it."""
    stream = Stream(1, int(time.time()) - messages, first=1_000_001, between=1)
    for place in range(messages):
        (update,) = stream.batch(1)
        message = {name: value for name, value in update["message"].items() if name != "photo"}
        await city.server.inject({"message": message})
        if place % 100 == 0:
            await _room(city)


async def _room(city: City) -> None:
    """Until no more than a few batches wait to be fetched."""
    await city.server.wait_for(lambda: city.server.unconfirmed() < 1000, 600)


async def _taken(city: City, messages: int) -> None:
    def done() -> bool:
        waiting = city.count("SELECT count(*) FROM inbox WHERE state = 'pending'")
        return city.server.unconfirmed() == 0 and waiting == 0

    await city.server.wait_for(done, 120 + messages / 20)
