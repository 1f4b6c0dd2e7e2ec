"""A city's web behind invitations, and browsers of the people who come there."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from bot import config
from bot.app import App
from bot.clock import Stepped
from bot.run import prepare
from bot.web import server
from handlers import sign_in_links
from handlers.sign_in_links import Invitation
from storage import chats, members, room
from storage.models import Member, RoomPost, row_id
from storage.states import MemberRole
from tests.handlers.desk import MONDAY

ROOMS = {
    "cong-ich": {"role": "community", "title": "Công ích"},
    "dieu-hanh": {"role": "moderation", "title": "Điều hành"},
    "chieu-sang": {"role": "department", "title": "Chiếu sáng", "department": "chieusang"},
    "cap-nuoc": {"role": "department", "title": "Cấp nước", "department": "capnuoc"},
}


@dataclass
class Person:
    """A browser of somebody's."""

    root: str
    client: aiohttp.ClientSession
    id: str = ""

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        async with self.client.get(self.root + path, params=query, allow_redirects=False) as answer:
            return answer.status, await _read(answer)

    async def send(self, path: str, **body: object) -> tuple[int, Any]:
        body = {"client_id": uuid4().hex, **body}
        async with self.client.post(self.root + path, json=body, allow_redirects=False) as answer:
            return answer.status, await _read(answer)

    async def post(self, text: str, *photos: bytes, chat: str = "cong-ich", **fields: str) -> tuple[int, Any]:
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in {"client_id": uuid4().hex, "chat": chat, "text": text, **fields}.items():
            form.add_field(name, value)
        for photo in photos:
            form.add_field("photo", photo, filename="a.jpg", content_type="image/jpeg")
        async with self.client.post(f"{self.root}/api/posts", data=form) as answer:
            return answer.status, await _read(answer)

    async def heard(self, chat: str, count: int, after: int = 0) -> list[tuple[str, Any]]:
        """The first events of a room's stream; its status where there is none."""
        found: list[tuple[str, Any]] = []
        query = {"chat": chat, "after": str(after)}
        async with self.client.get(f"{self.root}/api/stream", params=query) as stream, asyncio.timeout(8):
            if stream.status != 200:
                return [(str(stream.status), await _read(stream))]
            event = ""
            while len(found) < count:
                line = (await stream.content.readline()).decode().strip()
                event = line.removeprefix("event: ") if line.startswith("event: ") else event
                if line.startswith("data: "):
                    found.append((event, json.loads(line.removeprefix("data: "))))
        return found


async def _read(answer: aiohttp.ClientResponse) -> Any:
    return await (
        answer.json() if answer.content_type == "application/json" else answer.text(errors="replace")
    )


@dataclass
class Site:
    """A city's web behind invitations."""

    app: App
    clock: Stepped
    root: str
    clients: list[aiohttp.ClientSession] = field(default_factory=list)

    def stranger(self) -> Person:
        self.clients.append(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        return Person(self.root, self.clients[-1])

    async def invitation(self, *, shared: bool = False, uses: int = 30) -> str:
        made = sign_in_links.open_to_all(None, Invitation(uses=uses, shared=shared), self.clock())
        async with self.app.database.write() as session:
            return await sign_in_links.kept(session, self.app.seal.key, made)

    async def joined(self, name: str = "Hoa", link: str = "", *, shared: bool = False) -> Person:
        """Somebody who came by an invitation."""
        person = self.stranger()
        path = link or await self.invitation(shared=shared)
        async with person.client.post(self.root + path, data={"name": name}, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")
        person.id = (await person.get("/api/state"))[1]["me"]["id"]
        return person

    async def known(self, name: str, platform: str = "webchat") -> Person:
        """Somebody whom the configuration names."""
        person = self.stranger()
        async with self.app.database.write() as session:
            member = await members.ensure(session, platform, name, name.title(), self.clock())
            if platform == "telegram":
                member.role = MemberRole.MODERATOR
            await session.flush()
            made = sign_in_links.personal(member, self.clock())
            path = await sign_in_links.kept(session, self.app.seal.key, made)
        await person.client.post(self.root + path, allow_redirects=False)
        person.id = name
        return person

    async def who(self, name: str) -> Person:
        return await self.joined() if name == "hoa" else await self.known(name)

    async def secret(self, chat: str) -> str:
        """A post of the bot's in a room; its id."""
        post = RoomPost(chat=chat, key=uuid4().hex, author="bot", author_name="Công ích", from_bot=True,
                        text=f"bí mật của {chat}", at=self.clock())  # fmt: skip
        async with self.app.database.write() as session:
            return str(row_id(await room.add(session, post)))

    async def listened(self, count: int) -> None:
        """Until so many live lines are open."""
        assert self.app.webchat is not None
        async with asyncio.timeout(10):
            while len(self.app.webchat.feed._listeners) < count:
                await asyncio.sleep(0.01)

    async def used_room(self, chat: str) -> None:
        """Somebody's own room, which they have used."""
        async with self.app.database.write() as session:
            owner = await members.ensure(
                session, "webchat", chat.removeprefix("rieng-"), "Minh", self.clock()
            )
            made = await chats.ensure(session, "webchat", chat, "Minh", self.clock())
            await chats.private(session, made, row_id(owner))

    async def member(self, person: Person) -> Member:
        async with self.app.database.read() as session:
            found = await members.find(session, "webchat", person.id)
        assert found is not None
        return found

    async def report(self, person: Person, text: str, *photos: bytes) -> dict[str, Any]:
        """A ticket out of somebody's post."""
        assert (await person.post(text, *photos))[0] == 201
        await self.app.pipeline.drain()
        listed = (await (await self.known("ha")).get("/api/tickets", status="all"))[1]
        found: dict[str, Any] = listed["tickets"][0]
        return found


@asynccontextmanager
async def a_site(folder: Path, database_url: str, **more: object) -> AsyncIterator[Site]:
    settings = config.parse(
        {
            "data_dir": str(folder / "data"),
            "database": {"url": database_url},
            "web": {"public_url": "http://127.0.0.1:8080"},
            "webchat": {"enabled": True},
            "quiet": {"hours": "00:00-00:00"},
            "chats": [{"platform": "webchat", "id": key, **room} for key, room in ROOMS.items()],
            "officers": [{"member": "webchat:sang", "department": "chieusang"}],
            "roles": {"moderators": ["webchat:ha"], "administrators": ["webchat:quan-tri"]},
            **more,
        }
    )
    clock = Stepped()
    clock.set(MONDAY)
    app = App(settings, {}, clock=clock)
    await prepare(app)
    assert app.webchat is not None
    app.webchat.listen(app.pipeline.commit_for(app.webchat))
    runner = await server.start(app.web_application(lambda: True), "127.0.0.1", 0)
    made = Site(app, clock, f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield made
    finally:
        for client in made.clients:
            await client.close()
        await app.webchat.close()
        await runner.cleanup()
        await app.close()
