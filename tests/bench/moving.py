"""A city that moves from SQLite to PostgreSQL: how long beside the bot, and how long without one."""

import asyncio
import time
from contextlib import ExitStack

from bot.backup.moving import move
from storage.database import Database
from tests.bench import city, servers
from tests.bench.digest import peak, peak_from_now_on
from tests.bench.figure import Figure, Size


class Watch:
    """A bot that is stopped as soon as it is asked, and when that was."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.asked = 0.0

    async def stopped(self) -> bool:
        return bool(self.asked)

    def ask(self) -> None:
        self.asked = time.perf_counter()


async def measure(size: Size) -> list[Figure]:
    """All rows copied, and compared."""
    path = await asyncio.to_thread(city.made, size.moved, size.folder)
    with ExitStack() as stack:
        url = await asyncio.to_thread(servers.empty, stack)
        source, target = Database(f"sqlite:///{path}"), Database(url)
        peak_from_now_on()
        before, watch = peak(), Watch()
        rows = await move(source, target, lambda *_: None, watch.stopped, watch.ask)
        copied, compared = watch.asked - watch.begun, time.perf_counter() - watch.asked
        grown = peak() - before
        await source.close()
        await target.close()
    note = f"{sum(rows.values()):,} rows"
    return [
        Figure(
            f"a city of {size.moved:,} tickets copied into PostgreSQL, beside its bot", copied, "s", note=note
        ),
        Figure("its rows compared, while nobody is at work", compared, "s"),
        Figure("memory that it takes", grown, "MB"),
    ]
