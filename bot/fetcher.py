"""Brings photos from their platform into the image store, looked at in a child process first."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.decoder import Decoder
from bot.loops import backoff
from bot.steps import Step
from handlers.ports import ChatPlatform, Clock, FetchError
from storage import messages, pictures
from storage.database import Database, is_outage
from storage.images import ImageStore
from storage.locks import alone
from storage.models import Attachment, row_id
from storage.pictures import BadPicture, Stored
from storage.states import AttachmentState

BATCH = 4
ATTEMPTS = 54  # a day of them, with these waits: as long as a post is tried
FIRST_WAIT, DOUBLINGS = timedelta(seconds=2), 10  # half an hour in the end
LEASE = timedelta(minutes=2)  # in which nobody else fetches a photo

Compare = Callable[[AsyncSession, Attachment], Awaitable[None]]


async def nobody(session: AsyncSession, photo: Attachment) -> None:
    """Nobody compares photos."""


log = structlog.get_logger(__name__)


class Fetcher:
    """Fetches the photos that the given platforms' messages brought."""

    def __init__(
        self,
        database: Database,
        platforms: Mapping[str, ChatPlatform],
        images: ImageStore,
        decoder: Decoder,
        clock: Clock,
        step: Step,
        *,
        owner: Callable[[], str],
        limit: int,
        compare: Compare = nobody,
    ) -> None:
        """`platforms` by source; `owner` names this process in its claims; `limit`: bytes of one photo;
        `compare` is handed each one that is there."""
        self._compare = compare
        self._database = database
        self._platforms = platforms
        self._images = images
        self._decoder = decoder
        self._clock = clock
        self._step = step
        self._limit = limit
        self._owner = owner
        self._holds_more = False  # than it is fetching

    async def recover(self) -> None:
        """Let photos wait again that were being fetched when our process ended, or the disk was full."""
        async with self._database.write() as session:
            await messages.let_go(session, self._owner(), self._clock())
        self._holds_more = False

    async def fetch(self) -> int:
        """Fetch a few photos side by side; how many were tried."""
        if self._holds_more:
            await self.recover()
        photos = await self._claim()
        ends = await asyncio.gather(*(self._one(photo) for photo in photos), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                self._holds_more = True
                raise end
        return len(photos)

    async def _claim(self) -> Sequence[Attachment]:
        now, sources = self._clock(), list(self._platforms)
        async with self._database.read() as session:
            if not await messages.photos_to_fetch(session, sources, now, 1):
                return ()
        async with self._database.write() as session:
            photos = await messages.photos_to_fetch(session, sources, now, BATCH)
            for photo in photos:
                photo.lease_owner, photo.next_attempt_at = self._owner(), now + LEASE
        return photos

    async def _one(self, photo: Attachment) -> None:
        try:
            got = await self._get(photo)
        except (FetchError, BadPicture) as error:
            await self._record_failure(photo, error)
        except Exception as error:
            if is_outage(error):
                raise  # no photo's fault: all of them wait until there is room again
            log.exception("photo failed", action="photo.broken", id=photo.id)
            await self._record_failure(photo, error)
        else:
            await self._record(photo, got)
            await self._look_again(photo, got)

    async def _get(self, photo: Attachment) -> Stored:
        data = await self._platforms[photo.source].fetch(photo.external_ref, self._limit)
        self._step("fetched")
        got = await pictures.store(self._images, data, await self._decoder.decode(data))
        self._step("pictured")
        return got

    async def _record(self, photo: Attachment, got: Stored) -> None:
        async with alone(self._database) as session:
            row = await session.get_one(Attachment, row_id(photo), with_for_update=True)
            if row.state == AttachmentState.ERASED:  # meanwhile; what came now is removed with the rest
                row.content_hash = got.content_hash
                return
            if row.state == AttachmentState.STORED:
                return  # somebody else was quicker, who took us for gone
            messages.stored(row, got)
            await self._compared(session, row)
        self._step("recorded")

    async def _look_again(self, photo: Attachment, got: Stored) -> None:
        """An erasure may have taken the same picture's files away just before this one was recorded."""
        if await self._images.get(got.content_hash, "thumb") is None:
            async with self._database.write() as session:
                await messages.fetch_again(session, got.content_hash, self._clock())

    async def _compared(self, session: AsyncSession, photo: Attachment) -> None:
        """What a comparison runs into must not cost the photo."""
        try:
            async with session.begin_nested():
                await self._compare(session, photo)
        except Exception:
            log.exception("photo not compared", action="photo.not_compared", id=photo.id)

    async def _record_failure(self, photo: Attachment, error: Exception) -> None:
        hopeless = isinstance(error, BadPicture) or (isinstance(error, FetchError) and error.permanent)
        async with self._database.write() as session:
            row = await session.get_one(Attachment, row_id(photo), with_for_update=True)
            if row.state != AttachmentState.PENDING:
                return
            row.attempts += 1
            row.error = f"{type(error).__name__}: {error}"[:300]
            wait = backoff(row.attempts, FIRST_WAIT, FIRST_WAIT * 2**DOUBLINGS)
            row.next_attempt_at = self._clock() + wait
            if hopeless or row.attempts >= ATTEMPTS:
                row.state = AttachmentState.FAILED
        log.info("photo not fetched", action="photo.failed", id=photo.id, error=str(error))
