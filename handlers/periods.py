"""Days, weeks, months: which one a schedule sums up, and which one somebody's words mean.

Asked of the schedule and the clock alone, so that a missed hour is caught up and a doubled tick finds
the same period again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cronsim import CronSim

from handlers.understanding import fold

_TWICE = timedelta(hours=1)  # by how much the wall clock goes back at the most
_YEARS = 1970, 2999
LONGEST_DAYS = 366  # of a period that somebody asks for


class Span(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    OTHER = "other"  # as somebody asked for it


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end), both aware, in one time zone, from a midnight to a midnight or to the present."""

    span: Span
    start: datetime
    end: datetime

    @property
    def first_day(self) -> date:
        return self.start.date()

    @property
    def last_day(self) -> date:
        return (self.end - timedelta(seconds=1)).date()

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @property
    def is_cut(self) -> bool:
        """Whether it ends within its last day, at the present."""
        return self.end.time() != time()

    def before(self) -> "Period":
        """What to compare with: as much of the week or month before, or as many days just before."""
        zone, first = _zone(self), self.first_day
        if self.span is Span.MONTH:
            whole = month(first - timedelta(days=1), zone)
            if self.end == month(first, zone).end:
                return whole
            return replace(whole, end=min(whole.end, whole.start + (self.end - self.start)))
        back = timedelta(days=7 if self.span is Span.WEEK else self.days)
        return replace(self, start=self.start - back, end=self.end - back)

    def until(self, now: datetime) -> "Period":
        """As much of it as there has been; a period to come is left as it is."""
        local = now.astimezone(_zone(self))
        return replace(self, end=local) if self.start < local < self.end else self

    def parts(self) -> list["Period"]:
        """Its days, or its weeks where these would be too many to show."""
        step, zone = (1 if self.days <= 14 else 7), _zone(self)
        return [
            days(self.first_day + timedelta(days=at), min(step, self.days - at), zone)
            for at in range(0, self.days, step)
        ]


def written(period: Period) -> str:
    """A period's days as people write them; the first one's year where it is another."""
    first, last = period.first_day, period.last_day
    if first == last:
        return f"{last:%d/%m/%Y}"
    return f"{first:{'%d/%m' if first.year == last.year else '%d/%m/%Y'}} – {last:%d/%m/%Y}"


@dataclass(frozen=True, slots=True)
class Due:
    """A period that is to be summed up, and since when."""

    period: Period
    fired_at: datetime


def last_due(cron: str, span: Span, zone: ZoneInfo, now: datetime) -> Due:
    """What the last firing of a schedule sums up: the last whole day, week or month before it."""
    fired_at = last_firing(cron, zone, now)
    return Due(day_before(fired_at.date(), span, zone), fired_at)


def last_firing(cron: str, zone: ZoneInfo, now: datetime) -> datetime:
    """When a schedule last fired; a firing right now counts, and one in an hour that comes twice is one."""
    ahead = now.astimezone(zone) + _TWICE + timedelta(minutes=1)
    firings = CronSim(cron, ahead, reverse=True)
    # By UTC: in that hour a wall clock says less than it did before.
    return next(firing for firing in firings if firing.astimezone(UTC) <= now)


def day_before(today: date, span: Span, zone: ZoneInfo) -> Period:
    """The last whole day, week or month before this day."""
    if span is Span.MONTH:
        return month(today.replace(day=1) - timedelta(days=1), zone)
    if span is Span.WEEK:
        return week(today - timedelta(days=7), zone)
    return days(today - timedelta(days=1), 1, zone, Span.DAY)


def days(first: date, count: int, zone: ZoneInfo, span: Span = Span.OTHER) -> Period:
    """So many days from this one on."""
    return Period(span, _midnight(first, zone), _midnight(first + timedelta(days=count), zone))


def week(day: date, zone: ZoneInfo) -> Period:
    """The week, Monday to Sunday, that holds this day."""
    return days(day - timedelta(days=day.weekday()), 7, zone, Span.WEEK)


def month(day: date, zone: ZoneInfo) -> Period:
    """The month that holds this day."""
    first = day.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return days(first, (after - first).days, zone, Span.MONTH)


_DAY = r"(\d{1,2})/(\d{1,2})(?:/(\d{4}))?"
_DATES = re.compile(rf"{_DAY}(?:\s*(?:–|den|toi|to)?\s*{_DAY})?")  # folding leaves no hyphen
_ISO_WEEK = re.compile(r"(?:(\d{4})\s*)?w(\d{1,2})")
_MONTH = re.compile(r"(?:thang|month)\s*(\d{1,2})(?:(?:/|\s+nam\s+|\s+)(\d{4}))?")
_LAST_DAYS = re.compile(r"(\d{1,3})\s*(?:ngay|days?)(?: qua)?")
_NAMED: dict[str, Callable[[date, ZoneInfo], Period]] = {
    "hom nay": lambda today, zone: days(today, 1, zone, Span.DAY),
    "today": lambda today, zone: days(today, 1, zone, Span.DAY),
    "hom qua": lambda today, zone: day_before(today, Span.DAY, zone),
    "yesterday": lambda today, zone: day_before(today, Span.DAY, zone),
    "tuan nay": week,
    "this week": week,
    "tuan truoc": lambda today, zone: day_before(today, Span.WEEK, zone),
    "last week": lambda today, zone: day_before(today, Span.WEEK, zone),
    "thang nay": month,
    "this month": month,
    "thang truoc": lambda today, zone: day_before(today, Span.MONTH, zone),
    "last month": lambda today, zone: day_before(today, Span.MONTH, zone),
    "nam nay": lambda today, zone: _year(today.year, zone),
    "this year": lambda today, zone: _year(today.year, zone),
}


def meant(words: str, today: date, zone: ZoneInfo) -> Period | None:
    """The period that words name: "tuần trước", "tháng 10", "1/11 - 15/11", "2026-W47"; None: no such one."""
    said = fold(words).strip()
    if not said:
        return week(today, zone)
    if said in _NAMED:
        return _NAMED[said](today, zone)
    try:
        found = _counted(said, today, zone)
    except (ValueError, OverflowError):  # 31/2, week 60, 31/12/9999
        return None
    is_one = found is not None and 1 <= found.days <= LONGEST_DAYS and can_be_asked(found.first_day)
    return found if is_one else None


def meant_at(words: str, now: datetime, zone: ZoneInfo) -> Period | None:
    """The period that words name at a moment, by the calendar of a time zone; None: no such one."""
    return meant(words, now.astimezone(zone).date(), zone)


def can_be_asked(day: date) -> bool:
    """Whether a day lies where tickets may be, and no reckoning leaves the calendar."""
    return _YEARS[0] <= day.year <= _YEARS[1]


def _counted(said: str, today: date, zone: ZoneInfo) -> Period | None:
    if found := _ISO_WEEK.fullmatch(said):
        return week(date.fromisocalendar(int(found[1] or today.year), int(found[2]), 1), zone)
    if found := _MONTH.fullmatch(said):
        return month(_past(1, int(found[1]), found[2], today), zone)
    if found := _LAST_DAYS.fullmatch(said):
        count = int(found[1])
        return days(today - timedelta(days=count - 1), count, zone)
    if found := _DATES.fullmatch(said):
        last = _past(int(found[4] or found[1]), int(found[5] or found[2]), found[6] or found[3], today)
        first = _past(int(found[1]), int(found[2]), found[3], last)
        return days(first, (last - first).days + 1, zone, Span.OTHER if found[4] else Span.DAY)
    return None


def _past(day: int, of_month: int, year: str | None, today: date) -> date:
    """A day that was written without its year is the last one of that name. Raises ValueError."""
    said = date(int(year) if year else today.year, of_month, day)
    return said.replace(year=said.year - 1) if year is None and said > today else said


def _year(year: int, zone: ZoneInfo) -> Period:
    return days(date(year, 1, 1), (date(year + 1, 1, 1) - date(year, 1, 1)).days, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _zone(period: Period) -> ZoneInfo:
    assert isinstance(period.start.tzinfo, ZoneInfo)
    return period.start.tzinfo
