"""The same messages to a bot with few tickets and to one with very many: what one costs must not grow."""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.bench import city
from tests.bench.bot import Bench, bench
from tests.bench.figure import Figure, Size
from tests.bench.stream import Stream

BAR = 1.2  # times
FIRST = 50_000_000  # the number of the first message: no city has as many


async def measure(size: Size) -> list[Figure]:
    """Batches in turn, each to a copy of both cities; medians."""
    with tempfile.TemporaryDirectory(dir=size.folder) as made:
        few = await _copy(size.few, size.folder, Path(made) / "few")
        many = await _copy(size.many, size.folder, Path(made) / "many")
        async with bench(few) as small, bench(many) as large:
            stream = Stream(2, int(city.END.timestamp()), first=FIRST)
            batches = stream.batches(size.warm + size.rounds, size.batch)
            rounds = [(await _spent(small, batch), await _spent(large, batch)) for batch in batches][
                size.warm :
            ]
    of_few, of_many = (median(side) / size.batch * 1e6 for side in zip(*rounds, strict=True))
    ratio = median(large / small for small, large in rounds)
    note = f"{of_many:.0f} µs beside {of_few:.0f} µs with {size.few:,}"
    return [Figure(f"CPU per message with {size.many:,} tickets", ratio, "times", BAR, note)]


async def _copy(tickets: int, cities: Path, folder: Path) -> Path:
    folder.mkdir()
    there = await asyncio.to_thread(city.made, tickets, cities)
    await asyncio.to_thread(shutil.copyfile, there, folder / "congich.db")
    return folder


async def _spent(bot: Bench, batch: list[dict[str, object]]) -> float:
    begun = time.process_time()
    await bot.take(batch)
    return time.process_time() - begun
