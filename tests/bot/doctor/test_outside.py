"""Mail servers and other city systems, as doctor meets them."""

from pathlib import Path
from typing import Any

import pytest

from bot.doctor import outside
from bot.doctor.findings import Finding
from tests.acceptance.process import free_port
from tests.bot.doctor.cases import case
from tests.bot.open311.town import APP_KEY, running
from tests.fakes import mail


async def mailed(folder: Path, port: int, password: str = "", **more: object) -> list[Finding]:
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "a@b.vn", **more}
    environ = {"CONGICH_EMAIL_PASSWORD": password} if password else {}
    return await outside.examine(case(folder, environ, email=settings))


async def test_a_mail_server(tmp_path: Path) -> None:
    with mail.running() as server:
        await check_mail_server(tmp_path, server)


async def check_mail_server(tmp_path: Path, server: mail.MailServer) -> None:
    (one,) = await mailed(tmp_path, server.port, "right", user="congich")
    assert (one.code, one.level) == ("outside.mail", "ok")
    (one,) = await mailed(tmp_path, server.port, "wrong-secret", user="congich")
    assert (one.code, one.level) == ("outside.mail_login", "wrong")
    assert "wrong-secret" not in str(one)
    (one,) = await mailed(tmp_path, server.port, security="starttls")
    assert (one.code, one.level) == ("outside.mail", "wrong")
    (one,) = await mailed(tmp_path, free_port())
    assert (one.code, one.level) == ("outside.mail", "wrong")
    assert (
        await mailed(tmp_path, server.port, user="congich") == []
    )  # its password is missing: the keys say so
    assert server.mails == []


@pytest.mark.sqlite_only
async def test_another_city_system(tmp_path: Path) -> None:
    async def found(url: str, **more: Any) -> Finding:
        upstream = {"name": "city", "url": url, "allow_private": True, **more}
        environ = {"CONGICH_UPSTREAM_CITY_KEY": APP_KEY}
        (one,) = await outside.examine(case(tmp_path, environ, open311={"upstreams": [upstream]}))
        return one

    (tmp_path / "up").mkdir()
    async with running(tmp_path / "up") as up:
        assert (await found(f"{up.root}/v2")).level == "ok"
        one = await found(f"{up.root}/v2", services={"waste": "017"})
        assert (one.code, one.says) == ("outside.services", "city: it has no service for waste")
        one = await found(up.root)
        assert (one.code, "answers 404" in one.says) == ("outside.upstream", True)
    one = await found(f"http://127.0.0.1:{free_port()}")
    assert (one.code, one.level) == ("outside.upstream", "wrong")


async def test_nothing_is_outside(tmp_path: Path) -> None:
    assert await outside.examine(case(tmp_path)) == []


@pytest.mark.parametrize("is_upstream", [True, False])
async def test_an_address_inside_at_which_the_bot_would_not_start(tmp_path: Path, is_upstream: bool) -> None:
    one = {"name": "centre", "url": "https://10.0.0.7/hook"}
    sections: dict[str, Any] = {"open311": {"upstreams": [one]}} if is_upstream else {"webhooks": [one]}
    (said,) = await outside.examine(case(tmp_path, **sections))
    assert (said.code, said.level, "allow_private" in said.remedy) == ("outside.address", "wrong", True)
    one |= {"url": "https://centre.example/hook"}
    if not is_upstream:
        assert await outside.examine(case(tmp_path, webhooks=[one])) == []
