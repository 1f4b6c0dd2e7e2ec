"""Photos of ours that a messenger fetches by their address: signed, expiring, as often as it likes.

Zalo takes a photo by its address only, and may ask for it more than once.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from aiohttp import web

from bot.passing import Passing
from handlers.ports import Clock, NotSent
from storage.images import ImageStore

PATH = "/out/{digest:[0-9a-f]{64}}/{expiry}.{mac}.jpg"
LIFETIME = timedelta(hours=24)
_MAC_LENGTH = 32


class PhotoLinks:
    """Pictures on their way out."""

    def __init__(self, store: ImageStore, key: bytes, public_url: str, clock: Clock) -> None:
        """`store`: one that all processes with these links share, as they share the key."""
        self.pictures = Passing(store, LIFETIME, clock)
        self._key = key
        self._public_url = public_url.rstrip("/")
        self._clock = clock

    async def offer(self, picture: bytes) -> str | None:
        """An address for a JPEG; None where nobody outside could reach it. Raises NotSent."""
        if not self._public_url.startswith("https://"):
            return None
        try:
            digest = await self.pictures.keep(picture)
        except OSError as error:
            raise NotSent(f"its picture can't be offered ({error.strerror})") from None
        expiry = f"{int((self._clock() + LIFETIME).timestamp()):x}"
        return f"{self._public_url}/out/{digest}/{expiry}.{self._mac(digest, expiry)}.jpg"

    def route(self) -> web.RouteDef:
        """GET and HEAD; anything but a signed address that has not expired is not there."""
        return web.get(PATH, self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        digest, expiry, mac = (request.match_info[name] for name in ("digest", "expiry", "mac"))
        right = hmac.compare_digest(mac.encode(), self._mac(digest, expiry).encode())
        if not right or self._clock() > datetime.fromtimestamp(int(expiry, 16), UTC):
            raise web.HTTPNotFound(text="no such photo")
        data = await self.pictures.get(digest)
        if data is None:
            raise web.HTTPNotFound(text="no such photo")
        return web.Response(body=data, content_type="image/jpeg")

    def _mac(self, digest: str, expiry: str) -> str:
        return hmac.digest(self._key, f"{digest}|{expiry}".encode(), hashlib.sha256).hex()[:_MAC_LENGTH]
