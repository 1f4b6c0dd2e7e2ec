"""Working hours, holidays, and the hours in which nobody's phone rings."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import config as configuration
from handlers.worktime import QuietHours, WorkTime
from tests.handlers.desk import ZONE

PLAIN = WorkTime(ZONE)
VIETNAM = configuration.policy(configuration.parse({}), 0.9, 0.4).work
HOUR = timedelta(hours=1)
moments = st.integers(0, 365 * 24 * 60).map(
    lambda minutes: at("2026-01-01 00:00") + timedelta(minutes=minutes)
)


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def test_a_working_day_has_seven_and_a_half_hours() -> None:
    assert PLAIN.day == timedelta(hours=7.5)


@pytest.mark.parametrize(
    ("start", "work", "end"),
    [
        ("2026-11-16 08:00", HOUR, "2026-11-16 09:00"),
        ("2026-11-16 11:00", HOUR, "2026-11-16 14:00"),  # over noon
        ("2026-11-16 16:30", HOUR, "2026-11-17 08:00"),  # overnight
        ("2026-11-20 16:30", HOUR, "2026-11-23 08:00"),  # over a weekend
        ("2026-11-21 10:00", HOUR, "2026-11-23 08:30"),  # begun on a Saturday
        ("2026-11-16 05:00", HOUR, "2026-11-16 08:30"),  # before work begins
        ("2026-11-16 08:00", 2 * PLAIN.day, "2026-11-18 08:00"),
    ],
)
def test_after(start: str, work: timedelta, end: str) -> None:
    assert PLAIN.after(at(start), work) == at(end)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-04-29 16:00", "2026-05-04 07:30"),  # 30 April and 1 May, and the weekend after them
        ("2026-09-01 16:00", "2026-09-03 07:30"),  # the second day of National Day and its eve are off
        ("2027-02-04 16:00", "2027-02-11 07:30"),  # Tết 2027: the new year is on 6 February
    ],
)
def test_no_work_is_done_on_vietnams_holidays(start: str, end: str) -> None:
    assert VIETNAM.between(at(start), at(end)) <= HOUR
    assert VIETNAM.after(at(start), 2 * HOUR) > at(end)


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ({}, "2026-08-21 16:30", "2026-08-22 08:00"),  # a Saturday that makes up for 31 August
        ({"holidays": ""}, "2026-08-21 16:30", "2026-08-24 08:00"),
        ({"extra_days": ["2027-08-28"]}, "2027-08-27 16:30", "2027-08-28 08:00"),
        ({"extra_days": [date(2026, 4, 30)]}, "2026-04-29 16:30", "2026-04-30 08:00"),
        ({"free_days": ["2026-11-17"]}, "2026-11-16 16:30", "2026-11-18 08:00"),
        ({"free_days": ["2026-08-22"]}, "2026-08-21 16:30", "2026-08-24 08:00"),
    ],
)
def test_days_that_make_up_for_another_are_worked(said: dict[str, object], start: str, end: str) -> None:
    work = configuration.policy(configuration.parse({"work": said}), 0.9, 0.4).work
    assert work.after(at(start), HOUR) == at(end)


@given(start=moments, minutes=st.integers(1, 5_000))
def test_between_is_the_other_way_round_of_after(start: datetime, minutes: int) -> None:
    work = timedelta(minutes=minutes)
    end = VIETNAM.after(start, work)
    assert VIETNAM.between(start, end) == work
    assert end.tzinfo == start.tzinfo


@given(moments)
def test_work_ends_within_working_hours(start: datetime) -> None:
    end = PLAIN.after(start, HOUR).astimezone(ZONE)
    assert end.weekday() < 5
    assert any(begin <= end.time() <= until for begin, until in PLAIN.hours)


@pytest.mark.parametrize(
    ("moment", "holds"),
    [("21:29", False), ("21:30", True), ("23:59", True), ("00:00", True), ("05:59", True), ("06:00", False)],
)
def test_quiet(moment: str, holds: bool) -> None:
    quiet = QuietHours(ZONE)
    assert quiet.holds(at(f"2026-11-16 {moment}")) is holds


def test_quiet_hours_end_in_the_morning_and_may_be_none() -> None:
    quiet = QuietHours(ZONE)
    assert quiet.over(at("2026-11-16 22:00")) == at("2026-11-17 06:00")
    assert quiet.over(at("2026-11-17 02:00")) == at("2026-11-17 06:00")
    assert quiet.over(at("2026-11-16 12:00")) == at("2026-11-16 12:00")
    assert quiet.over(datetime(2026, 11, 16, 16, 0, tzinfo=UTC)).tzinfo is UTC
    assert not QuietHours(ZONE, time(0), time(0)).holds(at("2026-11-16 00:00"))
