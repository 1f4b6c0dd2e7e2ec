"""Takes the docs' pictures of the chat's page anew: `python -m tests.pictures`, which needs chromium."""

import asyncio
import tempfile
from pathlib import Path
from urllib.parse import urljoin

from playwright.async_api import FloatRect, Locator, Page, expect

from bot.demo.draw import draw
from tests.acceptance.browser import demo_page
from tests.acceptance.chat_city import a_city, join, say

DOCS = Path(__file__).parents[1] / "docs"
LAMP = "Đèn đường trước số 9 Lý Tự Trọng tắt ba bữa nay, tối đi không thấy đường"


async def _say(page: Page, who: str, room: str, words: str, photo: str = "") -> None:
    await page.select_option("#member", who)
    await page.locator(f"[data-room={room}]").click()
    await expect(page.locator(f"[data-room={room}]")).to_have_attribute("aria-current", "page")
    if photo:
        await page.set_input_files(
            "#photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": draw(photo)}
        )
    await page.fill("#text", words)
    await page.press("#text", "Enter")


def _last(page: Page, words: str) -> Locator:
    return page.locator("#posts [data-post]", has_text=words).last


async def _press(post: Locator, words: str) -> None:
    await post.locator(".button", has_text=words).first.click()


async def _keep(page: Page, name: str, *posts: Locator) -> None:
    """The part of the page from the first of these posts to the last."""
    await asyncio.sleep(0.6)  # photos and the toast
    await posts[-1].scroll_into_view_if_needed()
    boxes = [box for post in posts if (box := await post.bounding_box())]
    top = max(0, min(box["y"] for box in boxes) - 4)
    bottom = max(box["y"] + box["height"] for box in boxes) + 8
    frame = await page.locator("#scroller").bounding_box()
    assert frame is not None
    top, bottom = max(top, frame["y"]), min(bottom, frame["y"] + frame["height"])
    clip = FloatRect(x=frame["x"], y=top, width=frame["width"], height=bottom - top)
    await page.screenshot(path=DOCS / "pictures" / name, clip=clip)


async def take(folder: Path) -> None:
    """All of them, from one demo."""
    async with demo_page(folder, width=1120, height=1500) as page:
        await _say(page, "hoa", "cong-ich", LAMP, "lamp-dark")
        ours = _last(page, "9 Lý Tự Trọng. Cảm ơn")
        await expect(ours).to_be_visible(timeout=15_000)
        await _keep(page, "nhan.png", _last(page, LAMP), ours)

        await page.locator("[data-room=dieu-hanh]").click()
        await page.select_option("#member", "ha")
        card = _last(page, "Lý Tự Trọng")
        await expect(card.locator("img").first).to_be_visible(timeout=15_000)
        code = (await card.inner_text()).split("#PA")[1].split()[0]
        await _keep(page, "the.png", card)
        await _press(card, "Lĩnh vực…")
        await expect(card.locator(".button", has_text="Cấp nước")).to_be_visible()
        await _keep(page, "linh-vuc.png", card)
        await _press(card, "Quay lại")
        await _press(card, "Khác…")
        await expect(card.locator(".button", has_text="Hoàn tác")).to_be_visible()
        await _keep(page, "khac.png", card)
        await _press(card, "Quay lại")

        await _say(page, "dung", "cong-ich", "đèn đường hư rồi")
        await page.locator("[data-room=dieu-hanh]").click()
        await page.select_option("#member", "ha")
        question = _last(page, "đây là góp ý loại nào")
        await expect(question).to_contain_text("đèn đường hư rồi", timeout=15_000)
        await _keep(page, "hoi.png", question)

        await _say(page, "ha", "dieu-hanh", f"/giao {code} chieusang mai 17h")
        given = _last(page, "Đã giao")
        await expect(given).to_be_visible(timeout=15_000)
        await _say(page, "ha", "dieu-hanh", "/danhsach chiếu sáng")
        listed = _last(page, "Chiếu sáng ·")
        await expect(listed.locator(".button").first).to_be_visible(timeout=15_000)
        await _keep(page, "lenh.png", given, listed)

        await _say(page, "sang", "cong-ich", f"/xong {code} đã thay bóng", "lamp-lit")
        end = _last(page, f"#PA{code} đã xử lý xong")
        await expect(end.locator("img").first).to_be_visible(timeout=20_000)
        await _keep(page, "xong.png", end)

        await page.locator("[data-room=dieu-hanh]").click()
        await _say(page, "ha", "dieu-hanh", f"/lichsu {code}")
        history = _last(page, "Lịch sử #")
        await expect(history).to_be_visible(timeout=15_000)
        await _keep(page, "lich-su.png", history)

        await page.locator("[data-room=cong-ich]").click()
        await page.select_option("#member", "hoa")
        await _say(page, "hoa", "rieng-hoa", "/cuatoi")
        own = _last(page, "Phiếu của anh/chị")
        await expect(own).to_be_visible(timeout=15_000)
        await _keep(page, "rieng.png", own)
        await take_room(page)
        await take_board(page)


async def take_board(page: Page) -> None:
    """The public board: what was done, before and after."""
    await page.set_viewport_size({"width": 1120, "height": 900})
    await page.goto(urljoin(page.url, "/board?status=done"))
    await page.wait_for_load_state("load")
    await asyncio.sleep(0.6)  # photos further down are fetched late
    await page.screenshot(path=DOCS / "pictures" / "bang.png")


async def take_phone(folder: Path) -> None:
    """The built-in chat behind invitations, on a phone."""
    async with a_city(folder) as city, city.phone(scale=2) as (_, page):
        await join(page, await city.invitation(), "Trần Thị Hoa")
        await page.set_input_files(
            "#photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": draw("lamp-dark")}
        )
        await say(page, "Đèn đường trước số 9 Lý Tự Trọng tắt ba bữa nay")
        await expect(_last(page, "Dạ, đã ghi nhận")).to_be_visible(timeout=15_000)
        await asyncio.sleep(0.6)  # the photo
        await page.screenshot(path=DOCS / "pictures" / "web-phone.png")


async def take_room(page: Page) -> None:
    """The moderators' room on the web, signed in by a link that the bot sends in private."""
    await _say(page, "ha", "rieng-ha", "/dangnhap")
    link = _last(page, "/sign-in/").locator("a[href*='/sign-in/']")
    await expect(link).to_be_visible(timeout=15_000)
    await page.goto(await link.get_attribute("href") or "")
    await page.set_viewport_size({"width": 1120, "height": 760})
    await page.get_by_role("button", name="Vào").click()
    for name, path in {
        "viec-cho": "/room",
        "phieu": "/room/tickets",
        "hinh": "/room/photos",
    }.items():
        await page.goto(urljoin(page.url, path))
        await page.wait_for_load_state("networkidle")
        await page.screenshot(path=DOCS / "pictures" / f"phong-{name}.png")
    await page.goto(urljoin(page.url, "/room/tickets?words=dot rac"))
    await page.locator(".tickets .code a").first.click()
    await page.get_by_text("Giao đơn vị…").click()
    await page.screenshot(path=DOCS / "pictures" / "phong-mot-phieu.png")


def main() -> None:
    """Play the demo in a folder of its own, and take the pictures."""
    (DOCS / "pictures").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(take_phone(Path(folder) / "phone"))
        asyncio.run(take(Path(folder)))


if __name__ == "__main__":
    main()
