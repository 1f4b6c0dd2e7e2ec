"""Work that must not be broken off in the middle, whatever becomes of those who wait for it."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def to_its_end(work: Awaitable[T]) -> T:
    """Wait for it, and give back what it comes to: cancelled meanwhile, it ends before we do.

    A transaction that is cancelled in the middle can hold SQLite's write lock until its time-out.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)  # nobody is left to hear how it ended
        raise
