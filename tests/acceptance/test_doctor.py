"""`congich doctor`, as an operator starts it: before, beside and after a running congich."""

import json
from pathlib import Path

import pytest

from tests.acceptance.process import City, run
from tests.fakes.telegram import FakeTelegram


@pytest.mark.sqlite_only
async def test_a_good_city_before_and_beside_its_bot(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city, token = City(tmp_path, server), {"CONGICH_TELEGRAM_TOKEN": server.token}
        code, out, errors = await run("doctor", "-c", str(city.config), **token)
        assert (code, errors) == (0, "")
        assert "the first start makes it  [store.database]" in out
        assert not (tmp_path / "data").exists()

        await city.start()
        await server.post(city.group, "Hoa", "Chào cả nhà")
        await city.settled(messages=1)
        asked = len(server.called("getUpdates"))
        code, out, errors = await run("doctor", "-c", str(city.config), **token)
        assert (code, errors) == (0, "")
        assert "congich is at work on it  [store.process]" in out
        assert out.splitlines()[-1].endswith("congich can work")
        assert server.token not in out
        assert len(server.called("getUpdates")) <= asked + 1  # its own; doctor takes no message away
        await server.post(city.group, "Hoa", "Đèn đường trước số 45 Hai Bà Trưng tắt ngúm 3 bữa nay")
        await server.wait_for(lambda: len(server.posts(city.group)) == 1)
        assert await city.stop() == 0


@pytest.mark.sqlite_only
async def test_a_bad_city(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city, token = City(tmp_path, server), {"CONGICH_TELEGRAM_TOKEN": server.token}
        server.hears_everything = False
        city.group.bot = {"status": "member"}
        city.room.bot = {"status": "kicked"}
        code, out, errors = await run("doctor", "-c", str(city.config), **token)
        assert (code, errors) == (1, "")
        lines = out.splitlines()
        assert lines[0].startswith("wrong   telegram: privacy mode is on")
        assert "/setprivacy" in lines[1]
        assert server.token not in out

        code, out, _ = await run("doctor", "-c", str(city.config), "--json", **token)
        found = json.loads(out)
        assert (code, found["wrong"]) == (1, 2)
        assert found["findings"][0]["code"] == "telegram.privacy"
        assert server.token not in out


async def test_the_network_is_away_and_the_token_is_missing(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city = City(tmp_path, server)
    code, out, errors = await run("doctor", "-c", str(city.config), CONGICH_TELEGRAM_TOKEN=server.token)
    assert (code, errors) == (1, "")
    assert "[telegram.unreachable]" in out
    assert server.token not in out
    code, out, errors = await run("doctor", "-c", str(city.config))
    assert (code, errors) == (1, "")
    assert "[keys.missing]" in out


async def test_a_configuration_that_can_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[telegram]\ntoken = 'x'\n")
    code, out, errors = await run("doctor", "-c", str(file))
    assert (code, out) == (2, "")
    assert "unknown key 'telegram.token'" in errors
    assert len(errors.splitlines()) == 1


async def test_its_help_says_what_it_does() -> None:
    code, out, _ = await run("doctor", "--help")
    assert code == 0
    assert "Changes nothing" in " ".join(out.split())
    assert "--json" in out
