"""The web server: its port, its address as others see it, its certificate."""

import errno
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web as aio
from aiohttp.typedefs import Handler

from bot.config import parse
from bot.doctor import web
from bot.doctor.asking import Seen, Unreachable, moment
from bot.run import CLOCK
from storage import leases, migrations
from storage.database import Database
from tests.acceptance.process import free_port
from tests.bot.doctor.cases import case, judged
from tests.certificates import certified
from tests.serving import in_pieces, serving

NOW = datetime(2026, 6, 1, tzinfo=UTC)
OURS = Seen(200, None, {"alive": True})
OTHERS = Seen(502, None, None)


def test_the_port() -> None:
    away = Unreachable("nothing listens there")
    assert web.port(8080, OURS, None).says == "congich listens on port 8080"
    assert web.port(8080, away, None).says.startswith("port 8080 is free")
    taken = web.port(8080, OTHERS, None)
    assert (taken.level, "another program answers" in taken.says) == ("wrong", True)
    assert "root's" in web.port(80, away, PermissionError(errno.EACCES, "Permission denied")).says


def test_what_needs_the_server() -> None:
    hook: dict[str, dict[str, Any]] = {
        "telegram": {"enabled": True, "receive": "webhook"},
        "web": {"public_url": "https://city.example"},
    }
    assert web.needed(parse(hook)) == []
    hook["web"]["enabled"] = False
    (off,) = web.needed(parse(hook))
    assert (off.code, off.level, "telegram's webhook" in off.says) == ("web.off", "wrong", True)
    (plain,) = web.needed(parse({"web": {"public_url": "http://city.example"}}))
    assert (plain.code, plain.level) == ("web.https", "advice")


@pytest.mark.parametrize(
    ("public", "sign_in", "found"),
    [
        ("", "invitation", {"web.chat_address": "wrong"}),
        ("http://192.168.1.10:8080", "invitation", {"web.chat_plain": "advice"}),
        ("https://city.example", "invitation", {}),
        ("", "none", {}),
    ],
)
def test_where_the_built_in_chat_is(public: str, sign_in: str, found: dict[str, str]) -> None:
    settings = {"web": {"public_url": public}, "webchat": {"enabled": True, "sign_in": sign_in}}
    assert judged(web.chat(parse(settings))) == found


def test_the_public_address() -> None:
    assert web.reachable(OURS, runs=False).level == "ok"
    assert web.reachable(Unreachable("its name is not known here"), runs=True).level == "wrong"
    assert web.reachable(OTHERS, runs=False).level == "advice"
    assert web.reachable(OTHERS, runs=True).level == "wrong"


@pytest.mark.parametrize(("days", "level"), [(-1, "advice"), (3, "advice"), (30, "ok")])
def test_the_certificates_end(days: int, level: str) -> None:
    assert web.certificate(NOW + timedelta(days=days), NOW).level == level


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Mon, 01 Jun 2026 00:00:00 GMT", NOW),
        ("Mon, 01 Jun 2026 00:00:00 -0000", NOW),
        ("Mon, 01 Jun 2026 07:00:00 +0700", NOW),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_header(header: str, found: datetime | None) -> None:
    assert moment(header) == found


@asynccontextmanager
async def answering(
    body: object,
    tls: ssl.SSLContext | None = None,
    *,
    figures: Handler | None = None,
    page: Handler | None = None,
) -> AsyncIterator[int]:
    """A server whose health check says something; its port. `page`: what takes anything that is sent."""

    async def health(request: aio.Request) -> aio.StreamResponse:
        return await in_pieces(request, json.dumps(body).encode())

    application = aio.Application()
    application.router.add_get("/healthz", health)
    if figures is not None and page is not None:
        application.router.add_get("/metrics", figures)
        application.router.add_post("/{path:.*}", page)
    async with serving(application, tls=tls) as port:
        yield port


async def test_our_own_port(database: Database, database_url: str, tmp_path: Path) -> None:
    async with database.write() as session:
        await leases.acquire(session, CLOCK, "here:/data", datetime.now(UTC), timedelta(minutes=1))
    async with answering({"alive": True}) as port:
        installed = case(tmp_path, {"CONGICH_DATABASE_URL": database_url}, web={"port": port})
        (said,) = await web.examine(installed)
        assert said.says == f"congich listens on port {port}"
    async with answering({"hello": 1}) as port:
        assert judged(await web.examine(case(tmp_path, web={"port": port}))) == {"web.port": "wrong"}


@pytest.mark.parametrize("began", [False, True])
async def test_the_port_that_a_demo_has(tmp_path: Path, began: bool) -> None:
    """The bot could not start there, before its first start or later."""
    if began:
        made = Database(f"sqlite:///{tmp_path / 'congich.db'}")
        await migrations.upgrade(made)
        await made.close()
    async with answering({"alive": True}) as port:
        (said,) = await web.examine(case(tmp_path, web={"port": port}))
        assert (said.code, said.level, "such as a demo" in said.says) == ("web.port", "wrong", True)


async def test_a_free_port_and_one_that_somebody_else_has(tmp_path: Path) -> None:
    port = free_port()
    assert judged(await web.examine(case(tmp_path, web={"port": port}))) == {"web.port": "ok"}
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", port))
        (said,) = await web.examine(case(tmp_path, web={"port": port}))
        assert (said.level, "another program has it" in said.says) == ("wrong", True)


@pytest.mark.parametrize("host", ["192.0.2.1", "http://0.0.0.0"])
async def test_an_address_that_this_machine_does_not_have(tmp_path: Path, host: str) -> None:
    (said,) = await web.examine(case(tmp_path, web={"host": host}))
    assert (said.level, "web.host is no address of this machine" in said.says) == ("wrong", True)
    assert "port" not in said.remedy


async def test_the_address_that_others_see(tmp_path: Path) -> None:
    server, trusting = certified(tmp_path, days=90)
    async with answering({"alive": True}, server) as port:
        settings = {"enabled": False, "public_url": f"https://localhost:{port}"}
        good = await web.examine(case(tmp_path, tls=trusting, web=settings))
        assert judged(good) == {
            "web.public_url": "ok",
            "web.host": "ok",
            "web.metrics": "ok",
            "web.certificate": "ok",
        }
        (said,) = await web.examine(case(tmp_path, web=settings))
        assert (said.code, said.level) == ("web.public_url", "wrong")
        assert "certificate is not accepted" in said.says


async def test_a_certificate_that_ends_soon_and_another_program_behind_it(tmp_path: Path) -> None:
    server, trusting = certified(tmp_path, days=5)
    async with answering({"hello": 1}, server) as port:
        settings = {"enabled": False, "public_url": f"https://localhost:{port}/"}
        said = await web.examine(case(tmp_path, tls=trusting, web=settings))
        assert judged(said) == {"web.public_url": "advice", "web.certificate": "advice"}


async def test_a_server_before_it_that_hides_who_asks_for_what(tmp_path: Path) -> None:
    """As nginx does by itself: the page's own origin is a foreign one then, and everybody is this machine."""

    async def figures(_: aio.Request) -> aio.Response:
        return aio.Response(text="congich_ready 1.0")

    async def foreign(request: aio.Request) -> aio.Response:
        assert request.headers["Origin"] == f"https://localhost:{port}"
        raise aio.HTTPForbidden

    server, trusting = certified(tmp_path, days=90)
    async with answering({"alive": True}, server, figures=figures, page=foreign) as port:
        settings = {"enabled": False, "public_url": f"https://localhost:{port}/"}
        said = judged(await web.examine(case(tmp_path, tls=trusting, web=settings)))
    assert (said["web.host"], said["web.metrics"]) == ("wrong", "wrong")


async def test_nobody_at_the_public_address(tmp_path: Path) -> None:
    for address in (f"https://localhost:{free_port()}", "https://city.invalid"):
        settings = {"enabled": False, "public_url": address}
        assert judged(await web.examine(case(tmp_path, web=settings))) == {"web.public_url": "wrong"}
