"""A whole congich in this process, with its web on a real socket and two systems that may post."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.app import App
from bot.config import parse
from bot.run import Process
from tests.acceptance.process import free_port

APP_KEY, CENTRE_KEY = "the-key-of-the-citys-app-0001", "the-key-of-the-centre-00000001"
CAMERAS = "code,name,lat,lon,street\nC12,ngã tư,9.6030,105.9739,Hai Bà Trưng\n"


@dataclass
class Town:
    """One running city, and what asks it."""

    app: App
    root: str
    session: aiohttp.ClientSession

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        """A JSON answer."""
        async with self.session.get(f"{self.root}{path}", params=query) as response:
            return response.status, await response.json()

    async def text(self, path: str, **query: str) -> tuple[int, str, str]:
        """An answer as it is, with its content type."""
        async with self.session.get(f"{self.root}{path}", params=query) as response:
            return response.status, await response.text(), response.headers["Content-Type"]

    async def post(
        self, fields: Mapping[str, str], *, key: str = APP_KEY, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """A posted request."""
        data = {"api_key": key, **fields} if key else dict(fields)
        url = f"{self.root}/v2/requests.json"
        async with self.session.post(url, data=data, headers=headers) as response:
            return response.status, await response.json()

    async def settled(self) -> None:
        """Until everything that was told is handled."""
        async with asyncio.timeout(20):
            while await self.app.pipeline.work():
                pass


def settings(folder: Path, port: int, **open311: object) -> dict[str, Any]:
    """A city with a group, a moderators' room and Open311."""
    cameras = folder / "cameras.csv"
    cameras.write_text(CAMERAS, "utf-8")
    clients = [{"name": "app", "title": "Ứng dụng"}, {"name": "ioc", "title": "Trung tâm", "centre": True}]
    return {
        "data_dir": str(folder / "data"),
        "web": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
        "webchat": {"enabled": True},
        "quiet": {"hours": "00:00-00:00"},
        "cameras": {"file": str(cameras)},
        "open311": {
            "enabled": True, "jurisdiction": "soctrang.gov.vn", "contact": "Phòng quản lý đô thị",
            "open_reading": True, "clients": clients, **open311,
        },
        "chats": [
            {"platform": "webchat", "id": "congich", "role": "community", "title": "Công ích"},
            {"platform": "webchat", "id": "dieuhanh", "role": "moderation", "title": "Điều hành"},
        ],
    }  # fmt: skip


@asynccontextmanager
async def running(folder: Path, database_url: str = "", **open311: object) -> AsyncIterator[Town]:
    """The city at work until the end of the block."""
    port = free_port()
    environ = {"CONGICH_OPEN311_APP_KEY": APP_KEY, "CONGICH_OPEN311_IOC_KEY": CENTRE_KEY}
    if database_url:
        environ["CONGICH_DATABASE_URL"] = database_url
    app = App(parse(settings(folder, port, **open311)), environ)
    process = Process(app)
    task = asyncio.create_task(process.run())
    try:
        async with asyncio.timeout(20):
            while not process.is_ready:
                assert not task.done(), task.exception()
                await asyncio.sleep(0.01)
        async with aiohttp.ClientSession() as session:
            yield Town(app, f"http://127.0.0.1:{port}/open311", session)
    finally:
        process.stop()
        await task
