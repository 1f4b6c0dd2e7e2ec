"""Takes a group's exported history in, the same way as live messages but without a word to anyone.

Resumable, and twice is the same as once: each message has the key that the live stream gives it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.app import App
from bot.pipeline import Pipeline
from bot.platforms.telegram_export import TelegramExport
from bot.report import Totals, count
from bot.run import prepare
from handlers.ports import Incoming
from storage import chats, inbox
from storage.states import ChatRole

BATCH = 200

Progress = Callable[[str, int, int], None]  # what is being done, how far, of how much


class UnknownGroup(Exception):
    """The exported group is not in the configuration; the text is what to add to it."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did, and what there is now."""

    messages: int
    new: int
    totals: Totals


async def run_replay(app: App, export: TelegramExport, progress: Progress) -> Replayed:
    """Open the app, take the whole export in, and close. Raises UnknownGroup, DatabaseError."""
    try:
        await prepare(app)
        return await replay(app, export, progress)
    finally:
        await app.close()


async def replay(app: App, export: TelegramExport, progress: Progress) -> Replayed:
    """Take the whole export in. Raises UnknownGroup."""
    await _check_group(app, export)
    pipeline = app.pipeline_for([export], app.services_for([export]), silent=True)
    new = await _store(app, export, progress)
    await _work(app, pipeline, progress)
    await _fetch(pipeline, progress)
    async with app.database.read() as session:
        totals = await count(session, app.clock())
    return Replayed(export.total, new, totals)


async def _check_group(app: App, export: TelegramExport) -> None:
    async with app.database.read() as session:
        chat = await chats.find(session, export.name, export.chat)
    if chat is None or chat.role != ChatRole.COMMUNITY:
        raise UnknownGroup(
            f'the export is of "{export.title}"; add it to the configuration first:\n\n'
            f'[[chats]]\nplatform = "{export.name}"\nid = "{export.chat}"\nrole = "community"'
        )


async def _store(app: App, export: TelegramExport, progress: Progress) -> int:
    """Commit all messages to the inbox; how many were not there yet."""
    new = stored = 0
    for batch in _batches(export.incoming()):
        async with app.database.write() as session:
            rows = [inbox.NewEvent(one.key, one.payload) for one in batch]
            new += await inbox.store(session, export.name, export.source, rows, app.clock())
        stored += len(batch)
        progress("reading", stored, export.total)
    return new


def _batches(events: Iterator[Incoming]) -> Iterator[Sequence[Incoming]]:
    while batch := list(islice(events, BATCH)):
        yield batch


async def _work(app: App, pipeline: Pipeline, progress: Progress) -> None:
    handled = 0
    async with app.database.read() as session:
        waiting = (await inbox.counts(session)).get("pending", 0)
    while found := await pipeline.work():
        handled += found
        progress("understanding", handled, max(waiting, handled))
    await pipeline.tick()


async def _fetch(pipeline: Pipeline, progress: Progress) -> None:
    fetched = 0
    while found := await pipeline.fetch():
        fetched += found
        progress("photos", fetched, fetched)
