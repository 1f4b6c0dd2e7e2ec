"""Tickets as files, read back by others' readers."""

import csv
import gc
import json
import resource
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from bot.exports.workbook import Workbook
from bot.exports.writing import write
from bot.locale import Texts
from handlers.exports import COLUMNS, Cover, Format, Names, Style, defused
from handlers.pseudonyms import Pseudonyms
from handlers.veil import Veil
from storage import chats, members
from storage.database import Database
from storage.lists import Filter
from storage.models import Ticket, TicketEvent, row_id
from storage.states import TicketStatus

NOW = datetime(2026, 11, 16, 1, 30, tzinfo=UTC)  # 08:30 in Sóc Trăng
ALL = Filter(statuses=tuple(TicketStatus))
VEIL = Veil(["Hai Bà Trưng"]).over
STYLE = Style(
    Texts.bundled().say, "vi", ZoneInfo("Asia/Ho_Chi_Minh"), {"chieusang": "Chiếu sáng"},
    lambda platform, chat, message: f"https://chat.example/{chat}/{message}",
    Cover(Names.PSEUDONYMS, Pseudonyms(b"a city's key").of, VEIL),
)  # fmt: skip
NAMED = replace(STYLE, cover=Cover(Names.WRITTEN))
FORMULA = '=HYPERLINK("http://bad.example";"xem")'


async def fill(database: Database, *tickets: dict[str, Any]) -> None:
    async with database.write() as session:
        chat = await chats.ensure(session, "telegram", "-1", "Công ích", NOW)
        member = await members.ensure(session, "telegram", "7", "Hoa", NOW)
        for place, fields in enumerate(tickets, start=1001):
            values = {
                "number": place, "code": f"PA{place}", "chat_id": row_id(chat), "origin": str(place),
                "reporter_id": row_id(member), "kind": "report", "category": "lighting", "opened_at": NOW,
            }  # fmt: skip
            session.add(Ticket(**{**values, **fields}))


LAMP = {
    "summary": "Đèn hư, gọi Hoa 0912345678\nhai bữa nay",
    "place": {"text": "45 Hai Bà Trưng", "ward": "Phú Lợi"},
    "latitude": 9.6025, "longitude": 105.9739, "department": "chieusang", "urgent": True,
    "due_at": NOW + timedelta(days=1),
}  # fmt: skip
TRICK = {"summary": FORMULA, "category": "waste", "status": TicketStatus.RESOLVED, "satisfied": False}


async def written(
    database: Database, folder: Path, kind: Format, wanted: Filter = ALL, style: Style = STYLE
) -> Path:
    path = folder / f"out.{kind}"
    await write(database, wanted, style, kind, path, lambda *_: None)
    assert [one.name for one in folder.iterdir() if one.name.startswith(".export")] == []
    assert path.stat().st_mode & 0o077 == 0 or style.cover.names is Names.NONE  # which is for everybody
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")  # by this Excel knows that it is UTF-8
    assert b"\r\n" in raw
    return list(csv.DictReader(raw.decode("utf-8-sig").splitlines(keepends=True)))


def sheets(path: Path) -> list[list[list[str]]]:
    """The cells' words, sheet by sheet; a formula would be a <f>."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(path) as book:
        found = []
        for name in ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"):
            tree = ET.fromstring(book.read(name))
            assert tree.findall(".//m:f", space) == []
            rows = tree.findall(".//m:row", space)
            found.append([["".join(cell.itertext()) for cell in row.findall("m:c", space)] for row in rows])
    return found


async def test_csv_is_for_people_and_safe_to_open(database: Database, tmp_path: Path) -> None:
    await fill(database, LAMP, TRICK)
    lamp, trick = read_csv(await written(database, tmp_path, Format.CSV))
    assert (lamp["Mã"], lamp["Loại"], lamp["Lĩnh vực"]) == ("PA1001", "Phản ánh", "Chiếu sáng")
    assert (lamp["Đơn vị"], lamp["Khẩn"], lamp["Phường, xã"]) == ("Chiếu sáng", "có", "Phú Lợi")
    assert (lamp["Tiếp nhận lúc"], lamp["Hạn"]) == ("2026-11-16 08:30", "2026-11-17 08:30")
    assert lamp["Nội dung"] == "Đèn hư, gọi […] […]\nhai bữa nay"
    assert trick["Nội dung"] == f"'{FORMULA}"
    assert trick["Hài lòng"] == "không"


async def test_a_workbook_has_the_tickets_and_their_sums(database: Database, tmp_path: Path) -> None:
    await fill(database, LAMP, TRICK)
    tickets, overview = sheets(await written(database, tmp_path, Format.XLSX))
    assert tickets[0][:4] == ["Mã", "Loại", "Lĩnh vực", "Tình trạng"]
    assert [row[0] for row in tickets[1:]] == ["PA1001", "PA1002"]
    assert FORMULA in tickets[2]
    assert overview[0] == ["Phiếu", "2"]
    assert ["Rác thải", "1"] in overview
    assert ["Phú Lợi", "1"] in overview


async def test_json_lines_are_for_machines(database: Database, tmp_path: Path) -> None:
    await fill(database, LAMP, TRICK)
    path = await written(database, tmp_path, Format.JSONL)
    lamp, trick = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    assert tuple(lamp) == COLUMNS
    assert (lamp["status"], lamp["department"], lamp["urgent"]) == ("new", "chieusang", True)
    assert datetime.fromisoformat(lamp["opened_at"]) == NOW
    assert trick["summary"] == FORMULA


async def test_geojson_has_what_is_on_the_map(database: Database, tmp_path: Path) -> None:
    await fill(database, TRICK, LAMP)
    path = tmp_path / "count.geojson"
    assert await write(database, ALL, STYLE, Format.GEOJSON, path, lambda *_: None) == 1
    made = json.loads((await written(database, tmp_path, Format.GEOJSON)).read_text("utf-8"))
    (feature,) = made["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [105.9739, 9.6025]}
    assert (feature["id"], feature["properties"]["category"]) == ("PA1002", "lighting")


async def test_nobody_who_spoke_of_it_is_named_either(database: Database, tmp_path: Path) -> None:
    await fill(database, LAMP | {"summary": "Trước nhà Thiện", "latitude": 9.60251234})
    async with database.write() as session:
        thien = await members.ensure(session, "telegram", "8", "Thiện", NOW)
        session.add(TicketEvent(ticket_id=1, at=NOW, action="voice", member_id=thien.id))
    (lamp,) = read_csv(await written(database, tmp_path, Format.CSV))
    assert (lamp["Nội dung"], lamp["Vĩ độ"]) == ("Trước nhà […]", "9.60251")
    (lamp,) = read_csv(await written(database, tmp_path, Format.CSV, style=NAMED))
    assert (lamp["Nội dung"], lamp["Vĩ độ"]) == ("Trước nhà Thiện", "9.60251234")


@pytest.mark.parametrize("names", [Names.NONE, Names.PSEUDONYMS])
async def test_who_reported_is_in_none_that_does_not_ask_for_names(
    database: Database, tmp_path: Path, names: Names
) -> None:
    await fill(database, LAMP)
    style = replace(STYLE, cover=replace(STYLE.cover, names=names))
    for kind in Format:
        path = await written(database, tmp_path, kind, style=style)
        raw = path.read_text("utf-8") if kind is not Format.XLSX else str(sheets(path))
        assert not [one for one in ("0912345678", "Hoa", "chat.example", '"7"') if one in raw]
        assert ("Người dân " in raw) is (names is Names.PSEUDONYMS)


async def test_a_pseudonym_is_the_same_for_a_person_and_another_in_another_city(
    database: Database, tmp_path: Path
) -> None:
    await fill(database, LAMP, TRICK)
    async with database.write() as session:
        other = await members.ensure(session, "telegram", "8", "Lan", NOW)
        session.add(Ticket(**{**ticket_fields(), "reporter_id": row_id(other)}))
    first, second, third = [row["Người phản ánh"] for row in await csv_of(database, tmp_path, STYLE)]
    assert first == second != third
    elsewhere = replace(STYLE, cover=replace(STYLE.cover, mark=Pseudonyms(b"another city's").of))
    assert (await csv_of(database, tmp_path, elsewhere))[0]["Người phản ánh"] != first
    async with database.write() as session:
        (await members.ensure(session, "telegram", "7", "", NOW)).erased = True
    left = [row["Người phản ánh"] for row in await csv_of(database, tmp_path, STYLE)]
    assert left == ["", "", third]


def ticket_fields() -> dict[str, Any]:
    return {
        "number": 1003, "code": "PA1003", "chat_id": 1, "origin": "1003", "kind": "report",
        "category": "lighting", "opened_at": NOW,
    }  # fmt: skip


async def csv_of(database: Database, folder: Path, style: Style) -> list[dict[str, str]]:
    return read_csv(await written(database, folder, Format.CSV, style=style))


async def test_with_names_it_is_as_it_was_written(database: Database, tmp_path: Path) -> None:
    await fill(database, LAMP)
    (lamp,) = await csv_of(database, tmp_path, NAMED)
    assert lamp["Người phản ánh"] == "Hoa"
    assert lamp["Nội dung"] == "Đèn hư, gọi Hoa 0912345678\nhai bữa nay"
    assert lamp["Bài gốc"] == "https://chat.example/-1/1001"


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (ALL, ["PA1001", "PA1002", "PA1003"]),
        (Filter(), ["PA1001", "PA1003"]),
        (Filter(statuses=tuple(TicketStatus), category="waste"), ["PA1002"]),
        (Filter(statuses=tuple(TicketStatus), ward="Phú Lợi"), ["PA1001"]),
        (Filter(statuses=tuple(TicketStatus), opened_from=NOW + timedelta(hours=1)), ["PA1003"]),
        (Filter(statuses=tuple(TicketStatus), opened_until=NOW), []),
    ],
)
async def test_a_filter_and_a_period(
    database: Database, tmp_path: Path, wanted: Filter, codes: Sequence[str]
) -> None:
    await fill(database, LAMP, TRICK, {"opened_at": NOW + timedelta(days=1)})
    assert [row["Mã"] for row in read_csv(await written(database, tmp_path, Format.CSV, wanted))] == codes
    for kind in Format:
        await written(database, tmp_path, kind, wanted)  # none at all is a whole file too


@pytest.mark.parametrize("value", ["=1+1", "+84912", "-1", "@cmd", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_text(value: str) -> None:
    assert defused(value) == f"'{value}"


@pytest.mark.parametrize("value", ["Đèn hư", "", None, -1, 2.5, True, NOW])
def test_the_rest_stays(value: Any) -> None:
    assert defused(value) == value


@pytest.mark.sqlite_only
@pytest.mark.parametrize("kind", [Format.CSV, Format.XLSX])
async def test_any_number_fits_in_memory(database: Database, tmp_path: Path, kind: Format) -> None:
    """Ten times as many need as much: 4,000 here, `python -m tests.bot.exports` measures 100,000."""
    await fill(database, *({"summary": f"đèn số {n} hư " * 20} for n in range(4_000)))
    few = Filter(statuses=tuple(TicketStatus), opened_until=NOW)
    await written(database, tmp_path, kind, few)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    shown: list[tuple[int, int]] = []
    await write(database, ALL, STYLE, kind, tmp_path / f"all.{kind}", lambda *how: shown.append(how))
    assert shown[-1] == (4_000, 4_000)
    assert len(shown) == 8
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 40  # MB


def test_a_workbook_on_a_full_disk_says_so_once(capfd: pytest.CaptureFixture[str]) -> None:
    book = Workbook(Path("/dev/full"), STYLE)
    with pytest.raises(OSError, match="No space left"):
        book.close()
    del book
    gc.collect()
    assert capfd.readouterr().err == ""
