"""Takes a group's exported history in, the same way as live messages but without a word to anyone.

Resumable, and twice is the same as once: each message has the key that the live stream gives it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from bot.app import App
from bot.config import Config, ConfigError
from bot.pipeline import Pipeline
from bot.platforms.telegram_export import TelegramExport
from bot.progress import Show
from bot.report import DatabaseTotals, count
from bot.run import prepare
from bot.sections import EmailSection
from handlers.ports import ChatPlatform, Incoming
from storage import chats, inbox
from storage.states import ChatRole

BATCH = 200


class HistoryPlatform(ChatPlatform, Protocol):
    """A platform that tells what is over. `chat`: the id of the one that it tells of."""

    chat: str
    title: str

    @property
    def total(self) -> int:
        """How many things were said."""

    def incoming(self) -> Iterator[Incoming]:
        """All of them, each with the key that says it is the same when it is told again."""


class UnknownGroup(ConfigError):
    """The exported group is not in the configuration; the text is what to add to it."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did, and what there is now."""

    messages: int
    new: int
    given_up: int  # events that could not be handled, of these and of earlier ones
    totals: DatabaseTotals


def silenced(settings: Config) -> Config:
    """The configuration of a bot that neither listens nor tells anybody anything."""
    off = {
        name: getattr(settings, name).model_copy(update={"enabled": False})
        for name in ("telegram", "webchat", "zalo_bot", "zalo_oa")
    }
    # Its clients stay: their chats have tickets, among which the twins of what is taken in are.
    unheard = settings.open311.model_copy(update={"enabled": False, "upstreams": ()})
    nobody = {"bridges": (), "webhooks": (), "dry_runs": (), "open311": unheard}
    unmailed = tuple(one.model_copy(update={"email": ""}) for one in settings.departments)
    return settings.model_copy(update={**off, **nobody, "email": EmailSection(), "departments": unmailed})


async def run_import(app: App, history: HistoryPlatform, progress: Show) -> Replayed:
    """Open the app, take another system's records in, and close. Raises DatabaseError."""
    try:
        await prepare(app)
        async with app.database.write() as session:
            chat = await chats.ensure(session, history.name, history.chat, history.title, app.clock())
            chat.role, chat.language = ChatRole.SYSTEM, app.config.language
            chat.time_zone = app.config.time_zone
        return await _take_in(app, history, progress)
    finally:
        await app.close()


async def run_replay(app: App, export: TelegramExport, progress: Show) -> Replayed:
    """Open the app, take the whole export in, and close. Raises UnknownGroup, DatabaseError."""
    try:
        await prepare(app)
        return await replay(app, export, progress)
    finally:
        await app.close()


async def replay(app: App, export: TelegramExport, progress: Show) -> Replayed:
    """Take the whole export in. Raises UnknownGroup."""
    await _check_group(app, export)
    return await _take_in(app, export, progress)


async def _take_in(app: App, export: HistoryPlatform, progress: Show) -> Replayed:
    pipeline = app.pipeline_for([export], app.services_for([export]), silent=True)
    new = await _store(app, export, progress)
    await _work(app, pipeline, progress)
    await _fetch(pipeline, progress)
    async with app.database.read() as session:
        totals = await count(session, app.clock())
        given_up = (await inbox.counts(session)).get("dead", 0)
    return Replayed(export.total, new, given_up, totals)


async def _check_group(app: App, export: TelegramExport) -> None:
    async with app.database.read() as session:
        chat = await chats.find(session, export.name, export.chat)
    if chat is None or chat.role != ChatRole.COMMUNITY:
        raise UnknownGroup(
            f'the export is of "{export.title}"; add it to the configuration first:\n\n'
            f'[[chats]]\nplatform = "{export.name}"\nid = "{export.chat}"\nrole = "community"'
        )


async def _store(app: App, export: HistoryPlatform, progress: Show) -> int:
    """Commit all messages to the inbox; how many were not there yet."""
    new = stored = 0
    for batch in _batches(export.incoming()):
        async with app.database.write() as session:
            rows = [inbox.NewEvent(one.key, one.payload, one.said_at, one.order) for one in batch]
            new += await inbox.store(session, export.name, export.source, rows, app.clock())
        stored += len(batch)
        progress("reading", stored, export.total)
    return new


def _batches(events: Iterator[Incoming]) -> Iterator[Sequence[Incoming]]:
    while batch := list(islice(events, BATCH)):
        yield batch


async def _work(app: App, pipeline: Pipeline, progress: Show) -> None:
    handled = 0
    async with app.database.read() as session:
        waiting = (await inbox.counts(session)).get("pending", 0)
    while found := await pipeline.work():
        handled += found
        progress("understanding", handled, max(waiting, handled))
    await pipeline.tick()


async def _fetch(pipeline: Pipeline, progress: Show) -> None:
    fetched = 0
    while found := await pipeline.fetch():
        fetched += found
        progress("photos", fetched, fetched)
