"""One digest a chat and period, whatever the clock does; and what it says."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlmodel import col

from handlers import digest
from handlers.context import Turn
from storage.models import Digest
from tests.handlers.desk import GROUP, Desk

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CRON = "30 7 * * mon"


def there(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-11-23 07:30", "2026-11-16 00:00"),
        ("2026-11-23 07:29", "2026-11-09 00:00"),
        ("2026-11-29 23:59", "2026-11-16 00:00"),
        ("2026-11-30 08:00", "2026-11-23 00:00"),
        ("2027-01-01 12:00", "2026-12-21 00:00"),
    ],
)
def test_the_week_of_a_moment(now: str, start: str) -> None:
    period = digest.last_period(CRON, ZONE, there(now))
    assert period.start == there(start)
    assert period.end == period.start + timedelta(days=7)
    assert period.fired_at <= there(now)


def test_every_week_of_two_years_is_found_once_whatever_the_ticks() -> None:
    now = there("2026-01-05 07:30")
    seen: list[datetime] = []
    while now < there("2027-12-31 00:00"):
        start = digest.last_period(CRON, ZONE, now).start
        if not seen or seen[-1] != start:
            seen.append(start)
        now += timedelta(hours=13)
    assert len(seen) == len(set(seen)) == 104
    assert all(later - earlier == timedelta(days=7) for earlier, later in itertools.pairwise(seen))


async def tick(desk: Desk, now: datetime) -> int:
    async with desk.database.write() as session:
        return await digest.post_due(Turn(desk.services, session, "", "", now, now))


async def test_it_is_posted_once_and_counts_its_week(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    post = await desk.say("hoa", "rác Lê Lợi")
    await desk.say("minh", "gom rác trễ hoài")
    await desk.say("mod", "đã xử lý", reply_to=post)
    monday = there("2026-11-23 07:31")
    assert [await tick(desk, monday + timedelta(hours=hours)) for hours in (0, 0, 1, 30)] == [1, 0, 0, 0]
    text = await desk.only("digest", GROUP)
    assert "16/11 – 22/11/2026" in text
    assert "Tiếp nhận: 3 (Phản ánh 2, Khiếu nại 1)" in text
    assert "Đã xử lý: 1 · Còn mở: 2 · Quá hạn: 2" in text
    assert f"https://chat.example/{GROUP}/1" in text


async def test_a_missed_hour_is_caught_up_and_an_old_one_skipped_with_a_note(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    assert await tick(desk, there("2026-11-25 20:00")) == 1
    assert await tick(desk, there("2026-12-05 20:00")) == 0
    async with desk.database.read() as session:
        rows = (await session.scalars(select(Digest).order_by(col(Digest.period_start)))).all()
    assert [bool(row.note) for row in rows] == [False, True]


async def test_a_group_that_is_new_has_no_past_to_sum_up(desk: Desk) -> None:
    assert await tick(desk, datetime(2026, 11, 16, 2, 0, tzinfo=UTC)) == 0
    assert await desk.said("digest") == []
