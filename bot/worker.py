"""Takes events from the inbox in the order they came and hands each to the handlers.

One transaction a batch: plain talk is kept together, all else is handled one after the other. What follows
from its events and the mark that they are handled commit together. Where an event fails, all of its batch is
undone and handled anew, event by event: the one that fails is then undone alone, tried again later, and kept
as dead in the end.

On PostgreSQL several workers handle the events of several chats side by side, as long as nothing follows
but a message kept. Where more follows, the batch ends before that event, and the next one waits until no
other transaction changes tickets. A worker that hangs loses its transaction, and with it all it did.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from traceback import extract_tb

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import notices
from bot.opinions import Opinions
from bot.payloads import readable
from bot.steps import Step
from handlers import intake, runs, talk
from handlers.context import Services, Turn
from handlers.events import ButtonPressed, Event, MessagePosted, StatusTold
from handlers.ports import ChatPlatform, Clock, Crowded, MalformedEvent
from handlers.understanding import Understand
from handlers.understanding.once import Once
from storage import inbox
from storage.database import Database, is_conflict, is_outage
from storage.locks import Lock, hold
from storage.models import Inbox, row_id

BATCH = 50
ATTEMPTS = 5
RETRY_AFTER = timedelta(seconds=10)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """One row of the inbox, and what it tells."""

    row: Inbox
    platform: ChatPlatform
    event: Event


class Worker:
    """Handles what the given platforms' sources have put into the inbox."""

    def __init__(
        self,
        database: Database,
        services: Services,
        platforms: Mapping[str, ChatPlatform],
        clock: Clock,
        step: Step,
        *,
        silent: bool = False,
        opinions: Opinions | None = None,
    ) -> None:
        """`platforms` by source. `silent`: take in without saying anything to anyone."""
        self._opinions = opinions
        self._database = database
        self._services = services
        self._platforms = platforms
        self._clock = clock
        self._step = step
        self._silent = silent
        self._next_alone = database.is_sqlite
        self._apart = False  # the last batch failed: each event is now handled by itself

    async def work(self) -> int:
        """Handle one batch; how many events it had, or 1 where another worker was in the way."""
        now = self._clock()
        services = await self._advised(now)
        try:
            found = await self._database.carry_out(partial(self._batch, now=now, services=services))
        except Exception as error:
            self._undone(error)
            return 1
        self._apart = False
        if found:
            self._step("committed")
        return found

    def _undone(self, error: Exception) -> None:
        """Decide how the batch is tried again; raises the error where that would not help."""
        if is_conflict(error):
            log.info("a batch was undone", action="inbox.conflict", error=type(error).__name__)
        elif self._apart or is_outage(error):  # no event's fault: all of it again once the database can
            raise error
        else:
            log.warning("a batch is handled event by event", action="inbox.apart", error=type(error).__name__)
            self._apart = True

    async def _batch(self, session: AsyncSession, now: datetime, services: Services) -> int:
        alone = self._next_alone
        if alone:
            await hold(session, Lock.CITY)
        rows = await inbox.claim(session, list(self._platforms), now, BATCH)
        heard, done = await self._heard(session, rows)
        with contextlib.suppress(Crowded):
            self._next_alone = True  # unless the whole batch could be handled as it is
            async for event_id in self._taken(session, heard, now, services, alone=alone):
                done.append(event_id)
            self._next_alone = self._database.is_sqlite
        await inbox.mark_done(session, done)
        if rows:
            self._step("handled")
        return len(rows)

    async def _heard(self, session: AsyncSession, rows: Sequence[Inbox]) -> tuple[list[ParsedRow], list[int]]:
        """What rows tell, each read by itself; and the ids of those that tell nothing."""
        heard, nothing = list[ParsedRow](), list[int]()
        for row in rows:
            try:
                event = self._parsed(row)
            except MalformedEvent as error:
                log.warning("event can't be read", action="inbox.malformed", id=row.id, error=str(error))
                await inbox.mark_failed(session, row_id(row), f"malformed: {error}", None)
                await self._given_up(session, row)
                continue
            if event is None:
                nothing.append(row_id(row))
            else:
                heard.append(ParsedRow(row, self._platforms[row.source], event))
        return heard, nothing

    def _parsed(self, row: Inbox) -> Event | None:
        """What one row tells. Raises MalformedEvent, whatever its platform could not read in it."""
        try:
            return self._platforms[row.source].parse(readable(row.payload))
        except MalformedEvent:
            raise
        except RecursionError:  # JSON is read deeper than Python may walk through it
            raise MalformedEvent("nested too deeply") from None
        except Exception as error:  # its place tells us enough; its text may quote what was said
            at = extract_tb(error.__traceback__)[-1]
            where = f"{Path(at.filename).name}:{at.lineno}"
            raise MalformedEvent(f"{type(error).__name__} at {where} while it was read") from None

    async def _taken(
        self,
        session: AsyncSession,
        heard: Sequence[ParsedRow],
        now: datetime,
        services: Services,
        *,
        alone: bool,
    ) -> AsyncIterator[int]:
        """Handle events, plain talk of a run first; the ids of those that are handled."""
        told = [runs.PlatformEvent(one.platform.name, one.event) for one in heard]
        singly = (range(place, place + 1) for place in range(len(told)))
        for run in singly if self._apart else runs.cut(services, told):
            kept = set() if self._apart else await self._kept(session, told, run, services)
            for place in run:
                one = heard[place]
                if place in kept or await self._handled(session, one, now, services, alone=alone):
                    yield row_id(one.row)

    async def _kept(
        self, session: AsyncSession, told: Sequence[runs.PlatformEvent], run: range, services: Services
    ) -> Set[int]:
        """The places of what is plain talk, kept."""
        posts = runs.posts(services, told, run)
        return await talk.keep(session, services, posts, self._clock()) if posts else set()

    async def _advised(self, now: datetime) -> Services:
        """The services, with second opinions on the words that wait; asked before anything is locked.

        A text is understood once in this batch.
        """
        understand: Understand = Once(self._services.understand)
        if self._opinions is None:
            return replace(self._services, understand=understand)
        async with self._database.read() as session:
            rows = await inbox.peek(session, list(self._platforms), now, BATCH)
        texts = [text for row in rows if (text := self._words(row))]
        understand = await self._opinions.on(texts, understand)
        return replace(self._services, understand=understand)

    def _words(self, row: Inbox) -> str:
        try:
            event = self._parsed(row)
        except MalformedEvent:
            return ""
        return event.text if isinstance(event, MessagePosted) else ""

    async def _handled(
        self, session: AsyncSession, heard: ParsedRow, now: datetime, services: Services, *, alone: bool
    ) -> bool:
        event_id, attempts = row_id(heard.row), heard.row.attempts
        turn = self._turn(session, heard, services, alone=alone)
        may_be_undone = self._apart or not alone
        try:
            async with session.begin_nested() if may_be_undone else contextlib.nullcontext():
                await intake.handle(turn, heard.event)
        except Crowded:
            raise
        except Exception as error:
            if not self._apart or is_outage(error):
                raise
            log.exception("event failed", action="inbox.failed", id=event_id)
            again_at = now + RETRY_AFTER * (attempts + 1) if attempts + 1 < ATTEMPTS else None
            await inbox.mark_failed(session, event_id, f"{type(error).__name__}: {error}", again_at)
            if again_at is None:
                await self._given_up(session, heard.row, heard.event)
            return False
        return True

    async def _given_up(self, session: AsyncSession, row: Inbox, event: Event | None = None) -> None:
        """It may have been a report: moderators hear of it, unless it is history."""
        log.error("event given up", action="inbox.given_up", id=row.id)
        where = (event.chat, event.id) if isinstance(event, MessagePosted) else (row.lane, "")
        if not self._silent:
            await notices.unhandled(session, self._services, row.platform, *where, self._clock())

    def _turn(self, session: AsyncSession, heard: ParsedRow, services: Services, *, alone: bool) -> Turn:
        event, platform = heard.event, heard.platform
        told_now = isinstance(event, ButtonPressed) or (isinstance(event, StatusTold) and not self._silent)
        at = heard.row.received_at if told_now else event.at
        return Turn(
            services=services,
            session=session,
            platform=platform.name,
            source=platform.source,
            at=at,
            now=self._clock(),
            silent=self._silent,
            alone=alone,
        )
