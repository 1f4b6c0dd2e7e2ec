"""The built-in chat as people hold it, in a real browser: phones, a kiosk, no network, hostile texts."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from PIL import Image
from playwright.async_api import BrowserContext, Page, Route, expect

from bot.platforms.webchat_feed import EACH, ELSEWHERE
from bot.web.chat_page import FRESH, RELEASE, ChatPage
from storage import sign_ins
from storage.models import row_id
from tests.acceptance.browser import NEEDS_CHROMIUM, complaints, overflow, shoot
from tests.acceptance.chat_city import City, a_city, join, mine, say
from tests.acceptance.process import run

pytestmark = [NEEDS_CHROMIUM, pytest.mark.asyncio(loop_scope="module")]

STATIC = Path(__file__).parents[2] / "bot" / "web" / "static"
LAMP = "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay, tối không thấy đường"
HOSTILE = (
    "Đường" + "g" * 495,
    "Rác ở đầu hẻm 12 chất đống, mùi hôi không chịu nổi. " * 38,
    "🕳️🚧👨‍👩‍👧‍👦🇻🇳" * 40,
    "مرحبا، الشارع مكسور أمام رقم 45 \u202e(cod.exe) đảo ngược",
    '<img src=x onerror="document.title=1"> &lt;b&gt; {{7*7}} https://example.com/' + "a" * 300,
)


def photo(width: int, height: int, orientation: int = 1) -> bytes:
    """What a camera makes: large, lying on its side where the orientation says so."""
    noise = Image.effect_noise((width // 8, height // 8), 90).resize((width, height))
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = io.BytesIO()
    noise.convert("RGB").save(made, "JPEG", quality=95, exif=exif)
    return made.getvalue()


def file(name: str, data: bytes, kind: str = "image/jpeg") -> Any:
    return {"name": name, "mimeType": kind, "buffer": data}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """One for all tests here."""
    async with a_city(tmp_path_factory.mktemp("webchat")) as made:
        yield made


async def test_a_link_a_name_and_a_photo_become_a_ticket_on_a_phone(city: City) -> None:
    code, out, errors = await run("invite", "--people", "5", "-c", str(city.config))
    assert code == 0, errors
    async with city.phone() as (_, page), city.phone() as (_, other):
        await page.goto(city.root)
        await expect(page.locator("h1")).to_have_text("Anh/chị chưa vào nhóm")
        await shoot(page, "web-door")
        await page.goto(out.strip())
        await shoot(page, "web-join")
        assert await complaints(page) == []
        await join(page, out.strip(), "Trần Thị Hoa")
        await join(other, out.strip(), "Minh")

        await page.set_input_files("#camera", file("IMG_1.jpg", photo(4032, 3024, orientation=6)))
        await expect(page.locator("#previews img")).to_be_visible()
        await page.fill("#text", LAMP)
        await shoot(page, "web-composing")
        await page.click("#send")
        await expect(other.locator("#posts [data-post]", has_text=LAMP).locator("img")).to_be_visible()
        answer = page.locator("#posts .bot", has_text="Dạ, đã ghi nhận")
        await expect(answer).to_contain_text("45 Hai Bà Trưng", timeout=10_000)
        await expect(page.locator("#outgoing article")).to_have_count(0)
        await shoot(page, "web-phone")
        assert (await overflow(page), await complaints(page)) == ([], [])

        sent = Image.open(
            io.BytesIO(await city.app.images.get((await city.posts())[0].photos[0]["hash"]) or b"")
        )
        assert (sent.format, sent.size) == ("JPEG", (1536, 2048))

        await page.click("[data-tab=tickets]")
        await page.click("[data-ticket]")
        await expect(page.locator("#ticket-detail img").first).to_be_visible()
        await expect(page.locator("#ticket-detail")).not_to_contain_text("Hoa")
        await shoot(page, "web-ticket")
        assert (await overflow(page), await complaints(page)) == ([], [])
        await _there_and_back(page)
        await _above_a_keyboard(page)
        await page.click("[data-tab=rooms]")
        await expect(page.locator("#to-board")).to_be_visible()
        await expect(page.locator("#to-room")).to_be_hidden()
        await shoot(page, "web-rooms")
        assert await overflow(page) == []

        await other.fill("#text", "viết dở thì bị thoát")
        async with city.app.database.write() as session:
            await sign_ins.end_all(session, row_id(await city.member("Minh")))
        await page.click("[data-tab=chat]")
        await say(page, "chào anh Minh")
        await expect(other.locator("h1")).to_have_text("Anh/chị chưa vào nhóm")
        await other.goto(await city.way_in("Minh"))
        await expect(other.locator("h1")).to_have_text("Vào lại nhóm Công ích")
        await shoot(other, "web-again")
        pressed = await _slowed(other, "**/sign-in/**")
        await other.dblclick("button.main", delay=100)  # by a thumb, on a slow network
        await expect(other.locator("#text")).to_have_value("viết dở thì bị thoát")
        assert pressed == ["POST"]


async def _there_and_back(page: Page) -> None:
    """A ticket that was opened out of a post is closed into the chat, and opened no second time."""
    view, detail = page.locator("body"), page.locator("#ticket-detail")
    await page.click("[data-action=back]")  # which the list opened
    await expect(view).to_have_attribute("data-view", "tickets")
    for leave in ("back", "button", "back"):
        await page.click("[data-tab=chat]")
        await page.locator("#posts a.code").last.click()
        await expect(detail).to_be_visible()
        await (page.go_back() if leave == "back" else page.click("[data-action=back]"))
        await expect(view).to_have_attribute("data-view", "chat")
        await expect(detail).to_be_hidden()
        assert "#" not in page.url
    await page.evaluate("location.hash = '#PA1001'")
    await page.reload()
    await page.click("[data-action=back]")
    await expect(page.locator("#ticket-list")).to_be_visible()
    assert "#" not in page.url


async def _above_a_keyboard(page: Page) -> None:
    """A keyboard leaves little of a phone's page: what sends is still there."""
    whole = page.viewport_size
    assert whole is not None
    await page.click("[data-tab=chat]")
    await page.set_viewport_size({"width": 360, "height": 340})
    await page.fill("#text", "dòng\n" * 12)
    await page.set_input_files("#photos", file("a.jpg", photo(400, 300)))
    await expect(page.locator("#previews img")).to_be_visible()
    await page.locator("#text").focus()
    await shoot(page, "web-keyboard")
    assert await page.evaluate(
        """() => {
            const { left, right, top, bottom } = send.getBoundingClientRect();
            const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
            return send.contains(there) && bottom <= innerHeight;
        }"""
    )
    await page.fill("#text", "")
    await page.click("#previews button")
    await page.locator("#text").blur()
    await page.set_viewport_size(whole)


async def _slowed(page: Page, where: str) -> list[str]:
    """Requests that take their time from now on: by which method each is made."""
    made: list[str] = []

    async def late(route: Route) -> None:
        made.append(route.request.method)
        await asyncio.sleep(0.3)
        await route.continue_()

    await page.route(where, late)
    return made


async def test_without_a_network_nothing_is_lost_and_nothing_doubled(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with city.phone() as (context, page):
        await join(page, await city.invitation(), "Lan")
        await say(page, "đã có mạng")
        await expect(mine(page, "đã có mạng")).to_be_visible()
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        assert await _part_after_a_reload(page) == "kept"
        with monkeypatch.context() as later:
            later.setattr(ChatPage, "_file", _of_another_release)
            assert "PNG" in await _part_after_a_reload(page)  # of the release that the page is of
        assert await _part_after_a_reload(page) == "kept"
        await expect(mine(page, "đã có mạng")).to_be_visible()  # before its room is open nothing can be sent
        before = len(await city.posts())

        await context.set_offline(True)
        await say(page, "tin thứ nhất")
        await page.set_input_files("#photos", file("a.jpg", photo(2400, 1200)))
        await say(page, "tin thứ hai, có hình")
        await say(page, "tin thứ ba")
        await expect(page.locator("#connection")).to_have_text("Đang chờ mạng, còn 3 tin")
        await shoot(page, "web-offline")
        assert await overflow(page) == []

        await page.reload()
        await expect(page.locator("#outgoing article")).to_have_count(3)
        await expect(mine(page, "đã có mạng")).to_be_visible()
        await page.close()
        page = await context.new_page()  # noqa: PLW2901 - the same phone, opened again
        await page.goto(city.root)
        await expect(page.locator("#outgoing article")).to_have_count(3)
        await expect(page.locator("#connection")).to_have_text("Đang chờ mạng, còn 3 tin")
        await shoot(page, "web-offline-again")

        lost: list[int] = []

        async def lose_the_answer_once(route: Route) -> None:
            answer = await route.fetch()
            lost.append(answer.status)
            await (route.abort() if len(lost) == 1 else route.fulfill(response=answer))

        await page.route("**/api/posts", lose_the_answer_once)
        await context.set_offline(False)
        await page.evaluate("dispatchEvent(new Event('online'))")
        await expect(mine(page, "tin thứ ba")).to_be_visible(timeout=15_000)
        await expect(page.locator("#outgoing article")).to_have_count(0, timeout=10_000)
        sent = (await city.posts())[before:]
        assert [one.text for one in sent] == ["tin thứ nhất", "tin thứ hai, có hình", "tin thứ ba"]
        assert [len(one.photos) for one in sent] == [0, 1, 0]
        assert lost == [201, 201, 201, 201]
        await page.reload()
        await expect(mine(page, "tin thứ")).to_have_count(3)
        await expect(page.locator("#outgoing article")).to_have_count(0)


def _of_another_release(_: ChatPage, name: str) -> web.FileResponse:
    return web.FileResponse(STATIC / name, headers=FRESH | {RELEASE: "another"})


async def _part_after_a_reload(page: Page) -> str:
    """What a part of the page is, of which the service worker keeps something else."""
    await page.evaluate(
        """async () => {
            const [name] = await caches.keys();
            await (await caches.open(name)).put("/static/icon-192.png", new Response("kept"));
        }"""
    )
    await page.reload()
    found: str = await page.evaluate("fetch('/static/icon-192.png').then((one) => one.text())")
    return found


async def test_the_next_person_at_a_kiosk_sees_nothing_of_the_one_before(city: City) -> None:
    link = await city.invitation(shared=True)
    async with city.phone(init="delete Crypto.prototype.randomUUID") as (context, page):
        await page.clock.install()
        await join(page, link, "Người Trước")
        await page.click("[data-tab=rooms]")
        await expect(page.locator("#me-name")).to_have_text("Người Trước")
        await page.locator("[data-room^=rieng-]").click()
        await say(page, "chuyện riêng của tôi")
        own = await page.locator("[data-room^=rieng-]").get_attribute("data-room")
        post = await mine(page, "chuyện riêng").get_attribute("data-post")
        await page.evaluate(f"location.hash = '{own}/{post}'")
        await page.reload()  # a post's own address leads into its room
        await expect(mine(page, "chuyện riêng")).to_be_focused()
        await page.fill("#text", "chưa gửi")
        await shoot(page, "web-kiosk")
        assert (await overflow(page), await complaints(page)) == ([], [])
        await page.click("#next")
        await expect(page.locator("input#name")).to_have_value("")
        assert page.url == link
        await shoot(page, "web-kiosk-next")

        await join(page, link, "Người Sau")
        assert await page.input_value("#text") == ""
        await page.click("[data-tab=rooms]")
        await page.locator("[data-room^=rieng-]").click()
        await expect(page.locator("#empty")).to_be_visible()
        await expect(page.locator("#connection")).to_have_attribute("data-state", "live")
        assert "Người Trước" not in await page.content()
        assert await _left_behind(context, page) == [[], [], 0, 0, 0]

        line = page.locator("#connection")
        await page.route("**/api/stream*", lambda _: None)  # a phone's dead connection: no answer, no error
        await page.clock.fast_forward("00:26")
        await expect(line).to_have_attribute("data-state", "cut")
        await page.unroute("**/api/stream*")
        await page.clock.fast_forward("00:45")
        await expect(line).to_have_attribute("data-state", "live")

        await page.clock.fast_forward("11:00")  # nobody touches it any more
        await expect(page.locator("button.main")).to_be_visible(timeout=10_000)
        assert page.url == link
        await page.go_back()
        await expect(page.locator("#posts article")).to_have_count(0)


async def _left_behind(context: BrowserContext, page: Page) -> Any:
    """What a browser keeps: IndexedDB's two stores, local and session storage, caches."""
    assert len(await context.cookies()) == 1
    return await page.evaluate(
        """async () => {
            const open = indexedDB.open("congich");
            const store = await new Promise((resolve) => (open.onsuccess = () => resolve(open.result)));
            const all = (name) => new Promise((resolve) => {
                const asked = store.transaction(name).objectStore(name).getAll();
                asked.onsuccess = () => resolve(asked.result);
            });
            const kept = [await all("outgoing"), await all("seen")];
            return [...kept, localStorage.length, sessionStorage.length, (await caches.keys()).length];
        }"""
    )


async def test_hostile_texts_break_no_page_and_a_refused_post_may_be_dropped(city: City) -> None:
    async with city.phone() as (context, page):
        await join(page, await city.invitation(), "W" * 60)
        for words in HOSTILE:
            await say(page, words)
        await expect(page.locator("#posts .mine")).to_have_count(len(HOSTILE))
        async with city.phone() as (_, other):
            await join(other, await city.invitation(), "\u202eمحمد")
            await expect(other.locator("#posts [data-post]", has_text="مرحبا")).to_be_visible()
            await shoot(other, "web-hostile")
            assert (await overflow(other), await complaints(other)) == ([], [])
            assert await other.evaluate("scroller.scrollWidth === scroller.clientWidth")
            assert await other.title() == "Công ích đô thị"

        await page.set_input_files("#photos", file("x.heic", b"not a photo", "image/heic"))
        await expect(page.locator("#toasts")).to_contain_text("HEIC")
        await page.set_input_files("#photos", file("x.jpg", b"not a photo"))
        await page.click("#send")
        failed = page.locator("#outgoing .failed")
        await expect(failed).to_contain_text("Hình không đọc được")
        await shoot(page, "web-failed")
        assert (await overflow(page), await complaints(page)) == ([], [])
        await page.reload()
        await expect(failed).to_contain_text("Hình không đọc được")
        await page.click("[data-tab=rooms]")
        await page.click("#leave")
        await expect(page.locator("#ask-words")).to_contain_text("Còn 1 tin chưa gửi")
        await shoot(page, "web-leave")
        await page.click("[value=stay]")
        await page.click("[data-tab=chat]")
        await failed.get_by_text("Bỏ").click()
        await expect(failed).to_have_count(0)
        await page.fill("#text", "viết dở")
        await page.click("[data-tab=rooms]")
        await page.click("#leave")
        await expect(page.locator("h1")).to_have_text("Anh/chị chưa vào nhóm")
        assert await context.cookies() == []
        assert (await page.evaluate("caches.keys()")) == []
        assert await page.evaluate("sessionStorage.length") == 0


@pytest.mark.asyncio(loop_scope="function")
async def test_a_service_worker_knows_every_part_of_the_page() -> None:
    listed = re.findall(r'"/static/([\w.-]+)"', (STATIC / "sw.js").read_text("utf-8"))
    parts, asked = set[str](), ["main.js"]
    while asked:
        parts.add(name := asked.pop())
        asked += set(re.findall(r'from "\./([\w.-]+)"', (STATIC / name).read_text("utf-8"))) - parts
    assert set(listed) == parts | {"chat.css", "icon.svg", "icon-192.png"}


async def test_a_correction_that_fails_and_a_draft_are_not_lost(city: City) -> None:
    async with city.phone() as (context, page):
        await join(page, await city.invitation(), "Bà Năm")
        await say(page, "Tin có chử sai")
        await expect(mine(page, "Tin có chử sai")).to_be_visible()
        await page.fill("#text", "bản nháp còn dở")
        await page.set_input_files("#photos", file("a.jpg", photo(400, 300)))
        await expect(page.locator("#previews img")).to_have_count(1)
        await _key(page, "Enter", isComposing=True)  # an input method joins letters: Telex, VNI
        await _key(page, "Enter", keyCode=229)
        await mine(page, "Tin có chử sai").locator("[data-action=edit]").dispatch_event("click")
        await _key(page, "Escape", isComposing=True)
        await expect(page.locator("#text")).to_have_value("Tin có chử sai")
        await expect(page.locator("#previews img")).to_have_count(0)
        await _key(page, "Escape")
        await expect(page.locator("#text")).to_have_value("bản nháp còn dở")
        await expect(page.locator("#previews img")).to_have_count(1)
        await mine(page, "Tin có chử sai").locator("[data-action=edit]").dispatch_event("click")
        await context.set_offline(True)
        await say(page, "Tin có chữ đúng")
        await expect(page.locator("#text")).to_have_value("Tin có chữ đúng")
        await context.set_offline(False)
        await page.click("#send")
        await expect(mine(page, "Tin có chữ đúng")).to_be_visible()
        await expect(page.locator("#text")).to_have_value("bản nháp còn dở")
        await expect(page.locator("#previews img")).to_have_count(1)


async def _key(page: Page, key: str, **more: object) -> None:
    """A key in the place to write, as an input method may send it."""
    await page.locator("#text").dispatch_event("keydown", {"key": key, "bubbles": True, **more})


async def _turn(page: Page, room: str) -> None:
    await page.click("[data-tab=rooms]")
    await page.click(f"[data-room^={room}]")
    await expect(page.locator("#text")).to_be_enabled()


async def test_words_begun_in_ones_own_room_stay_there(city: City) -> None:
    async with city.phone() as (_, page):
        await join(page, await city.invitation(), "Hoa Đăng")
        await page.click("[data-tab=rooms]")
        await page.click("[data-room^=rieng]")
        await expect(page.locator("#room-title")).not_to_have_text("Công ích đô thị")
        await page.fill("#text", "đừng cho ai biết")
        await page.click("[data-tab=rooms]")
        await page.click("[data-room=cong-ich]")
        await expect(page.locator("#text")).to_have_value("")
        await page.click("[data-tab=rooms]")
        await page.click("[data-room^=rieng]")
        await expect(page.locator("#text")).to_have_value("đừng cho ai biết")
        await page.reload()
        await _turn(page, "cong-ich")
        await expect(page.locator("#text")).to_have_value("")
        await _turn(page, "rieng")
        await expect(page.locator("#text")).to_have_value("đừng cho ai biết")


async def test_what_ends_late_is_of_the_room_where_it_was_begun(city: City) -> None:
    slow = "const decoded = new Promise((done) => (window.ends = () => done({ close() {} })));"
    answers: list[Route] = []

    async def keep(route: Route) -> None:
        answers.append(route)

    async with city.phone() as (_, page):
        await join(page, await city.invitation(), "Hoa Muộn")
        await say(page, "Tin viết lộn")
        await expect(mine(page, "Tin viết lộn")).to_be_visible()
        await page.evaluate(f"() => {{ {slow} window.createImageBitmap = () => decoded; }}")
        await page.set_input_files("#photos", file("x.heic", b"late", "image/heic"))
        await page.fill("#text", "cho cả nhóm")
        await page.route("**/api/posts/*/edit", keep)
        await mine(page, "Tin viết lộn").locator("[data-action=edit]").dispatch_event("click")
        await say(page, "Tin viết đúng")
        await mine(page, "Tin viết lộn").locator("[data-action=reply]").dispatch_event("click")
        await _turn(page, "rieng")
        await expect(page.locator("#context")).to_be_hidden()
        await page.evaluate("window.ends()")
        await answers[0].abort()
        await expect(page.locator("#toasts")).to_contain_text("máy chủ")
        await expect(page.locator("#previews img")).to_have_count(0)
        await expect(page.locator("#text")).to_have_value("")
        await _turn(page, "cong-ich")
        await expect(page.locator("#text")).to_have_value("Tin viết đúng")
        await page.click("#context-close")
        await expect(page.locator("#text")).to_have_value("cho cả nhóm")
        await expect(page.locator("#previews img")).to_have_count(1)


async def test_what_is_sent_before_the_room_opened_stays_in_its_place(city: City) -> None:
    async with city.phone() as (_, page):
        await join(page, await city.invitation(), "Sớm")
        opens = asyncio.Event()

        async def late(route: Route) -> None:
            await opens.wait()
            await route.continue_()

        await page.evaluate(
            "indexedDB.databases().then((all) => all.forEach((one) => indexedDB.deleteDatabase(one.name)))"
        )
        await page.route("**/api/state*", late)
        await page.reload()
        await page.fill("#text", "đèn hư trước nhà")
        await page.click("#send")
        await expect(page.locator("#text")).to_have_value("đèn hư trước nhà")
        opens.set()
        await expect(page.locator("#posts")).to_be_visible()


async def test_of_very_many_pages_the_oldest_rests_until_somebody_looks_at_it(city: City) -> None:
    assert city.app.webchat is not None
    feed = city.app.webchat.feed
    async with city.phone() as (_, page):
        await join(page, await city.invitation(), "Sương")
        line = page.locator("#connection")
        member_id = row_id(await city.member("Sương"))
        while member_id not in feed._listeners.values():  # before it listens it is taken to be live, too
            await asyncio.sleep(0.05)
        await expect(line).to_have_attribute("data-state", "live")
        others = [feed.listen(member_id) for _ in range(EACH)]
        await expect(line).to_have_attribute("data-state", "cut")
        await asyncio.sleep(2)  # after a line that broke it would be back by now
        await expect(line).to_have_attribute("data-state", "cut")
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(line).to_have_attribute("data-state", "live")
        assert others[0].get_nowait() == (ELSEWHERE, {})
        for other in others:
            feed.leave(other)
