"""The least CPU that a message could cost with what follows from it now: its update read, its words
understood, and what SQLite itself takes for its statements, executed on a copy with nothing around them."""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import event

from bot.payloads import readable
from handlers.understanding.classifier import Classifier
from storage.database import WORKING, Database
from tests.bench.bot import Bench, bench
from tests.bench.cost import BEGIN, Bare
from tests.bench.figure import Figure, Size
from tests.bench.stream import Stream, Update

Statement = tuple[str, Any]  # its words, and its values: a list of those of many rows
PARTS = ("an update read", "its words understood once", "SQLite itself, for all of its statements")


async def measure(size: Size) -> list[Figure]:
    """Each part in bare limits, and their sum; medians over the rounds."""
    with tempfile.TemporaryDirectory() as made:
        folder, stream = Path(made), Stream(1, BEGIN)
        bare, understand = Bare(folder / "bare.db"), Classifier.bundled()
        async with bench(folder) as bot:
            for batch in stream.batches(size.warm, size.batch):
                await bot.take(batch)
            rounds = [
                await _round(bot, understand, bare, folder, batch)
                for batch in stream.batches(size.rounds, size.batch)
            ]
        bare.close()
    *parts, least = (median(side) for side in zip(*rounds, strict=True))
    shares = [part / least for part in parts]
    told = [Figure(what, share, "limits") for what, share in zip(PARTS, shares, strict=True)]
    return [*told, Figure("the three together, in bare limits", sum(shares), "times")]


async def _round(
    bot: Bench, understand: Classifier, bare: Bare, folder: Path, batch: Sequence[Update]
) -> tuple[float, ...]:
    copy = _copied(folder / "congich.db", folder / "copy.db")
    with _heard(bot.app.database) as statements:
        await bot.take(batch)
    assert bot.app.telegram is not None
    parse = bot.app.telegram.parse
    texts = [
        message.get("text") or message.get("caption", "") for message in (one["message"] for one in batch)
    ]
    parts = (
        lambda: [parse(readable(update)) for update in batch],
        lambda: [understand(text) for text in texts],
        partial(_executed, copy, statements),
        partial(bare.take, batch),
    )
    spent = tuple(_cpu(part) for part in parts)
    copy.close()
    return spent


def _cpu(part: Callable[[], object]) -> float:
    begun = time.process_time()
    part()
    return time.process_time() - begun


def _copied(path: Path, copy: Path) -> sqlite3.Connection:
    """The database as it is before a batch."""
    copy.unlink(missing_ok=True)
    made = sqlite3.connect(copy, isolation_level=None)
    source = sqlite3.connect(path)
    source.backup(made)
    source.close()
    for pragma in WORKING:
        made.execute(f"PRAGMA {pragma}")
    return made


@contextmanager
def _heard(database: Database) -> Iterator[list[Statement]]:
    """What is executed meanwhile by whoever writes."""
    heard = list[Statement]()

    def executed(_: object, __: object, words: str, values: Any, *___: object) -> None:
        heard.append((words, values))

    def committed(_: object) -> None:
        heard.append(("COMMIT", ()))

    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": executed,
        "commit": committed,
    }
    for name, listener in listeners.items():
        event.listen(database._writer.sync_engine, name, listener)
    yield heard
    for name, listener in listeners.items():
        event.remove(database._writer.sync_engine, name, listener)


def _executed(copy: sqlite3.Connection, statements: Sequence[Statement]) -> None:
    for words, values in statements:
        (copy.executemany if isinstance(values, list) else copy.execute)(words, values).fetchall()
