"""The room in a real browser: signed in by a real link, each page for everybody, whatever people write."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import ConsoleMessage, Page, Route, expect
from sqlalchemy import select
from sqlmodel import col

from storage.models import Dispatch, Outbox
from storage.states import OutboxState, TicketStatus
from tests.acceptance.browser import NEEDS_CHROMIUM, browser_page, complaints, overflow, shoot
from tests.bot.room.site import GROUP, LAMP, ROOM, UNSURE, WASTE, Site, opened
from tests.bot.test_decoder import picture

pytestmark = [NEEDS_CHROMIUM, pytest.mark.asyncio(loop_scope="module")]

HOSTILE = (
    "Nắp cống trước số 9 Lý Tự Trọng bị bể " + "W" * 500 + " 😀🚧👩‍👩‍👧 إنارة الشارع معطلة \u202eabc\u202c "
    "<script>document.title = 'bad'</script><b>đậm</b> " + "dài lắm " * 170
)
UNFOLDED = "(open) => document.querySelectorAll('details').forEach((one) => (one.open = open))"
PAGES = {
    "queue": "/room",
    "tickets": "/room/tickets?status=all",
    "ticket": "/room/tickets/PA1003",
    "photos": "/room/photos",
    "stats": "/room/stats",
    "deliveries": "/room/deliveries",
    "members": "/room/members?role=member",
    "record": "/room/record",
}


@dataclass
class Room:
    """The page of a moderator's browser, and what it complained of."""

    site: Site
    page: Page
    errors: list[str] = field(default_factory=list)

    async def open(self, path: str) -> None:
        await self.page.goto(self.site.root + path)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    """A city full of hard texts, and an administrator's browser, signed in by its link."""
    folder = tmp_path_factory.mktemp("room")
    async with opened(f"sqlite:///{folder}/c.db", folder) as site, browser_page() as page:
        await fill(site)
        made = Room(site, page)
        page.on("pageerror", lambda error: made.errors.append(str(error)))
        page.on("console", lambda one: made.errors.append(one.text) if is_wrong(one) else None)
        await page.goto(site.root + await site.link("chu"))
        await page.get_by_role("button", name="Vào").click()
        await expect(page).to_have_url(f"{site.root}/room")
        yield made
        assert made.errors == []


def is_wrong(message: ConsoleMessage) -> bool:
    """An error that nobody meant: the page that asks once more is a 409, which the browser notes."""
    return message.type == "error" and "409" not in message.text


async def fill(site: Site) -> None:
    await site.say("hoa", LAMP, picture(color="red"), picture(color="blue"))
    await site.say("minh", WASTE, picture(color="green"))
    await site.say("x", HOSTILE, picture(color="gray"), name="N" * 300)
    await site.say("nam", UNSURE)
    await site.say_all((GROUP, "loat", f"Rác đường số {at} chưa gom, hẻm {at + 40}") for at in range(11))
    await site.say("ha", "/tamdung 1003 " + "chờ vật tư " * 30 + "M" * 200, chat=ROOM)
    async with site.app.database.write() as session:
        post = (await session.scalars(select(Outbox).order_by(col(Outbox.id)).limit(1))).one()
        post.state, post.error = OutboxState.UNCONFIRMED, "TimeoutError: " + "x" * 300
        session.add(
            Dispatch(
                idempotency_key="d", target="webhook:ioc", ticket_id=3, ordering_key="d",
                payload={"type": "ticket.opened"}, state=OutboxState.DEAD, error="503",
                created_at=site.clock(), next_attempt_at=site.clock(),
            )
        )  # fmt: skip
    site.clock.set(site.clock() + timedelta(days=1))


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_for_everybody_and_nothing_breaks_it(room: Room, name: str) -> None:
    page = room.page
    await room.open(PAGES[name])
    for width in (1360, 360):
        await page.set_viewport_size({"width": width, "height": 850})
        await page.evaluate(UNFOLDED, False)
        await shoot(page, f"room-{name}-{width}")
        await page.evaluate(UNFOLDED, True)
        assert await overflow(page) == []
    assert await complaints(page) == []
    assert "bad" not in await page.title()


async def test_on_a_phone_nothing_moves_and_the_whole_menu_is_there(room: Room) -> None:
    page = room.page
    await page.set_viewport_size({"width": 360, "height": 640})
    await room.open("/room/tickets")
    assert await page.evaluate(_SHIFTED) < 0.05
    await expect(page.locator("#status")).to_be_hidden()
    await page.click(".filters summary")
    await expect(page.locator("#status")).to_be_visible()
    rights = await page.locator("header nav a").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().right)"
    )
    assert max(rights) <= 360
    await page.locator("[name=code]").first.check()
    await expect(page.locator("#bulk.ready")).to_have_css("position", "static")


_SHIFTED = """() => new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((one) => (sum += one.value)))
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(sum), 300);
})"""


async def test_lists_can_be_printed_and_keys_switched_off(room: Room) -> None:
    page = room.page
    await page.set_viewport_size({"width": 1366, "height": 768})
    for name in ("photos", "tickets"):
        await room.open(PAGES[name])
        await page.emulate_media(media="print")
        await expect(page.locator("[data-item]").first).to_be_visible()
        await expect(page.locator("#bulk")).to_be_hidden()
        await expect(page.locator(".brand a")).to_have_css("color", "rgb(0, 0, 0)")
        await shoot(page, f"room-{name}-print")
        await page.emulate_media(media="screen")
    for is_on in (False, True):
        await room.open("/room")
        await page.click(".keys summary")
        await page.locator("#keys-on").set_checked(is_on)
        await room.open(PAGES["tickets"])
        await page.evaluate("window.same = true")
        for key in ("r", "j", "x"):
            await page.keyboard.press(key)
        await expect(page.locator("[name=code]:checked")).to_have_count(int(is_on))
        assert await page.evaluate("window.same")


async def test_what_has_the_focus_is_under_nothing(room: Room) -> None:
    page = room.page
    await page.set_viewport_size({"width": 1366, "height": 768})
    await room.open(PAGES["tickets"])
    await page.locator("#all").check()
    await page.locator(".tickets .code a").first.focus()
    keys = ["Tab"] * 26 + ["Shift+Tab"] * 26
    hidden = []
    for key in keys:
        await page.keyboard.press(key)
        hidden += await page.evaluate(_UNDER_SOMETHING)
    assert hidden == []


_UNDER_SOMETHING = """() => {
    const focused = document.activeElement;
    const { left, top, width, height } = focused.getBoundingClientRect();
    const seen = document.elementFromPoint(left + width / 2, top + height / 2);
    return seen && (focused.contains(seen) || seen.contains(focused)) ? [] : [focused.outerHTML.slice(0, 99)];
}"""


async def test_two_tickets_are_closed_with_the_keyboard_alone(room: Room) -> None:
    page = room.page
    await page.set_viewport_size({"width": 1360, "height": 850})
    await room.open("/room/tickets?sort=newest")
    codes = await page.locator("[name=code]").evaluate_all("(all) => all.slice(0, 2).map((one) => one.value)")
    for key in ("j", "x", "j", "x"):
        await page.keyboard.press(key)
    await expect(page.locator("#chosen")).to_have_text("(2)")
    await page.locator("#do").focus()
    for _ in range(3):  # accept, start, assign, close
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Đóng 2 phiếu?")
    assert await complaints(page) == []
    await shoot(page, "room-sure")
    await page.locator(".sure button.main").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#answer")).to_be_focused()
    await expect(page.locator("#answer")).to_contain_text("Đã đóng 2 phiếu.")
    assert {(await room.site.ticket(code)).status for code in codes} == {TicketStatus.CLOSED}
    await page.reload()
    await expect(page.locator("#answer")).to_have_count(0)


async def test_photos_are_let_on_the_board_and_taken_back(room: Room) -> None:
    page = room.page
    await page.set_viewport_size({"width": 360, "height": 850})
    await room.open("/room/photos")
    await expect(page.locator("label.photo img").first).to_have_css("object-fit", "contain")
    await page.locator("label.photo").nth(0).click()
    await page.locator("label.photo").nth(1).click()
    await page.get_by_role("button", name="Cho lên bảng").click()
    await expect(page.locator("#answer")).to_contain_text("lên bảng công khai")
    await expect(page.locator("label.photo")).to_have_count(2)
    assert await overflow(page) == []
    assert await complaints(page) == []
    await shoot(page, "room-photos-done")
    await page.get_by_role("button", name="Hoàn tác").click()
    await expect(page.locator("label.photo")).to_have_count(4)


async def test_a_form_that_did_not_leave_may_be_sent_again_and_acts_once(room: Room) -> None:
    page, sent = room.page, []

    async def stopped(route: Route) -> None:
        sent.append(route.request.post_data)
        await (route.abort("aborted") if len(sent) == 1 else route.continue_())

    await page.clock.install()
    await room.open("/room/tickets/PA1002")
    await page.route("**/room/command", stopped)
    await page.get_by_text("Giao đơn vị…").click()
    await page.locator("#assign-department").select_option("moitruong")
    button = page.get_by_role("button", name="Giao", exact=True)
    await button.click()
    await button.click(no_wait_after=True)
    assert len(sent) == 1
    await page.clock.run_for(5_000)
    await button.click()
    await expect(page.locator("#answer")).to_contain_text("PA1002")
    assert (len(sent), sent[0]) == (2, sent[1])
    await page.unroute("**/room/command")


async def test_a_page_tells_that_somebody_was_faster_and_keeps_the_words(room: Room) -> None:
    page, site = room.page, room.site
    await page.set_viewport_size({"width": 1360, "height": 850})
    await page.clock.install()
    await room.open("/room/tickets/PA1001")
    await site.say("ha", "/giao 1001 dienluc", chat=ROOM)
    await page.clock.run_for(25_000)
    await expect(page.locator("#stale")).to_contain_text("Có thay đổi")
    await page.get_by_text("Báo xong…").click()
    await page.get_by_label("Lời báo trong nhóm").fill("đã thay bóng mới")
    await page.get_by_role("button", name="Đã xử lý xong").click()
    await expect(page.locator("main")).to_contain_text("Ha")
    await expect(page.locator("main")).to_contain_text("đã thay bóng mới")
    assert await complaints(page) == []
    await shoot(page, "room-meanwhile")
    await page.get_by_role("button", name="Vẫn làm").click()
    await expect(page.locator("#answer")).to_contain_text("Đã xử lý")
    assert (await site.ticket("PA1001")).status == TicketStatus.RESOLVED
