"""Whoever asks for something long and does not read it holds neither a place nor a file for long."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.board import open_data
from bot.board import server as board
from bot.exports import served
from bot.web.patience import Patience
from handlers import export_links
from handlers.export_links import ExportRequest
from handlers.exports import Format
from storage.lists import Filter
from tests.bot.room.site import LAMP, Site, opened

pytestmark = pytest.mark.sqlite_only  # it is sockets that are looked at
MUCH = 8_000_000  # bytes: more than a socket's buffers take


@asynccontextmanager
async def not_reading(site: Site, path: str) -> AsyncIterator[None]:
    """Somebody who asks, and does not read the answer."""
    where = urlsplit(site.root)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(client, (where.hostname, where.port))
        await loop.sock_sendall(client, f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode())
        yield


async def until(is_so: Callable[[], bool], seconds: float = 3.0) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.01)


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with opened(database_url, tmp_path, Patience(answer=0.2), board={"enabled": True}) as made:
        await made.say("hoa", LAMP)
        yield made


async def test_a_download_of_the_board_that_nobody_reads_gives_its_place_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "DOWNLOADS", 1)
    begun: list[str] = []

    def rows(*_: object) -> bytes:
        begun.append("rows")
        return os.urandom(MUCH)  # which can't be packed

    with monkeypatch.context() as much:
        much.setattr(open_data, "rows", rows)
        async with site.browser() as other, not_reading(site, "/board/tickets.csv"):
            await until(lambda: bool(begun))
            much.undo()
            async with asyncio.timeout(3):
                while (await other.get("/board/tickets.csv")).status != 200:
                    await asyncio.sleep(0.02)


async def test_an_export_that_nobody_reads_is_kept_no_longer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(*told: object) -> int:
        path = next(one for one in told if isinstance(one, Path))
        return path.write_bytes(bytes(MUCH))

    def kept() -> bool:
        return any(site.app.data.glob(".served-*"))

    monkeypatch.setattr(served, "write", write)
    asked = ExportRequest(Format.CSV, Filter(), "vi")
    async with not_reading(site, export_links.path(site.app.seal.key, asked, site.clock())):
        await until(kept)
        await until(lambda: not kept())
