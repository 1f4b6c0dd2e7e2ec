"""All parts side by side: one that is late or breaks is a finding, and shows no secret."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.doctor import checkup
from bot.doctor.case import Case
from bot.doctor.findings import Finding, advice, ok
from tests.bot.doctor.cases import case, codes, judged, on_telegram
from tests.fakes.telegram import FakeTelegram

SECRET = "123456:AbC-dEf_secret-of-nobody"


async def fine(_: Case) -> list[Finding]:
    return [ok("fine.thing", "it is"), advice("fine.detail", "could be finer", "polish it")]


async def slow(_: Case) -> list[Finding]:
    await asyncio.sleep(30)
    return []


async def broken(_: Case) -> list[Finding]:
    raise RuntimeError(f"https://api.telegram.org/bot{SECRET}/getMe")


async def forbidden(_: Case) -> list[Finding]:
    raise PermissionError(13, "Permission denied", "/etc/congich/token")


async def ended(_: Case) -> list[Finding]:
    raise asyncio.CancelledError


async def test_what_breaks_or_is_late_holds_nobody_up(tmp_path: Path) -> None:
    parts = {"fine": fine, "slow": slow, "other": slow, "broken": broken, "closed": forbidden}
    begun = time.monotonic()
    said = await checkup.examined(case(tmp_path), parts, seconds=0.2)
    assert time.monotonic() - begun < 5
    assert [one.code for one in said] == [
        "checkup.late", "checkup.late", "checkup.broke", "checkup.forbidden", "fine.detail", "fine.thing",
    ]  # fmt: skip
    assert "slow" in said[0].says
    assert "RuntimeError" in said[2].says
    assert all(SECRET not in one.says + one.remedy for one in said)


async def test_being_told_to_stop_is_no_finding(tmp_path: Path) -> None:
    with pytest.raises(asyncio.CancelledError):
        await checkup.examined(case(tmp_path), {"ended": ended})


async def test_every_part_has_its_say(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        said = await checkup.examined(on_telegram(tmp_path, server, web={"enabled": False}))
        assert {code.partition(".")[0] for code in codes(said)} == {
            "machine", "keys", "store", "model", "chats", "telegram",
        }  # fmt: skip
        assert "wrong" not in judged(said).values()
