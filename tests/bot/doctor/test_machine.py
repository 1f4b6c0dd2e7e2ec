"""The machine: its clock against a platform's, its disk, its data folder."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.doctor import machine
from bot.doctor.machine import MB
from tests.bot.doctor.cases import case, judged, on_telegram
from tests.fakes.telegram import FakeTelegram

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
QUICK = timedelta(milliseconds=200)


def clock(theirs: timedelta | None, ran: timedelta = QUICK) -> dict[str, str]:
    moment = None if theirs is None else NOON + theirs
    return judged(machine.clock(NOON, NOON + QUICK, ran, moment))


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(0, "ok"), (-3, "ok"), (4, "ok"), (6, "advice"), (-8, "advice"), (70, "wrong"), (-90_000, "wrong")],
)
def test_a_clock_that_is_off(seconds: int, level: str) -> None:
    assert clock(timedelta(seconds=seconds)) == {"machine.clock": level}


def test_a_date_header_is_cut_to_whole_seconds() -> None:
    late = NOON + timedelta(milliseconds=900)
    assert judged(machine.clock(late, late, timedelta(0), NOON)) == {"machine.clock": "ok"}


def test_which_way_it_is_off() -> None:
    (behind,) = machine.clock(NOON, NOON, timedelta(0), NOON + timedelta(minutes=5))
    assert "300 seconds behind" in behind.says
    (ahead,) = machine.clock(NOON, NOON, timedelta(0), NOON - timedelta(minutes=5))
    assert "299 seconds ahead" in ahead.says


def test_a_clock_that_jumps_while_it_is_looked_at() -> None:
    assert clock(timedelta(0), ran=timedelta(seconds=9)) == {"machine.clock_jumps": "advice"}


def test_nobody_told_the_time() -> None:
    assert clock(None) == {"machine.clock_unknown": "advice"}


def test_the_local_time_is_shown() -> None:
    said = machine.time_zone("Asia/Ho_Chi_Minh", NOON)
    assert said.says == "in Asia/Ho_Chi_Minh it is Monday 01 June 2026, 19:00"


@pytest.mark.parametrize(("free", "level"), [(100, "wrong"), (1000, "advice"), (5000, "ok")])
def test_the_disk(free: int, level: str) -> None:
    assert machine.disk(free * MB, Path("/data")).level == level


@pytest.mark.parametrize(
    ("mode", "can_write", "level"),
    [
        (0o700, True, "ok"),
        (0o750, True, "ok"),
        (None, True, "ok"),
        (0o755, True, "advice"),
        (0o700, False, "wrong"),
        (None, False, "wrong"),
    ],
)
def test_the_data_folder(mode: int | None, can_write: bool, level: str) -> None:
    assert machine.data_folder(Path("/data"), mode, can_write=can_write).level == level


@pytest.mark.parametrize(
    ("told", "levels"),
    [
        ("MemTotal: 1000000 kB\nMemAvailable:   90000 kB\n", ["advice"]),
        ("MemAvailable:  900000 kB\n", ["ok"]),
        ("MemAvailable: ? kB\n", []),
        ("", []),
    ],
)
def test_memory(told: str, levels: list[str]) -> None:
    assert [one.level.value for one in machine.memory(told)] == levels


async def test_the_clock_goes_by_a_date_header(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        assert judged(await machine.examine(on_telegram(tmp_path, server)))["machine.clock"] == "ok"
        server.clock_ahead = 3600
        said = await machine.examine(on_telegram(tmp_path, server))
        assert judged(said)["machine.clock"] == "wrong"
        assert "timedatectl" in said[0].remedy


async def test_without_any_server(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        alone = on_telegram(tmp_path, server)
    assert judged(await machine.examine(alone))["machine.clock_unknown"] == "advice"


async def test_with_the_built_in_chat_alone_there_is_no_clock_to_compare_with(tmp_path: Path) -> None:
    said = judged(await machine.examine(case(tmp_path / "new" / "data", webchat={"enabled": True})))
    assert not {"machine.clock", "machine.clock_unknown"} & set(said)
    assert said["machine.data_dir"] == "ok"
    assert not (tmp_path / "new").exists()


async def test_a_folder_that_others_can_look_into(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert judged(await machine.examine(case(tmp_path)))["machine.data_dir"] == "advice"


def test_files_that_the_bot_can_not_use_are_named(tmp_path: Path) -> None:
    assert (machine.unusable(tmp_path / "none"), machine.unusable(tmp_path)) == ([], [])
    (tmp_path / "images").mkdir()
    for name in ("buttons.key", "images/a", "images/b"):
        (tmp_path / name).write_text("x")
    assert machine.unusable(tmp_path) == []
    if os.geteuid() == 0:
        os.chown(tmp_path / "buttons.key", 12_345, 12_345)
        assert machine.unusable(tmp_path) == [tmp_path / "buttons.key"]
    else:
        (tmp_path / "images" / "a").chmod(0o400)
        assert machine.unusable(tmp_path) == [tmp_path / "images" / "a"]
        assert machine.unusable(tmp_path, most=1) == []


def test_what_is_said_of_them() -> None:
    assert machine.data_files(Path("/"), []) == []
    (said,) = machine.data_files(Path("/"), [Path(f"/{name}") for name in "abcde"])
    assert (said.level, "a, b, c and 2 more" in said.says) == ("wrong", True)
    assert "chown -R root: /" in said.remedy
    (root,) = machine.user(Path("/srv/congich/data"), 0, 12_345)
    assert (root.level, "runuser -u 12345" in root.remedy) == ("advice", True)
    assert machine.user(Path("/srv"), 12_345, 12_345) == machine.user(Path("/srv"), 0, 0) == []
