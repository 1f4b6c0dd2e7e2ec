"""Addresses of tickets' photos for systems that may see them: signed, good while the photo is there."""

import hashlib
import hmac

from aiohttp import web

from storage.images import ImageStore

PATH = "/open311/v2/media/{hash:[0-9a-f]{64}}.{mac:[0-9a-f]{32}}.jpg"


class MediaLinks:
    """Names a photo for whoever is given its address, and serves it without what a camera wrote into it."""

    def __init__(self, images: ImageStore, key: bytes, public_url: str) -> None:
        self._images = images
        self._key = key
        self._public_url = public_url.rstrip("/")

    def address(self, content_hash: str) -> str:
        mac = self._mac(content_hash)
        return f"{self._public_url}/open311/v2/media/{content_hash}.{mac}.jpg"

    async def serve(self, request: web.Request) -> web.Response:
        content_hash, mac = request.match_info["hash"], request.match_info["mac"]
        right = hmac.compare_digest(mac.encode(), self._mac(content_hash).encode())
        data = await self._images.get(content_hash, "served") if right else None
        if data is None:
            raise web.HTTPNotFound(text="no such photo")
        return web.Response(body=data, content_type="image/jpeg")

    def _mac(self, content_hash: str) -> str:
        return hmac.digest(self._key, f"open311|{content_hash}".encode(), hashlib.sha256).hex()[:32]
