"""Working hours: a deadline of two days is two days of work, and no clock rings at night."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, islice
from zoneinfo import ZoneInfo

Span = tuple[time, time]
MOMENT = timedelta(seconds=1)
MOST_DAYS = 3660  # how far ahead a moment is looked for; ten years without work are a wrong calendar


def _never(_: date) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class WorkTime:
    """When people work: hours of a day, days of a week (Monday is 0), holidays, days made up for them."""

    zone: ZoneInfo
    hours: Sequence[Span] = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
    weekdays: frozenset[int] = frozenset(range(5))
    is_holiday: Callable[[date], bool] = _never
    is_made_up: Callable[[date], bool] = _never

    @property
    def day(self) -> timedelta:
        """How much work a working day has."""
        return sum((_length(span) for span in self.hours), timedelta())

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in working hours."""
        return self.between(at, at + MOMENT) > timedelta(0)

    def after(self, start: datetime, work: timedelta) -> datetime:
        """The moment by which so much work has been done since `start`, in the zone of `start`."""
        left = work
        for opens, end in self._spans(start.astimezone(self.zone).date()):
            begin = max(opens, start)
            if end - begin >= left and end > begin:
                return (begin + left).astimezone(start.tzinfo)
            left -= max(end - begin, timedelta())
        return start + work

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much work lies between two moments."""
        done = timedelta()
        for begin, until in self._spans(start.astimezone(self.zone).date()):
            if begin >= end:
                break
            done += max(min(until, end) - max(begin, start), timedelta())
        return done

    def day_after(self, first: date, days: int) -> date:
        """The day on which so many more days of work have gone by."""
        worked = (opens.date() for opens, _ in self._spans(first + timedelta(days=1)))
        each = (day for day, _ in groupby(worked))
        return next(islice(each, max(days - 1, 0), None), first + timedelta(days=days))

    def _is_worked(self, day: date) -> bool:
        return not self.is_holiday(day) and (day.weekday() in self.weekdays or self.is_made_up(day))

    def _spans(self, first: date) -> Iterator[tuple[datetime, datetime]]:
        for number in range(MOST_DAYS):
            day = first + timedelta(days=number)
            if self._is_worked(day):
                for begin, end in self.hours:
                    yield (
                        datetime.combine(day, begin, self.zone),
                        datetime.combine(day, end, self.zone),
                    )


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours in which nobody's phone should ring, over midnight where `start` is later than `end`."""

    zone: ZoneInfo
    start: time = time(21, 30)
    end: time = time(6, 0)

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in them; equal ends mean that there are none."""
        clock = at.astimezone(self.zone).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def over(self, at: datetime) -> datetime:
        """When they are over next; `at` itself outside of them."""
        if not self.holds(at):
            return at
        local = at.astimezone(self.zone)
        day = local.date() if local.time() < self.end else local.date() + timedelta(days=1)
        return datetime.combine(day, self.end, self.zone).astimezone(at.tzinfo)


def _length(span: Span) -> timedelta:
    begin, end = (datetime.combine(date.min, clock) for clock in span)
    return end - begin
