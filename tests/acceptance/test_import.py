"""`congich import`: 239 records of another system, taken in once, however often."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.process import run

STREETS = ("Hai Bà Trưng", "Lê Lợi", "Trần Hưng Đạo", "Nguyễn Huệ", "Mạc Đĩnh Chi", "Phú Lợi", "Lê Duẩn")
THINGS = (
    ("Đèn đường tắt", "Đèn"),
    ("Rác chưa thu gom", "Rác"),
    ("Ổ gà lớn", "Đường"),
    ("Cây gãy nhánh", "Khác"),
)
FIRST = datetime(2026, 6, 1, 7, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
MAP = """
name = "ioc"
title = "Trung tâm"
[columns]
id = "id"
at = "at"
text = ["text"]
place = "place"
category = "topic"
status = "status"
closed_at = "done"
person = "phone"
[categories]
"Đèn" = "lighting"
"Rác" = "waste"
"Đường" = "road"
"*" = "other"
[statuses]
"xong" = "closed"
"*" = "open"
"""


def opinions(number: int, done: int) -> str:
    """So many records, the first of which are done."""
    lines = ["id,at,text,place,topic,status,done,phone"]
    for one in range(number):
        at = FIRST + timedelta(hours=9 * one)
        words, topic = THINGS[one % 4]
        place = f"số {one * 7 % 300 + 1} đường {STREETS[one % 7]}"
        ended = (at + timedelta(days=2)).isoformat() if one < done else ""
        status = "xong" if one < done else "đang làm"
        lines.append(
            f"o{one},{at.isoformat()},{words} {one} ngày nay,{place},{topic},{status},{ended},09{one:08d}"
        )
    return "\n".join(lines) + "\n"


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(folder / "data" / "congich.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


@pytest.mark.sqlite_only
async def test_239_records_of_another_system(tmp_path: Path) -> None:
    config, mapping, file = tmp_path / "config.toml", tmp_path / "map.toml", tmp_path / "opinions.csv"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n')
    mapping.write_text(MAP, "utf-8")
    file.write_text(opinions(239, 100), "utf-8")
    command = ("import", str(file), "--map", str(mapping), "-c", str(config))
    code, out, _ = await run(*command, "--dry-run")
    assert (code, out.splitlines()[0]) == (0, "239 records, 100 of them ended, 0 rows can't be taken in")
    assert not (tmp_path / "data" / "congich.db").exists()
    code, out, err = await run(*command)
    assert (code, out.splitlines()[0]) == (0, "read: 239 records, 339 things in them new"), err
    states = dict(rows(tmp_path, "SELECT status, count(*) FROM tickets GROUP BY status"))
    voices = rows(tmp_path, "SELECT count(*) FROM submissions WHERE state = 'voice'")[0][0]
    assert sum(states.values()) + voices == 239
    assert states["resolved"] == 100
    assert rows(tmp_path, "SELECT count(*) FROM outbox") == [(0,)]
    opened = rows(tmp_path, "SELECT min(opened_at), max(opened_at) FROM tickets")[0]
    assert opened[0].startswith("2026-06-01 00:00:00")
    assert opened[1].startswith("2026-08-29")
    kept = str(rows(tmp_path, "SELECT payload FROM inbox"))
    assert "0900000001" not in kept
    code, out, _ = await run(*command)
    assert (code, out.splitlines()[0]) == (0, "read: 239 records, 0 things in them new")
    file.write_text(opinions(240, 110), "utf-8")  # later: one more, and more are done
    code, out, _ = await run(*command)
    assert (code, out.splitlines()[0]) == (0, "read: 240 records, 11 things in them new")
    assert rows(tmp_path, "SELECT count(*) FROM tickets WHERE status = 'resolved'") == [(110,)]


@pytest.mark.sqlite_only
async def test_a_faulty_row_stops_it_until_it_is_left_out(tmp_path: Path) -> None:
    config, mapping, file = tmp_path / "config.toml", tmp_path / "map.toml", tmp_path / "opinions.csv"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n')
    mapping.write_text(MAP, "utf-8")
    file.write_text(opinions(3, 0) + "o9,tomorrow,Rác,,Rác,,,\n", "utf-8")
    command = ("import", str(file), "--map", str(mapping), "-c", str(config))
    code, _, err = await run(*command)
    assert code == 2
    assert "line 5: at 'tomorrow' is no moment" in err
    assert "1 of 4 rows" in err
    assert "--skip-faulty" in err
    assert not (tmp_path / "data" / "congich.db").exists()
    code, out, _ = await run(*command, "--skip-faulty")
    assert (code, out.splitlines()[0]) == (0, "read: 3 records, 3 things in them new")
