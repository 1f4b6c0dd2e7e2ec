"""Listening to the platforms: one process at a time asks each of them, the others wait for its lease."""

import asyncio

import structlog

from bot import loops
from bot.app import App
from bot.lease import Lease
from handlers.ports import ChatPlatform, DeliveryError, Introduced, PlatformDown
from storage import chats, members
from storage.locks import alone
from storage.states import ChatRole
from storage.unbroken import to_its_end

PROVEN_SECONDS = 5.0  # after which one that failed before is taken to hear again
NAMES_SECONDS = 600.0
REST_SECONDS = 60.0  # between two tries of a platform that refuses our account

log = structlog.get_logger(__name__)


class Receiving:
    """What is heard, and who moderates where a platform says so."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def go_on(self, platform: ChatPlatform, lease: Lease) -> None:
        """Listen to one platform; one whose account is unusable is tried now and then, and the others go on.
        Whatever else goes wrong is tried again soon: a bot that hears nothing any more must not seem well."""
        part, health = f"receive.{platform.name}", self._app.pipeline.health
        while True:
            try:
                if await lease.renew():
                    await self._listen(platform, lease)
                health.report(part, well=True)
            except PlatformDown as error:
                log.error(
                    "platform stopped", action="platform.stopped", platform=platform.name, error=str(error)
                )
                health.report(part, well=False)
                await asyncio.sleep(REST_SECONDS)
            except Exception as error:
                loops.say_failed(error, "receiving failed", action="platform.failed", platform=platform.name)
                health.report(part, well=False)
                await asyncio.sleep(loops.AFTER_ERROR)
            else:
                await asyncio.sleep(min(lease.seconds_to_renewal, loops.AFTER_ERROR))

    async def introduce(self, platform: Introduced, tried: asyncio.Event) -> None:
        """Let a platform learn now and then who is who, whoever listens to it; `tried`: it has, once."""
        while True:
            idle = NAMES_SECONDS
            try:
                await platform.introduce()
            except DeliveryError:
                idle = REST_SECONDS
            except Exception as error:
                loops.say_failed(error, "names unknown", action="platform.unnamed")
                idle = REST_SECONDS
            tried.set()
            await asyncio.sleep(idle)

    async def read_roles(self) -> None:
        """Who moderates, anew."""
        for platform in self._app.here:
            await self._read_roles_of(platform)

    async def _listen(self, platform: ChatPlatform, lease: Lease) -> None:
        """Until the platform ends it, or another process has its lease."""
        await self._read_roles_of(platform)
        commit = self._app.pipeline.commit_for(platform, lease)
        receiving = asyncio.ensure_future(platform.receive(commit))
        keeping = asyncio.ensure_future(_keep(lease))
        try:
            done, _ = await asyncio.wait(
                (receiving, keeping), timeout=PROVEN_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                self._app.pipeline.health.report(f"receive.{platform.name}", well=True)
                await asyncio.wait((receiving, keeping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (receiving, keeping):
                task.cancel()
            ends = await asyncio.gather(receiving, keeping, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

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
        await to_its_end(self._set_moderators(platform, frozenset().union(*found)))

    async def _set_moderators(self, platform: ChatPlatform, found: frozenset[str]) -> None:
        async with alone(self._app.database) as session:
            await members.set_moderators(session, platform.name, found, self._app.clock())


async def _keep(lease: Lease) -> None:
    """Renew a lease until another process has it."""
    while lease.is_held:
        await asyncio.sleep(lease.seconds_to_renewal)
        await lease.renew()
