"""Removes files that are nobody's any more: of erased photos, and of what posts of the built-in chat lost."""

from collections.abc import AsyncIterator, Collection, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.ports import Clock
from storage import erasure, messages, room
from storage.database import Database
from storage.images import ImageStore, StoreError

AT_ONCE = 50

log = structlog.get_logger(__name__)


class Sweeper:
    """Looks for a few at a time; while a store, which may be far away, is asked, no transaction is open."""

    def __init__(self, database: Database, images: ImageStore, clock: Clock) -> None:
        self._database = database
        self._images = images
        self._clock = clock

    async def sweep(self) -> int:
        """How many need not be looked at again."""
        return await self._erased() + await self._lost()

    async def _erased(self) -> int:
        """Files of photos that their senders had erased, unless they are somebody else's too."""
        async with self._database.read() as session:
            hashes = await erasure.files_to_remove(session, AT_ONCE)
            unused = await _unused(session, hashes)
            shown = bool(await room.showing(session, unused))
        if not hashes:
            return 0
        if shown:
            await self._take_from_rooms(unused)
        gone = await self._remove(unused)
        async with self._database.write() as session:
            for content_hash in gone:  # of which one may have come since it was found to be unused
                await messages.fetch_again(session, content_hash, self._clock())
            done = [one for one in hashes if one in gone or await erasure.is_in_use(session, one)]
            for content_hash in done:
                await erasure.forget_file(session, content_hash)
        return len(done)

    async def _take_from_rooms(self, hashes: Collection[str]) -> None:
        """No post shows a photo that is gone, nor one that was made of it."""
        async with self._database.write() as session:
            await room.alone(session)
            for post in await room.showing(session, hashes):
                await room.take_photos(session, post, hashes)
                await room.touch(session, post)

    async def _lost(self) -> int:
        """Files of what posts lost, unless another post shows them or a message brought them."""
        async with self._database.read() as session:
            hashes = await room.lost(session, AT_ONCE)
            unused = await _unused(session, hashes)
            shown = room.photos_of(await room.showing(session, unused))
        if not hashes:
            return 0
        waits = set(unused) - shown
        waits -= await self._remove([one for one in unused if one in waits])
        done = [one for one in hashes if one not in waits]
        async with self._database.write() as session:
            await room.forget_lost(session, done)
        return len(done)

    async def _remove(self, hashes: Sequence[str]) -> set[str]:
        """Those that are gone; each is looked at once more, since somebody may have posted it meanwhile."""
        gone: set[str] = set()
        try:
            for content_hash in hashes:
                if await self._is_free(content_hash):
                    await self._images.remove(content_hash)
                    gone.add(content_hash)
        except StoreError as error:
            log.warning("erased photos wait", action="erasure.store_down", error=str(error))
        return gone

    async def _is_free(self, content_hash: str) -> bool:
        async with self._database.read() as session:
            return bool(
                await _unused(session, [content_hash]) and not await room.showing(session, [content_hash])
            )


async def nobodys(database: Database, images: ImageStore) -> AsyncIterator[str]:
    """Content hashes in a store that no row names; asked while nobody is at work, who might just put one."""
    some: set[str] = set()
    async for form in images.forms():
        some.add(form.content_hash)
        if len(some) > AT_ONCE:
            for content_hash in await _unnamed(database, some):
                yield content_hash
            some = set()
    for content_hash in await _unnamed(database, some):
        yield content_hash


async def _unnamed(database: Database, hashes: Collection[str]) -> list[str]:
    async with database.read() as session:
        left = set(hashes) - await erasure.kept_files(session, hashes)
        left -= room.photos_of(await room.showing(session, left))
        return await _unused(session, sorted(left))


async def _unused(session: AsyncSession, hashes: Sequence[str]) -> list[str]:
    return [one for one in hashes if not await erasure.is_in_use(session, one)]
