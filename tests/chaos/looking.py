"""Whoever reads a city: its pages, its files and its moderators' browser; nothing of it runs."""

import asyncio
import csv
import io
import json
import re
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from sqlalchemy import select
from sqlmodel import col

from bot.exports.writing import write
from handlers.exports import Format, Names
from storage.lists import Filter
from storage.models import Ticket
from storage.states import TicketStatus
from tests.acceptance.browser import browser_page
from tests.bot.room.site import GROUP, ROOM, Browser, Site
from tests.chaos.rig import FULL, SEED

EVERYTHING = Filter(statuses=tuple(TicketStatus))
PAGES = 40 if FULL else 2  # of tickets that the browser opens
READ = (
    "/board",
    "/board/feed.xml",
    "/board/data.json",
    "/room",
    "/room/tickets",
    "/room/members",
    "/room/record",
    "/room/photos",
    "/room/stats",
    "/room/deliveries",
    "/api/state",
    "/api/tickets",
    "/open311/v2/requests.json",
    "/open311/v2/requests.xml",
)
ASKED = (
    "q",
    "page",
    "before",
    "status",
    "category",
    "ward",
    "chat",
    "lang",
    "limit",
    "start_date",
    "sort",
    "from",
)


@dataclass
class Beacon:
    """A listener inside, which nobody may call."""

    port: int
    calls: int = 0


class Markup(HTMLParser):
    """What a page has that could run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if (
            tag == "script"
            and not (said.get("src") or "").startswith("/static/")
            and said.get("type") != "application/json"
        ):
            self.found.append("script")
        if tag in ("iframe", "object", "embed", "base", "math", "style"):
            self.found.append(tag)
        for name, value in attrs:
            leads = name in ("href", "src", "action", "formaction") and re.match(
                r"\s*(?:javascript|data|vbscript):", value or "", re.I
            )
            if name.startswith("on") or name in ("style", "srcdoc") or leads:
                self.found.append(f"{tag} {name}")


def guarded(answer: Any, page: str) -> None:
    """Every page allows scripts of ours alone."""
    rules = {one.split()[0]: one.split()[1:] for one in answer["Content-Security-Policy"].split(";")}
    assert rules["script-src"] == ["'self'"], page
    assert rules["style-src"] == ["'self'"], page
    assert (rules["base-uri"], rules["frame-ancestors"]) == (["'none'"], ["'none'"]), page


async def read_all(site: Site, browser: Browser, texts: Sequence[str]) -> int:
    """Every page, asked with these texts too; how many were read."""
    codes = [
        f"/{where}/PA{1001 + n}" for n in range(0, 4 * len(texts), 7) for where in ("board", "room/tickets")
    ]
    asked = [
        f"{READ[n % len(READ)]}?{ASKED[n % len(ASKED)]}={quote(text, safe='', errors='replace')}"
        for n, text in enumerate(texts)
    ]
    named = [
        f"{where}/{quote(text[:300], safe='', errors='replace')}"
        for text in texts
        for where in ("/board", "/sign-in", "/api/tickets")
    ]
    for path in (*READ, *codes, *asked, *named):
        answer = await browser.get(path)
        assert answer.status < 500, (SEED, path)
        assert not {"X-Hit", "Location"} & set(answer.headers) or answer.status in (302, 303), path
        kind = answer.headers.get("Content-Type", "")
        if kind.startswith("text/html"):
            guarded(answer.headers, path)
            assert Markup(answer.text).found == [], (SEED, path)
        elif "xml" in kind:
            ElementTree.fromstring(answer.text)
        elif "json" in kind:
            json.loads(answer.text)
    return len(READ) + len(codes) + len(asked) + len(named)


async def exported(site: Site, folder: Path) -> None:
    """The files of all tickets open as what they are, and no cell is a formula."""
    count = len(await _names(site))
    for names in Names:
        style = site.app.style("vi", names)
        for kind in Format:
            path = folder / f"{names.value}.{kind}"
            count = await write(site.app.database, EVERYTHING, style, kind, path, lambda *_: None)
            assert count or kind is Format.GEOJSON
            _opens(kind, path, count)


async def _names(site: Site) -> list[str]:

    async with site.app.database.read() as session:
        return list(await session.scalars(select(col(Ticket.code))))


def _opens(kind: Format, path: Path, count: int) -> None:
    if kind is Format.CSV:
        csv.field_size_limit(sys.maxsize)
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
        assert len(rows) == count + 1
        assert {len(row) for row in rows} == {len(rows[0])}
        assert [
            cell for row in rows for cell in row if re.match(r"[=@＝＋＠\t\r\n]|[+-](?![\d.]+$)", cell)
        ] == []
    elif kind is Format.XLSX:
        with zipfile.ZipFile(path) as book:
            assert book.testzip() is None
            sheets = [book.read(name) for name in book.namelist() if name.endswith((".xml", ".rels"))]
        for sheet in sheets:
            found = ElementTree.fromstring(sheet)
            assert [
                one.tag for one in found.iter() if one.tag.endswith(("}f", "}hyperlink", "}ddeLink"))
            ] == []
        assert b"".join(sheets).count(b"<row ") >= count + 1
    elif kind is Format.JSONL:
        assert len([json.loads(line) for line in path.read_text("utf-8").split("\n") if line]) == count
    else:
        assert json.loads(path.read_text("utf-8"))["type"] == "FeatureCollection"


async def in_a_browser(site: Site, beacon: Beacon) -> None:
    """A moderator looks at everything; nothing of it runs."""
    happened: list[str] = []
    async with browser_page() as page:
        page.on("dialog", lambda one: happened.append(f"dialog {one.message}"))
        page.on(
            "request",
            lambda one: (
                happened.append(one.url) if not one.url.startswith((site.root, "data:", "blob:")) else None
            ),
        )
        await page.goto(site.root + await site.link("chu"))
        await page.get_by_role("button", name="Vào").click()
        codes = (await _names(site))[-PAGES:]
        paths = [f"/{where}/{code}" for code in codes for where in ("board", "room/tickets")]
        for path in (
            *paths,
            *(one for one in READ if one.startswith(("/room", "/board")) and "." not in one),
            "/",
        ):
            await page.goto(site.root + path, wait_until="domcontentloaded")
            await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
            assert await page.evaluate("window.__hit") is None, (SEED, path)
        await page.wait_for_selector("#posts [data-post]")
        for room in (GROUP, ROOM):
            await page.locator(f"[data-room={room}]").click()
            await asyncio.sleep(0.5)
            assert await page.evaluate("window.__hit") is None
            assert await page.locator("#posts script, #posts iframe, #posts [onerror]").count() == 0
    assert happened == [], SEED
    assert beacon.calls == 0
