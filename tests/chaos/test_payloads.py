"""Bar 11: texts that would do something where they were taken for anything but text, through every field.

Nothing runs in a real browser, exports open as what they are, no log line or listing moves a terminal's
cursor, and nobody inside is called.
"""

import asyncio
import base64
import contextlib
import csv
import io
import json
import re
import socket
import sys
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from bot import logs, relay_cli, terminal
from bot.exports.writing import write
from bot.platforms.media import Media, is_outside
from bot.platforms.webchat import NewPost
from bot.room.forms import ABOUT_NONE, ABOUT_ONE
from bot.signatures import Signer
from bot.targets.email import EmailTarget, Mailbox, Server
from handlers.events import Person
from handlers.exports import Format, Names
from handlers.ports import Dispatched, FetchError, Incoming
from storage.tickets import Filter
from tests.acceptance.browser import NEEDS_CHROMIUM, browser_page
from tests.bot.room.site import GROUP, LAMP, OURS, ROOM, Browser, Site, opened
from tests.chaos.payloads import payloads
from tests.chaos.rig import FULL, SEED, SQLITE_IN_SHORT

NUMBER = 500 if FULL else 13
SHORT = 3
PAGES = 40 if FULL else 2  # of tickets that the browser opens
WHSEC = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes!!!!").decode()
API_KEY = "the-key-of-the-citys-app-0001"
ENVIRON = {
    "CONGICH_BRIDGE_MATRIX_SECRET": WHSEC,
    "CONGICH_OPEN311_APP_KEY": API_KEY,
    "CONGICH_TELEGRAM_TOKEN": "123456789:AAF-abcdefghijklmnopqrstuvwxyz012345",
}
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
OTHER_FORMS = (("press", "data"), ("tickets", "code"), ("photos", "photo"), ("command", "words"))
COMMANDS = (
    "/xong 1001 {}",
    "/giao 1001 {}",
    "/timphieu {}",
    "/han 1001 {}",
    "/thongke {}",
    "/moi {}",
    "/xuat {}",
    "{}",
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
pytestmark = [*SQLITE_IN_SHORT, pytest.mark.timeout(3000)]


@dataclass
class Beacon:
    """A listener inside, which nobody may call."""

    port: int
    calls: int = 0


@pytest.fixture
async def beacon() -> AsyncIterator[Beacon]:
    made = Beacon(0)

    async def called(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made.calls += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    servers = [await asyncio.start_server(called, "127.0.0.1", 0)]
    made.port = servers[0].sockets[0].getsockname()[1]
    if socket.has_ipv6:
        with contextlib.suppress(OSError):  # a machine without IPv6
            servers.append(await asyncio.start_server(called, "::1", made.port))
    yield made
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.fixture
def log() -> io.StringIO:
    out = io.StringIO()
    logs.configure("info", as_json=False, stream=out)
    return out


@asynccontextmanager
async def city(url: str, folder: Path) -> AsyncIterator[Site]:
    """A city that hears from everywhere."""
    chats = [
        {"platform": "webchat", "id": GROUP, "role": "community", "title": "Công ích"},
        {"platform": "webchat", "id": ROOM, "role": "moderation", "title": "Điều hành"},
        {"platform": "telegram", "id": "-1", "role": "community"},
        {"platform": "matrix", "id": "g", "role": "community"},
    ]
    more: dict[str, Any] = {
        "board": {"enabled": True},
        "bridges": [{"name": "matrix"}],
        "telegram": {"enabled": True, "api_root": "http://127.0.0.1:9"},
        "open311": {"enabled": True, "open_reading": True, "clients": [{"name": "app"}]},
        "limits": {"tickets_an_hour": 100_000},
        "chats": chats,
    }
    async with opened(url, folder, environ=ENVIRON, **more) as site:
        yield site


class Everywhere:
    """Says one text through every field by which a text can come."""

    def __init__(self, site: Site, browser: Browser) -> None:
        self._site = site
        self._browser = browser
        self._now = site.clock()

    async def say(self, number: int, text: str) -> None:
        await self._in_the_chat(number, text)
        await self._by_bridge(number, text)
        await self._by_telegram(number, text)
        await self._by_open311(number, text)
        await self._in_the_room(number, text)
        await self._site.app.pipeline.drain()

    async def _in_the_chat(self, number: int, text: str) -> None:
        words = text.encode("utf-8", "replace").decode().replace("\0", "")
        chat = self._site.app.webchat
        assert chat is not None
        said = [(GROUP, Person(f"m{number}", words[:60] or "x"), f"{LAMP} {number} {words}")]
        said += [
            (ROOM, Person("ha", "Hà"), command.replace("{}", words) or "x")
            for command in (COMMANDS[number % len(COMMANDS)], "{}")
        ]
        for place, person, one in said:
            await chat.post(NewPost(uuid4().hex, place, person, one[:7000]))

    async def _by_bridge(self, number: int, text: str) -> None:
        sender = {"id": (text[:50] or "x"), "name": text[:100]}
        told = {
            "type": "message",
            "id": f"b{number}",
            "chat": "g",
            "sender": sender,
            "at": self._now.isoformat(),
            "text": f"Rác trước số {number} {text}"[:3000],
            "chat_title": text[:100],
            "attachments": [{"url": text[:500]}],
        }
        pressed = {
            "type": "button",
            "id": f"p{number}",
            "chat": "g",
            "sender": sender,
            "at": told["at"],
            "post": text[:50],
            "data": text[:60],
        }
        for event in (told, pressed):
            body = json.dumps(event).encode()
            headers = Signer(WHSEC).sign(body, f"m{number}", datetime.now(UTC))
            async with self._browser.client.post(
                f"{self._site.root}/bridge/matrix/events", data=body, headers=headers
            ) as answer:
                assert answer.status in (200, 400), await answer.text()

    async def _by_telegram(self, number: int, text: str) -> None:
        telegram = self._site.app.telegram
        assert telegram is not None
        person = {
            "id": 70_000 + number,
            "is_bot": False,
            "first_name": text[:60],
            "last_name": text[:9],
            "username": text[:30],
        }
        chat = {"id": -1, "type": "supergroup", "title": text[:120]}
        at = int(self._now.timestamp())
        message = {"message_id": 10 + number, "from": person, "chat": chat, "date": at}
        file = {
            "file_id": text[:80],
            "file_unique_id": f"u{number}",
            "file_name": text[:200],
            "mime_type": text[:40],
            "file_size": 9,
        }
        venue = {"location": {"latitude": 9.6, "longitude": 105.97}, "title": text[:90], "address": text[:90]}
        kinds: list[dict[str, Any]] = [
            message | {"text": f"Nắp cống trước số {number} bể {text}"[:4000]},
            message | {"message_id": 10_000 + number, "document": file, "caption": text[:1000]},
            message | {"message_id": 20_000 + number, "venue": venue},
        ]
        updates = [{"update_id": place, "message": one} for place, one in enumerate(kinds)]
        press = {
            "id": f"c{number}",
            "from": person,
            "chat_instance": "1",
            "data": text[:64],
            "message": message,
        }
        updates.append({"update_id": 9, "callback_query": press})
        commit = self._site.app.pipeline.commit_for(telegram)
        await commit(
            [Incoming(f"t:{number}:{place}", update, self._now) for place, update in enumerate(updates)]
        )

    async def _by_open311(self, number: int, text: str) -> None:
        said = text.encode("utf-8", "replace").decode()
        names = (
            "description",
            "address_string",
            "first_name",
            "last_name",
            "email",
            "phone",
            "media_url",
            "device_id",
            "address_id",
        )
        fields = {
            "service_code": "lighting",
            "lat": "9.6",
            "long": "105.97",
            "api_key": API_KEY,
            **dict.fromkeys(names, said[:900]),
        }
        fields["description"] = f"Đèn hư {number} {said}"[:3000]
        url = f"{self._site.root}/open311/v2/requests.json"
        async with self._browser.client.post(
            url, data=fields, headers={"Idempotency-Key": f"n{number}"}
        ) as answer:
            assert answer.status in (201, 400, 413), await answer.text()

    async def _in_the_room(self, number: int, text: str) -> None:
        said = text.encode("utf-8", "replace").decode()[:3900]
        forms = list({**ABOUT_ONE, **ABOUT_NONE})
        do = forms[number % len(forms)]
        names = (
            "words",
            "note",
            "department",
            "due",
            "into",
            "category",
            "kind",
            "member",
            "people",
            "days",
            "photos",
            "link",
        )
        command = [("back", said), ("do", do), ("code", "PA1001"), *((name, said) for name in names)]
        other, name = OTHER_FORMS[number % len(OTHER_FORMS)]
        for path, fields in (
            ("command", command),
            (other, [(name, said), ("do", "close"), ("back", "/room")]),
        ):
            url, sent = f"{self._site.root}/room/{path}", [("form", uuid4().hex), *fields]
            async with self._browser.client.post(
                url, data=sent, headers=OURS, allow_redirects=False
            ) as answer:
                assert answer.status < 500, (SEED, number, path, text)
                assert answer.headers.get("Location", "/room").startswith("/room"), (SEED, text)


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


@NEEDS_CHROMIUM
async def test_no_text_does_anything(
    database_url: str, tmp_path: Path, beacon: Beacon, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.open311.server.ANSWER_SECONDS", 0.0)
    texts = payloads(SEED, NUMBER, beacon.port)
    assert len(set(texts)) > NUMBER * 0.9
    if not FULL:  # all families in a few texts
        texts = [" ".join(texts[place::SHORT]) for place in range(SHORT)]
    async with city(database_url, tmp_path) as site, site.browser("chu") as browser:
        everywhere = Everywhere(site, browser)
        await site.say("hoa", LAMP)
        for number, text in enumerate(texts):
            await everywhere.say(number, text)
        pages = await _read_all(site, browser, texts)
        await _exported(site, tmp_path)
        await _listed(site)
        assert await site.ticket("PA1001")
        await _in_a_browser(site, beacon)
        called = beacon.calls
    written = log.getvalue()
    assert called == 0
    acting = [line for line in written.splitlines() if terminal.plain(line) != line]
    assert acting == [], f"seed {SEED}"
    assert "Traceback" not in written, (SEED, written[written.index("Traceback") - 600 :][:4000])
    print(f"\nseed {SEED}: {len(texts)} texts through every field, {pages} pages read: nothing ran, no call")


async def _read_all(site: Site, browser: Browser, texts: Sequence[str]) -> int:
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


async def _exported(site: Site, folder: Path) -> None:
    """The files of all tickets open as what they are, and no cell is a formula."""
    count = len(await _names_of(site))
    for names in Names:
        style = site.app.style("vi", names)
        for kind in Format:
            path = folder / f"{names.value}.{kind}"
            count = await write(site.app.database, Filter(), style, kind, path, lambda *_: None)
            assert count or kind is Format.GEOJSON
            _opens(kind, path, count)


async def _names_of(site: Site) -> list[str]:
    from sqlalchemy import select
    from sqlmodel import col

    from storage.models import Ticket

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


async def _listed(site: Site) -> None:
    """What an operator's terminal shows."""
    async with site.app.database.read() as session:
        from storage import dispatches, outbox

        stuck = [*await outbox.stuck(session, 1000), *await dispatches.stuck(session, 1000)]
    assert relay_cli.__dict__["say"] is terminal.say
    assert all("\x1b" not in terminal.plain(one.line()) for one in stuck)


async def _in_a_browser(site: Site, beacon: Beacon) -> None:
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
        codes = (await _names_of(site))[-PAGES:]
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


class Rebinding(AbstractResolver):
    """Names that are outside when they are first asked for, and inside ever after."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST
            )
        ]

    async def close(self) -> None: ...


LOOPS = (
    "127.0.0.1",
    "127.1",
    "0",
    "0.0.0.0",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1%25lo]",
    "[fec0::1]",
    "[fd00::1]",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "１２７.0.0.1",
    "user:pass@127.0.0.1",
    "example.com@127.0.0.1",
    "127.0.0.1%00.example.com",
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "10.0.0.1",
    "100.64.0.1",
    "192.168.1.1",
    "172.16.0.1",
)


async def test_no_name_of_an_address_leads_inside(beacon: Beacon) -> None:
    media = Media()
    for host in LOOPS:
        for form in (
            f"http://{host}:{beacon.port}/x",
            f"HTTP://{host}:{beacon.port}/x",
            f"http://{host}:{beacon.port}\\@example.com/x",
        ):
            with pytest.raises(FetchError):
                await media.fetch(form, 1000)
    for form in (
        "file:///etc/passwd",
        "gopher://127.0.0.1/_x",
        "//127.0.0.1/x",
        "http:127.0.0.1",
        "ftp://127.0.0.1/",
        "http://",
        "http://[",
        "data:image/png,x",
        "\thttp://127.0.0.1/",
    ):
        with pytest.raises(FetchError):
            await media.fetch(form, 1000)
    await media.close()
    for answers in (
        ["127.0.0.1"],
        ["::1"],
        ["169.254.169.254"],
        ["64:ff9b::7f00:1"],
        ["::ffff:127.0.0.1"],
        ["203.0.113.1", "127.0.0.1"],
    ):
        rebinding = Media(resolver=Rebinding(*answers))
        for _ in answers:
            with pytest.raises(FetchError):
                await asyncio.wait_for(rebinding.fetch(f"http://rebinds.example:{beacon.port}/x", 1000), 40)
        await rebinding.close()
    assert beacon.calls == 0
    assert is_outside("8.8.8.8")
    assert is_outside("2001:4860:4860::8888")
    assert is_outside("64:ff9b::808:808")
    print(f"\n{3 * len(LOOPS)} names of addresses inside: {beacon.calls} calls")


async def test_no_text_writes_a_mails_headers() -> None:
    server = Server("127.0.0.1", 25, "none", "", "", "congich@example.gov.vn", "")
    zone, now = ZoneInfo("Asia/Ho_Chi_Minh"), datetime(2026, 11, 25, tzinfo=UTC)

    async def photo(_: str) -> bytes | None:
        return None

    for text in payloads(SEED, NUMBER, 1):
        said = text.encode("utf-8", "replace").decode().replace("\0", "")
        target = EmailTarget(
            Mailbox("x", "Chiếu sáng", "x@example.gov.vn"),
            server,
            lambda key, **values: f"{key} {values}",
            photo,
            lambda: now,
            zone,
        )
        told = _told(said, now)
        message = message_from_bytes((await target._message(told)).as_bytes(), policy=policy.SMTP)
        allowed = {"from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version"}
        assert {name.lower() for name in message} <= allowed | {
            "content-type",
            "content-transfer-encoding",
        }, (SEED, text)
        assert len(message.get_all("to") or []) == 1
        assert message["to"].addresses[0].addr_spec == "x@example.gov.vn"


def _told(said: str, now: datetime) -> Dispatched:
    payload = {"data": {"ticket": {"department": "x", "status": "new"}, "event": {"note": said}}}
    return Dispatched(
        key=said[:50],
        payload=payload,
        ticket_id=1,
        code="PA1001",
        category="lighting",
        words=said,
        place=said[:200],
        latitude=None,
        longitude=None,
        due_at=now + timedelta(days=1),
        department="x",
        link=None,
        photos=(),
        attempt=1,
        reference=None,
    )


def test_a_log_line_moves_no_cursor(log: io.StringIO) -> None:
    import structlog

    for text in payloads(SEED, NUMBER, 1):
        structlog.get_logger("x").info(text, action="x", name=text, error=f"Refused: {text}")
        try:
            raise ValueError(text)
        except ValueError:
            structlog.get_logger("x").exception("failed", action="x")
    assert [line for line in log.getvalue().split("\n") if terminal.plain(line) != line] == []
