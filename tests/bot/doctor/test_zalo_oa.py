"""A Zalo Official Account: what its tokens, package and groups come to, over real sockets."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import clock
from bot.doctor import zalo_oa
from bot.doctor.case import Case
from bot.platforms.zalo_oa_tokens import TokenFile, TokenPair
from tests.bot.doctor.cases import case, judged
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_SECRET, PROXY, FakeZaloOa

NOW = datetime(2026, 11, 16, tzinfo=UTC)
DAY = timedelta(days=1)


def city(folder: Path, server: FakeZaloOa, *groups: str) -> Case:
    return case(
        folder,
        {"CONGICH_ZALO_OA_APP_SECRET": APP_SECRET, "CONGICH_ZALO_OA_SECRET": OA_SECRET},
        zalo_oa={"enabled": True, "app_id": APP_ID, "api_root": server.root, "oauth_root": server.root},
        web={"public_url": "https://city.example"},
        chats=[{"platform": "zalo_oa", "id": group, "role": "community"} for group in groups],
    )


def log_in(folder: Path, server: FakeZaloOa, left: timedelta = DAY) -> None:
    access, refresh = server.pair()
    now = clock.real()
    TokenFile(folder / "zalo_oa.tokens").save(TokenPair(access, refresh, now + left, now + 90 * DAY))


async def test_a_good_account(tmp_path: Path) -> None:
    async with FakeZaloOa() as server:
        server.group("g1", "Công ích đô thị", "Hoa")
        log_in(tmp_path, server)
        said = await zalo_oa.examine(city(tmp_path, server, "g1"))
        assert judged(said) == {"zalo_oa.tokens": "ok", "zalo_oa.account": "ok", "zalo_oa.group": "ok"}
        assert server.refreshes == []
        assert not [one for one in said if "access-" in one.says]


async def test_nobody_logged_in_or_not_for_long(tmp_path: Path) -> None:
    async with FakeZaloOa() as server:
        assert judged(await zalo_oa.examine(city(tmp_path, server))) == {"zalo_oa.tokens": "wrong"}
        log_in(tmp_path, server, -DAY)
        assert judged(await zalo_oa.examine(city(tmp_path, server))) == {"zalo_oa.tokens": "wrong"}
        assert server.calls == []  # renewing is the bot's own to do
        (tmp_path / "zalo_oa.tokens").chmod(0o644)
        (found,) = await zalo_oa.examine(city(tmp_path, server))
        assert "chmod 600" in found.says


async def test_what_zalo_does_not_show(tmp_path: Path) -> None:
    async with FakeZaloOa() as server:
        log_in(tmp_path, server)
        said = judged(await zalo_oa.examine(city(tmp_path, server, "unknown")))
        assert said["zalo_oa.group"] == "wrong"
        server.fail("getoa", PROXY)
        assert judged(await zalo_oa.examine(city(tmp_path, server)))["zalo_oa.unreachable"] == "wrong"


async def test_switched_off_or_without_its_secret_others_tell(tmp_path: Path) -> None:
    async with FakeZaloOa() as server:
        assert await zalo_oa.examine(case(tmp_path)) == []
        assert await zalo_oa.examine(replace(city(tmp_path, server), environ={})) == []


@pytest.mark.parametrize(
    ("left", "refused", "level"),
    [(DAY, "", "ok"), (DAY / 4, "", "advice"), (-DAY, "", "wrong"), (DAY, "Zalo: -14014", "wrong")],
)
def test_tokens(left: timedelta, refused: str, level: str) -> None:
    pair = TokenPair("access-1", "refresh-1", NOW + left, NOW, refused)
    found = zalo_oa.tokens(pair, NOW)
    assert found.level.value == level
    assert "-1" not in found.says.replace("-14014", "").replace("-11-1", "")


def test_the_account() -> None:
    assert zalo_oa.known({"name": "Sóc Trăng", "is_verified": False}).level.value == "wrong"
    assert "Toàn diện" in zalo_oa.known({"name": "Sóc Trăng", "package_name": "Toàn diện"}).says


@pytest.mark.parametrize(
    ("until", "told"),
    [
        (str(int((NOW + 3 * DAY).timestamp() * 1000)), 1),
        ("20/11/2026", 1),
        ("2027-11-20", 0),
        ("", 0),
        (None, 0),
        ("unlimited", 0),
    ],
)
def test_an_asset_that_ends_soon(until: str | None, told: int) -> None:
    assert len(zalo_oa.assets([{"asset_id": "a", "valid_through": until}], NOW)) == told


@pytest.mark.parametrize(
    ("info", "level"),
    [
        ({"status": "enabled", "total_member": 174, "max_member": 1000}, "ok"),
        ({"status": "enabled", "total_member": 100, "max_member": 100}, "advice"),
        ({"status": "disabled"}, "wrong"),
        ({"status": "enabled", "auto_delete_date": "20/12/2026"}, "wrong"),
        ({}, "ok"),
    ],
)
def test_a_group(info: dict[str, object], level: str) -> None:
    assert zalo_oa.group("g1", {"group_info": info}, NOW).level.value == level
