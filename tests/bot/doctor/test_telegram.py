"""Telegram: what the account and its groups come to, over real sockets."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.doctor import telegram
from bot.doctor.findings import Finding
from bot.doctor.telegram import GroupFacts, placed
from bot.platforms.telegram_account import BotUser, WebhookInfo
from bot.sections import ChatSection
from tests.bot.doctor.cases import codes, judged, on_telegram
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import Fault

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
GROUP = ChatSection(platform="telegram", id="-1", role="community")
ROOM = ChatSection(platform="telegram", id="-2", role="moderation")
URL = "https://city.example/telegram/webhook"


def account(*, hears: bool = True, may_join: bool = True) -> BotUser:
    return BotUser(1, "congich_bot", hears, may_join)


@pytest.mark.parametrize(
    ("hears", "statuses", "level"),
    [
        (True, ["member"], "ok"),
        (False, [], "wrong"),
        (False, ["member"], "wrong"),
        (False, ["administrator"], "ok"),
        (False, ["administrator", "member"], "wrong"),
    ],
)
def test_privacy_mode(hears: bool, statuses: list[str], level: str) -> None:
    places = [GroupFacts(GROUP, status) for status in statuses] + [GroupFacts(ROOM, "member")]
    assert telegram.privacy(account(hears=hears), places).level == level


def test_whether_it_may_join() -> None:
    assert telegram.joining(account(), []) == []
    closed = account(may_join=False)
    assert telegram.joining(closed, [])[0].level == "wrong"
    assert telegram.joining(closed, [GroupFacts(GROUP, "left")])[0].level == "wrong"
    assert telegram.joining(closed, [GroupFacts(GROUP, "member")])[0].level == "advice"


@pytest.mark.parametrize(
    ("member", "permissions", "codes_"),
    [
        ({"status": "administrator"}, {"can_send_messages": False}, {"telegram.group"}),
        ({"status": "member"}, {}, {"telegram.group", "telegram.administrator"}),
        ({"status": "member"}, {"can_send_messages": False}, {"telegram.write"}),
        ({"status": "member"}, {"can_send_photos": False}, {"telegram.photos", "telegram.administrator"}),
        ({"status": "restricted", "can_send_messages": False}, {}, {"telegram.write"}),
        (
            {"status": "restricted", "can_send_photos": False},
            {},
            {"telegram.photos", "telegram.administrator"},
        ),
        ({"status": "restricted", "is_member": False}, {}, {"telegram.group"}),
        ({"status": "left"}, {}, {"telegram.group"}),
        ({"status": "kicked"}, {}, {"telegram.group"}),
        ({}, {}, {"telegram.group"}),
    ],
)
def test_its_place_in_a_group(member: dict[str, Any], permissions: dict[str, Any], codes_: set[str]) -> None:
    place = placed(GROUP, {"permissions": permissions}, member)
    assert codes(telegram.standing(place)) == codes_


def test_a_group_that_has_another_id_is_not_heard() -> None:
    (said,) = telegram.standing(placed(GROUP, {"id": -100777}, {"status": "administrator"}))
    assert (said.code, said.level, 'id = "-100777"' in said.remedy) == ("telegram.id", "wrong", True)
    same = placed(GROUP, {"id": int(GROUP.id)}, {"status": "administrator"})
    assert codes(telegram.standing(same)) == {"telegram.group"}


def test_only_in_a_community_reactions_are_voices() -> None:
    assert codes(telegram.standing(GroupFacts(ROOM, "member"))) == {"telegram.group"}


def test_the_webhook() -> None:
    def hook(address: str, expected: str, **more: Any) -> dict[str, str]:
        return judged(telegram.webhook(WebhookInfo(address, more.pop("waiting", 0), **more), expected, NOW))

    error = {"error": "Wrong response from the webhook: 401 Unauthorized", "error_at": NOW}
    old = error | {"error_at": NOW - timedelta(hours=2)}
    assert hook("", "") == hook(URL, URL) == hook(URL, URL, **old) == {"telegram.webhook": "ok"}
    assert (
        hook(URL, "") == hook("", URL) == hook("https://else.example", URL) == {"telegram.webhook": "advice"}
    )
    assert hook(URL, URL, **error) == {"telegram.webhook": "ok", "telegram.webhook_error": "wrong"}
    assert hook("", "", waiting=500) == {"telegram.webhook": "ok", "telegram.waiting": "advice"}


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("Wrong response from the webhook: 401 Unauthorized", "restart congich"),
        ("SSL error {error:0A000086:SSL routines::certificate verify failed}", "certificate"),
        ("Connection timed out", "open ports"),
        ("Failed to resolve host: Name or service not known", "DNS"),
        ("Something new", "log"),
    ],
)
def test_telegrams_words_lead_to_a_remedy(error: str, remedy: str) -> None:
    said = telegram.webhook(WebhookInfo(URL, 0, error, NOW), URL, NOW)
    assert remedy in said[1].remedy


async def test_a_good_city(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        said = await telegram.examine(on_telegram(tmp_path, server))
        assert set(judged(said).values()) == {"ok"}
        assert codes(said) == {"telegram.token", "telegram.privacy", "telegram.group", "telegram.webhook"}
        methods = {call.method for call in server.calls}
        assert methods == {"getMe", "getChat", "getChatMember", "getWebhookInfo"}


async def test_everything_that_may_be_wrong(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        secret = {"CONGICH_TELEGRAM_WEBHOOK_SECRET": "s" * 32}
        city = on_telegram(
            tmp_path,
            server,
            telegram={"receive": "webhook"},
            web={"public_url": "https://city.example"},
            environ=secret,
        )
        server.hears_everything, server.may_join = False, False
        server.groups[-1001000].bot = {"status": "member"}
        server.groups[-1002000].bot = {"status": "left"}
        server.webhook = {"url": URL}
        server.webhook_error = {
            "last_error_date": int(time.time()),
            "last_error_message": "Connection refused",
        }
        said = await telegram.examine(city)
        assert judged(said) == {
            "telegram.token": "ok",
            "telegram.privacy": "wrong",
            "telegram.groups": "wrong",
            "telegram.group": "wrong",
            "telegram.administrator": "advice",
            "telegram.webhook": "ok",
            "telegram.webhook_error": "wrong",
        }
        assert all(one.remedy for one in said if one.level != "ok")
        assert server.token not in shown(said)


async def test_groups_that_telegram_does_not_know_or_that_moved(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city = on_telegram(tmp_path, server)
        server.groups[-1001000].moved_to = -1003000
        del server.groups[-1002000]
        said = await telegram.examine(city)
        assert judged(said)["telegram.moved"] == "advice"
        assert judged(said)["telegram.group"] == "wrong"
        assert '"-1003000"' in shown(said)
        assert "not found" in shown(said).lower()


@pytest.mark.parametrize("token", ["123456:another-token-of-nobody", "1:x"])
async def test_a_wrong_token(tmp_path: Path, token: str) -> None:
    async with FakeTelegram() as server:
        said = await telegram.examine(on_telegram(tmp_path, server, token))
        assert judged(said) == {"telegram.token": "wrong"}
        assert "@BotFather" in said[0].remedy
        assert token not in shown(said)


@pytest.mark.parametrize("fault", list(Fault)[:4])
async def test_telegrams_bad_moments(tmp_path: Path, fault: Fault) -> None:
    async with FakeTelegram() as server:
        server.fail("getMe", fault)
        said = await telegram.examine(on_telegram(tmp_path, server))
        assert judged(said) == {"telegram.unreachable": "wrong"}
        assert server.token not in shown(said)


async def test_one_group_that_is_not_answered_for(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        server.fail("getChat", Fault.BAD_GATEWAY)
        said = await telegram.examine(on_telegram(tmp_path, server))
        assert judged(said)["telegram.unreachable"] == "wrong"
        assert judged(said)["telegram.group"] == "ok"  # the other one
        assert server.token not in shown(said)


async def test_no_server_and_no_token(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city = on_telegram(tmp_path, server)
    assert judged(await telegram.examine(city)) == {"telegram.unreachable": "wrong"}
    assert await telegram.examine(on_telegram(tmp_path, server, " ")) == []
    assert await telegram.examine(on_telegram(tmp_path, server, telegram={"enabled": False})) == []


def shown(said: list[Finding]) -> str:
    return " ".join(one.says + one.remedy for one in said)
