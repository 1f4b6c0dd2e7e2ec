"""A whole congich in this process, with its web on a real socket and two systems that may post."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select
from sqlmodel import col

from bot.app import App
from bot.config import parse
from bot.run import Process
from handlers import ticketing
from handlers.context import Turn
from handlers.lifecycle import Move
from storage import members, tickets
from storage.models import Outbox, Ticket, TicketEvent, row_id
from tests.acceptance.process import free_port

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes!!!!").decode()
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

    async def move(self, code: str, move: Move, note: str = "") -> None:
        """A moderator does something to a ticket."""
        now = self.app.clock()
        async with self.app.database.write() as session:
            ticket = await tickets.by_code(session, code)
            assert ticket is not None
            actor = await members.ensure(session, "webchat", "ha", "Hà", now)
            turn = Turn(self.app.services, session, "webchat", "webchat", at=now, now=now)
            await ticketing.apply(turn, ticket, move, actor, note=note)
        self.app.pipeline.handled.set()
        self.app.pipeline.told.set()

    async def ticket(self, code: str) -> Ticket | None:
        """A ticket as it stands."""
        async with self.app.database.read() as session:
            return await tickets.by_code(session, code)

    async def history(self, code: str) -> list[TicketEvent]:
        """Its rows, the oldest first."""
        async with self.app.database.read() as session:
            ticket = await tickets.by_code(session, code)
            assert ticket is not None
            return [entry.event for entry in await tickets.history(session, row_id(ticket))]

    async def told(self, purpose: str) -> list[str]:
        """What was written to chats for a purpose."""
        async with self.app.database.read() as session:
            rows = await session.scalars(select(Outbox).where(col(Outbox.purpose) == purpose))
            return [str(row.payload.get("text")) for row in rows]

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(20):
            while not await condition():
                await asyncio.sleep(0.05)


def settings(folder: Path, port: int, **open311: object) -> dict[str, Any]:
    """A city with a group, a moderators' room and Open311."""
    cameras = folder / "cameras.csv"
    cameras.write_text(CAMERAS, "utf-8")
    clients = [{"name": "app", "title": "Ứng dụng"}, {"name": "ioc", "title": "Trung tâm", "centre": True}]
    return {
        "data_dir": str(folder / "data"),
        "web": {"port": port, "public_url": f"http://127.0.0.1:{port}"},
        "webchat": {"enabled": True, "sign_in": "none"},
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
async def running(
    folder: Path, database_url: str = "", more: Mapping[str, Any] | None = None, **open311: object
) -> AsyncIterator[Town]:
    """The city at work until the end of the block; `more`: further sections of its configuration."""
    port = free_port()
    environ = {
        "CONGICH_OPEN311_APP_KEY": APP_KEY,
        "CONGICH_OPEN311_IOC_KEY": CENTRE_KEY,
        "CONGICH_UPSTREAM_CITY_KEY": APP_KEY,
        "CONGICH_UPSTREAM_APP_KEY": APP_KEY,
        "CONGICH_WEBHOOK_IOC_SECRET": SECRET,
    }
    if database_url:
        environ["CONGICH_DATABASE_URL"] = database_url
    app = App(parse({**settings(folder, port, **open311), **(more or {})}), environ)
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
