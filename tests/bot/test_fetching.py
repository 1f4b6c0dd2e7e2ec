"""Photos come late where their host is away, and come again where their file was taken meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.decoder import Decoder
from bot.fetcher import Fetcher
from bot.steps import nothing
from handlers.ports import ChatPlatform, FetchError
from storage import chats, members, messages
from storage.database import Database
from storage.images import FolderStore, hashed
from storage.models import Attachment, Message, row_id
from storage.states import AttachmentState
from tests.bot.test_decoder import decoder, picture

__all__ = ["decoder"]

pytestmark = pytest.mark.sqlite_in_short  # what is asked of the tables is asked of both elsewhere

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)


@dataclass
class Host:
    """Where photos lie: away until a moment."""

    clock: Callable[[], datetime]
    back_at: datetime = NOW
    permanent: bool = False
    tried: list[datetime] = field(default_factory=list)

    async def fetch(self, ref: str, limit: int) -> bytes:
        self.tried.append(self.clock())
        if self.clock() < self.back_at:
            raise FetchError("away", permanent=self.permanent)
        return picture()


@dataclass
class Town:
    """One photo that waits to be fetched, and a clock that the test sets."""

    database: Database
    images: FolderStore
    decoder: Decoder
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.host = Host(lambda: self.now)
        self.fetcher = Fetcher(
            self.database,
            {"telegram": cast(ChatPlatform, self.host)},
            self.images,
            self.decoder,
            lambda: self.now,
            nothing,
            owner=lambda: "one",
            limit=10_000_000,
        )

    async def begin(self) -> None:
        async with self.database.write() as session:
            chat = await chats.ensure(session, "telegram", "-1", "Công ích", NOW)
            member = await members.ensure(session, "telegram", "7", "Hoa", NOW)
            message = Message(
                chat_id=row_id(chat),
                external_id="1",
                member_id=row_id(member),
                sent_at=NOW,
                received_at=NOW,
                text="",
            )
            await messages.add(session, message)
            await messages.attach(session, message, "telegram", ["ref"], NOW)

    async def photo(self) -> Attachment:
        async with self.database.read() as session:
            return await session.get_one(Attachment, 1)

    async def wait(self, hours: float) -> AttachmentState:
        """Look every minute; what became of the photo."""
        until = self.now + timedelta(hours=hours)
        while self.now < until:
            self.now += timedelta(minutes=1)
            await self.fetcher.fetch()
        return (await self.photo()).state


@pytest.fixture
async def town(database: Database, tmp_path: Path, decoder: Decoder) -> Town:
    made = Town(database, FolderStore(tmp_path / "photos"), decoder)
    await made.begin()
    return made


async def test_a_host_that_is_away_for_half_a_day_loses_no_photo(town: Town) -> None:
    town.host.back_at = NOW + timedelta(hours=12)
    assert await town.wait(11.9) == AttachmentState.PENDING
    assert await town.wait(0.7) == AttachmentState.STORED
    assert await town.images.get((await town.photo()).content_hash or "") == picture()
    assert len(town.host.tried) < 40


async def test_after_more_than_a_day_it_is_given_up(town: Town) -> None:
    town.host.back_at = NOW + timedelta(days=9)
    assert await town.wait(24) == AttachmentState.PENDING
    assert await town.wait(3) == AttachmentState.FAILED


async def test_what_the_host_has_no_more_is_given_up_at_once(town: Town) -> None:
    town.host.back_at, town.host.permanent = NOW + timedelta(hours=1), True
    assert await town.wait(0.1) == AttachmentState.FAILED
    assert len(town.host.tried) == 1


async def test_a_file_that_an_erasure_took_meanwhile_is_fetched_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = town.fetcher._record

    async def erased_first(photo: Attachment, got: Any) -> None:
        await town.images.remove(hashed(picture()))
        await record(photo, got)

    monkeypatch.setattr(town.fetcher, "_record", erased_first)
    await town.fetcher.fetch()
    assert (await town.photo()).state == AttachmentState.PENDING
    monkeypatch.undo()
    town.now += timedelta(seconds=1)
    await town.fetcher.fetch()
    photo = await town.photo()
    assert photo.state == AttachmentState.STORED
    assert await town.images.get(photo.content_hash or "", "thumb")
