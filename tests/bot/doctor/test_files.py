"""Files that a start reads: what it refuses, doctor tells before."""

from pathlib import Path
from typing import Any

import pytest

from bot.doctor import files
from tests.bot.doctor.cases import case, judged

CAMERAS = "code,name,lat,lon,street\nC1,Chợ,9.6,105.97,Hai Bà Trưng\n"
SETTINGS: dict[str, dict[str, Any]] = {"cameras": {"file": ""}, "board": {"wards_file": "", "enabled": True}}


async def found(folder: Path, section: str, file: Path | str, **more: Any) -> dict[str, str]:
    name = "file" if section == "cameras" else "wards_file"
    settings: dict[str, Any] = {section: SETTINGS[section] | {name: str(file)} | more}
    said = await files.examine(case(folder, **settings))
    assert all(str(file) in one.says for one in said)
    return judged(said)


async def test_nothing_is_named(tmp_path: Path) -> None:
    assert await files.examine(case(tmp_path, board={"enabled": True})) == []


@pytest.mark.parametrize(("section", "code"), [("cameras", "files.cameras"), ("board", "files.wards")])
async def test_what_is_not_there_or_something_else_is_wrong(tmp_path: Path, section: str, code: str) -> None:
    assert await found(tmp_path, section, tmp_path / "none") == {code: "wrong"}
    (tmp_path / "other").write_text("[]")
    assert await found(tmp_path, section, tmp_path / "other") == {code: "wrong"}


async def test_what_can_be_read_is_well(tmp_path: Path) -> None:
    (tmp_path / "cameras.csv").write_text(CAMERAS)
    assert await found(tmp_path, "cameras", tmp_path / "cameras.csv") == {"files.cameras": "ok"}


async def test_a_board_that_is_off_reads_nothing(tmp_path: Path) -> None:
    assert await found(tmp_path, "board", tmp_path / "none", enabled=False) == {}
