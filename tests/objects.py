"""A real S3-compatible server (SeaweedFS, from its own package), and a line to it that can break."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from storage.images import ImageStore
from storage.object_images import SECONDS, Bucket, ObjectStore

KEY, SECRET = "congich-tests", "the secret of the tests"
READER, READER_SECRET = "reader-tests", "the secret of a reader"
REGION = "us-east-1"
BUCKET = "all-tests"  # each test has a folder in it
ENVIRONMENT = {"CONGICH_S3_ACCESS_KEY_ID": KEY, "CONGICH_S3_SECRET_ACCESS_KEY": SECRET}
_IDENTITIES = {
    "identities": [
        {
            "name": "writer",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List"],
        },
        {
            "name": "reader",
            "credentials": [{"accessKey": READER, "secretKey": READER_SECRET}],
            "actions": ["Read", "List"],
        },
    ]
}
_START_SECONDS = 30.0
_TRIES = 3
_APART = 16  # ports between where two processes that were begun one after the other look


@dataclass(frozen=True, slots=True)
class Server:
    """One that runs, and checks signatures."""

    port: int
    process: subprocess.Popen[bytes]

    def bucket(self) -> Bucket:
        """An empty folder in a bucket, which no other test has."""
        return replace(self.nowhere(), name=BUCKET, prefix=uuid4().hex)

    def nowhere(self) -> Bucket:
        """A bucket that is not there."""
        return Bucket(f"http://127.0.0.1:{self.port}", f"b{uuid4().hex}", REGION, "", KEY, SECRET)

    def end(self) -> None:
        """At once: nothing in it has to outlive the tests."""
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def section(bucket: Bucket) -> dict[str, str]:
    """How a configuration names it; its keys are in `ENVIRONMENT`."""
    return {"kind": "s3", "endpoint": bucket.endpoint, "bucket": bucket.name, "prefix": bucket.prefix}


def store(bucket: Bucket, beside: Sequence[ImageStore] = (), seconds: float = SECONDS) -> ObjectStore:
    """A store in a bucket, by the clock on the wall."""
    return ObjectStore(bucket, lambda: datetime.now(UTC), beside=beside, seconds=seconds)


def start(folder: Path) -> Server:
    """Start one whose data lie in `folder`, and wait until it takes an object.

    Another one that starts at this moment may have taken a port which was free when we looked: then we look
    again. Raises RuntimeError.
    """
    (folder / "keys.json").write_text(json.dumps(_IDENTITIES))
    for _ in range(_TRIES):
        server = _begin(folder)
        if _is_up(server, folder):
            return server
        server.end()
    raise RuntimeError((folder / "log").read_text()[-2000:])


def _begin(folder: Path) -> Server:
    port, *others = _free_ports(6)
    names = ("master", "volume", "filer", "admin", "webdav")
    ports = [f"-{name}.port={one}" for name, one in zip(names, others, strict=True)]
    program = Path(sys.executable).with_name("weed")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(program) if program.exists() else shutil.which("weed") or "weed",
                "-logtostderr", "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                f"-s3.port={port}", *ports, "-s3.port.iceberg=0", "-s3.port.lance=0",
                f"-s3.config={folder / 'keys.json'}", "-admin.ui=false", "-webdav=false",
                "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=40",
            ],
            stdout=log, stderr=log, start_new_session=True, cwd=folder,
        )  # fmt: skip
    return Server(port, process)


def _is_up(server: Server, folder: Path) -> bool:
    """Whether it takes an object in time, into `folder`: at a port taken from us another one may answer."""
    end = time.monotonic() + _START_SECONDS
    up = store(server.bucket())
    while server.process.poll() is None and time.monotonic() < end:
        with suppress(OSError):
            asyncio.run(up.put(b"is it up?"))  # a bucket is made by what is first written into it
            return any(folder.glob("*.dat"))
        time.sleep(0.1)
    return False


def _free_ports(count: int) -> list[int]:
    """Free ones, each with a free one 10,000 above it, where the server's parts talk to one another."""
    found: list[int] = []
    for port in range(20_000 + os.getpid() * _APART % 20_000, 45_000):
        if len(found) == count:
            break
        with suppress(OSError), socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + 10_000))
            found.append(port)
    return found


class Line:
    """A way to a server that a test can cut, hold up, or break off in the middle."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.port = 0
        self.up, self.down = 1 << 40, 1 << 40  # bytes that still get through, to the server and back
        self.is_held = False
        self._open: list[asyncio.Future[None]] = []

    def of(self, bucket: Bucket) -> Bucket:
        """The same bucket by this way."""
        return replace(bucket, endpoint=f"http://127.0.0.1:{self.port}")

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What asyncio calls for each connection."""
        self._open.append(asyncio.ensure_future(self._join(reader, writer)))

    async def end(self) -> None:
        """Break off what is still open."""
        for one in self._open:
            one.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        ways = [
            asyncio.create_task(self._pass(reader, back, "up")),
            asyncio.create_task(self._pass(there, writer, "down")),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (writer, back):
                end.transport.abort()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, way: str) -> None:
        while data := await source.read(4096):
            while self.is_held:
                await asyncio.sleep(0.02)
            left = getattr(self, way)
            target.write(data[:left])
            await target.drain()
            setattr(self, way, left - len(data))
            if left <= len(data):
                return


@asynccontextmanager
async def line(server: Server) -> AsyncIterator[Line]:
    """A line to a server."""
    opened = Line(server.port)
    listening = await asyncio.start_server(opened.serve, "127.0.0.1", 0)
    opened.port = listening.sockets[0].getsockname()[1]
    try:
        yield opened
    finally:
        listening.close()
        await opened.end()
