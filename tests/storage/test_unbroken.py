"""What must not be broken off is not."""

import asyncio

import pytest

from storage.unbroken import to_its_end


async def test_it_gives_back_what_it_came_to() -> None:
    async def work() -> int:
        return 7

    async def fails() -> None:
        raise ValueError("why")

    assert await to_its_end(work()) == 7
    with pytest.raises(ValueError, match="why"):
        await to_its_end(fails())


async def test_work_that_must_end_ends_before_its_caller_is_gone() -> None:
    done: list[bool] = []

    async def work() -> None:
        await asyncio.sleep(0.1)
        done.append(True)

    task = asyncio.create_task(to_its_end(work()))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [True]
