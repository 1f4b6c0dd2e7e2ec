"""Photos that came inside an event of a bridge: put into a folder by content, so that the inbox holds only
their names, and fetched from there."""

import asyncio
import hashlib
import time
from pathlib import Path

from handlers.ports import FetchError

KEPT = 7 * 86_400.0  # seconds, after which the image store has it or never will


class BridgePhotos:
    """One bridge's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, photo: bytes) -> str:
        """The name of a photo, which is on disk now."""
        name = hashlib.sha256(photo).hexdigest()
        await asyncio.to_thread(self._write, name, photo)
        return name

    async def get(self, name: str, limit: int) -> bytes:
        """Raises FetchError."""
        try:
            data = await asyncio.to_thread((self._folder / name).read_bytes)
        except OSError:
            raise FetchError("the photo is no longer there", permanent=True) from None
        if len(data) > limit:
            raise FetchError(f"the photo has more than {limit} bytes", permanent=True)
        return data

    def _write(self, name: str, photo: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.iterdir():
            if old.stat().st_mtime < time.time() - KEPT:
                old.unlink(missing_ok=True)
        written = self._folder / f"{name}.new"
        written.write_bytes(photo)
        written.replace(self._folder / name)
