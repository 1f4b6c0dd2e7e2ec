"""The demo's page in a real browser."""

import asyncio
import contextlib
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, async_playwright

from tests.acceptance.process import COMMAND, environment, free_port

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


@asynccontextmanager
async def demo_page(folder: Path, *, width: int = 1360, height: int = 850) -> AsyncIterator[Page]:
    """`congich demo` with its data in a folder, and its page, ready."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        str(COMMAND), "demo", "--data", str(folder), "--port", str(port),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, env=environment(),
    )  # fmt: skip
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = await browser.new_page(viewport={"width": width, "height": height})
        await _open(page, f"http://127.0.0.1:{port}")
        yield page
        await browser.close()
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
