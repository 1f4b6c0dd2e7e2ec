"""Loops that look again when they are woken or when a while has passed, and outlive an error."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

IDLE = 1.0  # seconds between looks when nobody wakes a loop
AFTER_ERROR = 2.0

log = structlog.get_logger(__name__)


class Wake:
    """A hint that there is work; a lost hint only costs the idle time."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """There is work."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Until woken, at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()


async def to_its_end(work: Awaitable[None]) -> None:
    """Wait for work that must not be broken off: cancelled meanwhile, it ends before we do.

    A transaction that is cancelled in the middle can hold SQLite's write lock until its time-out.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise


async def forever(
    name: str,
    turn: Callable[[], Awaitable[int]],
    wake: Wake,
    stopping: asyncio.Event,
    idle: float = IDLE,
) -> None:
    """Take turns until told to stop; `turn` says how much it found, and 0 means wait."""
    while not stopping.is_set():
        try:
            found = await turn()
        except Exception:
            log.exception("loop turn failed", action=f"{name}.failed")
            await wake.wait(AFTER_ERROR)
            continue
        if not found:
            await wake.wait(idle)
