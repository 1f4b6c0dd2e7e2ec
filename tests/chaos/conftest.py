"""Databases, days and traps that the bars share."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.chaos.history import Opened
from tests.chaos.looking import Beacon
from tests.conftest import drop_database, new_database


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """What a test that failed has started and not ended would disturb all that come after it."""
    yield
    for children in Path("/proc/self/task").glob("*/children"):
        for pid in _read(children).split():
            if b"congich\0run\0" in _read(Path(f"/proc/{pid.decode()}/cmdline")):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)


def _read(told: Path) -> bytes:
    """What the kernel tells of a thread or a process; nothing where it has ended by now."""
    try:
        return told.read_bytes()
    except OSError:
        return b""


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of a new database on PostgreSQL; empty for the rig's own SQLite file."""
    if request.param == "sqlite":
        yield ""
        return
    server: str = request.getfixturevalue("postgresql")
    made = new_database(server, "template1")
    yield made
    drop_database(server, str(make_url(made).database))


@pytest.fixture(scope="session")
def known_days() -> dict[str, Sequence[Opened]]:
    """The tickets of undisturbed days by the bar that plays them: on both databases they are the same."""
    return {}


@pytest.fixture
async def beacon() -> AsyncIterator[Beacon]:
    made = Beacon(0)

    async def called(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made.calls += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    servers = [await asyncio.start_server(called, "127.0.0.1", 0)]
    made.port = servers[0].sockets[0].getsockname()[1]
    if socket.has_ipv6:
        with contextlib.suppress(OSError):  # a machine without IPv6
            servers.append(await asyncio.start_server(called, "::1", made.port))
    yield made
    for server in servers:
        server.close()
        await server.wait_closed()
