"""A city with a moderators' room on the web: people write in the built-in chat, browsers sign in by links."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from sqlalchemy import select
from sqlmodel import col

from bot import config
from bot.app import App
from bot.clock import Stepped
from bot.platforms.webchat import NewPost
from bot.run import prepare
from bot.web import server
from bot.web.patience import USUAL, Patience
from handlers import sign_in_links
from handlers.context import Turn
from handlers.events import Person
from storage import members, tickets
from storage.models import Audit, Ticket, TicketEvent
from storage.states import MemberRole
from tests.handlers.desk import MONDAY

GROUP, ROOM = "cong-ich", "dieu-hanh"
LAMP = "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay, phường Phú Lợi"
WASTE = "Rác đầu hẻm 12 Lê Lợi mấy ngày nay chưa ai gom, hôi quá"
UNSURE = "đèn đường hư rồi"
_FORM = re.compile(r"<form[^>]*method=\"post\".*?</form>", re.DOTALL)
OURS = {"Sec-Fetch-Site": "same-origin"}


def settings(url: str, folder: Path, **more: Any) -> config.Config:
    """The configuration of the city."""
    return config.parse(
        {
            "data_dir": str(folder / "data"),
            "database": {"url": url},
            "web": {"public_url": "http://127.0.0.1:8080"},
            "webchat": {"enabled": True},
            "quiet": {"hours": "00:00-00:00"},
            "chats": [
                {"platform": "webchat", "id": GROUP, "role": "community", "title": "Công ích"},
                {"platform": "webchat", "id": ROOM, "role": "moderation", "title": "Điều hành"},
            ],
            "roles": {"moderators": ["webchat:ha"], "administrators": ["webchat:chu"]},
        }
        | more
    )


@dataclass
class Form:
    """A form as it stands on a page."""

    action: str
    fields: list[tuple[str, str]]
    button: str

    def value(self, name: str) -> str:
        return dict(self.fields).get(name, "")


@dataclass
class Answered:
    """What a browser got."""

    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """The answer that the page shows."""
        found = re.search(r'<p class="said" dir="auto">(.*?)</p>', self.text, re.DOTALL)
        return unescape(re.sub(r"<[^>]+>", "", found[1])) if found else ""

    @property
    def forms(self) -> list[Form]:
        return [
            _form(one) for one in re.findall(r"<form[^>]*method=\"post\".*?</form>", self.text, re.DOTALL)
        ]

    def form(self, **wanted: str) -> Form:
        """The first form with these values, or with this button."""
        button = wanted.pop("button", "")
        for form in self.forms:
            if button in form.button and all(form.value(name) == value for name, value in wanted.items()):
                return form
        raise AssertionError(f"no form {button!r} {wanted} on the page")


def _form(text: str) -> Form:
    action = re.search(r'action="([^"]*)"', text)
    inputs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', text)
    button = re.findall(r"<button[^>]*>(.*?)</button>", text, re.DOTALL)
    fields = [(name, unescape(value)) for name, value in inputs]
    return Form(action[1] if action else "", fields, unescape(" ".join(button)))


class Browser:
    """One browser, signed in or not."""

    def __init__(self, root: str, client: aiohttp.ClientSession) -> None:
        self.root = root
        self.client = client

    async def get(self, path: str) -> Answered:
        async with self.client.get(self.root + path) as answer:
            return Answered(answer.status, await answer.text(), dict(answer.headers))

    async def post(
        self, path: str, fields: Sequence[tuple[str, str]], headers: dict[str, str] | None = None
    ) -> Answered:
        sent = OURS if headers is None else headers
        async with self.client.post(self.root + path, data=list(fields), headers=sent) as answer:
            return Answered(answer.status, await answer.text(), dict(answer.headers))

    async def send(self, form: Form, **fields: str) -> Answered:
        """Fill in a form and send it."""
        return await self.post(form.action, [*form.fields, *fields.items()])


class Site:
    """The city and its web."""

    def __init__(self, app: App, clock: Stepped, root: str) -> None:
        self.app = app
        self.clock = clock
        self.root = root

    async def say(self, who: str, text: str, *photos: bytes, chat: str = GROUP, name: str = "") -> None:
        """Somebody writes, and everything that follows happens."""
        assert self.app.webchat is not None
        self.clock.set(self.clock() + timedelta(minutes=5))
        person = Person(who, name or who.title())
        await self.app.webchat.post(NewPost(uuid4().hex, chat, person, text, photos))
        await self.app.pipeline.drain()

    async def say_all(self, said: Iterable[tuple[str, str, str]]) -> None:
        """People write at one moment, each in a chat."""
        assert self.app.webchat is not None
        self.clock.set(self.clock() + timedelta(minutes=5))
        for chat, who, text in said:
            await self.app.webchat.post(NewPost(uuid4().hex, chat, Person(who, who.title()), text))
        await self.app.pipeline.drain()

    async def link(self, who: str, role: MemberRole | None = None, platform: str = "webchat") -> str:
        """A fresh link to sign in by."""
        now = self.clock()
        async with self.app.database.write() as session:
            member = await members.ensure(session, platform, who, who.title(), now)
            member.role = role or member.role
            turn = Turn(self.app.services, session, platform, platform, now, now)
            return await sign_in_links.for_member(turn, member)

    @asynccontextmanager
    async def browser(self, who: str = "", **link: Any) -> AsyncIterator[Browser]:
        """A browser of somebody; of nobody without a name."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as client:
            made = Browser(self.root, client)
            if who:
                await made.post(await self.link(who, **link), [])
            yield made

    async def ticket(self, code: str) -> Ticket:
        async with self.app.database.read() as session:
            found = await tickets.by_code(session, code)
        assert found is not None
        return found

    async def history(self, code: str) -> list[str]:
        """What happened to a ticket."""
        ticket = await self.ticket(code)
        async with self.app.database.read() as session:
            rows = await session.scalars(
                select(TicketEvent)
                .where(col(TicketEvent.ticket_id) == ticket.id)
                .order_by(col(TicketEvent.id))
            )
            return [row.action for row in rows]

    async def record(self) -> list[tuple[str, bool]]:
        """What was asked for, and whether it was allowed; of the web alone."""
        async with self.app.database.read() as session:
            rows = await session.scalars(select(Audit).order_by(col(Audit.id)))
            return [(row.action, row.allowed) for row in rows if row.detail.get("from") == "web"]


@asynccontextmanager
async def opened(
    url: str, folder: Path, patient: Patience = USUAL, environ: Mapping[str, str] | None = None, **more: Any
) -> AsyncIterator[Site]:
    """A running city; `patient`: how long its web waits for a request."""
    clock = Stepped()
    clock.set(MONDAY)
    app = App(settings(url, folder, **more), environ or {}, clock=clock)
    await prepare(app)
    if app.webchat is not None:
        app.webchat.listen(app.pipeline.commit_for(app.webchat))
    runner = await server.start(app.web_application(lambda: True), "127.0.0.1", 0, patient)
    try:
        yield Site(app, clock, f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        if app.webchat is not None:
            await app.webchat.close()
        await runner.cleanup()
        await app.close()
