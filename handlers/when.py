"""Deadlines as people write them: "mai 17h", "25/11", "3 ngày", "thu 6 9h30"."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.understanding import fold

END_OF_WORK = time(17, 0)

_CLOCK = re.compile(r"\b(\d{1,2})\s*(?:h|g|gio|:)\s*(\d{2})?\b")
_DATE = re.compile(r"\b(\d{1,2})[/-](\d{1,2})(?:[/-](\d{4}))?\b")
_SPAN = re.compile(r"\b(\d{1,3})\s*(?:ngay|days?)\b")
_WEEKDAYS = {
    **{word: number for number, word in enumerate(("hai", "ba", "tu", "nam", "sau", "bay"))},
    **{str(number + 2): number for number in range(6)},
}
_WEEKDAY = re.compile(r"\b(?:(?:thu\s*|t)([2-7])|thu\s+(hai|ba|tu|nam|sau|bay)|(chu nhat|cn))\b")
_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAMED = {"hom nay": 0, "today": 0, "ngay mai": 1, "mai": 1, "tomorrow": 1, "mot": 2, "ngay kia": 2}


def deadline(words: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment that words name, in the zone of the chat; None where they name none."""
    said = fold(words)
    local = now.astimezone(zone)
    day, clock = _day(said, local.date()), _clock(said)
    if day is None and clock is None:
        return None
    return datetime.combine(day or local.date(), clock or END_OF_WORK, zone)


def _clock(said: str) -> time | None:
    found = _CLOCK.search(said)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _day(said: str, today: date) -> date | None:
    if found := _DATE.search(said):
        return _calendar_day(int(found[1]), int(found[2]), int(found[3]) if found[3] else None, today)
    if found := _SPAN.search(said):
        return today + timedelta(days=int(found[1]))
    if found := _WEEKDAY.search(said):
        return _next(6 if found[3] else _WEEKDAYS[found[1] or found[2]], said, today)
    english = next((number for number, word in enumerate(_ENGLISH) if word in said), None)
    if english is not None:
        return _next(english, said, today)
    named = (days for word, days in _NAMED.items() if re.search(rf"\b{word}\b", said))
    ahead = next(named, None)
    return None if ahead is None else today + timedelta(days=ahead)


def _next(weekday: int, said: str, today: date) -> date:
    """That day of the week, the next one to come, or of the week after this one where that is said."""
    if "tuan sau" in said or "next week" in said:
        return today + timedelta(days=7 - today.weekday() + weekday)
    return today + timedelta(days=(weekday - today.weekday()) % 7 or 7)


def _calendar_day(day: int, month: int, year: int | None, today: date) -> date | None:
    try:
        said = date(year or today.year, month, day)
    except ValueError:
        return None
    return said.replace(year=said.year + 1) if year is None and said < today else said
