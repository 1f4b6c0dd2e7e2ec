"""Addresses of our photos: signed, expiring, good for more than one visit."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from bot.clock import Stepped
from bot.web.photo_links import LIFETIME, PhotoLinks
from handlers.ports import NotSent
from storage.images import FolderStore, ImageStore
from tests.serving import serving

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
PHOTO = b"\xff\xd8 a photo"


class Place:
    """The links, and the server that they lead to."""

    def __init__(self, store: ImageStore) -> None:
        self.clock = Stepped()
        self.clock.set(NOW)
        self.links = PhotoLinks(store, b"key", "https://city.example/", self.clock)
        self.root = ""

    async def get(self, address: str, method: str = "GET") -> tuple[int, bytes]:
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, self.root + urlsplit(address).path) as answer,
        ):
            return answer.status, await answer.read()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    made = Place(FolderStore(tmp_path / "out"))
    application = web.Application()
    application.add_routes([made.links.route()])
    async with serving(application) as port:
        made.root = f"http://127.0.0.1:{port}"
        yield made


async def test_it_is_there_as_often_as_it_is_asked_for(place: Place) -> None:
    address = await place.links.offer(PHOTO)
    assert address is not None
    assert address.startswith("https://city.example/out/")
    assert [await place.get(address) for _ in range(3)] == [(200, PHOTO)] * 3
    assert await place.get(address, "HEAD") == (200, b"")


async def test_not_after_a_day_and_not_with_a_later_one(place: Place) -> None:
    address = await place.links.offer(PHOTO) or ""
    place.clock.set(NOW + LIFETIME + timedelta(seconds=1))
    assert (await place.get(address))[0] == 404
    place.clock.set(NOW)
    head, _, tail = address.rpartition("/")
    expiry, _, rest = tail.partition(".")
    assert (await place.get(f"{head}/{int(expiry, 16) + 9999:x}.{rest}"))[0] == 404


@pytest.mark.parametrize(
    "path",
    ["/out/x/y.z.jpg", "/out/..%2f..%2fetc/1.2.jpg", f"/out/{'a' * 64}/ff.0.jpg", f"/out/{'a' * 64}/x.0.jpg"],
)
async def test_nothing_else_is_there(place: Place, path: str) -> None:
    await place.links.offer(PHOTO)
    assert (await place.get(path))[0] == 404


async def test_without_an_address_of_our_own_nothing_is_offered(tmp_path: Path) -> None:
    clock = Stepped()
    clock.set(NOW)
    store = FolderStore(tmp_path)
    assert await PhotoLinks(store, b"key", "", clock).offer(PHOTO) is None
    assert await PhotoLinks(store, b"key", "http://city.example", clock).offer(PHOTO) is None


async def test_where_it_can_not_be_kept_nothing_has_left_us(tmp_path: Path) -> None:
    """A post with its picture is tried again; nobody is asked whether it arrived."""
    (tmp_path / "out").write_text("no folder")
    clock = Stepped()
    clock.set(NOW)
    with pytest.raises(NotSent, match="its picture can't be offered"):
        await PhotoLinks(FolderStore(tmp_path / "out"), b"key", "https://city.example", clock).offer(PHOTO)
