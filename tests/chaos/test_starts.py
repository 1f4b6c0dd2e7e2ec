"""Bar 12: started and stopped again and again: handles, threads and memory stay level."""

import gc
import os
import resource
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web_app

from tests.bot.open311.test_server import LAMP
from tests.bot.open311.town import running
from tests.chaos.rig import FULL, Rig
from tests.fakes.telegram import FakeTelegram

STARTS, WARM, PROCESSES = (200, 20, 40) if FULL else (3, 1, 1)
MORE = 3  # handles or threads; pools and executors have a few more or fewer
GROWTH = 20 * 1024  # KiB
pytestmark = pytest.mark.timeout(1800 if FULL else 120)


@dataclass(frozen=True, slots=True)
class Taken:
    """What this process has of the machine."""

    handles: int
    threads: int
    memory: int  # KiB


def _taken() -> Taken:
    web_app._cached_build_middleware.cache_clear()  # which keeps 1,024 handlers with their Apps
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    memory = pages * resource.getpagesize() // 1024
    return Taken(len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")), memory)


async def test_in_one_process(database_url: str, tmp_path: Path) -> None:
    seen: list[Taken] = []
    for number in range(STARTS):
        async with running(tmp_path, database_url) as town:
            if number == 0:
                await town.post(LAMP)
            status, _ = await town.get("/v2/services.json")
            assert status == 200
        seen.append(_taken())
    first, later = seen[WARM - 1], seen[WARM:]
    assert max(one.handles for one in later) <= first.handles + MORE, seen
    assert max(one.threads for one in later) <= first.threads + MORE, [
        one.name for one in threading.enumerate()
    ]
    grown = later[-1].memory - first.memory
    assert grown <= GROWTH, seen
    levels = f"handles {first.handles} to {later[-1].handles}, threads {first.threads} to {later[-1].threads}"
    print(f"\n{STARTS} starts and stops: {levels}, memory {grown / 1024:+.1f} MiB")


@pytest.mark.sqlite_only
async def test_as_processes(tmp_path: Path) -> None:
    seen: list[tuple[int, int, int]] = []
    async with FakeTelegram() as server:
        rig = Rig(tmp_path, server)
        await server.post(rig.city.group, "Hoa", "Đèn đường trước số 9 Hai Bà Trưng bị hư 3 bữa nay")
        for number in range(PROCESSES):
            await rig.start()
            seen.append((*rig.city.taken(), rig.city.peak_memory()))
            if number == PROCESSES - 1:
                await rig.city.settled(1)
            assert await rig.city.stop() == 0
        tickets = rig.city.count("SELECT count(*) FROM tickets")
    handles, threads, memory = zip(*seen, strict=True)
    assert tickets == 1
    assert max(handles) - min(handles) <= MORE, seen
    assert max(threads) - min(threads) <= MORE, seen
    assert max(memory) - min(memory) <= GROWTH, seen
    print(f"\n{PROCESSES} processes: at most {max(handles)} handles, {max(threads)} threads,", end=" ")
    print(f"{max(memory) // 1024} MiB; ready within {max(rig.starts):.1f} s")
