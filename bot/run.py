"""One running process: started in order, stopped in the other order, ready in between.

Start: database and its lock, schema, recovery, web (not ready), names, senders, workers, clock, receivers
last, ready. Stop: not ready, receivers, then clock and workers end their turn and the sender its call; all
within 25 s, also where the database is silent, but for tokens that Zalo is about to give (30 s more).
Which of these a process has is said by its roles.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import loops, opening, same_key, schedule, setup
from bot.app import App
from bot.config import ConfigError
from bot.lease import Lease, LeaseLost
from bot.receiving import Receiving
from bot.roles import ProcessRole, shares
from bot.web import server
from handlers.ports import ChatPlatform, Introduced
from storage import leases, migrations

CLOCK = "clock"  # the lease of what is due
AT_WORK = "at-work"  # how the lease begins that each process has for itself, whatever its share
SEND_GRACE = 15.0  # seconds for calls in flight when we stop
TURN_GRACE = 5.0
GIVE_GRACE = 1.0
NAMES_GRACE = 2.0
HINTS_AGAIN = 30.0  # seconds until LISTEN is tried again

Prelude = Callable[[Callable[[], bool]], Awaitable[None]]

log = structlog.get_logger(__name__)


class Process:
    """Runs an App until told to stop."""

    def __init__(
        self,
        app: App,
        before_loops: Prelude | None = None,
        roles: Collection[ProcessRole] = (ProcessRole.ALL,),
        port: int | None = None,
    ) -> None:
        """`before_loops` runs once the web listens and nothing else works yet; it is handed a question
        to ask now and then: whether it is to stop. `port`: where to listen, if not as configured; a process
        that serves no pages tells of its health there."""
        self._port = port
        self._app = app
        self._before_loops = before_loops
        self._roles = shares(roles)
        self._ready = False
        self._stopping = asyncio.Event()  # somebody asked
        self._ending = asyncio.Event()  # the loops take no further turn
        self._tasks: dict[str, list[asyncio.Task[None]]] = {
            "receive": [],
            "clock": [],
            "work": [],
            "send": [],
            "hints": [],
            "seen": [],
        }
        self._stack = contextlib.AsyncExitStack()
        self._receiving = Receiving(app)
        self._clock = loops.Wake()

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
        finally:
            await self._stop()

    async def _start(self) -> None:
        app = self._app
        if (presence := await prepare(app, shared=True)) is not None:
            self._be_seen(presence)
        recovered = await app.pipeline.recover()
        await self._listen()
        self._tasks["hints"].append(asyncio.create_task(self._hear_hints()))
        if self._before_loops is not None:
            await self._before_loops(self._stopping.is_set)
        if ProcessRole.WORK in self._roles:
            await self._introduce()
        self._start_loops()
        if ProcessRole.CLOCK in self._roles:
            self._start_clock()
        self._start_receiving()
        self._ready = True
        log.info(
            "ready",
            action="process.ready",
            roles=sorted(role.value for role in self._roles),
            slot=app.database.slot,
            platforms=[one.name for one in app.here],
            recovered=recovered,
        )

    def _be_seen(self, presence: Lease) -> None:
        """Until the very end: whoever takes the database for themselves has to wait for our last write."""

        async def renew() -> int:
            await presence.renew()
            return 0

        health, idle = self._app.pipeline.health, presence.seconds_to_renewal
        turns = loops.forever(AT_WORK, renew, loops.Wake(), asyncio.Event(), health, idle)
        self._tasks["seen"].append(asyncio.create_task(turns, name=AT_WORK))
        self._stack.push_async_callback(_given_back, presence)
        self._stack.push_async_callback(self._cancel, "seen", grace=0)

    async def _listen(self) -> None:
        settings = self._app.config.web
        is_site = settings.enabled and ProcessRole.WEB in self._roles
        port = self._port or (settings.port if is_site else None)
        if port is None:
            return
        application = self._app.web_application(lambda: self.is_ready, only_health=not is_site)
        try:
            runner = await server.start(application, settings.host, port)
        except OSError as error:
            is_host = server.is_hosts_fault(error)
            remedy = "name an address of this machine in web.host" if is_host else "choose another port"
            where = f"{settings.host}:{port}"
            raise ConfigError(f"can't listen on {where} ({server.why_refused(error)}): {remedy}") from None
        self._stack.push_async_callback(runner.cleanup)

    async def _introduce(self) -> None:
        """Names first, where what was said is read; whoever is slow to tell them is not waited for long."""
        tried = []
        for platform in self._app.here:
            if isinstance(platform, Introduced):
                tried.append(asyncio.Event())
                learning = self._receiving.introduce(platform, tried[-1])
                self._tasks["receive"].append(asyncio.create_task(learning))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(NAMES_GRACE):
                await asyncio.gather(*(one.wait() for one in tried))

    def _start_loops(self) -> None:
        pipeline = self._app.pipeline
        sends_here = self._app.sent_by(self._roles)
        if sends_here:
            pipeline.sender.send_only(sends_here)
            self._loop("send", "sender", pipeline.send, pipeline.handled)
        if ProcessRole.SEND in self._roles:
            for one in pipeline.dispatcher.receivers:
                self._loop(
                    "send", f"dispatcher {one}", partial(pipeline.dispatcher.send_to, one), pipeline.told
                )
        if ProcessRole.WORK in self._roles:
            self._loop("work", "worker", pipeline.work, pipeline.received)
            self._loop("work", "fetcher", pipeline.fetch, pipeline.photos)

    def _loop(
        self,
        kind: str,
        name: str,
        turn: Callable[[], Awaitable[int]],
        wake: loops.Wake,
        idle: float = loops.IDLE,
    ) -> None:
        turns = loops.forever(name, turn, wake, self._ending, self._app.pipeline.health, idle)
        self._tasks[kind].append(asyncio.create_task(turns, name=name))

    def _start_clock(self) -> None:
        """Its first look may have to wait for a worker's transaction, and nobody waits for that look."""
        pipeline, lease = self._app.pipeline, self._lease(CLOCK)

        async def look() -> int:
            with contextlib.suppress(LeaseLost):
                return await pipeline.tick(lease) if await lease.renew() else 0
            return 0

        async def read_roles() -> None:
            if lease.is_held:
                await self._receiving.read_roles()

        scheduler = schedule.build(self._clock.set, read_roles)
        scheduler.start()
        self._loop("clock", CLOCK, look, self._clock, idle=2 * schedule.TICK_SECONDS)
        self._stack.push_async_callback(_given_back, lease)
        self._stack.callback(scheduler.shutdown, wait=False)

    def _start_receiving(self) -> None:
        app, receive = self._app, self._tasks["receive"]
        if ProcessRole.WEB in self._roles:
            receive += [asyncio.create_task(one.receive(app.pipeline.commit_for(one))) for one in app.served]
        if ProcessRole.RECEIVE in self._roles:
            receive += [self._ask(one) for one in app.here if one not in app.served]

    def _ask(self, platform: ChatPlatform) -> asyncio.Task[None]:
        lease = self._lease(f"receive:{platform.name}")
        self._stack.push_async_callback(_given_back, lease)
        return asyncio.create_task(self._receiving.go_on(platform, lease))

    def _lease(self, name: str) -> Lease:
        return _lease_of(self._app, name)

    async def _hear_hints(self) -> None:
        """What other processes tell; without it everything goes on, at the pace of the loops' own looks."""
        while not self._app.database.is_sqlite:
            try:
                await self._app.hints.run()
            except Exception as error:
                log.warning("no hints", action="hints.failed", error=type(error).__name__)
                await asyncio.sleep(HINTS_AGAIN)

    async def _stop(self) -> None:
        self._ready = False
        app = self._app
        await self._cancel("receive", grace=0)
        self._ending.set()
        self._clock.set()
        app.pipeline.wake_all()
        turns = [self._cancel(kind, grace=TURN_GRACE) for kind in ("clock", "work")]
        await asyncio.gather(*turns, self._cancel("send", grace=SEND_GRACE))
        await self._cancel("hints", grace=0)
        if app.webchat is not None:
            await app.webchat.close()
        for bridge in app.bridges:
            await bridge.close()  # ends its stream, for which the server would wait
        await self._stack.aclose()
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


def _lease_of(app: App, name: str) -> Lease:
    return Lease(app.database, name, app.owner(), app.clock, app.lease_duration)


async def _given_back(lease: Lease) -> None:
    """Nobody waits long for a database that does not answer: what is not given back runs out by itself."""
    giving = asyncio.create_task(lease.release())
    await asyncio.wait([giving], timeout=GIVE_GRACE)
    if not giving.done():
        giving.cancel()  # and not waited for: that takes as long as the database is silent
        log.warning("a lease was not given back", action="lease.kept", lease=lease.name)
        return
    with contextlib.suppress(SQLAlchemyError, OSError):
        giving.result()


async def prepare(app: App, *, shared: bool = False) -> Lease | None:
    """Open the database, bring an empty one to its schema, and put the configuration into it; `shared`:
    beside others, on PostgreSQL, who see us by the lease that is returned. Raises DatabaseError, ConfigError.
    """
    app.database.acquire(shared=shared)
    await app.database.check()
    await migrations.ensure(app.database)
    is_seen = shared and not app.database.is_sqlite  # where the lock of the file is not enough
    presence = _lease_of(app, f"{AT_WORK}:{app.owner()}") if is_seen else None
    async with opening.writing(app.database) as session:
        if presence is not None:
            await same_key.expect(session, app.seal.key, app.owner(), app.clock())
            await presence.take(session)  # at once: the next one to start has another key, maybe
            await leases.forget(session, f"{AT_WORK}:", app.clock())
        await setup.apply(session, app.config, app.clock())
    return presence
