"""Bar 11, by the other way in: another system's file, each of whose fields is such a text."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import logs, terminal
from bot.app import App
from bot.imports import records
from bot.imports.command import summary
from bot.imports.history import ImportedHistory
from bot.imports.mapping import Columns, ImportMap
from bot.platforms.media import Media
from bot.replay import run_import, silenced
from tests.acceptance.browser import NEEDS_CHROMIUM
from tests.bot.room.site import LAMP, opened, settings
from tests.chaos.looking import Beacon, exported, in_a_browser, read_all
from tests.chaos.payloads import payloads
from tests.chaos.rig import FULL, LONG, SEED

NUMBER = 500 if FULL else 30
NAMES = ("id", "at", "text", "place", "category", "note", "name", "person", "photo")
BEGUN = datetime(2026, 11, 2, 1, tzinfo=UTC)
BOARD: dict[str, Any] = {"board": {"enabled": True}, "limits": {"tickets_an_hour": 100_000}}
pytestmark = [pytest.mark.sqlite_in_short, LONG, pytest.mark.timeout(1800)]


def written(path: Path, texts: list[str]) -> Path:
    """A row for each text, which is in all of its fields."""
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.DictWriter(file, NAMES)
        rows.writeheader()
        for number, text in enumerate(texts):
            row = dict.fromkeys(NAMES, text)
            at = (BEGUN + timedelta(minutes=number)).isoformat()
            rows.writerow(row | {"id": f"{number} {text}", "at": at, "text": f"Đèn hư {number} {text}"})
    return path


@NEEDS_CHROMIUM
async def test_no_text_of_a_file_does_anything(database_url: str, tmp_path: Path, beacon: Beacon) -> None:
    log = io.StringIO()
    logs.configure("info", as_json=False, stream=log)
    texts = payloads(SEED, NUMBER, beacon.port)
    columns = Columns.model_validate({name: name for name in NAMES} | {"text": ("text",)})
    meant = ImportMap(name="old", title=texts[0][:100], columns=columns, categories={"*": "lighting"})
    file = written(tmp_path / "old.csv", texts)
    found, faults = records.read(file, meant, ZoneInfo("Asia/Ho_Chi_Minh"), BEGUN + timedelta(days=30))
    assert len(found) + len(faults) == len(texts)
    assert len(found) > 0.9 * len(texts)
    app = App(silenced(settings(database_url, tmp_path, **BOARD)), {})
    history = ImportedHistory(meant.name, meant.title, found, Media(), app.seal.key)
    await run_import(app, history, lambda *_: None)
    await history.close()
    async with opened(database_url, tmp_path, **BOARD) as site, site.browser("chu") as browser:
        await site.say("hoa", LAMP)
        pages = await read_all(site, browser, texts)
        await exported(site, tmp_path)
        await in_a_browser(site, beacon)
    assert all(
        line.isprintable() for line in map(terminal.plain, (*map(str, faults), *summary(found, faults)))
    )
    assert [line for line in log.getvalue().splitlines() if terminal.plain(line) != line] == []
    assert "Traceback" not in log.getvalue()
    assert beacon.calls == 0
    print(f"\nseed {SEED}: {len(found)} records taken in, {pages} pages read: nothing ran, no call")
