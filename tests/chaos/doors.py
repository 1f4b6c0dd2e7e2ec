"""All doors of one congich by which something comes in, each with what proves a caller; and callers over bare
sockets, who do not keep to HTTP."""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import aiohttp
from sqlalchemy import func, select
from sqlmodel import SQLModel

from bot.platforms.zalo_oa_webhook import signature
from bot.signatures import Signer
from bot.web.patience import Patience
from handlers import export_links, sign_in_links
from handlers.export_links import ExportRequest
from handlers.exports import Format
from handlers.sign_in_links import Invitation
from storage.lists import Filter
from storage.models import WebAnswer
from storage.states import MemberRole
from tests.bot.room.site import GROUP, LAMP, Site, opened
from tests.bot.test_decoder import picture

HOST = "city.example"
ORIGIN = f"https://{HOST}"
SECRET = "T0p-secret-of-the-webhooks-000001"
WHSEC = "whsec_dGhlLXNlY3JldC1vZi10aGUtYnJpZGdlLTAwMDAx"
API_KEY = "the-key-of-the-citys-app-0001"
METRICS = "the-token-of-the-metrics-0001"
TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz012345"
OA_APP, OA_TOLD = "4591324301967398637", "1696908900672"
QUICK = Patience(head=0.4, body=0.4, bridge=0.5, photos=0.6)
LARGE = 50_000_000
ENVIRON = {
    "CONGICH_TELEGRAM_TOKEN": TOKEN,
    "CONGICH_TELEGRAM_WEBHOOK_SECRET": SECRET,
    "CONGICH_ZALO_BOT_TOKEN": TOKEN,
    "CONGICH_ZALO_BOT_WEBHOOK_SECRET": SECRET,
    "CONGICH_ZALO_OA_APP_SECRET": SECRET,
    "CONGICH_ZALO_OA_SECRET": SECRET,
    "CONGICH_BRIDGE_MATRIX_SECRET": WHSEC,
    "CONGICH_OPEN311_APP_KEY": API_KEY,
    "CONGICH_METRICS_TOKEN": METRICS,
}
SECTIONS = {
    "web": {"public_url": ORIGIN},
    "board": {"enabled": True},
    "photos": {"max_bytes": 2_000_000},
    "telegram": {"enabled": True, "receive": "webhook", "api_root": "http://127.0.0.1:9"},
    "zalo_bot": {"enabled": True, "receive": "webhook", "api_root": "http://127.0.0.1:9"},
    "zalo_oa": {"enabled": True, "app_id": OA_APP, "api_root": "http://127.0.0.1:9"},
    "bridges": [{"name": "matrix"}],
    "open311": {"enabled": True, "clients": [{"name": "app"}], "contact": "Phòng quản lý đô thị"},
}
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Door:
    """One way in. `proof`: the headers without which nothing goes; `ok`, `refused`: how it answers."""

    name: str
    method: str
    path: str
    body: bytes = b""
    proof: Mapping[str, str] = field(default_factory=dict)
    other: Mapping[str, str] = field(default_factory=dict)
    ok: int = 200
    refused: int = 401
    effects: int = 0  # rows that are there once it was used, and not more however often
    by_cookie: bool = False
    photos: bool = False  # may come with it, so that somebody we know is waited for

    def head(self, **changed: str) -> dict[str, str]:
        """The headers of a right call."""
        return {**self.other, **self.proof, **changed}

    def wrong(self) -> list[tuple[str, str, dict[str, str]]]:
        """What is wrong, path and headers: no proof, another's, nearly the right one, one that is no text."""
        if not self.proof:
            return [(what, path, dict(self.other)) for what, path in _wrong_paths(self.path)]
        (name, value), *_ = reversed(list(self.proof.items()))
        bare = {one: said for one, said in self.proof.items() if one != name}
        changed = {"missing": None, "empty": "", "longer": "a" + value, "shorter": value[:-1]}
        changed |= {"other": value[:-1] + ("a" if value[-1] != "a" else "b"), "no text": "\udcff\udcfe"}
        return [
            (what, self.path, {**self.other, **bare, **({} if said is None else {name: said})})
            for what, said in changed.items()
        ]


def _wrong_paths(path: str) -> list[tuple[str, str]]:
    """A signed address with another letter, and without its signature's end."""
    letters = [place for place, letter in enumerate(path) if letter in "0123456789abcdef"]
    place = next(at for at in reversed(letters) if path[at - 1] in "0123456789abcdef")
    other = "0" if path[place] != "0" else "1"
    return [
        ("other", path[:place] + other + path[place + 1 :]),
        ("shorter", path[:place] + path[place + 1 :]),
    ]


@dataclass
class Town:
    """The city, its doors, and what it keeps."""

    site: Site
    doors: list[Door]
    secrets: list[str]

    @property
    def port(self) -> int:
        port = urlsplit(self.site.root).port
        assert port is not None
        return port

    async def rows(self) -> dict[str, int]:
        """How many rows each table has, but for what is only said: each time anew."""
        async with self.site.app.database.read() as session:
            return {
                name: (await session.execute(select(func.count()).select_from(table))).scalar_one()
                for name, table in SQLModel.metadata.tables.items()
                if name != WebAnswer.__tablename__
            }

    async def ask(
        self, door: Door, *, path: str = "", headers: Mapping[str, str], body: bytes | None = None
    ) -> int:
        """A whole call; the status."""
        said = door.body if body is None else body
        length = {} if "Content-Length" in headers else {"Content-Length": str(len(said))}
        answer = await self.raw(head(door.method, path or door.path, {**headers, **length}) + said)
        return answer.status

    async def raw(self, *parts: bytes, pause: float = 0.0, seconds: float = 5.0) -> "Answer":
        """Bytes as they are, with a pause after each part; what came back, and when."""
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        sending = asyncio.create_task(_send(writer, parts, pause))
        try:
            async with asyncio.timeout(seconds):
                line = await reader.readline()
                while b" 100 " in line:
                    await reader.readuntil(b"\r\n")
                    line = await reader.readline()
                took = time.monotonic() - began
                rest = await reader.readuntil(b"\r\n\r\n") if line else b""
        finally:
            sending.cancel()
            writer.close()
        return Answer(int(line.split()[1]) if line else 0, took, rest)


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: none came, the connection ended. `seconds` until its first line."""

    status: int
    seconds: float
    rest: bytes


def head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    """Request line and headers."""
    lines = [
        f"{method} {path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in ({"Host": HOST} | {**headers}).items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


async def _send(writer: asyncio.StreamWriter, parts: tuple[bytes, ...], pause: float) -> None:
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
    except ConnectionError:
        pass  # it has answered and wants no more


@asynccontextmanager
async def town(url: str, folder: Path) -> AsyncIterator[Town]:
    """A city with every door there is, one ticket with a photo, a moderator and a member."""
    async with opened(url, folder, QUICK, ENVIRON, **SECTIONS) as site:
        await site.say("hoa", LAMP, picture())
        moderator, member = await _cookie(site, "ha"), await _cookie(site, "lan")
        now = site.clock()
        async with site.app.database.write() as session:
            made = sign_in_links.open_to_all(None, Invitation(uses=1), now)
            invitation = await sign_in_links.kept(session, site.app.seal.key, made)
        exported = export_links.path(site.app.seal.key, ExportRequest(Format.CSV, Filter(), "vi"), now)
        photo = await site.app.photo_links.offer(picture())
        assert photo is not None
        kept = await site.app.images.put(picture())
        medium = site.app.media_links.address(kept)
        paths = {
            "exports": exported,
            "photo link": photo.removeprefix(ORIGIN),
            "media": medium.removeprefix(ORIGIN),
        }
        doors = [
            *_webhooks(),
            *_pages(moderator, member, invitation),
            *(Door(name, "GET", path, refused=404) for name, path in paths.items()),
            Door("metrics", "GET", "/metrics", proof={"Authorization": f"Bearer {METRICS}"}, refused=404),
        ]
        secrets = [SECRET, WHSEC, WHSEC[6:], API_KEY, METRICS, TOKEN, moderator, member]
        secrets += [path.rsplit("/", 1)[-1] for path in (invitation, *list(paths.values())[1:])]
        yield Town(site, doors, [*secrets, exported.split("/")[2]])


async def _cookie(site: Site, who: str) -> str:
    """Sign a browser in; what its cookie holds."""
    link = await site.link(who, MemberRole.MODERATOR if who == "ha" else None)
    async with aiohttp.ClientSession() as client:
        headers = {"Host": HOST, "Origin": ORIGIN}
        async with client.post(site.root + link, headers=headers, allow_redirects=False) as answer:
            return answer.cookies["__Host-congich"].value


def _webhooks() -> list[Door]:
    update = {"update_id": 1, "message": {"message_id": 5, "chat": {"id": -1}, "date": 1, "text": "a"}}
    said = {
        "message_id": "m1",
        "date": 1789033572455,
        "from": {"id": "a"},
        "chat": {"id": "g"},
        "text": "rác",
    }
    zalo = json.dumps({"event_name": "message.text.received", "message": said}).encode()
    heard = {
        "event_name": "user_send_group_text",
        "app_id": OA_APP,
        "sender": {"id": "8"},
        "recipient": {"id": "f"},
        "message": {"text": "đèn hư", "msg_id": "e5"},
        "timestamp": OA_TOLD,
    }
    event = json.dumps(heard).encode()
    mac = signature(event, OA_TOLD, app_id=OA_APP, secret=SECRET)
    told = {
        "type": "message", "id": "b1", "chat": "g", "sender": {"id": "h", "name": "Hoa"},
        "at": "2026-11-16T08:00:00+07:00", "text": "rác",
    }  # fmt: skip
    bridged = json.dumps(told).encode()
    signed = Signer(WHSEC).sign(bridged, "msg_1", datetime.now(UTC))
    listens = Signer(WHSEC).sign(b"", "msg_2", datetime.now(UTC))
    posted = urlencode(
        {"service_code": "lighting", "lat": "9.6", "long": "105.97", "description": "đèn hư"}
    ).encode()
    asks = {"Content-Type": FORM, "Idempotency-Key": "one-request"}
    of_bot = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    return [
        Door("telegram", "POST", "/telegram/webhook", json.dumps(update).encode(), of_bot, effects=1),
        Door(
            "zalo bot",
            "POST",
            "/zalo-bot/webhook",
            zalo,
            {"X-Bot-Api-Secret-Token": SECRET},
            refused=403,
            effects=1,
        ),
        Door(
            "zalo oa", "POST", "/zalo-oa/webhook", event, {"X-ZEvent-Signature": mac}, refused=403, effects=1
        ),
        Door("bridge", "POST", "/bridge/matrix/events", bridged, signed, effects=1),
        Door("bridge stream", "GET", "/bridge/matrix/deliveries", b"", listens),
        Door(
            "open311",
            "POST",
            "/open311/v2/requests.json",
            posted,
            {"X-Api-Key": API_KEY},
            asks,
            ok=201,
            refused=403,
            effects=1,
        ),
    ]


def _pages(moderator: str, member: str, invitation: str) -> list[Door]:
    here = {"Origin": ORIGIN}
    fields = {
        "client_id": "page-made-0001",
        "chat": GROUP,
        "text": "Rác đầu hẻm 12 Lê Lợi mấy ngày nay chưa ai gom",
    }
    post = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    react = json.dumps({"client_id": "page-made-0002", "chat": GROUP, "post": "1", "emoji": "👍"}).encode()
    command = urlencode({"form": "form-0001", "back": "/room", "do": "accept", "code": "PA1001"}).encode()
    ours, theirs = ({"Cookie": f"__Host-congich={one}"} for one in (moderator, member))
    multipart = here | {"Content-Type": "multipart/form-data; boundary=b"}
    name = urlencode({"name": "Bé Na"}).encode()
    return [
        Door(
            "post",
            "POST",
            "/api/posts",
            post + b"--b--\r\n",
            theirs,
            multipart,
            ok=201,
            effects=2,
            by_cookie=True,
            photos=True,
        ),
        Door("react", "POST", "/api/react", react, theirs, here, ok=202, effects=1, by_cookie=True),
        Door("state", "GET", "/api/state", b"", theirs, by_cookie=True),
        Door(
            "room form",
            "POST",
            "/room/command",
            command,
            ours,
            here | {"Content-Type": FORM},
            ok=303,
            effects=1,
            by_cookie=True,
            photos=True,
        ),
        Door("room page", "GET", "/room", b"", ours, by_cookie=True),
        Door(
            "sign in",
            "POST",
            invitation,
            name,
            {},
            here | {"Content-Type": FORM},
            ok=303,
            refused=410,
            effects=2,
        ),
    ]


def bombs(most: int = LARGE) -> dict[str, bytes]:
    """A small body that would unpack to `most` bytes, by how it is packed."""
    import gzip
    import zlib

    plain = b" " * most
    return {
        "gzip": gzip.compress(plain, 9),
        "deflate": zlib.compress(plain, 9),
        "br": hashlib.sha256(b"").digest(),
    }
