"""The weekly summary of a city with a long past, in a process of its own: how long, how much memory."""

import asyncio
import re
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from statistics import median

from handlers import digest, periods
from handlers.policy import HOME
from handlers.statistics import CountScope
from storage import tickets
from storage.database import Database
from tests.bench import city
from tests.bench.figure import Figure, Size

SECONDS, MEMORY = 1.0, 100.0  # MB
ROUNDS = 5


async def measure(size: Size) -> list[Figure]:
    """The week before the end, as it is posted on Monday."""
    path = await asyncio.to_thread(city.made, size.many, size.folder)
    spent = [_asked(f"sqlite:///{path}") for _ in range(min(ROUNDS, size.rounds))]
    seconds, memory, received, cpu = (median(side) for side in zip(*spent, strict=True))
    note = f"{cpu:.2f} s of CPU; {received:.0f} tickets came in that week"
    return [
        Figure(f"weekly digest over {size.many:,} tickets", seconds, "s", SECONDS, note),
        Figure("memory that it takes", memory, "MB", MEMORY),
    ]


def _asked(url: str) -> tuple[float, ...]:
    command = [sys.executable, "-m", "tests.bench.digest", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return tuple(map(float, told.split()))


async def _count(url: str) -> str:
    database = Database(url)
    async with database.read() as session:
        await tickets.departments(session)  # a bot that posts it has run for a while
    peak_from_now_on()
    before, begun, worked = peak(), time.perf_counter(), time.process_time()
    async with database.read() as session:
        found = await digest.count(
            session, periods.week(date(2026, 11, 9), HOME), CountScope(chats=frozenset({1}))
        )
    seconds, cpu, grown = time.perf_counter() - begun, time.process_time() - worked, peak() - before
    await database.close()
    return f"{seconds} {grown} {found.totals.received} {cpu}"


def peak_from_now_on() -> None:
    """Forget how much memory this process took before."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """The most memory that this process took, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1000


if __name__ == "__main__":
    print(asyncio.run(_count(sys.argv[1])))
