"""Zalo's Bot Platform: what the account comes to, over real sockets."""

from pathlib import Path
from typing import Any

import pytest

from bot.doctor import zalo_bot
from bot.doctor.case import Case
from tests.bot.doctor.cases import case, judged
from tests.fakes.zalo_bot import FakeZaloBot, Fault

PUBLIC = {"public_url": "https://city.example"}
URL = "https://city.example/zalo-bot/webhook"


def city(folder: Path, server: FakeZaloBot, token: str = "", **more: Any) -> Case:
    settings = {"enabled": True, "api_root": server.root} | more.pop("zalo_bot", {})
    environ = {
        "CONGICH_ZALO_BOT_TOKEN": token or server.token,
        "CONGICH_ZALO_BOT_WEBHOOK_SECRET": "s" * 32,
    }
    return case(folder, environ, **{"zalo_bot": settings, "web": PUBLIC} | more)


async def test_a_good_city_hears_mentions_only(tmp_path: Path) -> None:
    async with FakeZaloBot() as server:
        said = await zalo_bot.examine(city(tmp_path, server))
        assert judged(said) == {
            "zalo_bot.token": "ok",
            "zalo_bot.groups": "ok",
            "zalo_bot.mentions": "advice",
            "zalo_bot.webhook": "ok",
        }
        (mentions,) = (one for one in said if one.code == "zalo_bot.mentions")
        assert "@Công ích" in mentions.remedy
        assert [method for method, _ in server.calls] == ["getMe", "getWebhookInfo"]


async def test_it_may_not_be_in_groups(tmp_path: Path) -> None:
    async with FakeZaloBot(can_join_groups=False) as server:
        assert judged(await zalo_bot.examine(city(tmp_path, server)))["zalo_bot.groups"] == "wrong"


async def test_photos_need_an_https_address(tmp_path: Path) -> None:
    async with FakeZaloBot() as server:
        assert judged(await zalo_bot.examine(city(tmp_path, server, web={})))["zalo_bot.photos"] == "advice"


def test_the_webhook() -> None:
    levels = [zalo_bot.webhook(*pair).level.value for pair in (("", ""), (URL, URL), ("", URL), (URL, ""))]
    assert levels == ["ok", "ok", "advice", "advice"]
    assert "else.example" in zalo_bot.webhook("https://else.example/secret-path", URL).says
    assert "secret-path" not in zalo_bot.webhook("https://else.example/secret-path", URL).says


async def test_the_webhook_that_is_set(tmp_path: Path) -> None:
    async with FakeZaloBot() as server:
        server.webhook = {"url": URL}
        hooked = city(tmp_path, server, zalo_bot={"receive": "webhook"})
        assert judged(await zalo_bot.examine(hooked))["zalo_bot.webhook"] == "ok"
        assert judged(await zalo_bot.examine(city(tmp_path, server)))["zalo_bot.webhook"] == "advice"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(502), "zalo_bot.unreachable"),
        (Fault(403, {"ok": False, "error_code": 403, "description": "internal"}), "zalo_bot.unreachable"),
        (Fault(200, {"ok": False, "error_code": 401, "description": "no"}), "zalo_bot.token"),
    ],
)
async def test_zalos_bad_moments(tmp_path: Path, fault: Fault, code: str) -> None:
    async with FakeZaloBot() as server:
        server.fail("getMe", fault)
        assert judged(await zalo_bot.examine(city(tmp_path, server))) == {code: "wrong"}


async def test_a_wrong_token_and_no_server(tmp_path: Path) -> None:
    async with FakeZaloBot() as server:
        said = await zalo_bot.examine(city(tmp_path, server, "4711:another"))
        assert judged(said) == {"zalo_bot.token": "wrong"}
        alone = city(tmp_path, server)
    said = await zalo_bot.examine(alone)
    assert judged(said) == {"zalo_bot.unreachable": "wrong"}
    assert server.token not in said[0].says
    assert await zalo_bot.examine(case(tmp_path)) == []
