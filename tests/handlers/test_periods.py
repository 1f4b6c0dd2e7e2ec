"""Days, weeks, months: which one a schedule sums up, which one words mean, what it is compared with."""

import itertools
from datetime import date, datetime, timedelta

import pytest

from handlers import periods
from handlers.periods import Period, Span
from tests.handlers.desk import ZONE

CRON = "30 7 * * mon"
TODAY = date(2026, 11, 24)  # a Tuesday


def there(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def days(period: Period) -> tuple[str, str]:
    return period.first_day.isoformat(), period.last_day.isoformat()


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
    due = periods.last_due(CRON, Span.WEEK, ZONE, there(now))
    assert due.period.start == there(start)
    assert due.period.end == due.period.start + timedelta(days=7)
    assert due.fired_at <= there(now)


@pytest.mark.parametrize(
    ("cron", "span", "count"),
    [(CRON, Span.WEEK, 104), ("0 6 * * *", Span.DAY, 725), ("0 8 1 * *", Span.MONTH, 24)],
)
def test_every_period_of_two_years_is_found_once_whatever_the_ticks(
    cron: str, span: Span, count: int
) -> None:
    now = there("2026-01-05 07:30")
    seen: list[Period] = []
    while now < there("2027-12-31 00:00"):
        period = periods.last_due(cron, span, ZONE, now).period
        if not seen or seen[-1] != period:
            seen.append(period)
        now += timedelta(hours=13)
    assert len(seen) == len(set(seen)) == count
    assert all(earlier.end == later.start for earlier, later in itertools.pairwise(seen))


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("", "2026-11-23", "2026-11-29"),
        ("tuần trước", "2026-11-16", "2026-11-22"),
        ("Tuan truoc", "2026-11-16", "2026-11-22"),
        ("hôm qua", "2026-11-23", "2026-11-23"),
        ("tháng này", "2026-11-01", "2026-11-30"),
        ("tháng trước", "2026-10-01", "2026-10-31"),
        ("tháng 10", "2026-10-01", "2026-10-31"),
        ("tháng 12", "2025-12-01", "2025-12-31"),
        ("tháng 2/2028", "2028-02-01", "2028-02-29"),
        ("năm nay", "2026-01-01", "2026-12-31"),
        ("7 ngày qua", "2026-11-18", "2026-11-24"),
        ("2026-W47", "2026-11-16", "2026-11-22"),
        ("2026-W53", "2026-12-28", "2027-01-03"),
        ("W51", "2025-12-15", "2025-12-21"),
        ("tuần 46", "2026-11-09", "2026-11-15"),
        ("tuần 46/2025", "2025-11-10", "2025-11-16"),
        ("tuần rồi", "2026-11-16", "2026-11-22"),
        ("tháng vừa qua", "2026-10-01", "2026-10-31"),
        ("tháng 9 - tháng 10", "2026-09-01", "2026-10-31"),
        ("tháng 9 - 10", "2026-09-01", "2026-10-31"),
        ("tháng 12 đến 2", "2025-12-01", "2026-02-28"),
        ("tháng 1 năm 2025 đến tháng 6 năm 2025", "2025-01-01", "2025-06-30"),
        ("từ tháng 9 đến nay", "2026-09-01", "2026-11-30"),
        ("quý 3", "2026-07-01", "2026-09-30"),
        ("quý 4/2025", "2025-10-01", "2025-12-31"),
        ("quý trước", "2026-07-01", "2026-09-30"),
        ("quý III", "2026-07-01", "2026-09-30"),
        ("quý IV/2025", "2025-10-01", "2025-12-31"),
        ("quý iv năm ngoái", "2025-10-01", "2025-12-31"),
        ("quý 3 năm trước", "2025-07-01", "2025-09-30"),
        ("quý 4 năm nay", "2026-10-01", "2026-12-31"),
        ("tháng 10 năm ngoái", "2025-10-01", "2025-10-31"),
        ("tháng 10 - tháng 11 năm ngoái", "2025-10-01", "2025-11-30"),
        ("20/11 năm ngoái", "2025-11-20", "2025-11-20"),
        ("1/11 - 15/11 năm ngoái", "2025-11-01", "2025-11-15"),
        ("month 10 last year", "2025-10-01", "2025-10-31"),
        ("1/11 - 30/11", "2026-11-01", "2026-11-30"),
        ("20/11 - 5/12", "2026-11-20", "2026-12-05"),
        ("tháng 10 - tháng 12", "2026-10-01", "2026-12-31"),
        ("tháng 11 đến tháng 2", "2026-11-01", "2027-02-28"),
        ("năm 2025", "2025-01-01", "2025-12-31"),
        ("năm ngoái", "2025-01-01", "2025-12-31"),
        ("1/11 - 15/11", "2026-11-01", "2026-11-15"),
        ("1/11-15/11", "2026-11-01", "2026-11-15"),
        ("01/11/2026-15/11/2026", "2026-11-01", "2026-11-15"),
        ("1/11–15/11", "2026-11-01", "2026-11-15"),
        ("1/11/26 - 15/11/26", "2026-11-01", "2026-11-15"),
        ("từ ngày 1/11 đến hết ngày 15/11", "2026-11-01", "2026-11-15"),
        ("từ 1/11 đến nay", "2026-11-01", "2026-11-24"),
        ("từ 1/11", "2026-11-01", "2026-11-24"),
        ("từ 1/11 tới giờ", "2026-11-01", "2026-11-24"),
        ("từ đầu năm", "2026-01-01", "2026-12-31"),
        ("tu dau nam", "2026-01-01", "2026-12-31"),
        ("từ đầu năm đến nay", "2026-01-01", "2026-12-31"),
        ("đầu năm đến nay", "2026-01-01", "2026-12-31"),
        ("từ đầu quý", "2026-10-01", "2026-12-31"),
        ("từ đầu tháng", "2026-11-01", "2026-11-30"),
        ("từ đầu tháng này", "2026-11-01", "2026-11-30"),
        ("tu dau tuan nay", "2026-11-23", "2026-11-29"),
        ("từ đầu tháng 10 đến nay", "2026-10-01", "2026-11-30"),
        ("từ đầu năm 2026 đến nay", "2026-01-01", "2026-11-24"),
        ("6 tháng đầu năm", "2026-01-01", "2026-06-30"),
        ("6 thang dau nam", "2026-01-01", "2026-06-30"),
        ("9 tháng đầu năm 2025", "2025-01-01", "2025-09-30"),
        ("6 tháng đầu năm nay", "2026-01-01", "2026-06-30"),
        ("6 tháng đầu năm ngoái", "2025-01-01", "2025-06-30"),
        ("6 tháng cuối năm", "2026-07-01", "2026-12-31"),
        ("1 tháng cuối năm", "2025-12-01", "2025-12-31"),
        ("20/12 đến 5/1", "2025-12-20", "2026-01-05"),
        ("20/12/2025 - 5/1/2026", "2025-12-20", "2026-01-05"),
        ("20/11", "2026-11-20", "2026-11-20"),
        ("last week", "2026-11-16", "2026-11-22"),
    ],
)
def test_what_words_mean(words: str, first: str, last: str) -> None:
    found = periods.meant(words, TODAY, ZONE)
    assert found is not None
    assert days(found) == (first, last)


@pytest.mark.parametrize(
    "words",
    [
        *("bậy bạ", "31/2", "1/11 - 31/11", "tháng 13", "W60", "tuần 60", "quý 5", "quý V", "0 ngày"),
        *("đầu năm", "13 tháng đầu năm", "0 tháng đầu năm", "từ đầu năm 2024"),
        *("1/1/2020 - 1/1/2026", "15/11/2026 - 1/11/2026"),
        *("31/12/9999", "1/1/0001", "0001-W01", "9999-W52", "tháng 12/9999", "tháng 1/0001", "1/1/0000"),
    ],
)
def test_what_is_no_period(words: str) -> None:
    assert periods.meant(words, TODAY, ZONE) is None


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("tuần trước", "2026-11-09", "2026-11-15"),
        ("tháng 10", "2026-09-01", "2026-09-30"),
        ("hôm qua", "2026-11-22", "2026-11-22"),
        ("1/11 - 15/11", "2026-10-17", "2026-10-31"),
        ("quý 3", "2026-04-01", "2026-06-30"),
        ("năm nay", "2025-01-01", "2025-12-31"),
    ],
)
def test_what_a_period_is_compared_with(words: str, first: str, last: str) -> None:
    found = periods.meant(words, TODAY, ZONE)
    assert found is not None
    assert days(found.before()) == (first, last)


def test_a_week_that_is_not_over_is_compared_with_as_much_of_the_one_before() -> None:
    now = there("2026-11-24 15:00")
    found = periods.week(TODAY, ZONE).until(now)
    assert (found.end, found.days) == (now, 2)
    assert (found.before().start, found.before().end) == (
        there("2026-11-16 00:00"),
        there("2026-11-17 15:00"),
    )
    so_far = periods.month(date(2026, 3, 31), ZONE).until(there("2026-03-31 12:00")).before()
    assert days(so_far) == ("2026-02-01", "2026-02-28")
    this_year = periods.year(TODAY, ZONE).until(now).before()
    assert (this_year.start, this_year.end) == (there("2025-01-01 00:00"), there("2025-11-24 15:00"))
    assert periods.week(date(2026, 11, 16), ZONE).until(now) == periods.week(date(2026, 11, 16), ZONE)


def test_a_period_is_shown_by_days_or_where_these_are_many_by_weeks() -> None:
    assert len(periods.week(TODAY, ZONE).parts()) == 7
    weeks = periods.month(TODAY, ZONE).parts()
    assert [part.days for part in weeks] == [7, 7, 7, 7, 2]
    assert (weeks[0].start, weeks[-1].end) == (there("2026-11-01 00:00"), there("2026-12-01 00:00"))


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("tuần trước", "16/11 – 22/11/2026"),
        ("hôm qua", "23/11/2026"),
        ("2026-W53", "28/12/2026 – 03/01/2027"),
        ("20/12 đến 5/1", "20/12/2025 – 05/01/2026"),
        ("năm nay", "01/01 – 31/12/2026"),
    ],
)
def test_how_the_days_of_a_period_are_written(words: str, written: str) -> None:
    found = periods.meant(words, TODAY, ZONE)
    assert found is not None
    assert periods.written(found) == written


def test_whether_a_period_is_cut_at_a_moment_of_its_last_day() -> None:
    week = periods.week(TODAY, ZONE)
    assert not week.is_cut
    assert week.until(there("2026-11-24 15:00")).is_cut


@pytest.mark.parametrize("words", ["25/12 - 5/1", "25/12 đến 5/1"])
def test_a_range_over_new_year_is_asked_for_within_it(words: str) -> None:
    found = periods.meant(words, date(2027, 1, 2), ZONE)
    assert found is not None
    assert days(found) == ("2026-12-25", "2027-01-05")


def test_the_53rd_week_of_the_year_before() -> None:
    found = periods.meant("tuần 53", date(2027, 1, 6), ZONE)
    assert found is not None
    assert found.first_day == date(2026, 12, 28)
