"""Photos that come with a form: looked at and kept before it acts, and kept for it where it is asked anew."""

import asyncio

from aiohttp import web
from multidict import MultiDictProxy

from bot.decoder import Decoder
from handlers.room import Photo
from storage.images import ImageStore
from storage.pictures import BadPicture

FILE, KEPT = "file", "kept"  # fields of a form: a new photo, one that came with it before
MOST = 10


class Uploads:
    """Where they go; `limit`: bytes of one."""

    def __init__(self, images: ImageStore, decoder: Decoder, limit: int) -> None:
        self._images = images
        self._decoder = decoder
        self._limit = limit

    async def of(self, form: MultiDictProxy[object]) -> list[Photo]:
        """The photos of a form. Raises BadPicture."""
        sent = [one for one in form.getall(FILE, []) if isinstance(one, web.FileField)]
        new = [await self._read(one) for one in sent[:MOST]]
        before = [await self._again(str(one)) for one in form.getall(KEPT, [])[:MOST]]
        return [await self._keep(data) for data in (*before, *new) if data]

    async def _read(self, sent: web.FileField) -> bytes:
        data = await asyncio.to_thread(sent.file.read, self._limit + 1)
        if len(data) > self._limit:
            raise BadPicture("the file is too large")
        return data

    async def _again(self, content_hash: str) -> bytes | None:
        try:
            return await self._images.get(content_hash)
        except ValueError:
            return None

    async def _keep(self, data: bytes) -> Photo:
        picture = await self._decoder.decode(data)
        content_hash = await self._images.put(data)
        await self._images.put_rendition(content_hash, "served", picture.served)
        await self._images.put_rendition(content_hash, "thumb", picture.thumb)
        return Photo(content_hash, len(data), picture)
