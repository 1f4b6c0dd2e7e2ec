"""`congich backup` beside a running bot, `congich restore` elsewhere: what is wrong is one sentence."""

from pathlib import Path

import pytest

from tests.acceptance.process import run
from tests.bot.open311.test_server import LAMP
from tests.bot.open311.town import running


def written(folder: Path) -> Path:
    """A configuration for a data folder."""
    config = folder / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f'data_dir = "{folder / "data"}"\n')
    return config


@pytest.mark.sqlite_only
async def test_a_city_in_a_file(tmp_path: Path) -> None:
    here, there = written(tmp_path), written(tmp_path / "elsewhere")
    async with running(tmp_path) as town:
        await town.post(LAMP)

        async def opened() -> bool:
            return await town.ticket("PA1001") is not None

        await town.until(opened)
        code, said, error = await run("backup", "-c", str(here))
        assert (code, "1 tickets" in said) == (0, True), error
        code, _, error = await run("restore", str(tmp_path), "-c", str(here))
        assert (code, "another congich is already running" in error) == (1, True)
    (file,) = (tmp_path / "data" / "backups").iterdir()
    code, said, error = await run("restore", str(file), "-c", str(there))
    assert (code, "1 tickets" in said) == (0, True), error
    file.write_bytes(file.read_bytes()[:-20_000])
    code, _, error = await run("backup", str(file), "--check", "-c", str(here))
    assert (code, "older" in error) == (1, True)
    secret = ("--to", "postgresql://u:secret@127.0.0.1/x")
    code, _, error = await run("db", "move", *secret, "-c", str(here))
    assert (code, "PGPASSWORD" in error, "secret" in error) == (2, True, False)


@pytest.mark.sqlite_only
async def test_where_there_is_nothing_yet_nothing_is_made(tmp_path: Path) -> None:
    code, _, error = await run("backup", "-c", str(written(tmp_path)))
    assert (code, "there is no database yet" in error) == (2, True)
    assert not (tmp_path / "data").exists()
