"""What only one of several processes does at a time: taken, renewed, and refused once another one has it."""

from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.ports import Clock
from storage import leases
from storage.database import Database

log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """Another process has taken over what was ours; what we were about to write is not written."""


class Lease:
    """A row in `leases` that this process wants, for as long as it renews it."""

    def __init__(self, database: Database, name: str, owner: str, clock: Clock, duration: timedelta) -> None:
        self.name = name
        self._database = database
        self._owner = owner
        self._clock = clock
        self._duration = duration
        self._fence: int | None = None

    @property
    def is_held(self) -> bool:
        return self._fence is not None

    @property
    def seconds_to_renewal(self) -> float:
        """A third of its duration: two failures cost nothing."""
        return self._duration.total_seconds() / 3

    async def renew(self) -> bool:
        """Take it, or keep it; False while another process has it."""
        async with self._database.write() as session:
            return await self.take(session)

    async def take(self, session: AsyncSession) -> bool:
        """Take it, or keep it, within a transaction that does more; False while another process has it."""
        had = self.is_held
        self._fence = await leases.acquire(session, self.name, self._owner, self._clock(), self._duration)
        if had != self.is_held:
            action = "lease.taken" if self.is_held else "lease.lost"
            log.info("a lease changed hands", action=action, lease=self.name, fence=self._fence)
        return self.is_held

    async def check(self, session: AsyncSession) -> None:
        """Before something is written that only its holder may write. Raises LeaseLost."""
        if self._fence is None or not await leases.holds(session, self.name, self._owner, self._fence):
            self._fence = None
            log.warning("a stale write was refused", action="lease.stale", lease=self.name)
            raise LeaseLost(self.name)

    async def release(self) -> None:
        """Let another process have it at once."""
        if self.is_held:
            self._fence = None
            async with self._database.write() as session:
                await leases.release(session, self.name, self._owner)
