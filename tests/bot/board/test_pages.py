"""Each page of the board in a real browser: for everybody, on a phone, without scripts, alive, on paper."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, Response, ViewportSize, expect

from tests.acceptance.browser import NEEDS_CHROMIUM, browser_page, complaints, overflow, shoot
from tests.bot.board.town import Town, running

pytestmark = [NEEDS_CHROMIUM, pytest.mark.asyncio(loop_scope="module")]

PHONE, DESKTOP = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=800)
BUDGET = 60_000  # bytes of the first page without its photos
PAGES = {
    "list": "/board",
    "found": "/board?q=den&status=open",
    "ticket": "/board/PA1001",
    "map": "/board/map",
    "stats": "/board/stats?period=7+ng%C3%A0y",
    "missing": "/board/PA1004",
    "wrong": "/board?status=gone",
}
LOOKED_AT = ("list", "ticket", "map", "stats")
HOSTILE = (
    "/board?after=1",
    "/board/PA1006",
    "/board/PA1007",
    "/board/PA1008",
    "/board/PA1009",
    "/board/PA1010",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town() -> AsyncIterator[Town]:
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder), f"sqlite:///{folder}/congich.db") as opened:
            yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[Page]:
    async with browser_page(**PHONE) as opened:
        yield opened


async def open_at(page: Page, town: Town, path: str, language: str = "vi") -> None:
    await page.context.add_cookies([{"name": "congich-lang", "value": language, "url": town.root}])
    await page.goto(town.root + path)


@pytest.mark.parametrize("name", PAGES)
async def test_everybody_can_use_each_page(page: Page, town: Town, name: str) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.set_viewport_size(PHONE)
    for language in ("en", "vi"):
        await open_at(page, town, PAGES[name], language)
        assert await page.get_attribute("html", "lang") == language
        assert await complaints(page) == []
        assert await overflow(page) == []
    if name in LOOKED_AT:
        await shoot(page, f"board-{name}-phone")
    await page.set_viewport_size(DESKTOP)
    assert await overflow(page) == []
    if name in LOOKED_AT:
        await shoot(page, f"board-{name}-desktop")
    assert errors == []


async def test_no_text_breaks_the_layout(page: Page, town: Town) -> None:
    for size in (PHONE, DESKTOP):
        await page.set_viewport_size(size)
        for path in HOSTILE:
            await open_at(page, town, path)
            assert await overflow(page) == [], path
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], path


async def test_large_text_has_room_on_a_phone(page: Page, town: Town) -> None:
    await page.set_viewport_size(PHONE)
    for path in (PAGES["ticket"], PAGES["stats"]):
        await open_at(page, town, path)
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        narrowest = "Math.min(...[...document.querySelectorAll('.facts dd')].map(one => one.clientWidth))"
        assert await page.evaluate(narrowest) > PHONE["width"] / 2, path


async def test_the_first_page_is_light(page: Page, town: Town) -> None:
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    await page.context.clear_cookies()
    await page.goto(f"{town.root}/board")
    page.remove_listener("response", keep)
    sizes = {
        one.url.removeprefix(town.root): (await one.request.sizes())["responseBodySize"]
        for one in answers
        if "/photos/" not in one.url and "/stream" not in one.url
    }
    assert {"/board", "/static/site.css", "/static/board.css", "/static/board.js"} <= sizes.keys()
    assert sum(sizes.values()) <= BUDGET, sizes


async def test_a_keyboard_is_enough(page: Page, town: Town) -> None:
    await open_at(page, town, "/board")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.focus("#q")
    await page.keyboard.type("nap cong")
    await page.keyboard.press("Enter")
    await expect(page.locator(".ticket")).to_have_count(1)
    await page.focus(".ticket h3 a")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Thoát nước: 9 Lý Tự Trọng")
    await open_at(page, town, "/board/map")
    await page.focus(".map a[aria-label^='Phú Lợi']")
    await page.keyboard.press("Enter")
    await expect(page.locator(".ticket")).to_have_count(2)


async def test_it_stands_without_scripts(town: Town) -> None:
    async with browser_page(**PHONE, scripts=False) as plain:
        await plain.goto(f"{town.root}/board")
        await plain.select_option("#status", "done")
        await plain.click("button.main")
        await expect(plain.locator(".ticket")).to_have_count(1)
        await plain.click(".ticket h3 a")
        await expect(plain.locator(".history li")).to_have_count(6)
        await plain.click("header .lang a")
        await expect(plain.locator("h1")).to_have_text("Lighting: 45 Hai Bà Trưng")
        await plain.click("nav >> text=Figures")
        await expect(plain.locator("svg[role=img]")).to_be_visible()


async def test_what_changed_shows_by_itself_and_the_focus_stays(page: Page, town: Town) -> None:
    await page.set_viewport_size(PHONE)
    await open_at(page, town, "/board?category=tree")
    await page.focus(".ticket h3 a")
    async with page.expect_response("**/board/stream"):
        await page.reload()
    await page.focus(".ticket h3 a")
    await page.evaluate("document.querySelector('.totals b').textContent = 'cũ'")
    await town.change("PA1012", summary="Cây ngã chắn ngang đường")
    town.app._tell_pages()
    await expect(page.locator(".ticket .said")).to_have_text("Cây ngã chắn ngang đường")
    await expect(page.locator("#said")).to_have_text("Trang vừa cập nhật.")
    assert await page.evaluate("document.activeElement.getAttribute('href')") == "/board/PA1012"
    await expect(page.locator(".totals b").first).not_to_have_text("cũ")
    await town.change("PA1012", summary="")


async def test_what_was_unfolded_stays_so_and_keeps_the_focus(page: Page, town: Town) -> None:
    async with page.expect_response("**/board/stream"):
        await open_at(page, town, PAGES["stats"])
    await page.click("summary")
    await page.evaluate("document.querySelector('.figures caption').textContent = 'cũ'")
    town.app._tell_pages()
    await expect(page.locator(".figures caption").first).not_to_have_text("cũ")
    await expect(page.locator(".figures details table").first).to_be_visible()
    await expect(page.locator("summary")).to_be_focused()


async def test_it_can_be_printed(page: Page, town: Town) -> None:
    await page.set_viewport_size(DESKTOP)
    await page.emulate_media(media="print")
    for name in ("list", "ticket", "map"):
        await open_at(page, town, PAGES[name])
        await expect(page.locator("form, nav").first).to_be_hidden()
        await shoot(page, f"board-{name}-print")
    await page.emulate_media(media="screen")
