"""A seeded clock that goes wrong, and what a calendar says of it. The same seed is the same clock.

The calendar here counts days by itself: it shares nothing with the code that says what is due.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
FIRES = time(7, 30)
DIGESTS = {"day": "30 7 * * *", "week": "30 7 * * mon", "month": "30 7 1 * *"}
ZONES = ("Asia/Ho_Chi_Minh", "Europe/Berlin", "America/Santiago")  # none; at two o'clock; at midnight
_AROUND = (-HOUR - timedelta(minutes=5), -timedelta(minutes=1), timedelta(), timedelta(seconds=10), HOUR)
_MORNINGS = (timedelta(minutes=20), timedelta(minutes=20, seconds=10), 2 * HOUR)


@dataclass(frozen=True, slots=True)
class Look:
    """A moment at which the clock looks: what it shows, and whether the process was started anew."""

    shown: datetime
    started: bool = False


def looks(luck: Random, first: date, weeks: int) -> Iterator[Look]:
    """Whatever a clock does in so many weeks; at the end it is right."""
    for number in range(weeks):
        monday = first + number * WEEK
        yield from _week(luck, monday, is_down=number % 2 == 0)
    yield Look(datetime.combine(first + weeks * WEEK, time(23, 59), UTC) - 2 * DAY)


def _week(luck: Random, monday: date, *, is_down: bool) -> Iterator[Look]:
    """Right but for some jumps; down for a while over the hour of a digest, where it is."""
    begin = datetime.combine(monday, time(), UTC) - 12 * HOUR
    fires = [datetime.combine(monday, FIRES, ZoneInfo(zone)).astimezone(UTC) for zone in ZONES]
    moments = {fired + step for fired in fires for step in _AROUND}
    moments |= {begin + timedelta(minutes=luck.randrange(7 * 24 * 60)) for _ in range(10)}
    moments |= {begin + number * DAY + 18 * HOUR + step for number in range(7) for step in _MORNINGS}
    down = _down(luck, fires) if is_down else None
    jumps = [(begin + luck.random() * WEEK, luck.choice((-DAY, -HOUR, HOUR, DAY))) for _ in range(2)]
    jumps.append((luck.choice(fires) - luck.random() * HOUR, luck.choice((-DAY, -HOUR, HOUR, DAY))))
    was_down = False
    for moment in sorted(moments):
        if down is not None and down[0] <= moment < down[1]:
            was_down = True
            continue
        off = next((by for at, by in jumps if at <= moment < at + 5 * HOUR), timedelta())
        yield Look(moment + off, started=was_down)
        was_down = False


def _down(luck: Random, fires: list[datetime]) -> tuple[datetime, datetime]:
    since = luck.choice(fires) - luck.random() * 3 * HOUR
    return since, since + luck.choice((HOUR / 2, 4 * HOUR, 30 * HOUR))


def due(shown: datetime, zone: ZoneInfo) -> dict[str, date]:
    """The first day of the last day, week and month that a clock has to sum up."""
    local = shown.astimezone(zone)
    today = local.date() if local.time() >= FIRES else local.date() - DAY
    monday = today - timedelta(days=today.weekday())
    return {"day": today - DAY, "week": monday - WEEK, "month": (today.replace(day=1) - DAY).replace(day=1)}


def through(span: str, first: date, last: date) -> list[date]:
    """All first days of weeks or months from one to another."""
    found = [first]
    while found[-1] < last:
        found.append(
            found[-1] + WEEK if span == "week" else (found[-1].replace(day=28) + 5 * DAY).replace(day=1)
        )
    return found
