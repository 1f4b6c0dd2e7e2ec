"""Bar 11: texts that would do something where they were taken for anything but text, through every field.

Nothing runs in a real browser, exports open as what they are, no log line or listing moves a terminal's
cursor, and nobody inside is called.
"""

import asyncio
import io
import socket
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from bot import logs, relay_cli, terminal
from bot.platforms.media import Media, is_outside
from bot.targets.email import EmailTarget, Mailbox, Server
from handlers.ports import Dispatched, FetchError
from tests.acceptance.browser import NEEDS_CHROMIUM
from tests.bot.room.site import LAMP, Site
from tests.chaos.everywhere import Everywhere, city
from tests.chaos.looking import Beacon, exported, in_a_browser, read_all
from tests.chaos.payloads import payloads
from tests.chaos.rig import FULL, SEED

NUMBER = 500 if FULL else 13
SHORT = 3
pytestmark = [pytest.mark.sqlite_in_short, pytest.mark.timeout(3000)]


@pytest.fixture
def log() -> io.StringIO:
    out = io.StringIO()
    logs.configure("info", as_json=False, stream=out)
    return out


@NEEDS_CHROMIUM
async def test_no_text_does_anything(
    database_url: str, tmp_path: Path, beacon: Beacon, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.open311.server.ANSWER_SECONDS", 0.0)
    texts = payloads(SEED, NUMBER, beacon.port)
    assert len(set(texts)) > NUMBER * 0.9
    if not FULL:  # all families in a few texts
        texts = [" ".join(texts[place::SHORT]) for place in range(SHORT)]
    async with city(database_url, tmp_path) as (site, above), site.browser("chu") as browser:
        everywhere = Everywhere(site, above, browser)
        await site.say("hoa", LAMP)
        for number, text in enumerate(texts):
            await everywhere.say(number, text)
        pages = await read_all(site, browser, texts)
        await exported(site, tmp_path)
        await _listed(site)
        assert await site.ticket("PA1001")
        await in_a_browser(site, beacon)
        called = beacon.calls
        assert above.told >= len(texts)
    written = log.getvalue()
    assert called == 0
    acting = [line for line in written.splitlines() if terminal.plain(line) != line]
    assert acting == [], f"seed {SEED}"
    assert "Traceback" not in written, (SEED, written[written.index("Traceback") - 600 :][:4000])
    print(f"\nseed {SEED}: {len(texts)} texts through every field, {pages} pages read: nothing ran, no call")


async def _listed(site: Site) -> None:
    """What an operator's terminal shows."""
    async with site.app.database.read() as session:
        from storage import dispatches, outbox

        stuck = [*await outbox.stuck(session, 1000), *await dispatches.stuck(session, 1000)]
    assert relay_cli.__dict__["say"] is terminal.say
    assert all("\x1b" not in terminal.plain(one.line()) for one in stuck)


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
