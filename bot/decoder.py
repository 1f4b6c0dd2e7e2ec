"""Looks into photos, and draws, in a child process, whose crash or slowness is not the bot's."""

import asyncio
import errno
import multiprocessing
import os
import resource
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, TypeVar

from storage.pictures import BadPicture, Picture, fit, inspect, together

if TYPE_CHECKING:
    from handlers.chart import Chart

TIMEOUT = 5.0  # seconds for one photo, after which the child is ended; the largest that is taken needs half
START = 30.0  # until a child is there, on a machine just started: no photo's fault, nor a post's that waits
MEMORY = 1_500_000_000  # bytes of address space; 40 million pixels need some 600 MB
PHOTOS_A_CHILD = 500
TOGETHER_HEIGHT = 720  # pixels of a picture made of two

Made = TypeVar("Made")
Inspect = Callable[[bytes, int, int], Picture]


def new_child() -> ProcessPoolExecutor:
    """One process of little memory, which ends with us."""
    return ProcessPoolExecutor(
        max_workers=1, mp_context=multiprocessing.get_context("spawn"), initializer=_begin_child
    )


class Decoder:
    """One child process, started at the first photo and anew when it broke."""

    def __init__(
        self,
        *,
        max_pixels: int,
        width: int,
        look: Inspect = inspect,
        timeout: float = TIMEOUT,
        child: Callable[[], Executor] = new_child,
    ) -> None:
        self._max_pixels = max_pixels
        self._width = width
        self._look = look
        self._timeout = timeout
        self._child = child
        self._pool: Executor | None = None
        self._left = 0  # photos until a new child
        self._turn = asyncio.Lock()

    async def decode(self, data: bytes) -> Picture:
        """Look at one photo. Raises BadPicture, also for one that broke the child."""
        return await self._in_child(self._look, data, self._max_pixels, self._width)

    async def together(self, pictures: Sequence[bytes]) -> bytes:
        """Several photos as one; of two the first is on the left. Raises BadPicture."""
        return await self._in_child(together, tuple(pictures), TOGETHER_HEIGHT)

    async def draw(self, chart: "Chart") -> bytes:
        """A chart as a picture, beside the bot's own work. Raises BadPicture."""
        from bot import charts  # a child imports this module, and most of them draw no chart

        return await self._in_child(charts.jpeg, chart)

    async def fit(self, picture: bytes, limit: int) -> bytes:
        """A picture within so many bytes; one that is already is given back as it is. Raises BadPicture."""
        return picture if len(picture) <= limit else await self._in_child(fit, picture, limit)

    async def _in_child(self, work: Callable[..., Made], *arguments: object) -> Made:
        async with self._turn:
            pool = await self._begun()
            loop = asyncio.get_running_loop()
            try:
                async with asyncio.timeout(self._timeout):
                    return await loop.run_in_executor(pool, work, *arguments)
            except asyncio.CancelledError:
                self._end()  # what nobody waits for would hold up the next photo, and the end
                raise
            except TimeoutError:
                self._end()
                raise BadPicture("the picture took too long to decode") from None
            except (BrokenProcessPool, MemoryError):
                self._end()
                raise BadPicture("the picture could not be decoded") from None

    async def _begun(self) -> Executor:
        """The child at work, a new one where there is none or it has seen many. Raises OSError where none
        begins."""
        if self._pool is None or not self._left:
            self._end()
            self._pool, self._left = self._child(), PHOTOS_A_CHILD
            try:
                async with asyncio.timeout(START):
                    await asyncio.get_running_loop().run_in_executor(self._pool, _begin)
            except (TimeoutError, BrokenProcessPool):
                self._end()
                raise OSError(errno.EAGAIN, "no process that looks at photos begins") from None
            except asyncio.CancelledError:
                self._end()
                raise
        self._left -= 1
        return self._pool

    def _end(self) -> None:
        """Kill the child; the next photo gets a new one."""
        pool, self._pool = self._pool, None
        if pool is not None:
            for process in _processes(pool):
                process.kill()
            pool.shutdown(wait=False, cancel_futures=True)

    async def close(self) -> None:
        """End the child."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)


def _processes(pool: Executor) -> list[BaseProcess]:
    return list((pool._processes or {}).values()) if isinstance(pool, ProcessPoolExecutor) else []


def _begin() -> None:
    """Done once the child has imported what it needs."""


def _begin_child() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed ends nobody: its child would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
