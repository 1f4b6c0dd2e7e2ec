"""A bucket that can't be reached: nothing fails for good, and all goes on when it is back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlmodel import col, select

from bot import config
from bot.app import App
from bot.loops import Health, Wake, forever
from bot.run import prepare
from bot.web import server
from storage.images import PhotoForm, StoreError
from storage.models import Attachment, Outbox, RoomPost
from storage.states import AttachmentState, OutboxState
from tests import objects
from tests.bot.test_decoder import picture
from tests.bot.test_web import Page
from tests.objects import Line, Server

pytestmark = pytest.mark.sqlite_only
LAMP = "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay"
CARD_WAITS = (
    "its pictures can't be read (the object store can't be read: it does not answer, or not to the end)"
)


class Town(Page):
    """The built-in chat whose photos lie in a bucket at the end of a line, and a clock that the test sets."""

    line: Line
    later: list[timedelta]

    async def photos(self) -> list[Attachment]:
        async with self.app.database.read() as session:
            return list((await session.scalars(select(Attachment))).all())

    async def forms(self) -> set[PhotoForm]:
        return {form async for form in self.app.images.forms()}


@pytest.fixture
async def town(database_url: str, tmp_path: Path, object_server: Server) -> AsyncIterator[Town]:
    later = [timedelta(0)]
    async with objects.line(object_server) as line, aiohttp.ClientSession() as client:
        bucket = line.of(object_server.bucket())
        settings = config.parse(
            {
                "data_dir": str(tmp_path / "data"),
                "database": {"url": database_url},
                "webchat": {"enabled": True, "sign_in": "none"},
                "quiet": {"hours": "00:00-00:00"},
                "photos": {"store": objects.section(bucket)},
                "chats": [
                    {"platform": "webchat", "id": "cong-ich", "role": "community", "title": "Công ích"},
                    {"platform": "webchat", "id": "dieu-hanh", "role": "moderation", "title": "Điều hành"},
                ],
                "roles": {"moderators": ["webchat:ha", "webchat:hoa"]},
            }
        )
        app = App(settings, objects.ENVIRONMENT, clock=lambda: datetime.now(UTC) + later[0])
        await prepare(app)
        assert app.webchat is not None
        app.webchat.listen(app.pipeline.commit_for(app.webchat))
        runner = await server.start(app.web_application(lambda: True), "127.0.0.1", 0)
        made = Town(app, client, f"http://127.0.0.1:{runner.addresses[0][1]}")
        made.line, made.later = line, later
        yield made
        await app.webchat.close()
        await runner.cleanup()
        await app.close()


async def test_a_photo_that_cant_be_kept_is_no_post_yet(town: Town) -> None:
    town.line.up = 0
    answer = await town.post(LAMP, picture(), client_id="a" * 32)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    async with town.app.database.read() as session:
        assert (await session.scalars(select(RoomPost))).all() == []
    town.line.up = 1 << 40
    assert (await town.post(LAMP, picture(), client_id="a" * 32)).status == 201
    await town.app.pipeline.drain()
    (photo,) = await town.photos()
    assert photo.state == AttachmentState.STORED


async def test_a_page_says_to_ask_again(town: Town) -> None:
    await town.post(LAMP, picture())
    await town.app.pipeline.drain()
    (photo,) = await town.photos()
    town.line.down = 0
    async with town.client.get(f"{town.root}/photos/{photo.content_hash}") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    town.line.down = 1 << 40
    async with town.client.get(f"{town.root}/photos/{photo.content_hash}") as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")


async def test_a_photo_waits_however_often_it_is_tried(town: Town) -> None:
    await town.post(LAMP, picture())
    await town.app.pipeline.work()
    town.line.up = 0
    for _ in range(12):  # more than a photo's own attempts, and at each turn again
        with pytest.raises(StoreError, match="does not answer"):
            await town.app.pipeline.fetch()
    (photo,) = await town.photos()
    assert (photo.state, photo.attempts) == (AttachmentState.PENDING, 0)
    town.line.up = 1 << 40
    await town.app.pipeline.drain()
    (photo,) = await town.photos()
    assert photo.state == AttachmentState.STORED


async def test_a_card_waits_a_little_for_its_picture_and_then_goes_without(town: Town) -> None:
    await town.post(LAMP, picture())
    await town.app.pipeline.work()
    await town.app.pipeline.fetch()
    town.line.up = 0

    async def card() -> Outbox:
        await town.app.pipeline.send()
        async with town.app.database.read() as session:
            return (await session.scalars(select(Outbox).where(col(Outbox.purpose) == "card"))).one()

    waiting = await card()
    assert (waiting.state, waiting.error) == (OutboxState.PENDING, CARD_WAITS)
    town.later[0] = timedelta(seconds=30)
    sent = await card()
    assert (sent.state, sent.payload["has_pictures"]) == (OutboxState.SENT, False)


async def test_an_erased_photo_goes_when_the_store_is_back(town: Town) -> None:
    await town.post(LAMP, picture())
    await town.app.pipeline.drain()
    before = await town.forms()
    async with town.app.database.write() as session:
        (row,) = (await session.scalars(select(Attachment))).all()
        row.state = AttachmentState.ERASED
        content_hash = row.content_hash
    town.line.up = 0
    await town.app.pipeline.tick()
    assert (await town.photos())[0].content_hash == content_hash
    town.line.up = 1 << 40
    await town.app.pipeline.tick()
    assert (await town.photos())[0].content_hash is None
    assert {form.content_hash for form in before} - {form.content_hash for form in await town.forms()} == {
        content_hash
    }


async def test_a_loop_waits_for_the_store_and_everything_else_stays_ready() -> None:
    well: list[bool] = []
    stopping, health = asyncio.Event(), Health()

    async def turn() -> int:
        well.append(health.is_well)
        asyncio.get_running_loop().call_later(0.05, stopping.set)
        raise StoreError("the object store is away")

    await asyncio.wait_for(forever("test", turn, Wake(), stopping, health), 1)
    assert [*well, health.is_well] == [True, True]
