"""A server of aiohttp's on a port of this machine, for as long as a test needs it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ssl import SSLContext

from aiohttp import web
from yarl import URL


@asynccontextmanager
async def serving(
    application: web.Application, *, port: int = 0, tls: SSLContext | None = None
) -> AsyncIterator[int]:
    """Serve it on 127.0.0.1; the port, by default one that is free."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def in_pieces(request: web.Request, body: bytes, pieces: int = 3) -> web.StreamResponse:
    """Answer with JSON as a real network brings it, one piece after the other."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = len(body)
    await response.prepare(request)
    size = -(-len(body) // pieces)
    for begin in range(0, len(body), size):
        await response.write(body[begin : begin + size])
        await asyncio.sleep(0.02)
    return response


@asynccontextmanager
async def half_sent(address: str, headers: Mapping[str, str], size: int) -> AsyncIterator[None]:
    """Somebody posts so many bytes, and keeps the last one back."""
    url = URL(address)
    assert url.host is not None
    _, writer = await asyncio.open_connection(url.host, url.port)
    told = {"Host": url.authority, "Content-Length": str(size), **headers}
    lines = [f"POST {url.raw_path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode() + b" " * (size - 1))
    try:
        yield
    finally:
        writer.close()
