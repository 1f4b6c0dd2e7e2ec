"""The whole way, as people see it in real browsers: somebody posts, a moderator presses, the department
answers, everybody sees it on the board, and the one who posted is satisfied."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bot.demo.draw import draw
from handlers.context import Turn
from handlers.sign_in_links import for_member
from storage import members
from tests.acceptance.browser import NEEDS_CHROMIUM, shoot
from tests.acceptance.chat_city import City, a_city, join, say

pytestmark = [NEEDS_CHROMIUM, pytest.mark.asyncio(loop_scope="module")]

LAMP = "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay, tối không thấy đường"
MORE = """
[[officers]]
member = "webchat:sang"
department = "chieusang"
[[chats]]
platform = "webchat"
id = "chieu-sang"
role = "department"
title = "Đơn vị chiếu sáng"
department = "chieusang"
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """A group, a moderator, a department."""
    async with a_city(tmp_path_factory.mktemp("way"), MORE) as made:
        yield made


async def signed_in(city: City, page: Page, who: str, name: str) -> None:
    """As somebody who is known already: open the link, press."""
    async with city.app.database.write() as session:
        now = city.app.clock()
        member = await members.ensure(session, "webchat", who, name, now)
        turn = Turn(city.app.services, session, "webchat", "webchat", now, now)
        path = await for_member(turn, member)
    await page.goto(city.root + path)
    await page.click("button.main")


async def attach(page: Page, scene: str) -> None:
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": draw(scene)}
    await page.set_input_files("#photos", photo)  # type: ignore[arg-type]
    await expect(page.locator("#previews img")).to_be_visible()


async def enter(page: Page, room: str) -> None:
    await page.click("[data-tab=rooms]")
    await page.click(f"[data-room={room}]")


async def test_from_the_lamp_to_the_thanks(city: City) -> None:
    async with city.phone() as (_, hoa), city.phone() as (_, ha), city.phone() as (_, sang), city.phone() as (
        _,
        anybody,
    ):  # fmt: skip
        await join(hoa, await city.invitation(), "Trần Thị Hoa")
        await attach(hoa, "lamp-dark")
        await say(hoa, LAMP)
        told = hoa.locator("#posts .bot", has_text="Dạ, đã ghi nhận")
        await expect(told).to_contain_text("45 Hai Bà Trưng", timeout=15_000)
        code = re.findall(r"PA\d+", await told.inner_text())[0]

        await signed_in(city, ha, "ha", "Hà")
        await expect(ha).to_have_url(re.compile("/room$"))
        await ha.goto(f"{city.root}/room/tickets/{code}")
        await expect(ha.locator("main")).to_contain_text("Trần Thị Hoa")
        await shoot(ha, "way-1-room")
        await ha.goto(city.root)
        await enter(ha, "dieu-hanh")
        card = ha.locator("#posts .bot", has_text=f"#{code}").first
        await card.locator(".button", has_text="Tiếp nhận").first.click()
        await expect(card).to_contain_text("Đã tiếp nhận", timeout=15_000)
        await shoot(ha, "way-2-card")

        await signed_in(city, sang, "sang", "Sáng")
        await sang.goto(city.root)
        await enter(sang, "chieu-sang")
        theirs = sang.locator("#posts .bot", has_text=f"#{code}").first
        await expect(theirs.locator("img").first).to_be_visible(timeout=15_000)
        await theirs.locator(".text").first.tap()
        await theirs.locator("[data-action=reply]").first.tap()
        await attach(sang, "lamp-lit")
        await say(sang, "đã xử lý, thay bóng mới")
        await shoot(sang, "way-3-department")

        done = hoa.locator("#posts .bot", has_text="Hài lòng")
        await expect(done.locator("img").first).to_be_visible(timeout=20_000)

        await anybody.goto(f"{city.root}/board/{code}")
        await expect(anybody.locator("main")).to_contain_text("Đã xử lý")
        await expect(anybody.locator("main img")).to_have_count(0)
        await ha.goto(f"{city.root}/room/tickets/{code}")
        await ha.locator("summary", has_text="Hình trên bảng").click()
        await ha.locator("details[open] button").first.click()
        await anybody.reload()
        await expect(anybody.locator("main img")).to_have_count(2)
        await expect(anybody.locator("main")).not_to_contain_text("Hoa")
        await shoot(anybody, "way-4-board")

        await done.locator(".button", has_text="Hài lòng").click()
        await expect(hoa.locator("#toasts")).to_contain_text("ảm ơn", timeout=15_000)
        await shoot(hoa, "way-5-reporter")
        await ha.reload()
        await expect(ha.locator("main")).to_contain_text("hài lòng", timeout=15_000)
        await shoot(ha, "way-6-end")
