"""Pictures that lie in a store for a while: on their way in from a bridge, or out to a messenger.

Every process sees them, wherever it runs, as it sees the photos.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from handlers.ports import Clock
from storage.images import DAY, ImageStore

SWEEP = timedelta(hours=1)  # between two looks for what is too old; each lists all that lies there


class Passing:
    """One place for them."""

    def __init__(self, store: ImageStore, kept_for: timedelta, clock: Clock) -> None:
        """`kept_for`: at least; `clock`: the one by which the store dates what it has."""
        self._store = store
        self._kept_for = kept_for
        self._clock = clock
        self._swept: datetime | None = None

    async def keep(self, picture: bytes) -> str:
        """Put a picture there; its content hash."""
        content_hash = await self._store.put(picture)
        await self.sweep()
        return content_hash

    async def sweep(self) -> None:
        """Remove what is too old, where nobody has looked for an hour."""
        now = self._clock()
        if self._swept is None or now - self._swept >= SWEEP:
            self._swept = now
            with suppress(OSError):  # what is too old stays until the next look
                await self._store.expire(now - self._kept_for - DAY)

    async def get(self, content_hash: str) -> bytes | None:
        """The picture; None where it is no longer there, or never was."""
        return await self._store.get(content_hash)
