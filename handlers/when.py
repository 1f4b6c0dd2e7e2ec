"""Deadlines as people write them: "mai 17h", "25/11", "3 ngày", "thu 6 9h30", "5h chiều thứ sáu tuần tới"."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from handlers.time_words import spoken
from handlers.understanding.fold import strip_accents
from handlers.worktime import WorkTime

END_OF_WORK = time(17, 0)
_WORKED = timedelta(hours=END_OF_WORK.hour, minutes=END_OF_WORK.minute)
FAR = timedelta(days=180)  # a day without its year is that far ahead where it has just passed
_PASSED = timedelta(days=365 - 31)  # "30/12" at New Year is a slip of the last year's calendar

_PART = r"(?:sáng|sang|trưa|chiều|tối|đêm|khuya)"
_LATER = {
    "trưa": range(1, 5),
    "chiều": range(1, 12),
    "tối": range(1, 13),
    "đêm": range(7, 13),
    "khuya": range(9, 13),
}  # by twelve hours
_BETWEEN = (
    r"(?:nay|mai|mốt|kia|ngày|hôm|thứ|hai|ba|tư|tu|năm|nam|sáu|sau|bảy|bay|chủ|nhật|cn|t[2-7]|tuần|tới|này|tháng"
    r"|[\d/-]+|lúc|vào|khoảng|tầm|trước|luc|vao|khoang|tam|truoc)"
)
# Two digits apart from their hour, as folded words have them, are minutes only where nothing counted follows.
_AFTER_MINUTES = (
    rf"\s*(?:$|phút|p\b|{_PART}|hôm|mai\b|mốt|thứ|t[2-7]\b|chủ nhật|cn\b|ngày (?:\d|mai|mốt|kia)|\d+[/-]\d)"
)
_CLOCK = re.compile(
    rf"(?:\b(?P<before>{_PART})(?:\s+{_BETWEEN})*\s+)?(?<!trong )(?<!vòng )(?<!vong )"
    r"(?P<clock>\b(?P<hour>\d{1,2})\s*(?:h|g|giờ):?"
    rf"(?:(?P<close>\d{{2}})(?!\d)|\s+(?P<apart>\d{{2}})(?={_AFTER_MINUTES})|\s*(?P<half>rưỡi))?(?:\s*(?:phút|p))?)"
    rf"\b(?! nữa)(?!\s+nua\b)(?:\s*(?P<after>{_PART})\b)?"
)
_DATE = re.compile(
    r"(?<![\w/.,])(?P<day>\d{1,2})(?:(?P<by>[/-])(?P<month>\d{1,2})(?:(?P=by)(?P<year>20\d{2}|\d{2}))?"
    r"(?![/\w])(?!\s*(?:ngày|tuần|giờ|người|anh)\b(?! \d))"
    r"|\s*tháng\s*(?P<named>\d{1,2})\b(?:\s+năm\s+(?P<named_year>20\d{2}))?(?!\s+(?:lần|lan)\b))"
)
_UNIT = r"(?:km|m|m2|kg|tấn|tạ|ha|lít|mét|triệu|tỷ|ngày|tuần|giờ)\b"
# "25.11" and "5.1.2027"; "1.5 tấn" is none, and "5.1" alone says too little.
_DOTTED = re.compile(
    r"(?<![\w/.,])(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?:\.(?P<year>20\d{2}|\d{2}))?(?![/\w])(?!\.\d)"
    rf"(?!\s*{_UNIT})"
)
_DOTTED_CLOCK = re.compile(  # "8.30", which is no date
    rf"(?<![\w/.,])(1?\d|2[0-3])\.(00|1[3-9]|[2-5]\d)(?![/\w])(?!\.\d)(?!\s*{_UNIT})"
)
_NEXT_YEAR = re.compile(r"(?<!thứ )\b(?:năm (?:sau|tới)|next year)\b")
_COUNTED = ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười")
_NUMBERS = {**{word: number for number, word in enumerate(_COUNTED, 1)}, "bon": 4}
_SPAN = re.compile(
    rf"(?<![\w/])(?<!\A-)(?<!\s-)(?<!thứ )(?<!lần )(?<!ngày )(?<!tháng )"
    rf"(?P<count>\d{{1,3}}|{'|'.join(_NUMBERS)})\s*"
    r"(?P<unit>ngày(?P<work> (?:làm việc|lam viec))?|days?|tuần|weeks?)\b"
    r"(?!\s+(?:nay|qua|trước|truoc|rồi|roi|liền|lien|nào|nao|một|mot|ago|\d))"
)
_DAY_OF_MONTH = re.compile(
    r"(?<!mỗi )(?<!một )(?<!\d )\bngày (\d{1,2})\b(?!\s+(?:lần|lượt|chuyến|ca|xe|người|giờ)\b)"
    r"(?!/|-(?:0?[1-9]|1[0-2])\b|\s*tháng \d)"  # of a date, which may be none that there is
)
_WEEKDAYS = {
    **{word: number for number, word in enumerate(("hai", "ba", "tu", "nam", "sau", "bay"))},
    **{str(number + 2): number for number in range(6)},
}
_WEEKDAY = re.compile(r"\b(?:(?:thứ\s*|t)([2-7])|thứ (hai|ba|tư|tu|năm|nam|sáu|sau|bảy|bay)|(chủ nhật|cn))\b")
_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK_AHEAD = re.compile(r"(?:\b(đầu|dau|giữa|giua) )?\btuần (?:tới|sau)\b( nữa)?|\bnext week\b")
_THIS_WEEK = re.compile(r"\btuần (?:này|nay)\b")
_OF_WEEK = {"đầu": 0, "dau": 0, "giữa": 2, "giua": 2}
_END_OF_WEEK = 4  # "tuần tới" without a day is kept by Friday's end of work
_NAMED = (
    (2, re.compile(r"\bmốt\b|\bngày kia\b|\bday after tomorrow\b")),
    (1, re.compile(r"\bmai\b|\btomorrow\b")),
    (0, re.compile(r"\bhôm nay\b|\bchiều nay\b|\btoday\b")),
)
_OF_TIME = re.compile(
    r"\b(?:(?:sáng|sang|trưa|chiều|tối|đêm) (?:nay|mai|mốt|kia|qua)|(?:hôm|hom|bữa) (?:nay|qua|sau)|mai|mốt"
    r"|(?:ngày|tuần|tuan|tháng) (?:này|nay|sau|tới|mai|mốt|kia)"
    r"|(?:cuối|đầu|giữa|hết|trong|nội|cuoi|dau|giua|het|mấy|may|nửa|nua) (?:ngày|ngay|tuần|tuan|tháng|thang)"
    r"|tonight|weekend|week|month|yesterday)\b"
)
# Days of the moon's calendar and of holidays, which only a date beside them says for certain.
_OF_MOON = re.compile(
    rf"\b(?:mùng|mồng|mung) (?:\d{{1,2}}|{'|'.join(_COUNTED)})\b|\b\d{{1,2}} (?:tết|tet)\b"
    r"|\b(?:trước|sau|qua|hết|ra|nghỉ|truoc|het|nghi) (?:tết|tet)\b|\brằm\b|\bra giêng\b|\b\d âl\b"
    r"|\b(?:tháng|thang) (?:giêng|chạp|gieng|chap)\b|\b(?:trước|sau|qua|hết) (?:(?:kỳ|dịp|đợt|nghỉ) )*lễ\b"
)
_MOON_DATE = re.compile(r"\b(?:âm|am) (?:lịch|lich)\b|\bâl\b")
# Said with an hour these mean no day, but surely not today.
_OTHER_TIME = re.compile(
    r"\b(?:cuối|đầu|giữa|hết|trong|nội|cuoi|giua|het) (?:tuần|tháng|quý|năm|tuan|thang|quy|nam)\b"
    r"|\b(?:tháng|quý|năm|thang) (?:sau|tới|này|toi)\b|\b(?:tháng|quý) \d"
    rf"|\b(?:\d{{1,2}}|{'|'.join(_COUNTED)}) tháng\b(?= (?:nữa|nua|tới)|\s*$)"
)


def deadline(words: str, now: datetime, zone: ZoneInfo, work: WorkTime | None = None) -> datetime | None:
    """The moment that words name, in the zone of the chat; None where they name none. `work`: its days."""
    today = now.astimezone(zone).date()
    clock, said = _clock(_spoken(words))
    day = _day(said, today, work or WorkTime(zone))
    if _says_too_little(said) or (day is None and (clock is None or _is_of_another_day(said))):
        return None
    at = datetime.combine(day or today, time(), zone)
    return at + (_WORKED if clock is None else clock)


def _says_too_little(said: str) -> bool:
    """Whether the day is one of the moon's: "mùng 6 Tết" without a date beside it, or "10/3 âm lịch"."""
    is_dated = _DATE.search(said) or _DOTTED.search(said)
    return bool(_MOON_DATE.search(said) or (_OF_MOON.search(said) and not is_dated))


def _is_of_another_day(said: str) -> bool:
    """Whether words without a day that there is do not mean today either: "31/11 17h", "cuối tháng 17h"."""
    return bool(_DATE.search(said) or _DOTTED.search(said) or _OTHER_TIME.search(said))


def names_no_hour(words: str) -> bool:
    """Whether the clock that words name is none that there is: "25h" is not the end of work."""
    clock, said = _clock(_spoken(words))
    return clock is None and _CLOCK.search(said) is not None


def is_of_next_year(words: str, by: datetime, now: datetime) -> bool:
    """Whether a day without its year was taken for one to come as it has passed: lately, or this year."""
    said = _clock(_spoken(words))[1]
    dates = [*_DATE.finditer(said), *_DOTTED.finditer(said)]
    years = (found[name] for found in dates for name in ("year", "named_year") if name in found.re.groupindex)
    is_next = by.year > now.astimezone(by.tzinfo).year or by > now + _PASSED
    return bool(dates) and by > now + FAR and is_next and not any(years) and not _NEXT_YEAR.search(said)


def names_time(words: str) -> bool:
    """Whether words speak of a day or an hour, even if it is no deadline: "cuối tuần", "hôm qua"."""
    said = spoken(words)
    return any(pattern.search(said) for pattern in (_OF_TIME, _OF_MOON, _OTHER_TIME))


def _spoken(words: str) -> str:
    """Words with their clocks written alike: "8.30" is "8h30"."""
    return _DOTTED_CLOCK.sub(r"\1h\2", spoken(words))


def _clock(said: str) -> tuple[timedelta | None, str]:
    """The time since the day began, and the words without it, so that none of its numbers is a day's."""
    for found in _CLOCK.finditer(said):
        hour = int(found["hour"])
        minute = 30 if found["half"] else int(found["close"] or found["apart"] or 0)
        if hour in _LATER.get(found["after"] or found["before"] or "", ()):
            hour += 12
        if (hour < 24 or found["hour"] == "12") and minute < 60:
            left = f"{said[: found.start('clock')]} {said[found.end('clock') :]}"
            return timedelta(hours=hour, minutes=minute), left
    return None, said


def _day(said: str, today: date, work: WorkTime) -> date | None:
    """The first day named, the most exact way of naming one first."""
    readings = (_dates, partial(_spans, work=work), _days_of_month, _weekdays, _named)
    return next((day for reading in readings for day in reading(said, today)), None)


def _dates(said: str, today: date) -> Iterator[date]:
    next_year = str(today.year + 1) if _NEXT_YEAR.search(said) else None
    for found in _DATE.finditer(said):
        year = found["year"] or found["named_year"] or next_year
        yield from _dated(int(found["day"]), int(found["month"] or found["named"]), year, today)
    for found in _DOTTED.finditer(said):
        if found["year"] or len(found["month"]) == 2:
            yield from _dated(int(found["day"]), int(found["month"]), found["year"] or next_year, today)


def _dated(day: int, month: int, year: str | None, today: date) -> Iterator[date]:
    if year:
        return _real(2000 + int(year) % 100, month, day)
    return _to_come(((today.year, month), (today.year + 1, month)), day, today)


def _spans(said: str, today: date, work: WorkTime) -> Iterator[date]:
    for found in _SPAN.finditer(said):
        count = _NUMBERS.get(found["count"]) or int(found["count"])
        if found["work"]:
            yield work.day_after(today, count)
        else:
            yield today + timedelta(days=count * (7 if found["unit"][0] in "tw" else 1))


def _days_of_month(said: str, today: date) -> Iterator[date]:
    """ "ngày 25": of this month, or of the next where that is over or said."""
    first = today.month - 1 + bool(re.search(r"\btháng (?:sau|tới)\b", said))
    months = [(today.year + month // 12, month % 12 + 1) for month in (first, first + 1)]
    for found in _DAY_OF_MONTH.finditer(said):
        yield from _to_come(months, int(found[1]), today)


def _weekdays(said: str, today: date) -> Iterator[date]:
    if found := _WEEKDAY.search(said):
        yield _next(6 if found[3] else _WEEKDAYS[strip_accents(found[1] or found[2])], said, today)
    yield from (_next(number, said, today) for number, word in enumerate(_ENGLISH) if word in said)
    if week := _WEEK_AHEAD.search(said):
        yield _next(_OF_WEEK.get(week[1], _END_OF_WEEK), said, today)


def _named(said: str, today: date) -> Iterator[date]:
    """The latest one: who can't today and says so comes tomorrow."""
    return (today + timedelta(days=ahead) for ahead, word in _NAMED if word.search(said))


def _next(weekday: int, said: str, today: date) -> date:
    """That day of the week, the next one to come, or of a week after this one where that is said."""
    if _THIS_WEEK.search(said):  # which may have passed
        return today + timedelta(days=weekday - today.weekday())
    if week := _WEEK_AHEAD.search(said):
        return today + timedelta(days=(14 if week[2] else 7) - today.weekday() + weekday)
    return today + timedelta(days=(weekday - today.weekday()) % 7 or 7)


def _to_come(months: Iterable[tuple[int, int]], day: int, today: date) -> Iterator[date]:
    return (found for year, month in months for found in _real(year, month, day) if found >= today)


def _real(year: int, month: int, day: int) -> Iterator[date]:
    """The day, where there is one."""
    try:
        yield date(year, month, day)
    except ValueError:
        return
