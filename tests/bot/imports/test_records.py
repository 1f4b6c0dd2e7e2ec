"""Files of other systems: what a mapping makes of their rows, and what is said of faulty ones."""

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.config import ConfigError
from bot.imports import mapping as mappings
from bot.imports.history import ImportedHistory
from bot.imports.mapping import ImportMap
from bot.imports.records import Fault, ImportedRecord, read
from bot.platforms.media import Media

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
DOCS = Path(__file__).parents[3] / "docs" / "import.md"
HEADER = (
    "Mã;Ngày gửi;Tiêu đề;Nội dung;Địa chỉ;Vĩ độ;Kinh độ;Lĩnh vực;Trạng thái;Ngày xong;"
    "Kết quả;Người gửi;Điện thoại;Ảnh"
)
LAMP = (
    "17;16/11/2026 08:30;Đèn;Đèn tắt ba bữa nay;45 Hai Bà Trưng;9,6025;105,9739;Chiếu sáng công cộng;"
    "Hoàn thành;18/11/2026 09:00;đã thay;An;0912345678;"
)
WASTE = '9;15/11/2026 07:00;"Rác; nhiều";"dòng một\ndòng hai";;;;Lạ;Đang làm;;;;;'


def of_docs() -> str:
    found = re.search(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


def documented() -> ImportMap:
    return ImportMap.model_validate(tomllib.loads(of_docs()))


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    file = folder / "opinions.csv"
    file.write_text("\n".join([header, *rows]) + "\n", "utf-8-sig")
    return file


def test_the_mapping_of_the_docs_reads_a_file(tmp_path: Path) -> None:
    records, faults = read(written(tmp_path, LAMP, WASTE), documented(), ZONE, NOW)
    assert faults == []
    waste, lamp = records
    assert lamp == ImportedRecord(
        id="17",
        at=datetime(2026, 11, 16, 1, 30, tzinfo=UTC),
        words="Đèn\nĐèn tắt ba bữa nay\n45 Hai Bà Trưng",
        latitude=9.6025,
        longitude=105.9739,
        category="lighting",
        kind="",
        closed_at=datetime(2026, 11, 18, 2, 0, tzinfo=UTC),
        note="đã thay",
        name="An",
        person="0912345678",
        photo="",
    )
    assert (waste.words, waste.category, waste.closed_at) == (
        "Rác; nhiều\ndòng một\ndòng hai",
        "other",
        None,
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (LAMP.replace("17;", ";", 1), "it has no id"),
        (
            LAMP.replace("16/11/2026 08:30", "16.11.2026"),
            "at '16.11.2026' is no moment as the mapping's time",
        ),
        (LAMP.replace("18/11/2026 09:00", "mai"), "closed_at 'mai' is no moment"),
        (LAMP.replace("16/11/2026 08:30", "01/01/0001 00:00"), "at '01/01/0001 00:00' is no moment"),
        (LAMP.replace("16/11/2026 08:30", "16/11/2226 08:30"), "2226-11-16 has not come yet"),
        (LAMP.replace("18/11/2026 09:00", "18/11/2027 09:00"), "2027-11-18 has not come yet"),
        (LAMP.replace("9,6025", "91"), "are no place on earth"),
        (LAMP.replace("9,6025", "x"), "are no latitude and longitude"),
        ("8;16/11/2026 08:30;;;;;;;;;;;;", "it has no words"),
    ],
)
def test_a_row_that_cant_be_read_is_named(tmp_path: Path, row: str, reason: str) -> None:
    records, (fault,) = read(written(tmp_path, WASTE, row), documented(), ZONE, NOW)
    assert [one.id for one in records] == ["9"]
    assert fault.line == 4  # the first record has two lines
    assert reason in str(fault)


def test_half_a_character_is_no_fault(tmp_path: Path) -> None:
    meant = ImportMap.model_validate({
        "name": "app", "columns": {"id": "id", "at": "at", "text": ["say"], "person": "who"},
    })  # fmt: skip
    file = tmp_path / "a.jsonl"
    half = "\ud800"
    file.write_text(json.dumps({"id": half, "at": "2026-11-16T08:30:00Z", "say": half, "who": half}), "utf-8")
    records, faults = read(file, meant, ZONE, NOW)
    assert faults == []
    (report,) = ImportedHistory("app", "", records, Media(), b"ours").incoming()
    assert (report.payload["id"], report.payload["words"]) == ("?", "?")


def test_what_has_an_end_has_ended_where_no_column_says_how_it_stands(tmp_path: Path) -> None:
    columns = documented().columns.model_copy(update={"status": ""})
    meant = documented().model_copy(update={"columns": columns, "statuses": {}})
    records, faults = read(written(tmp_path, LAMP, WASTE), meant, ZONE, NOW)
    assert faults == []
    assert [one.closed_at is not None for one in records] == [False, True]


def test_who_reported_is_known_again_only_with_our_key(tmp_path: Path) -> None:
    rows = (LAMP, LAMP.replace("17;", "18;", 1), WASTE, WASTE.replace("9;", "0912345678;", 1))
    records, faults = read(written(tmp_path, *rows), documented(), ZONE, NOW)
    assert faults == []
    told = {}
    for key in (b"ours", b"another"):
        history = ImportedHistory("ioc", "", records, Media(), key)
        reports = [one.payload for one in history.incoming() if one.payload["type"] == "report"]
        told[key] = {one["id"]: one["person"] for one in reports}
        assert "0912345678" not in told[key].values()
        assert told[key]["17"] == told[key]["18"]
        assert len(set(told[key].values())) == 3  # a record that is called so is nobody's number
    assert not set(told[b"ours"].values()) & set(told[b"another"].values())


def test_an_id_that_is_there_twice_and_a_word_without_a_meaning(tmp_path: Path) -> None:
    meant = documented().model_copy(update={"statuses": {"Hoàn thành": "closed"}})
    _, faults = read(written(tmp_path, LAMP, LAMP, WASTE), meant, ZONE, NOW)
    assert [str(one) for one in faults] == [
        "line 3: the id '17' is there twice",
        "line 5: 'Đang làm' is not in [statuses] of the mapping; '*' there would take it",
    ]


def test_json_lines(tmp_path: Path) -> None:
    meant = ImportMap.model_validate({"name": "app", "columns": {"id": "id", "at": "when", "text": ["say"]}})
    rows: list[Any] = [
        {"id": 7, "when": "2026-11-16T08:30:00Z", "say": "Cây gãy"},
        {"id": 8, "when": "2026-11-16T08:30:00", "say": "Rác", "more": None},
        ["no object"],
        {"id": 9, "when": "2026-11-16T08:31:00", "say": "Rác\u2028hôi\u0085quá"},
    ]
    file = tmp_path / "a.jsonl"
    said = "\n\n".join(json.dumps(one, ensure_ascii=False) for one in rows)
    file.write_text(said + "\n{broken\n" + "[" * 100_000, "utf-8")
    records, faults = read(file, meant, ZONE, NOW)
    assert [(one.id, one.at.astimezone(UTC).hour) for one in records] == [("8", 1), ("9", 1), ("7", 8)]
    assert faults == [Fault(5, "it has no id"), Fault(8, "it has no id"), Fault(9, "it has no id")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name = "a b"', "'name': string should match"),
        ("x = [", "is not valid TOML"),
        (of_docs().replace('"lighting"', '"lamps"'), "'lamps' is no category here"),
        (of_docs().replace('id = "Mã"', ""), "'columns.id': field required"),
        (of_docs().replace("place =", "plaice ="), "'columns.plaice'"),
    ],
)
def test_a_wrong_mapping_is_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "map.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=re.escape(told)):
        mappings.load(file)


def test_a_quote_that_is_left_open_is_one_sentence(tmp_path: Path) -> None:
    file = written(tmp_path, LAMP, '20;16/11/2026 08:30;"Đèn hư' + "x" * 140_000)
    with pytest.raises(ConfigError, match=r"can't be read behind line \d+ .*: is a quote left open\?"):
        read(file, documented(), ZONE, NOW)


def test_a_wrong_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no column 'Kết quả'"):
        read(written(tmp_path, LAMP, header=HEADER.replace("Kết quả", "Ghi chú")), documented(), ZONE, NOW)
    with pytest.raises(ConfigError, match=r"none\.csv can't be read: No such file"):
        read(tmp_path / "none.csv", documented(), ZONE, NOW)
    with pytest.raises(ConfigError, match="can't be read"):
        mappings.load(tmp_path / "none.toml")
