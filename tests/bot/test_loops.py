"""Loops, and what is said of them."""

import asyncio

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
