"""CPU of one message, from the platform's JSON to everything that follows from it, committed: beside the
least that anybody could do, and beside python-telegram-bot's own way with one row for each message."""

import json
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlmodel import col
from telegram import Update as TelegramUpdate
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from storage.database import Database
from storage.models import Chat
from tests.bench.bot import Bench, bench
from tests.bench.figure import Figure, Size
from tests.bench.stream import GROUP, Stream, Update
from tests.fakes.telegram import FakeTelegram

BAR = 4.0  # times the bare limit
BEGIN = 1_795_000_000  # seconds since 1970


class Base(DeclarativeBase):
    """Of tables that are none of congich's."""


class Said(Base):
    """What the peer keeps of a message."""

    __tablename__ = "said"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat: Mapped[int] = mapped_column(BigInteger)
    member: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str]


async def measure(size: Size) -> list[Figure]:
    """All three sides take each batch, one after the other; medians over the rounds."""
    with tempfile.TemporaryDirectory() as made:
        folder, stream = Path(made), Stream(1, BEGIN)
        async with bench(folder) as bot, _peer(folder) as peer:
            for batch in stream.batches(size.warm, size.batch):
                await bot.take(batch)
                await peer.take(batch)
            bare = Bare(folder / "bare.db")
            rounds = [
                await _round(bot, peer, bare, batch) for batch in stream.batches(size.rounds, size.batch)
            ]
            bare.close()
            one = await _statement(bot.app.database, size.rounds * size.batch)
            tickets = _share(folder / "congich.db")
    ours, theirs, least = (median(side) / size.batch * 1e6 for side in zip(*rounds, strict=True))
    note = f"{ours:.0f} µs beside {least:.0f} µs; {tickets:.0%} of the messages opened a ticket"
    return [
        Figure("CPU per message, in bare limits", ours / least, "times", BAR, note),
        Figure("CPU per message", ours, "µs"),
        Figure("the same through PTB's Application, one row a message", theirs, "µs"),
        Figure("one row read by one statement", one * 1e6, "µs", note=f"{one / least * 1e6:.1f} bare limits"),
    ]


async def _round(
    bot: Bench, peer: "Peer", bare: "Bare", batch: Sequence[Update]
) -> tuple[float, float, float]:
    begun = time.process_time()
    await bot.take(batch)
    ours = time.process_time()
    await peer.take(batch)
    theirs = time.process_time()
    bare.take(batch)
    return ours - begun, theirs - ours, time.process_time() - theirs


async def _statement(database: Database, count: int) -> float:
    """Seconds of CPU that one of a report's fifteen statements takes, in a transaction as the worker's."""
    asked = select(Chat).where(col(Chat.external_id) == bindparam("chat"))

    async def ask(session: AsyncSession) -> float:
        begun = time.process_time()
        for _ in range(count):
            (await session.scalars(asked, {"chat": str(GROUP)})).one()
        return (time.process_time() - begun) / count

    return await database.carry_out(ask)


def _share(database: Path) -> float:
    connection = sqlite3.connect(database)
    tickets, messages = (
        connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("tickets", "messages")
    )
    connection.close()
    return float(tickets / messages)


class Bare:
    """Read each update as PTB does, and keep all of a batch by one insert."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "CREATE TABLE inbox (id INTEGER PRIMARY KEY, key TEXT UNIQUE, payload TEXT)",
        ):
            self._connection.execute(statement)

    def take(self, batch: Sequence[Update]) -> None:
        for update in batch:
            TelegramUpdate.de_json(update, None)
        rows = [(str(update["update_id"]), json.dumps(update)) for update in batch]
        with self._connection:
            self._connection.executemany("INSERT INTO inbox (key, payload) VALUES (?, ?)", rows)

    def close(self) -> None:
        self._connection.close()


class Peer:
    """PTB's Application with one handler, which writes one row in a transaction of its own."""

    def __init__(self, application: Application, sessions: async_sessionmaker[AsyncSession]) -> None:  # type: ignore[type-arg]
        self._application = application
        self._sessions = sessions
        application.add_handler(MessageHandler(filters.ALL, self._keep))

    async def _keep(self, update: TelegramUpdate, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, sender = update.effective_message, update.effective_user
        assert message is not None
        assert sender is not None
        async with self._sessions.begin() as session:
            text = message.text or message.caption or ""
            session.add(Said(chat=message.chat.id, member=sender.id, text=text))

    async def take(self, batch: Sequence[Update]) -> None:
        for update in batch:
            read = TelegramUpdate.de_json(update, self._application.bot)
            await self._application.process_update(read)


@asynccontextmanager
async def _peer(folder: Path) -> AsyncIterator[Peer]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'peer.db'}")
    async with engine.begin() as connection:
        await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        await connection.run_sync(Base.metadata.create_all)
    async with FakeTelegram() as server:
        application = Application.builder().token(server.token).base_url(f"{server.root}/bot").build()
        async with application:
            yield Peer(application, async_sessionmaker(engine))
    await engine.dispose()
