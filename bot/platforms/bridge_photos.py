"""Photos that came inside an event of a bridge: put into a folder by content, so that the inbox holds only
their names, and fetched from there."""

import asyncio
from datetime import timedelta
from pathlib import Path

from bot import clock as clocks
from handlers.ports import Clock, FetchError
from storage.images import FolderStore

KEPT = timedelta(days=7)  # after which the image store has it or never will


class BridgePhotos:
    """One bridge's folder."""

    def __init__(self, folder: Path, clock: Clock = clocks.real) -> None:
        """`clock`: the one by which the folder's files are dated."""
        self._folder = folder
        self._store = FolderStore(folder)
        self._clock = clock

    async def keep(self, photo: bytes) -> str:
        """The name of a photo, which is on disk now."""
        await asyncio.to_thread(self._remove_before, (self._clock() - KEPT).timestamp())
        return await self._store.put(photo)

    async def get(self, name: str, limit: int) -> bytes:
        """Raises FetchError."""
        data = await self._store.get(name)
        if data is None:
            raise FetchError("the photo is no longer there", permanent=True)
        if len(data) > limit:
            raise FetchError(f"the photo has more than {limit} bytes", permanent=True)
        return data

    def _remove_before(self, moment: float) -> None:
        for path in self._folder.glob("*/*/*"):
            if path.stat().st_mtime < moment:
                path.unlink(missing_ok=True)
