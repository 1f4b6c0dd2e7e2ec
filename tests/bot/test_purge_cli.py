"""`congich purge` beside a bot at work: it counts first, takes only what it is told to, and is on record."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.text import Text
from typer.testing import CliRunner

from bot import cli, logs, purge_cli
from tests.acceptance.process import run
from tests.bot.open311.test_server import LAMP
from tests.bot.open311.town import Town, running

OLD = "UPDATE inbox SET received_at = '2020-01-01 00:00:00.000000'"
PAYLOADS = "SELECT count(*) FROM inbox WHERE CAST(payload AS TEXT) <> '{}'"
WHO = "SELECT platform || ':' || external_id FROM members JOIN tickets ON reporter_id = members.id"
NOTED = "SELECT detail FROM audit WHERE action = 'purge' ORDER BY id"


@pytest.mark.sqlite_only
async def test_by_age_and_by_person_beside_a_running_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, file = tmp_path / "config.toml", tmp_path / "data" / "congich.db"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n[retention]\nraw_days = 3\n')

    monkeypatch.setattr(logs, "configure", lambda *_, **__: None)  # the command's is its process's own
    application = typer.Typer()
    application.command()(purge_cli.purge)

    async def purge(*given: str) -> tuple[int, str, str]:
        asked = [*given, "-c", str(config)]
        done = await asyncio.to_thread(CliRunner().invoke, application, asked)
        return done.exit_code, done.stdout, str(done.exception or "")

    code, _, error = await run("purge", "-c", str(config))
    assert (code, "the first start of 'congich run'" in error) == (2, True)
    async with running(tmp_path) as town:
        await town.post(LAMP)
        await _opened(town)
        await asyncio.to_thread(_one, file, OLD)
        code, said, error = await purge()
        assert code == 0, error
        assert "3 days" in said
        assert "say --yes" in said
        assert _one(file, PAYLOADS) == 1
        code, said, error = await purge("--yes", "--only", "raw")
        assert (code, "taken: raw 1" in said) == (0, True), error
        assert _one(file, PAYLOADS) == 0
        assert "nothing was taken" in (await purge("--yes", "--only", "raw"))[1]

        assert "nobody is called" in (await purge("--member", "không ai"))[2]
        who = _one(file, WHO)
        code, said, error = await purge("--member", str(who))
        assert (code, "say --yes to erase" in said) == (0, True), error
        assert _one(file, "SELECT count(*) FROM members WHERE erased") == 0
        code, said, error = await purge("--member", str(who), "--yes")
        assert (code, "erased;" in said) == (0, True), error
        assert _one(file, "SELECT count(*) FROM members WHERE erased") == 1
        assert _one(file, "SELECT summary FROM tickets") == ""
        await town.post(LAMP | {"description": "rác đầy đường Lê Lợi", "service_code": "waste"})

        async def second() -> bool:
            return await town.ticket("PA1002") is not None

        await town.until(second)  # the bot works on
    with closing(sqlite3.connect(file)) as database, database:
        first, last = (json.loads(row[0]) for row in database.execute(NOTED))
    assert first["taken"] == {"raw": 1}
    assert first["by"].startswith("congich purge (")
    assert last["taken"]["tickets"] == 1


def test_no_help_loses_what_stands_in_brackets() -> None:
    helps = list(_helps(typer.main.get_command(cli.application)))
    assert any("nothing brings it back" in text for text in helps)
    assert [text for text in helps if Text.from_markup(text).plain != text] == []


def _helps(command: Any) -> Iterator[str]:
    """What `--help` says of a command, its options and whatever is below it."""
    yield from (text for one in (command, *command.params) if (text := getattr(one, "help", None)))
    if hasattr(command, "list_commands"):
        context = command.make_context("congich", [], resilient_parsing=True)
        for name in command.list_commands(context):
            yield from _helps(command.get_command(context, name))


async def _opened(town: Town) -> None:
    async def opened() -> bool:
        return await town.ticket("PA1001") is not None

    await town.until(opened)


def _one(file: Path, query: str) -> object:
    with closing(sqlite3.connect(file, timeout=15)) as database, database:
        row = database.execute(query).fetchone()
    return row[0] if row else None


def test_on_record_is_whoever_gives_the_command_also_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 12_345)
    monkeypatch.setattr("os.geteuid", lambda: 12_345)
    assert purge_cli._who() == "congich purge (12345)"
