"""Photos that come with a form: looked at and kept before it acts, and kept for it where it is asked anew."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from multidict import MultiDictProxy

from bot.decoder import Decoder
from storage import pictures
from storage.images import ImageStore
from storage.pictures import BadPicture, Stored

FILE, KEPT = "file", "kept"  # fields of a form: a new photo, one that came with it before
MOST = 10
NAME_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Unfit:
    """A file that can't be taken; `why`: the key of a text."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class UploadedPhotos:
    """What came of a form's files."""

    photos: Sequence[Stored]
    unfit: Sequence[Unfit]


class Uploads:
    """Where they go; `limit`: bytes of one."""

    def __init__(self, images: ImageStore, decoder: Decoder, limit: int) -> None:
        self._images = images
        self._decoder = decoder
        self._limit = limit

    async def of(self, form: MultiDictProxy[object]) -> UploadedPhotos:
        """The photos of a form, and what is none: one bad file costs no other."""
        files = [one for one in form.getall(FILE, []) if isinstance(one, web.FileField) and one.filename]
        before = [await self._again(str(one)) for one in form.getall(KEPT, [])[:MOST]]
        found: list[Stored | Unfit] = [one for one in before if one is not None]
        room = MOST - len(found)
        found += [await self._new(one) for one in files[:room]]
        found += [Unfit(one.filename[:NAME_SHOWN], "room.photo_many") for one in files[room:]]
        photos = [one for one in found if isinstance(one, Stored)]
        return UploadedPhotos(photos, [one for one in found if isinstance(one, Unfit)])

    async def _new(self, sent: web.FileField) -> Stored | Unfit:
        data = await asyncio.to_thread(sent.file.read, self._limit + 1)
        if len(data) > self._limit:
            return Unfit(sent.filename[:NAME_SHOWN], "room.photo_large")
        try:
            return await self._keep(data)
        except BadPicture:
            return Unfit(sent.filename[:NAME_SHOWN], "room.photo_broken")

    async def _again(self, content_hash: str) -> Stored | None:
        try:
            data = await self._images.get(content_hash)
            return await self._keep(data) if data else None
        except (ValueError, BadPicture):
            return None

    async def _keep(self, data: bytes) -> Stored:
        return await pictures.store(self._images, data, await self._decoder.decode(data))
