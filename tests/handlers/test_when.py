"""Deadlines as people write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from handlers.when import deadline

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)  # Wednesday, 10:00 there


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("mai 17h", "2026-11-19 17:00"),
        ("ngày mai", "2026-11-19 17:00"),
        ("hôm nay 15h30", "2026-11-18 15:30"),
        ("17h", "2026-11-18 17:00"),
        ("25/11", "2026-11-25 17:00"),
        ("25/11 9h", "2026-11-25 09:00"),
        ("5/1", "2027-01-05 17:00"),
        ("3 ngày", "2026-11-21 17:00"),
        ("thứ 6", "2026-11-20 17:00"),
        ("thu 4", "2026-11-25 17:00"),
        ("chủ nhật", "2026-11-22 17:00"),
        ("thứ sáu 17h", "2026-11-20 17:00"),
        ("thu bay", "2026-11-21 17:00"),
        ("t3 9h", "2026-11-24 09:00"),
        ("thứ hai tuần sau 9h", "2026-11-23 09:00"),
        ("thứ sáu tuần sau", "2026-11-27 17:00"),
        ("friday", "2026-11-20 17:00"),
    ],
)
def test_deadline(words: str, expected: str) -> None:
    assert deadline(words, NOW, ZONE) == datetime.strptime(expected, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


@pytest.mark.parametrize("words", ["", "gấp giùm", "99/99", "sớm nha"])
def test_no_deadline(words: str) -> None:
    assert deadline(words, NOW, ZONE) is None
