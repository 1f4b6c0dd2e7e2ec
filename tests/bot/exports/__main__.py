"""Measures exports of many tickets: `python -m tests.bot.exports [NUMBER]`, 100,000 by default."""

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from bot.exports.writing import write
from handlers.exports import Format
from storage.database import Database
from tests import template
from tests.bot.exports.test_writing import ALL, LAMP, STYLE, fill


def peak() -> float:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure(folder: Path, number: int) -> None:
    """Time, size and memory of each format."""
    template.copy_to(folder / "congich.db")
    database = Database(f"sqlite:///{folder / 'congich.db'}")
    for _ in range(0, number, 10_000):
        await fill_more(database)
    print(f"{number} tickets; {peak():.0f} MB before")
    for kind in Format:
        begun = time.perf_counter()
        count = await write(database, ALL, STYLE, kind, folder / f"out.{kind}", lambda *_: None)
        size = (folder / f"out.{kind}").stat().st_size / 1e6
        print(
            f"{kind:8} {count} in {time.perf_counter() - begun:5.1f} s, {size:5.1f} MB; peak {peak():.0f} MB"
        )
    await database.close()


async def fill_more(database: Database) -> None:
    """Ten thousand more."""
    from storage import exports

    async with database.read() as session:
        there = await exports.count(session, ALL)
    numbers = range(there + 1, there + 10_001)
    await fill(database, *({**LAMP, "number": n, "code": f"PA{n}", "origin": str(n)} for n in numbers))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(measure(Path(made), int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
