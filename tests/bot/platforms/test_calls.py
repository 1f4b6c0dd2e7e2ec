"""What a call to a messenger's API makes of the answer."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from bot.platforms import bodies
from bot.platforms.calls import BODY_LIMIT, Calls, later
from handlers.ports import Ambiguous
from tests.serving import in_pieces, serving

ROWS = [{"id": number, "text": "xin chào " * 20} for number in range(1000)]


async def rows(request: web.Request) -> web.StreamResponse:
    return await in_pieces(request, json.dumps(ROWS).encode())


async def single(request: web.Request) -> web.StreamResponse:
    return await in_pieces(request, b'{"ok": true}')


async def endless(request: web.Request) -> web.StreamResponse:
    return await in_pieces(request, b"[" + b"1," * BODY_LIMIT)


async def broken(request: web.Request) -> web.StreamResponse:
    """Promises more than it says."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"ok": ')
    assert request.transport is not None
    request.transport.close()
    return response


@pytest.fixture
async def root() -> AsyncIterator[str]:
    application = web.Application()
    for answer in (rows, single, endless, broken):
        application.router.add_route("*", f"/{answer.__name__}", answer)
    async with serving(application) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def calls() -> AsyncIterator[Calls]:
    made = Calls()
    yield made
    await made.close()


async def test_an_answer_that_comes_in_pieces_is_read_whole(root: str, calls: Calls) -> None:
    answer = await calls.get(f"{root}/rows")
    assert answer.rows == tuple(ROWS)
    assert (await calls.post(f"{root}/single", body={})).body == {"ok": True}


async def test_an_answer_is_read_no_further_than_it_may_be_long(root: str, calls: Calls) -> None:
    answer = await calls.get(f"{root}/endless")
    assert (answer.status, answer.body, answer.rows) == (200, None, ())
    async with aiohttp.ClientSession() as session, session.get(f"{root}/endless") as response:
        assert len(await bodies.answered(response, 1000)) == 1000


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("600", 600),
        ("Mon, 16 Nov 2026 08:10:00 GMT", 600),
        ("Mon, 16 Nov 2026 07:00:00 GMT", None),
        ("Mon, 16 Nov 2099 07:00:00 GMT", None),
        ("Mon, 16 Nov 99999999999999999999 07:00:00 GMT", None),
        ("soon", None),
    ],
)
def test_when_to_come_back_is_said_in_seconds_or_as_a_date(said: str, seconds: int | None) -> None:
    wait = later(said, "Mon, 16 Nov 2026 08:00:00 GMT")
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


async def test_an_answer_that_breaks_off_is_none(root: str, calls: Calls) -> None:
    with pytest.raises(Ambiguous):
        await calls.post(f"{root}/broken", body={})
