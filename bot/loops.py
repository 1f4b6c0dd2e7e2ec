"""Loops that look again when they are woken or when a while has passed, and outlive an error."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

import structlog

from storage.database import is_outage
from storage.images import StoreError

IDLE = 1.0  # seconds between looks when nobody wakes a loop
AFTER_ERROR, LONGEST_AFTER_ERROR = 2.0, 10.0  # of a lease of a minute much is left
HANGS_AFTER = 90.0  # seconds of one turn, of which a call to a platform may take sixty
FIRST_WAIT, LONGEST_WAIT = 0.25, 4.0  # while the database can't write
FIRST_STORE_WAIT, LONGEST_STORE_WAIT = 2.0, 60.0  # while photos can't be stored: each try brings them anew

_MOST_DOUBLINGS = 30  # past any longest wait; after a thousand a float overflows

log = structlog.get_logger(__name__)
Wait = TypeVar("Wait", float, timedelta)


def backoff(failures: int, first: Wait, longest: Wait) -> Wait:
    """How long to wait after so many failures: `first` doubled so often, at most `longest`."""
    times: int = 2 ** min(failures, _MOST_DOUBLINGS)
    return min(first * times, longest)


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


class Health:
    """Which parts failed when they were last at work, or are at it for too long: a full disk, a database that
    is gone, or that is there and does not answer."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._failing: set[str] = set()
        self._since: dict[str, float] = {}
        self._seconds = seconds

    def begins(self, name: str) -> None:
        """A part takes a turn."""
        self._since.setdefault(name, self._seconds())

    def ends(self, name: str) -> None:
        """It takes none any more, however it went."""
        self._since.pop(name, None)

    def report(self, name: str, *, well: bool) -> None:
        """How a part's last turn went."""
        self.ends(name)
        (self._failing.discard if well else self._failing.add)(name)

    @property
    def is_well(self) -> bool:
        """Whether none is failing, and none hangs."""
        now = self._seconds()
        return not self._failing and all(now - since < HANGS_AFTER for since in self._since.values())


async def recorded(write: Callable[[], Awaitable[None]]) -> None:
    """Write down what has happened outside, however long the database can't: it is known here alone."""
    wait = FIRST_WAIT
    while True:
        try:
            await write()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("not written down yet", action="record.waits", error=type(error).__name__)
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        else:
            return


def say_failed(error: Exception, words: str, **more: str) -> None:
    """In one line what the machine lacks, such as room on a disk; with a traceback what may be our fault."""
    how = log.error if is_outage(error) else log.exception
    how(words, error=type(error).__name__, **more)


async def _rest(stopping: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


async def forever(
    name: str,
    turn: Callable[[], Awaitable[int]],
    wake: Wake,
    stopping: asyncio.Event,
    health: Health,
    idle: float = IDLE,
) -> None:
    """Take turns until told to stop; `turn` says how much it found, and 0 means wait. The first word of
    `name` says what kind of loop it is.

    A store of photos that is away leaves us ready: everything but photos goes on.
    """
    wait, kind, failures = FIRST_STORE_WAIT, name.partition(" ")[0], 0
    while not stopping.is_set():
        health.begins(name)
        try:
            found = await turn()
        except StoreError as error:
            health.ends(name)
            log.warning("photos wait", action=f"{kind}.store_down", error=str(error))
            await _rest(stopping, wait)
            wait = min(2 * wait, LONGEST_STORE_WAIT)
            continue
        except Exception as error:
            say_failed(error, "loop turn failed", action=f"{kind}.failed", loop=name)
            health.report(name, well=False)
            await wake.wait(backoff(failures, AFTER_ERROR, LONGEST_AFTER_ERROR))
            failures += 1
            continue
        health.report(name, well=True)
        wait, failures = FIRST_STORE_WAIT, 0
        if not found:
            await wake.wait(idle)
