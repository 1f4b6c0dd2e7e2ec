"""A server of aiohttp's on a port of this machine, for as long as a test needs it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ssl import SSLContext

from aiohttp import web


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
