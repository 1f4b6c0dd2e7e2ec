"""Days, weeks, months: which one a schedule sums up, and which one somebody's words mean.

Asked of the schedule and the clock alone, so that a missed hour is caught up and a doubled tick finds
the same period again.
"""

import re
import unicodedata
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
    QUARTER = "quarter"
    YEAR = "year"
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
        """What to compare with: as much of the week, month or year before, or as many days just before."""
        zone, first = _zone(self), self.first_day
        if (holding := _OF_MONTHS.get(self.span)) is not None:
            whole = holding(first - timedelta(days=1), zone)
            if self.end == holding(first, zone).end:
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
    """The last whole day, week, month, quarter or year before this day."""
    if (holding := _OF_MONTHS.get(span)) is not None:
        return holding(holding(today, zone).first_day - timedelta(days=1), zone)
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


def quarter(day: date, zone: ZoneInfo) -> Period:
    """The quarter of a year that holds this day."""
    first = month(day.replace(month=day.month - (day.month - 1) % 3, day=1), zone)
    last = month(first.first_day + timedelta(days=70), zone)
    return Period(Span.QUARTER, first.start, last.end)


def year(day: date, zone: ZoneInfo) -> Period:
    """The year that holds this day."""
    first = date(day.year, 1, 1)
    return days(first, (date(day.year + 1, 1, 1) - first).days, zone, Span.YEAR)


_Said = tuple[str, str, str | None]  # a day, its month, and its year where that is said
_OF_MONTHS = {Span.MONTH: month, Span.QUARTER: quarter, Span.YEAR: year}
# As folding leaves them: of hyphens only those between digits, as in "1/11-15/11".
_YEAR = r"(?:(?:/|\s+nam\s+|\s+)(\d{4}))?"
_SINCE, _TO = r"(?:(tu|from)\s+(?:dau\s+)?)?", r"\s*(?:-|den|toi|to)\s*(?:het\s*)?"
_DAY = r"(?:ngay\s*)?(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?"
_MONTH = r"(?:thang|month)\s*"
_NOW = rf"{_TO}(?:(?:hom|bay)\s*)?(nay|gio|now|today)"
_UNIT = "(tuan|thang|quy|nam)"
_DATES = re.compile(rf"{_SINCE}{_DAY}(?:(?:{_TO}|\s*){_DAY}|{_NOW})?")
_MONTHS = re.compile(
    rf"{_SINCE}{_MONTH}(\d{{1,2}}){_YEAR}(?:(?:{_TO}(?:{_MONTH})?|\s*{_MONTH}|\s+)(\d{{1,2}}){_YEAR}|{_NOW})?"
)
_WEEK = re.compile(rf"(?:(\d{{4}})\s*)?(?:w|(?:tuan|week)\s*)(\d{{1,2}}){_YEAR}")
_QUARTER = re.compile(rf"(?:quy|quarter)\s*([1-4]){_YEAR}")
_WHOLE_YEAR = re.compile(r"(?:nam|year)\s*(\d{4})")
_SO_FAR = re.compile(rf"(?:tu )?dau {_UNIT}(?: nay)?{_NOW}|tu dau {_UNIT}(?: nay)?")
_MONTHS_OF_YEAR = re.compile(r"([1-9]|1[0-2]) thang (dau|cuoi) nam(?: (\d{4}|nay|ngoai|truoc|roi|qua))?")
_LAST_DAYS = re.compile(r"(\d{1,3})\s*(?:ngay|days?)(?: qua)?")
_ITS_YEAR = re.compile(r"(?<=\d) (?:nam (nay|ngoai|(?:vua )?(?:truoc|roi|qua))|(this|last) year)")
_ROMAN = re.compile(r"\b(qu[ýy]|quarter)\s*(iv|i{1,3})(?![^\W_])", re.I)  # as offices write a quarter
_ROMANS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_LAST_ONE = re.compile(rf"{_UNIT} (?:vua )?(?:roi|qua|ngoai)")
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
    "quy nay": quarter,
    "this quarter": quarter,
    "quy truoc": lambda today, zone: day_before(today, Span.QUARTER, zone),
    "last quarter": lambda today, zone: day_before(today, Span.QUARTER, zone),
    "nam nay": year,
    "this year": year,
    "nam truoc": lambda today, zone: day_before(today, Span.YEAR, zone),
    "last year": lambda today, zone: day_before(today, Span.YEAR, zone),
}


def meant(words: str, today: date, zone: ZoneInfo) -> Period | None:
    """The period that words name: "tuần trước", "tháng 10", "1/11 - 15/11", "2026-W47"; None: no such one."""
    said = fold(_without_romans(words)).strip()
    if not said:
        return week(today, zone)
    if last := _LAST_ONE.fullmatch(said):
        said = f"{last[1]} truoc"
    if so_far := _SO_FAR.fullmatch(said):
        said = f"{so_far[1] or so_far[3]} nay"
    if said in _NAMED:
        return _NAMED[said](today, zone)
    said = re.sub(r"^tu dau nam (\d{4})", r"tu 1/1/\1", said)
    said = _ITS_YEAR.sub(lambda its: f"/{today.year - (its[1] != 'nay' and its[2] != 'this')}", said)
    try:
        found = _counted(said, today, zone)
    except (ValueError, OverflowError):  # 31/2, week 60, 31/12/9999
        return None
    is_one = found is not None and 1 <= found.days <= LONGEST_DAYS and can_be_asked(found.first_day)
    return found if is_one else None


def _without_romans(words: str) -> str:
    """Words with a quarter's number in figures; done before folding, which makes one letter of three."""
    written = unicodedata.normalize("NFC", words)
    return _ROMAN.sub(lambda found: f"{found[1]} {_ROMANS[found[2].lower()]}", written)


def meant_at(words: str, now: datetime, zone: ZoneInfo) -> Period | None:
    """The period that words name at a moment, by the calendar of a time zone; None: no such one."""
    return meant(words, now.astimezone(zone).date(), zone)


def can_be_asked(day: date) -> bool:
    """Whether a day lies where tickets may be, and no reckoning leaves the calendar."""
    return _YEARS[0] <= day.year <= _YEARS[1]


def _counted(said: str, today: date, zone: ZoneInfo) -> Period | None:
    """What is counted, by whichever pattern it has. Raises ValueError, OverflowError."""
    for pattern, read in _COUNTED.items():
        if found := pattern.fullmatch(said):
            return read(found, today, zone)
    return None


def _dates(found: re.Match[str], today: date, zone: ZoneInfo) -> Period:
    since, day, of_month, its_year, last_day, last_month, last_year, now = found.groups()
    first, last = _range(
        (day, of_month, its_year),
        (last_day, last_month, last_year) if last_day else None,
        today,
        is_open=bool(now or since),
    )
    return days(first, (last - first).days + 1, zone, Span.DAY if first == last else Span.OTHER)


def _months(found: re.Match[str], today: date, zone: ZoneInfo) -> Period:
    since, number, its_year, last_number, last_year, now = found.groups()
    begin, last = _range(
        ("1", number, its_year),
        ("1", last_number, last_year) if last_number else None,
        today,
        is_open=bool(now or since),
    )
    first, whole = month(begin, zone), month(last, zone)
    return whole if whole == first else Period(Span.OTHER, first.start, whole.end)


def _range(first: _Said, last: _Said | None, today: date, *, is_open: bool) -> tuple[date, date]:
    """The days that are meant. Raises ValueError.

    Where no year is said the range is the last one that has begun: "25/12 - 5/1" at New Year, and
    "1/11 - 30/11" in November, are not over.
    """
    if last is None:
        begin = _past(*first, today)
        return begin, today if is_open else begin
    if first[2] or last[2]:
        end = _past(last[0], last[1], last[2] or first[2], today)
        return _past(*first, end), end
    begin = _past(*first, today)
    end = date(begin.year, int(last[1]), int(last[0]))
    return begin, end if end >= begin else end.replace(year=end.year + 1)


def _week(found: re.Match[str], today: date, zone: ZoneInfo) -> Period:
    number, its_year = int(found[2]), found[1] or found[3]
    this_year = today.isocalendar().year
    if its_year or _has_begun(this_year, number, today):
        return week(date.fromisocalendar(int(its_year or this_year), number, 1), zone)
    return week(date.fromisocalendar(this_year - 1, number, 1), zone)


def _has_begun(year: int, number: int, today: date) -> bool:
    """Whether a week of a year is not to come, if there is one: few years have a 53rd."""
    return (year, number) <= today.isocalendar()[:2]


def _quarter(found: re.Match[str], today: date, zone: ZoneInfo) -> Period:
    return quarter(_past("1", str(3 * int(found[1]) - 2), found[2], today), zone)


def _whole_year(found: re.Match[str], _: date, zone: ZoneInfo) -> Period:
    return year(date(int(found[1]), 1, 1), zone)


def _months_of_year(found: re.Match[str], today: date, zone: ZoneInfo) -> Period:
    """The first or last months of a year: of this one, or of the one before where they are to come."""
    count, is_first, said = int(found[1]), found[2] == "dau", found[3] or ""
    number = int(said) if said.isdigit() else today.year - (said not in ("", "nay"))
    begin = 1 if is_first else 13 - count
    if not said and begin > today.month:
        number -= 1
    first, last = (month(date(number, one, 1), zone) for one in (begin, begin + count - 1))
    return Period(Span.OTHER, first.start, last.end)


def _last_days(found: re.Match[str], today: date, zone: ZoneInfo) -> Period:
    count = int(found[1])
    return days(today - timedelta(days=count - 1), count, zone)


_COUNTED: dict[re.Pattern[str], Callable[[re.Match[str], date, ZoneInfo], Period]] = {
    _DATES: _dates,
    _MONTHS: _months,
    _WEEK: _week,
    _QUARTER: _quarter,
    _WHOLE_YEAR: _whole_year,
    _MONTHS_OF_YEAR: _months_of_year,
    _LAST_DAYS: _last_days,
}


def _past(day: str, of_month: str, year: str | None, today: date) -> date:
    """A day that was written without its year is the last one of that name. Raises ValueError."""
    if year is not None:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(of_month), int(day))
    said = date(today.year, int(of_month), int(day))
    return said.replace(year=said.year - 1) if said > today else said


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _zone(period: Period) -> ZoneInfo:
    assert isinstance(period.start.tzinfo, ZoneInfo)
    return period.start.tzinfo
