"""`congich demo`: the sample week, played and told; a page that a person can use."""

import asyncio
import re
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from bot.demo.draw import draw
from storage.database import Database
from storage.models import Attachment
from tests.acceptance.browser import CHROMIUM, demo_page
from tests.acceptance.process import COMMAND, environment, free_port, run
from tests.template import back_to


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo's folder after one playing, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    code, out, errors = asyncio.run(run("demo", "--once", "--data", str(folder)))
    assert code == 0, errors
    return folder, out


def number(out: str, name: str) -> int:
    found = re.search(rf"^{name}: (\d+)", out, re.MULTILINE)
    assert found is not None, out
    return int(found[1])


def test_once_plays_the_week_and_prints_the_totals(played: tuple[Path, str]) -> None:
    _, out = played
    assert number(out, "messages") >= 150
    assert 40 <= number(out, "tickets") <= 60
    assert number(out, "more voices") >= 3
    assert "Tổng hợp Công ích đô thị" in out
    right, labelled = re.findall(r"understood as meant: (\d+) of (\d+)", out)[0]
    assert int(right) >= 0.9 * int(labelled)


async def test_a_second_playing_in_the_same_folder_changes_nothing(played: tuple[Path, str]) -> None:
    folder, before = played
    code, after, errors = await run("demo", "--once", "--data", str(folder))
    assert code == 0, errors
    for name in ("messages", "tickets", "more voices", "questions for moderators"):
        assert number(after, name) == number(before, name)


async def test_the_board_has_the_photos_that_the_moderator_released(played: tuple[Path, str]) -> None:
    database = Database(f"sqlite:///{played[0] / 'congich.db'}", looks_only=True)
    async with database.read() as session:
        rows = await session.scalars(select(Attachment))
        verdicts = [photo.on_board for photo in rows]
    await database.close()
    assert verdicts.count(True) > 40
    assert verdicts.count(None) > 0  # something is left to be looked at


async def test_an_earlier_versions_demo_goes_on(played: tuple[Path, str], tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(played[0], folder)
    database = Database(f"sqlite:///{folder / 'congich.db'}")
    await back_to("0007", database)
    await database.close()
    code, after, errors = await run("demo", "--once", "--data", str(folder))
    assert code == 0, errors
    assert number(after, "tickets") == number(played[1], "tickets")


async def test_a_demo_that_runs_is_left_alone_and_ends_at_once(tmp_path: Path) -> None:
    port = free_port()
    arguments = ("demo", "--data", str(tmp_path / "demo"), "--port", str(port))
    process = await asyncio.create_subprocess_exec(
        str(COMMAND), *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        env=environment(),
    )  # fmt: skip
    while not (tmp_path / "demo" / "photos").exists():
        await asyncio.sleep(0.1)
    code, _, errors = await run(*arguments, "--fresh")
    assert code == 1
    assert "already running" in errors
    code, _, errors = await run("demo", "--data", str(tmp_path / "other"), "--port", str(port))
    assert code == 2
    assert "choose another port" in errors
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 10) == 0


@pytest.fixture
async def page(played: tuple[Path, str]) -> AsyncIterator[Page]:
    """The demo's page in a real browser."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    async with demo_page(played[0]) as opened:
        yield opened


async def test_a_person_types_and_sees_the_ticket(page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await expect(page.locator("#posts [data-post]").first).to_be_visible()
    await page.select_option("#member", "hoa")
    await page.set_input_files(
        "#photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": draw("open-manhole")}
    )
    await page.fill("#text", "Nắp cống trước số 9 Lý Tự Trọng bị bể, nguy hiểm quá")
    await page.press("#text", "Enter")
    reply = page.locator("#posts [data-post]", has_text="Dạ, đã ghi nhận").last
    await expect(reply).to_contain_text("Lý Tự Trọng", timeout=10_000)
    code = re.findall(r"#(PA\d+)", await reply.inner_text())[-1]
    await expect(page.locator(f"#tickets [data-ticket={code}]")).to_contain_text("Thoát nước")

    await page.click("[data-room=dieu-hanh]")
    await page.select_option("#member", "ha")
    card = page.locator("#posts [data-post]", has_text=f"#{code}").last
    await card.locator(".button", has_text="Tiếp nhận").first.click()
    await expect(card).to_contain_text("Đã tiếp nhận", timeout=10_000)
    await page.locator(f"#tickets [data-ticket={code}]").click()
    await expect(page.locator("#ticket-detail")).to_contain_text("tiếp nhận")
    await expect(page.locator("#ticket-detail img").first).to_be_visible()
    assert errors == []


async def test_a_private_talk_with_the_bot(page: Page) -> None:
    await expect(page.locator("#posts [data-post]").first).to_be_visible()
    await page.select_option("#member", "hoa")
    await page.locator("[data-room=rieng-hoa]").click()
    await expect(page.locator("[data-room=rieng-hoa]")).to_have_attribute("aria-current", "page")
    await page.fill("#text", "/cuatoi")
    await page.press("#text", "Enter")
    answer = page.locator("#posts [data-post]", has_text="Phiếu của anh/chị").last
    await expect(answer).to_contain_text("#PA", timeout=10_000)
    await page.select_option("#member", "dung")
    await expect(page.locator("[data-room=rieng-hoa]")).to_have_count(0)
    await expect(page.locator("[data-room=rieng-dung]")).to_have_count(1)
