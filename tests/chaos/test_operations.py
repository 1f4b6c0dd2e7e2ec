"""Bar 3: of a small day, the n-th statement, file or call goes wrong, for every n. The day ends clean all the
same, and the next start finds nothing to repair that it does not repair."""

import asyncio
import itertools
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bot import config, loops
from bot.app import App
from bot.run import Process
from storage import images
from tests.chaos.history import Opened, findings
from tests.chaos.rig import FULL, Rig
from tests.chaos.script import Said
from tests.fakes.telegram import UNKNOWABLE, FakeTelegram, Fault

NOW = int(time.time()) - 600
DAY = (
    Said("Hoa", "Đèn đường trước số 45 Hai Bà Trưng bị hư 3 bữa nay", 0, NOW, False),
    Said("Minh", "Ổ gà sâu trước số 12 Trần Hưng Đạo, xe té hoài", 2, NOW + 60, True),
    Said("Lan", "Chào cả nhà", 0, NOW + 120, False),
)
STRIDE = 1 if FULL else 90  # of the statements
PATIENCE = 40.0
FAULTS = (Fault.TOO_MANY, Fault.SERVER_ERROR, Fault.CLOSED, Fault.DROPPED)
pytestmark = [pytest.mark.sqlite_only, pytest.mark.timeout(4000)]


class Counter:
    """Counts operations, and breaks one of them, once."""

    def __init__(self, broken: int | None = None) -> None:
        self.count = 0
        self._broken = broken

    def next(self, error: Callable[[], Exception]) -> None:
        """One more; the one to be broken raises."""
        self.count += 1
        if self.count == self._broken:
            raise error()


def _no_disk() -> Exception:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR"
    return OperationalError("any statement", {}, error)


@contextmanager
def statements(app: App, counter: Counter) -> Iterator[None]:
    """Every statement of the connection that writes is counted."""

    def heard(*_: Any) -> None:
        counter.next(_no_disk)

    engine = app.database._writer.sync_engine
    event.listen(engine, "before_cursor_execute", heard)
    yield
    event.remove(engine, "before_cursor_execute", heard)


async def play(folder: Path, server: FakeTelegram, counter: Counter | None = None) -> Rig:
    """The day in a city of its own, and then another start that ends at once."""
    rig = Rig(folder, server)
    await _live(rig, DAY, counter or Counter())
    await _live(rig, (), Counter())
    return rig


async def _live(rig: Rig, day: Sequence[Said], counter: Counter) -> None:
    """From a start to a stop."""
    app = App(config.load(rig.city.config), {"CONGICH_TELEGRAM_TOKEN": rig.server.token})
    process = Process(app)
    task = asyncio.create_task(process.run())
    await _until(lambda: process.is_ready or task.done())
    with statements(app, counter):
        await rig.post(day)
        await _until(lambda: _is_quiet(rig))
    process.stop()
    await asyncio.wait_for(task, 30)


async def _until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not so():
            await asyncio.sleep(0.02)


def _is_quiet(rig: Rig) -> bool:
    waiting = (
        "SELECT (SELECT count(*) FROM inbox WHERE state = 'pending') + (SELECT count(*) FROM attachments "
    )
    waiting += (
        "WHERE state = 'pending') + (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending'))"
    )
    kept = "SELECT count(*) FROM messages"
    return rig.server.unconfirmed() == 0 and rig.city.count(kept) >= 4 and rig.city.count(waiting) == 0


async def undisturbed(folder: Path) -> tuple[list[Opened], int, int]:
    """The day's tickets, how many statements it takes, and how many calls."""
    counter = Counter()
    async with FakeTelegram() as server:
        rig = await play(folder, server, counter)
        found = await rig.records()
        assert findings(found) == []
        return list(found.tickets), counter.count, len(server.calls)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits after an error does not wait long here."""
    monkeypatch.setattr(loops, "AFTER_ERROR", 0.05)
    monkeypatch.setattr(loops, "FIRST_WAIT", 0.02)


async def test_each_statement_in_turn(tmp_path: Path) -> None:
    expected, count, _ = await undisturbed(tmp_path / "undisturbed")
    tried = range(1, count + 1, STRIDE)
    for n in tried:
        async with FakeTelegram() as server:
            rig = await play(tmp_path / str(n), server, Counter(n))
            assert findings(await rig.records(), expected=expected) == [], f"statement {n} of {count}"
    print(f"\n{len(tried)} of {count} statements broken, one a day")


async def test_each_post_in_turn(tmp_path: Path) -> None:
    expected, _, _ = await undisturbed(tmp_path / "undisturbed")
    methods = ("sendMessage", "sendPhoto", "getFile", "getUpdates", "sendMediaGroup")[: None if FULL else 3]
    tried = list(itertools.product(methods, FAULTS if FULL else FAULTS[-1:]))
    for method, fault in tried:
        async with FakeTelegram() as server:
            server.fail(method, fault)
            rig = await play(tmp_path / f"{method}-{fault}", server)
            kills = int(fault in UNKNOWABLE and method.startswith("send"))
            found = findings(await rig.records(), kills=kills, expected=expected)
            assert found == [], (method, fault)
    print(f"\n{len(tried)} calls broken, one a day")


@pytest.mark.skipif(not FULL, reason="make chaos breaks each file")
async def test_each_file_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, _, _ = await undisturbed(tmp_path / "undisturbed")
    write = images._write
    for n in range(1, 7):  # an original and two renditions of each of two photos
        counter = Counter(n)

        def failing(path: Path, data: bytes, counter: Counter = counter) -> None:
            counter.next(lambda: OSError(28, "No space left on device"))
            write(path, data)

        monkeypatch.setattr(images, "_write", failing)
        async with FakeTelegram() as server:
            rig = await play(tmp_path / str(n), server)
            assert counter.count > n
            assert findings(await rig.records(), expected=expected) == [], f"file {n}"
