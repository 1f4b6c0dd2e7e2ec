"""One running process: started in order, stopped in the other order, ready in between.

Start: database and its lock, schema, recovery, web (not ready), senders, workers, clock, receivers
last, ready. Stop: not ready, receivers, clock, workers, then the sender ends its call; all within 25 s.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import loops, schedule, setup
from bot.app import App
from bot.config import ConfigError
from bot.web import server
from handlers.ports import ChatPlatform, DeliveryError, PlatformDown
from storage import chats, leases, members, migrations
from storage.database import DatabaseError
from storage.states import ChatRole

LEASE = "process"
LEASE_DURATION = timedelta(minutes=1)
SEND_GRACE = 15.0  # seconds for calls in flight when we stop
TURN_GRACE = 5.0

Prelude = Callable[[Callable[[], bool]], Awaitable[None]]

log = structlog.get_logger(__name__)


class Process:
    """Runs an App until told to stop."""

    def __init__(self, app: App, before_loops: Prelude | None = None) -> None:
        """`before_loops` runs once the web listens and nothing else works yet; it is handed a question
        to ask now and then: whether it is to stop."""
        self._app = app
        self._before_loops = before_loops
        self._ready = False
        self._stopping = asyncio.Event()  # somebody asked
        self._ending = asyncio.Event()  # the loops take no further turn
        self._tasks: dict[str, list[asyncio.Task[None]]] = {"receive": [], "work": [], "send": []}
        self._stack = contextlib.AsyncExitStack()
        self._fence: int | None = None  # of the lease, while we hold it

    @property
    def is_ready(self) -> bool:
        return self._ready and self._app.pipeline.health.is_well

    def stop(self) -> None:
        """Ask for a clean end; `run` returns when it has come."""
        self._stopping.set()

    async def run(self) -> None:
        """Start, and go on until `stop`. Raises DatabaseError, ConfigError."""
        try:
            await self._start()
            await self._stopping.wait()
            if self._fence is None:
                raise DatabaseError("another congich process took over this database")
        finally:
            await self._stop()

    async def _start(self) -> None:
        app = self._app
        await prepare(app)
        await self._hold_lease()
        recovered = await app.pipeline.sender.recover() + await app.pipeline.dispatcher.recover()
        await self._listen()
        if self._before_loops is not None:
            await self._before_loops(self._stopping.is_set)
        self._loop("send", "sender", app.pipeline.send, app.pipeline.handled)
        self._loop("send", "dispatcher", app.pipeline.dispatch, app.pipeline.told)
        self._loop("work", "worker", app.pipeline.work, app.pipeline.received)
        self._loop("work", "fetcher", app.pipeline.fetch, app.pipeline.photos)
        scheduler = schedule.build(app.pipeline.tick, self._read_roles, self._hold_lease)
        scheduler.start()
        self._stack.callback(scheduler.shutdown, wait=False)
        await app.pipeline.tick()
        for platform in app.platforms:
            self._tasks["receive"].append(asyncio.create_task(self._receive(platform)))
        self._ready = True
        log.info(
            "ready",
            action="process.ready",
            platforms=[one.name for one in app.platforms],
            recovered=recovered,
        )

    async def _listen(self) -> None:
        settings = self._app.config.web
        if not settings.enabled:
            return
        application = self._app.web_application(lambda: self.is_ready)
        try:
            runner = await server.start(application, settings.host, settings.port)
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            raise ConfigError(f"can't listen on {where} ({error.strerror}): choose another port") from None
        self._stack.push_async_callback(runner.cleanup)

    def _loop(self, kind: str, name: str, turn: Callable[[], Awaitable[int]], wake: loops.Wake) -> None:
        self._tasks[kind].append(
            asyncio.create_task(
                loops.forever(name, turn, wake, self._ending, self._app.pipeline.health), name=name
            )
        )

    async def _receive(self, platform: ChatPlatform) -> None:
        """Listen to one platform; when its account is unusable it stops, and the others go on. Whatever else
        goes wrong is tried again: a bot that hears nothing any more must not seem well."""
        part, health = f"receive.{platform.name}", self._app.pipeline.health
        while True:
            try:
                await self._read_roles_of(platform)
                health.report(part, well=True)
                await platform.receive(self._app.pipeline.commit_for(platform))
            except PlatformDown as error:
                log.error(
                    "platform stopped", action="platform.stopped", platform=platform.name, error=str(error)
                )
                return
            except Exception:
                log.exception("receiving failed", action="platform.failed", platform=platform.name)
                health.report(part, well=False)
                await asyncio.sleep(loops.AFTER_ERROR)
            else:
                return

    async def _read_roles(self) -> None:
        for platform in self._app.platforms:
            await self._read_roles_of(platform)

    async def _read_roles_of(self, platform: ChatPlatform) -> None:
        """The administrators of a community group are its moderators, where the operator wants it so."""
        app = self._app
        if platform is not app.telegram or not app.config.telegram.platform_administrators:
            return
        async with app.database.read() as session:
            rooms = await chats.with_role(session, ChatRole.COMMUNITY)
        groups = [room.external_id for room in rooms if room.platform == platform.name]
        try:
            found = [await platform.administrators(group) for group in groups]
        except DeliveryError as error:
            log.warning("administrators unknown", action="roles.failed", error=str(error))
            return
        await loops.to_its_end(self._set_moderators(platform, frozenset().union(*found)))

    async def _set_moderators(self, platform: ChatPlatform, found: frozenset[str]) -> None:
        async with self._app.database.write() as session:
            await members.set_moderators(session, platform.name, found, self._app.clock())

    async def _hold_lease(self) -> None:
        """One process holds the work, also where others reach the same PostgreSQL."""
        app = self._app
        async with app.database.write() as session:
            self._fence = await leases.acquire(session, LEASE, app.owner, app.clock(), LEASE_DURATION)
        if self._fence is None:
            self.stop()
            raise DatabaseError("another congich process is at work on this database; stop that one first")

    async def _release_lease(self) -> None:
        if self._fence is not None:
            async with self._app.database.write() as session:
                await leases.release(session, LEASE, self._app.owner)

    async def _stop(self) -> None:
        self._ready = False
        app = self._app
        await self._cancel("receive", grace=0)
        self._ending.set()
        app.pipeline.wake_all()
        await self._cancel("work", grace=TURN_GRACE)
        await self._cancel("send", grace=SEND_GRACE)
        if app.webchat is not None:
            await app.webchat.close()
        for bridge in app.bridges:
            await bridge.close()  # ends its stream, for which the server would wait
        await self._stack.aclose()
        with contextlib.suppress(SQLAlchemyError, OSError):
            await self._release_lease()
        await app.close()
        log.info("stopped", action="process.stopped")

    async def _cancel(self, kind: str, grace: float) -> None:
        """Let a turn in progress end by itself for a while, then end it."""
        tasks = self._tasks[kind]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def prepare(app: App) -> None:
    """Open the database, bring an empty one to its schema, and put the configuration into it."""
    app.database.acquire()
    await app.database.check()
    await migrations.ensure(app.database)
    async with app.database.write() as session:
        await setup.apply(session, app.config, app.clock())
