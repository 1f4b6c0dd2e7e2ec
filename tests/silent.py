"""A way to a PostgreSQL server that can fall silent: connections stay open, and nothing comes through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import make_url


class Way:
    """The way; while `is_silent` nothing goes along it."""

    def __init__(self) -> None:
        self.is_silent = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while content := await reader.read(65_536):
                while self.is_silent:
                    await asyncio.sleep(0.05)
                writer.write(content)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def way_to(address: str) -> AsyncIterator[tuple[str, Way]]:
    """The address that leads there by a way of ours, and the way; `address` names a socket's folder."""
    url, way = make_url(address), Way()
    tasks: set[asyncio.Task[None]] = set()

    async def open_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs = await asyncio.open_unix_connection(f"{url.query['host']}/.s.PGSQL.5432")
        tasks.update(
            asyncio.create_task(way.carry(*one)) for one in ((reader, theirs[1]), (theirs[0], writer))
        )

    server = await asyncio.start_server(open_one, "127.0.0.1")
    host, port = server.sockets[0].getsockname()
    there = url.set(host=host, port=port, query={}).render_as_string(hide_password=False)
    try:
        yield there, way
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
