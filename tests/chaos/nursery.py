"""A warm parent of a city's processes: what it forks has lived through a day, and begins at once.

`python -m tests.chaos.nursery` reads one line of JSON for each child, writes its pid, and when it has ended
its status; one child at a time. A child is `congich run` in all but its command line, and one of its
operations may go wrong. Photos are decoded in a thread: a process for each would take longer than the rest.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import tempfile
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Self

import httpx
import pytest

from bot import config, fetcher, logs, loops, understanding
from bot.app import App
from bot.decoder import Decoder
from bot.platforms import telegram
from bot.run import Process
from handlers import delivery
from tests import quick
from tests.chaos import scene
from tests.chaos.broken import How, Operations
from tests.chaos.rig import Rig
from tests.fakes.telegram import FakeTelegram

PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Order:
    """Which child is wanted: of what city, and which of its operations goes how wrong."""

    config: str
    data: str
    log: str
    counted: str  # a file that says, once the child has ended by itself, how many operations there were
    environ: dict[str, str]
    place: int = 0
    how: How = How.NOTHING


class Nursery:
    """The parent, from outside."""

    def __init__(self, url: str = "") -> None:
        """`url`: of a database of the kind that the children will have; empty for SQLite."""
        self._url = url
        self._parent: asyncio.subprocess.Process | None = None
        self._pid = 0
        self._ended: asyncio.Task[int] | None = None

    async def __aenter__(self) -> Self:
        self._parent = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.nursery", self._url,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await self._said()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._parent is not None
        await self.kill()
        assert self._parent.stdin is not None
        self._parent.stdin.close()
        await self._parent.wait()

    async def start(self, order: Order) -> None:
        """Begin a child."""
        assert self._parent is not None
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        self._pid = int(await self._said())
        self._ended = asyncio.create_task(self._status())

    @property
    def is_running(self) -> bool:
        return self._ended is not None and not self._ended.done()

    async def stop(self) -> int:
        """Ask it to end; its status, negative for a signal."""
        assert self._ended is not None
        if not self._ended.done():
            with suppress(ProcessLookupError):  # it has ended just now
                os.kill(self._pid, signal.SIGTERM)
        return await asyncio.wait_for(asyncio.shield(self._ended), PATIENCE)

    async def kill(self) -> None:
        """End it at once, if it is there."""
        if self._ended is not None and not self._ended.done():
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            await self._ended

    async def _status(self) -> int:
        return int(await self._said())

    async def _said(self) -> str:
        assert self._parent is not None
        assert self._parent.stdout is not None
        line = await self._parent.stdout.readline()
        assert line, "the nursery ended"
        return line.decode().strip()


def main() -> None:
    """Begin children until no more are wanted."""
    _prepare()
    _warm(sys.argv[1])
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(Order(**order | {"how": How(order["how"])}))
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def _prepare() -> None:
    """What children inherit: the model read, and no patience with what went wrong."""
    patch = pytest.MonkeyPatch()
    quick.read_once(patch)
    quick.unsynced(patch)
    quick.compiled_once(patch)
    patch.setattr("httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context))
    understanding.classifier(config.Config(), Path("data"))
    loops.AFTER_ERROR, loops.FIRST_WAIT, loops.FIRST_STORE_WAIT = 0.05, 0.02, 0.05
    telegram.FIRST_WAIT, telegram.LONGEST_WAIT = 0.05, 1.6
    delivery.FIRST_WAIT = delivery.DOWN_WAIT = timedelta(seconds=0.05)
    fetcher.FIRST_WAIT = timedelta(seconds=0.05)


def _warm(url: str) -> None:
    """Live through a morning: statements are compiled, texts and pictures looked at."""
    logs.configure("critical", as_json=False, stream=sys.stderr)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="congich-nursery-") as folder:
        asyncio.run(_morning(Path(folder), url))
    gc.collect()
    gc.freeze()


async def _morning(folder: Path, url: str) -> None:
    async with FakeTelegram() as server:
        rig = Rig(folder, server, url)
        process = Process(_app(config.load(rig.city.config), rig.city.environ))
        running = asyncio.create_task(process.run())
        await rig.post(scene.MORNING)
        await rig.post(scene.NOON)
        await rig.taken_in(PATIENCE)
        await server.wait_for(lambda: len(server.accepted) >= 4, PATIENCE)
        process.stop()
        await running
        rig.city.forget()


def _app(settings: config.Config, environ: Mapping[str, str]) -> App:
    """Looks at photos in a thread of this process."""
    sizes, thread = settings.photos, partial(ThreadPoolExecutor, 1)
    decoder = Decoder(max_pixels=sizes.max_pixels, width=sizes.served_width, child=thread)
    return App(settings, environ, decoder=decoder)


def _child(order: Order) -> None:
    """Live, and end without what the parent would do at its end."""
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    status = 1
    try:
        _live(order)
        status = 0
    except BaseException as error:  # noqa: BLE001 - whatever it is, the child ends here
        print(f"ended by {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def _live(order: Order) -> None:
    os.environ.update(order.environ)
    settings = config.load(Path(order.config))
    logs.configure(settings.log.level, as_json=False, stream=sys.stderr)
    operations = Operations(order.place, order.how)
    operations.of_files(Path(order.data))
    operations.of_calls()
    app = _app(settings, os.environ)
    operations.of_database(app.database)
    asyncio.run(_serve(Process(app)))
    Path(order.counted).write_text(json.dumps(operations.seen))


async def _serve(process: Process) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, process.stop)
    await process.run()


if __name__ == "__main__":
    main()
