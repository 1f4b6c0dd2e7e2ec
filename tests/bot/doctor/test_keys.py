"""Secrets: there, of the right shape, nobody else's to read, and never shown."""

from pathlib import Path
from typing import Any

import pytest

from bot.doctor import keys
from bot.doctor.findings import Finding
from tests.bot.doctor.cases import case

TOKEN = "123456:AbC-dEf_secret-of-nobody"
HOOKED = {"receive": "webhook", "enabled": True}


async def found(folder: Path, environ: dict[str, str] | None = None, **sections: Any) -> list[Finding]:
    wants: dict[str, Any] = {
        "telegram": {"enabled": True},
        "web": {"public_url": "https://city.example"},
    } | sections
    return await keys.examine(case(folder, environ, **wants))


async def test_all_is_well(tmp_path: Path) -> None:
    (one,) = await found(tmp_path, {keys.TELEGRAM: TOKEN})
    assert (one.code, one.level) == ("keys.well", "ok")


async def test_nothing_is_wanted(tmp_path: Path) -> None:
    assert await found(tmp_path, telegram={}) == []


async def test_one_is_missing(tmp_path: Path) -> None:
    (one,) = await found(tmp_path)
    assert (one.code, one.level) == ("keys.missing", "wrong")
    assert "telegram.token_file" in one.remedy


async def test_others_can_read_the_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o644)
    (one,) = await found(tmp_path, telegram={"enabled": True, "token_file": str(file)})
    assert (one.code, one.level) == ("keys.file", "wrong")
    assert one.remedy == f"run 'chmod 600 {file}'"
    file.chmod(0o600)
    (one,) = await found(tmp_path, telegram={"enabled": True, "token_file": str(file)})
    assert one.code == "keys.well"


@pytest.mark.parametrize("content", ["", None])
async def test_the_file_is_empty_or_not_there(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.touch(0o600)
    (one,) = await found(tmp_path, telegram={"enabled": True, "token_file": str(file)})
    assert (one.code, one.level) == ("keys.file", "wrong")
    assert "CONGICH_TELEGRAM_TOKEN" in one.remedy


@pytest.mark.parametrize("given", ["123456", "123456:ab cd", "123/getMe:abc", "a:b\nc"])
async def test_what_is_no_token_is_never_asked_with_nor_shown(tmp_path: Path, given: str) -> None:
    (one,) = await found(tmp_path, {keys.TELEGRAM: given})
    assert (one.code, one.level) == ("keys.shape", "wrong")
    assert given not in one.says + one.remedy
    assert (
        keys.token(case(tmp_path, {keys.TELEGRAM: given}, telegram={"enabled": True}), keys.TELEGRAM) is None
    )


async def test_a_webhooks_secret(tmp_path: Path) -> None:
    short = {keys.TELEGRAM: TOKEN, "CONGICH_TELEGRAM_WEBHOOK_SECRET": "short"}
    (one,) = await found(tmp_path, short, telegram=HOOKED)
    assert one.code == "keys.shape"
    assert "16 to 256" in one.remedy
    good = short | {"CONGICH_TELEGRAM_WEBHOOK_SECRET": "s" * 16}
    (one,) = await found(tmp_path, good, telegram=HOOKED)
    assert one.code == "keys.well"


async def test_every_secret_of_everything(tmp_path: Path) -> None:
    (tmp_path / "buttons.key").touch(0o600)
    said = await found(
        tmp_path,
        telegram=HOOKED,
        zalo_bot=HOOKED,
        opinions={"endpoint": "http://127.0.0.1:1/v1", "endpoint_model": "m", "endpoint_key_file": "none"},
    )
    assert [one.code for one in said] == [*["keys.missing"] * 4, *["keys.file"] * 2]


async def test_the_token_of_the_figures(tmp_path: Path) -> None:
    (one,) = await found(tmp_path, telegram={}, web={"metrics_token_file": str(tmp_path / "none")})
    assert (one.code, "web.metrics_token_file" in one.says) == ("keys.file", True)


async def test_an_endpoint_needs_no_key(tmp_path: Path) -> None:
    endpoint = {"endpoint": "http://127.0.0.1:1/v1", "endpoint_model": "m"}
    (one,) = await found(tmp_path, telegram={}, opinions=endpoint)
    assert one.code == "keys.well"
