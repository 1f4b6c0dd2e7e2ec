"""Photos from foreign addresses: limited, typed, without redirects, never from inside."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.platforms.media import Media, is_outside
from handlers.ports import FetchError
from tests.serving import serving

PHOTO = b"\xff\xd8" + b"x" * 1000


@pytest.fixture
async def host() -> AsyncIterator[str]:
    async def photo(_: web.Request) -> web.Response:
        return web.Response(body=PHOTO, content_type="image/jpeg")

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>", content_type="text/html")

    async def away(_: web.Request) -> web.Response:
        raise web.HTTPFound("/photo")

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b"x" * 10_000)
        return response

    application = web.Application()
    application.add_routes(
        [
            web.get("/photo", photo),
            web.get("/page", page),
            web.get("/away", away),
            web.get("/endless", endless),
        ]
    )
    async with serving(application) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def media() -> AsyncIterator[Media]:
    made = Media({"127.0.0.1"})
    yield made
    await made.close()


async def test_a_photo_comes_whole(media: Media, host: str) -> None:
    assert await media.fetch(f"{host}/photo", 2000) == PHOTO


@pytest.mark.parametrize("path", ["page", "away", "endless", "missing"])
async def test_anything_else_is_refused_for_good(media: Media, host: str, path: str) -> None:
    with pytest.raises(FetchError) as refusal:
        await media.fetch(f"{host}/{path}", 5000)
    assert refusal.value.permanent


async def test_one_byte_too_many(media: Media, host: str) -> None:
    with pytest.raises(FetchError):
        await media.fetch(f"{host}/photo", len(PHOTO) - 1)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/x",
        "http://127.1:1/x",
        "http://2130706433:1/x",
        "http://localhost:1/x",
        "http://[::1]:1/x",
        "http://[::ffff:127.0.0.1]:1/x",
        "http://10.0.0.1:1/x",
        "http://192.168.1.1:1/x",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0:1/x",
        "ftp://photo.example/x",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "http://",
        "http://[broken",
        "",
    ],
)
async def test_nothing_inside_is_asked_whatever_it_is_called(address: str) -> None:
    media = Media()
    with pytest.raises(FetchError) as refusal:
        await media.fetch(address, 1000)
    await media.close()
    assert refusal.value.permanent


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("172.16.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("no address", False),
    ],
)
def test_is_outside(address: str, outside: bool) -> None:
    assert is_outside(address) is outside
