"""A city whose group is the built-in chat, at work in this process, and phones in a real browser."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect
from sqlalchemy import select
from sqlmodel import col

from bot import config
from bot.app import App
from bot.run import Process
from handlers import sign_in_links
from handlers.sign_in_links import Invitation
from storage.models import Member, RoomPost
from tests.acceptance.browser import CHROMIUM, FLAGS
from tests.acceptance.process import free_port


@dataclass
class City:
    """A congich at work in this process, its address, and a browser."""

    app: App
    config: Path
    root: str
    browser: Browser

    async def invitation(self, *, shared: bool = False) -> str:
        made = sign_in_links.open_to_all(None, Invitation(shared=shared), self.app.clock())
        async with self.app.database.write() as session:
            return self.root + await sign_in_links.kept(session, self.app.seal.key, made)

    async def way_in(self, name: str) -> str:
        """A link by which somebody who is known signs in again."""
        made = sign_in_links.personal(await self.member(name), self.app.clock())
        async with self.app.database.write() as session:
            return self.root + await sign_in_links.kept(session, self.app.seal.key, made)

    async def posts(self, *, of_people: bool = True) -> list[RoomPost]:
        async with self.app.database.read() as session:
            rows = await session.scalars(select(RoomPost).order_by(col(RoomPost.id)))
            return [one for one in rows if one.from_bot != of_people]

    async def member(self, name: str) -> Member:
        async with self.app.database.read() as session:
            return (await session.scalars(select(Member).where(col(Member.name) == name))).one()

    @asynccontextmanager
    async def phone(self, *, init: str = "", scale: float = 1) -> AsyncIterator[tuple[BrowserContext, Page]]:
        """A small phone; what goes wrong in its page fails the test."""
        context = await self.browser.new_context(
            viewport={"width": 360, "height": 740},
            device_scale_factor=scale,
            is_mobile=True,
            has_touch=True,
            locale="vi-VN",
        )
        if init:
            await context.add_init_script(init)
        errors: list[str] = []
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context, await context.new_page()
        await context.close()
        assert errors == []


SETTINGS = """
data_dir = "{data}"
[web]
port = {port}
public_url = "http://127.0.0.1:{port}"
[webchat]
enabled = true
[board]
enabled = true
[quiet]
hours = "00:00-00:00"
[[chats]]
platform = "webchat"
id = "cong-ich"
role = "community"
title = "Công ích phường Phú Lợi"
[[chats]]
platform = "webchat"
id = "dieu-hanh"
role = "moderation"
title = "Điều hành"
[roles]
moderators = ["webchat:ha"]
"""


@asynccontextmanager
async def a_city(folder: Path, more: str = "") -> AsyncIterator[City]:
    """A city whose group is the built-in chat, behind invitations, at work until the end of the block.

    `more`: further lines of its configuration.
    """
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    text = SETTINGS.format(data=folder / "data", port=port) + more
    (folder / "config.toml").write_text(text, "utf-8")
    app = App(config.load(folder / "config.toml"), {})
    process = Process(app)
    task = asyncio.create_task(process.run())
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        while not process.is_ready:
            assert not task.done(), task.exception()
            await asyncio.sleep(0.02)
        yield City(app, folder / "config.toml", f"http://127.0.0.1:{port}", browser)
        await browser.close()
    process.stop()
    await task


async def join(page: Page, link: str, name: str) -> None:
    """As people do it: open the link, write a name, press."""
    await page.goto(link)
    await page.fill("input#name", name)
    await page.click("button.main")
    await expect(page.locator("#room-title")).to_have_text("Công ích phường Phú Lợi")
    await expect(page.locator("#connection")).to_have_attribute("data-state", "live")


async def say(page: Page, words: str) -> None:
    """Write and send."""
    await page.fill("#text", words)
    await page.click("#send")


def mine(page: Page, words: str) -> Locator:
    """A post of this phone's, arrived."""
    return page.locator("#posts .mine", has_text=words)
