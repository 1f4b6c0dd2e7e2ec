"""Photos of ours that a messenger fetches by their address: signed, expiring, as often as it likes.

Zalo takes a photo by its address only, and may ask for it more than once.
"""

import asyncio
import hashlib
import hmac
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from handlers.ports import Clock

PATH = "/out/{digest}/{expiry}.{mac}.jpg"
LIFETIME = timedelta(hours=24)
_MAC_LENGTH = 32


class PhotoLinks:
    """A folder of pictures on their way out."""

    def __init__(self, folder: Path, key: bytes, public_url: str, clock: Clock) -> None:
        self._folder = folder
        self._key = key
        self._public_url = public_url.rstrip("/")
        self._clock = clock

    async def offer(self, picture: bytes) -> str | None:
        """An address for a JPEG; None where nobody outside could reach it."""
        if not self._public_url.startswith("https://"):
            return None
        digest = hashlib.sha256(picture).hexdigest()
        now = self._clock()
        await asyncio.to_thread(self._keep, digest, picture, now.timestamp())
        await asyncio.to_thread(self._remove_before, (now - LIFETIME).timestamp())
        expiry = f"{int((now + LIFETIME).timestamp()):x}"
        return f"{self._public_url}/out/{digest}/{expiry}.{self._mac(digest, expiry)}.jpg"

    def route(self) -> web.RouteDef:
        """GET and HEAD; anything but a signed address that has not expired is not there."""
        return web.get(PATH, self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        digest, expiry, mac = (request.match_info[name] for name in ("digest", "expiry", "mac"))
        right = hmac.compare_digest(mac.encode(), self._mac(digest, expiry).encode())
        if not right or self._clock() > datetime.fromtimestamp(int(expiry, 16), UTC):
            raise web.HTTPNotFound(text="no such photo")
        try:
            data = await asyncio.to_thread((self._folder / f"{digest}.jpg").read_bytes)
        except FileNotFoundError:
            raise web.HTTPNotFound(text="no such photo") from None
        return web.Response(body=data, content_type="image/jpeg")

    def _keep(self, digest: str, picture: bytes, moment: float) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        written = self._folder / f"{digest}.new"
        written.write_bytes(picture)
        os.utime(written, (moment, moment))
        written.replace(self._folder / f"{digest}.jpg")

    def _remove_before(self, moment: float) -> None:
        for path in self._folder.glob("*.jpg"):
            if path.stat().st_mtime < moment:
                path.unlink(missing_ok=True)

    def _mac(self, digest: str, expiry: str) -> str:
        return hmac.digest(self._key, f"{digest}|{expiry}".encode(), hashlib.sha256).hex()[:_MAC_LENGTH]
