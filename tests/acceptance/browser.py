"""Our pages in a real browser: opened, photographed, and asked by axe whether everybody can use them."""

import asyncio
import contextlib
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, ViewportSize, async_playwright

from tests.acceptance.process import COMMAND, environment, free_port

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"  # kept after a run, to be looked at
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


NEEDS_CHROMIUM = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium"
)


@asynccontextmanager
async def browser_page(*, width: int = 1360, height: int = 850, scripts: bool = True) -> AsyncIterator[Page]:
    """An empty page of a fresh browser; `scripts` False: JavaScript is switched off."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        size: ViewportSize = {"width": width, "height": height}
        yield await browser.new_page(viewport=size, java_script_enabled=scripts, locale="vi-VN")
        await browser.close()


async def shoot(page: Page, name: str, *, whole: bool = True) -> None:
    """Keep a picture of a page."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png", full_page=whole)


async def complaints(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, a line each: the rule and the elements."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = (await Axe().run(page, options=rules)).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


async def overflow(page: Page) -> list[str]:
    """Elements that reach beyond the page's right edge, unless they lie in something that scrolls."""
    found: list[str] = await page.evaluate(_OVERFLOWING)
    return found


_OVERFLOWING = """() => {
	const wide = document.documentElement.clientWidth;
	const clips = (one) => getComputedStyle(one).overflowX !== "visible";
	const is_kept = (one) => one && (clips(one) || is_kept(one.parentElement));
	return [...document.querySelectorAll("body *")]
		.filter((one) => one.getBoundingClientRect().right > wide + 1 && !is_kept(one.parentElement))
		.map((one) => one.outerHTML.slice(0, 120));
}"""


@asynccontextmanager
async def demo_page(folder: Path, *, width: int = 1360, height: int = 850) -> AsyncIterator[Page]:
    """`congich demo` with its data in a folder, and its page, ready."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        str(COMMAND), "demo", "--data", str(folder), "--port", str(port),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, env=environment(),
    )  # fmt: skip
    async with browser_page(width=width, height=height) as page:
        await _open(page, f"http://127.0.0.1:{port}")
        yield page
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 25) == 0


async def _open(page: Page, address: str) -> None:
    """Open the page as soon as it is served and ready."""
    for _ in range(300):
        with contextlib.suppress(PlaywrightError):  # refused while the server is not up yet
            if (await page.request.get(f"{address}/readyz")).ok:
                break
        await asyncio.sleep(0.2)
    await page.goto(f"{address}/")
