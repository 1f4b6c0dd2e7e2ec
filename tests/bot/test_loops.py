"""Loops, and what is said of them."""

import asyncio
import errno
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from bot import loops
from bot.loops import HANGS_AFTER, Health, Wake, forever


def test_what_hangs_is_not_well() -> None:
    seconds, well = [0.0], []
    health = Health(lambda: seconds[0])

    def look(after: float) -> None:
        seconds[0] += after
        well.append(health.is_well)

    health.begins("store")
    look(HANGS_AFTER - 1)
    health.begins("store")  # another call beside it changes nothing
    look(1)
    health.report("store", well=True)
    look(0)
    health.begins("store")
    health.ends("store")  # broken off
    look(2 * HANGS_AFTER)
    assert well == [True, False, True, True]


async def test_a_loop_outlives_an_error_and_ends_when_told() -> None:
    turns: list[int] = []
    well: list[bool] = []
    stopping, wake, health = asyncio.Event(), Wake(), Health()

    async def turn() -> int:
        turns.append(len(turns))
        well.append(health.is_well)
        if len(turns) == 1:
            wake.set()  # no need to wait out the pause after the error
            raise OSError("once")
        stopping.set()
        return 0

    await asyncio.wait_for(forever("test", turn, wake, stopping, health, idle=0.01), 5)
    assert turns == [0, 1]
    assert [*well, health.is_well] == [True, False, True]


async def test_what_the_machine_lacks_is_one_line_and_asked_for_less_and_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loops, "AFTER_ERROR", 0.02)
    monkeypatch.setattr(loops, "LONGEST_AFTER_ERROR", 0.1)
    at, stopping = list[float](), asyncio.Event()

    async def turn() -> int:
        at.append(asyncio.get_running_loop().time())
        if len(at) < 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        if len(at) == 5:
            raise ValueError("a fault of ours")
        stopping.set()
        return 0

    with capture_logs() as lines:
        await asyncio.wait_for(forever("test", turn, Wake(), stopping, Health(), idle=0.01), 5)
    assert [bool(line.get("exc_info")) for line in lines] == [False] * 4 + [True]
    assert {(line["action"], line["error"]) for line in lines[:4]} == {("test.failed", "OSError")}
    waits = [after - before for before, after in pairwise(at)]
    assert [wait >= least for wait, least in zip(waits, (0.02, 0.04, 0.08, 0.1), strict=False)] == [True] * 4
