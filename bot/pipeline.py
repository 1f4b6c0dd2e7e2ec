"""The way of a message, joined: inbox -> worker -> outbox -> sender, with photos fetched beside it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import purging
from bot.decoder import Decoder
from bot.dispatcher import Dispatcher
from bot.fetcher import Fetcher
from bot.lease import Lease
from bot.loops import Health, Wake
from bot.opinions import Opinions
from bot.passing import Passing
from bot.sender import Sender
from bot.steps import Step, nothing
from bot.sweeper import Sweeper
from bot.worker import Worker
from handlers import digest, intake, lookalikes, morning, reminders
from handlers.context import Services, Turn
from handlers.ports import ChatPlatform, Clock, Commit, Incoming, Target
from storage import inbox
from storage.database import Database, is_outage
from storage.images import ImageStore
from storage.locks import alone
from storage.models import Attachment
from storage.unbroken import to_its_end

Part = Callable[[Turn], Awaitable[int]]  # of what is due by the clock; how much it was

UNFINISHED_FOR = timedelta(hours=1)  # nobody writes one photo for that long
# What there is to do, as one process hints to another.
RECEIVED, HANDLED, PHOTOS, TOLD, CHANGED = "received", "handled", "photos", "told", "changed"

log = structlog.get_logger(__name__)


def _nobody() -> None:
    """Nobody watches the tickets."""


def _unheard(_: str) -> None:
    """No other process is there."""


class Pipeline:
    """Everything between a platform's event and our answer, driven by loops or by hand."""

    def __init__(
        self,
        database: Database,
        services: Services,
        platforms: Sequence[ChatPlatform],
        *,
        images: ImageStore,
        decoder: Decoder,
        clock: Clock,
        owner: Callable[[], str],
        luck: Callable[[], float],
        photo_limit: int,
        step: Step = nothing,
        silent: bool = False,
        changed: Callable[[], None] = _nobody,
        hint: Callable[[str], None] = _unheard,
        opinions: Opinions | None = None,
        targets: Sequence[Target] = (),
        passing: Sequence[Passing] = (),
    ) -> None:
        """`changed` is called when tickets may have changed; `hint` tells other processes what there is
        to do; `silent` says nothing to any chat."""
        by_source = {platform.source: platform for platform in platforms}
        by_name = {platform.name: platform for platform in platforms}
        self.worker = Worker(database, services, by_source, clock, step, silent=silent, opinions=opinions)
        self.fetcher = Fetcher(
            database,
            by_source,
            images,
            decoder,
            clock,
            step,
            owner=owner,
            limit=photo_limit,
            compare=self._compare,
        )
        self.sender = Sender(
            database,
            services,
            by_name,
            images,
            clock,
            step,
            owner=owner,
            luck=luck,
            together=decoder.together,
            draw=decoder.draw,
        )
        by_target = {target.name: target for target in targets}
        self.dispatcher = Dispatcher(database, services, by_target, clock, step, owner=owner, luck=luck)
        self._images = images
        self._passing = passing
        self._sweeper = Sweeper(database, images, clock)
        self.received, self.handled, self.photos, self.told = Wake(), Wake(), Wake(), Wake()
        self._wakes = {RECEIVED: self.received, HANDLED: self.handled, PHOTOS: self.photos, TOLD: self.told}
        self._hint = hint
        self.health = Health()
        self._database = database
        self._services = services
        self._clock = clock
        self._step = step
        self._silent = silent
        self._changed = changed

    async def recover(self) -> int:
        """Decide about what our process left when it ended; how much it was."""
        await self.fetcher.recover()
        return await self.sender.recover() + await self.dispatcher.recover()

    def heard(self, hint: str) -> None:
        """Another process tells that there is something to do."""
        if hint in self._wakes:
            self._wakes[hint].set()
        elif hint == CHANGED:
            self._changed()

    def wake(self, *hints: str) -> None:
        """There is something to do, here or in another process."""
        for hint in hints:
            self.heard(hint)
            self._hint(hint)

    def commit_for(self, platform: ChatPlatform, lease: Lease | None = None) -> Commit:
        """What a platform calls with what it heard; when it returns, the platform may confirm. With a `lease`
        nothing is kept, and LeaseLost raised, once another process has it."""

        async def store(events: Sequence[Incoming]) -> None:
            rows = [
                inbox.NewEvent(one.key, one.payload, one.said_at, one.order, one.hold, one.lane)
                for one in events
            ]
            async with self._database.write() as session:
                if lease is not None:
                    await lease.check(session)
                await inbox.store(session, platform.name, platform.source, rows, self._clock())

        async def commit(events: Sequence[Incoming]) -> None:
            self._step("received")
            self.health.begins("store")
            try:
                await to_its_end(store(events))
            except Exception:
                self.health.report("store", well=False)
                raise
            finally:
                self.health.ends("store")
            self.health.report("store", well=True)
            self._step("stored")
            self.wake(RECEIVED)

        return commit

    async def work(self) -> int:
        """One batch of events."""
        found = await self.worker.work()
        if found:
            self.wake(PHOTOS)
            self.written()
        return found

    def written(self) -> None:
        """Something was written into the outboxes, here or by a page: let it leave at once."""
        self.wake(HANDLED, TOLD, CHANGED)

    async def fetch(self) -> int:
        """A few photos."""
        found = await self.fetcher.fetch()
        if found:
            self.wake(HANDLED)  # a post may have waited for them
        return found

    async def _compare(self, session: AsyncSession, photo: Attachment) -> None:
        """A photo that has come may show what another ticket shows."""
        now = self._clock()
        turn = Turn(self._services, session, "", photo.source, at=now, now=now, silent=self._silent)
        await lookalikes.handle(turn, photo)

    async def send(self) -> int:
        """What may be sent now."""
        return await self.sender.send()

    async def dispatch(self) -> int:
        """What systems outside may be told now."""
        return await self.dispatcher.send()

    def wake_all(self) -> None:
        """Let every loop look up, to see that it is time to end."""
        for wake in (self.received, self.handled, self.photos, self.told):
            wake.set()

    async def tick(self, lease: Lease | None = None) -> int:
        """What is due by the clock, as the tables say: photos without words, reminders, digests. With a
        `lease` nothing is done, and LeaseLost raised, once another process has it."""
        return await self.tick_at(self._clock(), lease)

    async def tick_at(self, now: datetime, lease: Lease | None = None) -> int:
        """What is due at a moment; how much it was."""
        async with alone(self._database) as session:
            if lease is not None:
                await lease.check(session)
            turn = Turn(self._services, session, platform="", source="", at=now, now=now, silent=self._silent)
            parts: list[Part] = [intake.settle_waiting]
            if not self._silent:
                parts += [reminders.run, digest.post_due, morning.post_due]
            due = sum([await self._part(turn, part) for part in parts])
        due += await self.sender.recover(now) + await self.dispatcher.recover(now)
        due += await self._sweeper.sweep()
        await self._tidy(now)
        if not self._silent:
            await purging.by_the_clock(self._database, self._services, now)
        if due:
            self.wake(HANDLED, CHANGED)
        return due

    async def _part(self, turn: Turn, part: Part) -> int:
        """One thing that is due; where it fails it is undone alone, and the rest is done all the same."""
        try:
            async with turn.session.begin_nested():
                return await part(turn)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("a part of what is due failed", action="clock.part_failed", part=part.__module__)
            return 0

    async def _tidy(self, now: datetime) -> None:
        """What a killed process began to write is nobody's photo, and may show what was erased since; so may
        copies on their way out."""
        try:
            await self._images.tidy(now - UNFINISHED_FOR)
        except OSError as error:
            log.warning("unfinished files stay", action="photos.unfinished", error=str(error))
        for pictures in self._passing:
            await pictures.sweep()

    async def drain(self) -> None:
        """Work until nothing is left that can be done now."""
        while await self.work() or await self.fetch() or await self.send() or await self.dispatch():
            pass
