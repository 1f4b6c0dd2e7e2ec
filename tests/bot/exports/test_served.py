"""What is behind an export's address, over a real socket; `congich export` beside a running bot."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from handlers import export_links
from handlers.export_links import ExportRequest, path
from handlers.exports import Format
from storage.lists import Filter
from storage.models import Ticket
from storage.states import TicketStatus
from tests.acceptance.process import run
from tests.bot.open311.test_server import LAMP
from tests.bot.open311.town import Town, running


@pytest.mark.sqlite_only
async def test_the_address_gives_the_file_and_no_other_does(tmp_path: Path) -> None:
    async with running(tmp_path) as town:
        await town.post(LAMP)
        assert await is_there(town)
        services, now = town.app.services, town.app.clock()
        for kind in Format:
            asked = ExportRequest(kind, Filter(statuses=tuple(TicketStatus)), "vi")
            address = services.address + path(services.seal.key, asked, now)
            async with town.session.get(address) as answer:
                assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
                assert f'filename="phieu.{kind}"' in answer.headers["Content-Disposition"]
                body = await answer.read()
                assert body.startswith(b"PK") if kind is Format.XLSX else b"PA1001" in body
        old = services.address + path(
            services.seal.key, asked, now - export_links.LIFETIME - timedelta(hours=1)
        )
        unknown = address.replace("/exports/", "/exports/x")
        for wrong, status, words in ((old, 410, "đã hết hạn. Anh/chị gõ /xuat"), (unknown, 404, "no such")):
            async with town.session.get(wrong) as answer:
                assert answer.status == status
                assert words in await answer.text()
        assert [one for one in (tmp_path / "data").iterdir() if one.name.startswith(".")] == []


async def is_there(town: Town) -> bool:
    async def opened() -> bool:
        return await town.ticket("PA1001") is not None

    await town.until(opened)
    return True


@pytest.mark.sqlite_only
async def test_the_command_writes_beside_a_running_bot_and_says_what_is_wrong(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n')
    file = tmp_path / "out.jsonl"
    code, _, error = await run("export", str(tmp_path / "none" / "out.csv"), "-c", str(config))
    assert (code, error) == (
        2,
        f"congich: {tmp_path / 'none'} is no folder: make it, or name a file in another one\n",
    )
    code, _, error = await run("export", str(file), "-c", str(config))
    assert (code, "the first start of 'congich run'" in error) == (2, True)
    async with running(tmp_path) as town:
        await town.post(LAMP)
        await is_there(town)
        code, said, error = await run("export", str(file), "-c", str(config))
        assert (code, said) == (0, f"1 tickets in {file}\n"), error
        said_of = json.loads(file.read_text("utf-8"))
        assert (said_of["code"], said_of["reporter"][:10]) == ("PA1001", "Người dân ")
        either = ["--only", "status=new", "--only", "status=resolved"]
        code, said, error = await run("export", str(file), *either, "-c", str(config))
        assert (code, said) == (0, f"1 tickets in {file}\n"), error
        code, said, error = await run("export", str(file), "--only", "category=light", "-c", str(config))
        assert (code, said) == (0, f"0 tickets in {file}\n"), error
        assert "the configuration has no category 'light' (there: waste, lighting" in error
        code, _, error = await run("export", str(file), "--only", "category=lighting", "-c", str(config))
        assert "the configuration has no" not in error
        async with town.app.database.write() as session:
            await session.execute(update(Ticket).values(hidden=True))
        code, said, error = await run("export", str(file), "--public", "-c", str(config))
        assert (code, said) == (0, f"0 tickets in {file}\n"), error
        code, _, error = await run("export", str(file), "--names", "-c", str(config))
        assert (code, json.loads(file.read_text("utf-8"))["reporter"][:10] == "Người dân ") == (0, False), (
            error
        )
    for wrong, why in (
        (["out.doc"], "its ending says how"),
        ([str(file), "--only", "status=gone"], "one of new, accepted"),
        ([str(file), "--period", "bậy"], "is no period"),
        ([str(file), "--public", "--names"], "not both"),
        ([str(file), "--public", "--only", "status=rejected"], "shows no tickets that are rejected"),
        ([str(file), "--public", *either, "--only", "status=rejected"], "that are rejected"),
        ([str(file), "--only", "ward=A", "--only", "ward=B"], "an export has one ward"),
        ([str(tmp_path / "nowhere" / "out.csv")], f"{tmp_path / 'nowhere'} is no folder: make it"),
    ):
        code, _, error = await run("export", *wrong, "-c", str(config))
        assert code in (1, 2), error
        assert why in error
        assert "Traceback" not in error
    assert json.loads(file.read_text("utf-8"))["code"] == "PA1001"  # what went wrong took nothing away
    with closing(sqlite3.connect(tmp_path / "data" / "congich.db")) as database, database:
        assert database.execute("SELECT count(*) FROM tickets").fetchone() == (1,)
        noted = "SELECT count(*) FROM audit WHERE action = 'command.export_names'"
        assert database.execute(noted).fetchone() == (1,)
