"""A reader of server-sent events who is gone before the first of them is nobody's error."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from bot.event_stream import EventStream
from bot.web import server

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def prepared(request: web.Request) -> web.StreamResponse:
    response = EventStream()
    with contextlib.suppress(ConnectionResetError):
        await response.prepare(request)
    return response


async def returned(_: web.Request) -> web.StreamResponse:
    return EventStream()


@pytest.mark.parametrize("answer", [prepared, returned])
async def test_a_reader_who_is_gone(answer: Handler, caplog: pytest.LogCaptureFixture) -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.set()
        while request.transport is not None:
            await asyncio.sleep(0.01)
        ended.set()
        return await answer(request)

    application = web.Application()
    application.add_routes([web.get("/", handler)])
    runner = await server.start(application, "127.0.0.1", 0)
    try:
        _, writer = await asyncio.open_connection(*runner.addresses[0])
        writer.write(b"GET / HTTP/1.1\r\nHost: congich\r\n\r\n")
        await asyncio.wait_for(asked.wait(), 10)
        writer.close()
        await asyncio.wait_for(ended.wait(), 10)
        await asyncio.sleep(0.05)
    finally:
        await runner.cleanup()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
