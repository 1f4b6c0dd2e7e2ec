"""What a digest says in words: for a busy reader, thirty seconds on a phone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.lengths import utf16_length
from handlers.numbers import figure
from handlers.periods import Period, written
from handlers.ports import Say
from handlers.statistics import NOTHING, Statistics, Totals

MOST = 3  # categories, wards, departments named


@dataclass(frozen=True, slots=True)
class Waiting:
    """One of the tickets that have been open longest."""

    code: str
    category: str
    place: str
    opened_at: datetime
    link: str


@dataclass(frozen=True, slots=True)
class DigestContext:
    """In which language a digest is, of whom, and how departments are called."""

    say: Say
    language: str
    title: str
    departments: Mapping[str, str]
    of_department: bool = False

    def said(self, key: str, **values: object) -> str:
        """A text of the catalogue."""
        return self.say(self.language, key, **values)

    def number(self, count: int) -> str:
        """As the language writes it."""
        return figure(count, self.language)


def text(
    words: DigestContext,
    period: Period,
    found: Statistics,
    waiting: Sequence[Waiting],
    limit: int,
    late: Totals = NOTHING,
) -> str:
    """A digest within so many UTF-16 units: what waits longest is named as far as there is room.

    `late`: what came to the period before since its digest was posted.
    """
    for shown in range(len(waiting), -1, -1):
        said = "\n".join(_lines(words, period, found, waiting[:shown], late))
        if utf16_length(said) <= limit:
            return said
    return said


def duration(say: Say, language: str, hours: float) -> str:
    """About how long: "40 phút", "5 giờ", "2,5 ngày". Rounded first: it is never "60 phút"."""
    for unit, count, most in (("minute", round(hours * 60), 60), ("hour", round(hours), 48)):
        if count < most:
            return say(language, f"digest.{unit}s" if count > 1 else f"digest.{unit}", count=max(1, count))
    return say(language, "digest.days", count=figure(hours / 24, language))


def _lines(
    words: DigestContext, period: Period, found: Statistics, waiting: Sequence[Waiting], late: Totals
) -> list[str]:
    now, then = found.totals, found.before
    lines = [words.said("digest.title", title=words.title, days=written(period))]
    lines += [
        words.said(
            f"digest.{name}",
            count=words.number(getattr(now, name)),
            before=_before(words, period, getattr(then, name)),
        )
        for name in ("received", "resolved", "open", "overdue")
    ]
    lines += [
        words.said(f"digest.by_{name}", counts=_counts(words, said))
        for name, said in (
            ("kind", {words.said(f"kind.{key}"): number for key, number in found.by_kind.items()}),
            ("category", {words.said(f"category.{key}"): n for key, n in found.by_category.items()}),
            ("ward", found.by_ward),
        )
        if said
    ]
    if late != NOTHING:
        lines.append(
            words.said(
                "digest.late", received=words.number(late.received), resolved=words.number(late.resolved)
            )
        )
    lines += _times(words, found)
    if waiting:
        lines.append(words.said("digest.waiting"))
        lines += [_waiting(words, period, one) for one in waiting]
    lines.append(_thanks(words, found))
    return lines


def _before(words: DigestContext, period: Period, count: int) -> str:
    return words.said(f"chart.before.{period.span}", count=words.number(count))


def _counts(words: DigestContext, numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{word} {words.number(number)}" for word, number in list(numbers.items())[:MOST])


def _times(words: DigestContext, found: Statistics) -> list[str]:
    told = {"first_answer": found.first_answer, "resolve": found.resolve}
    return [
        words.said(f"digest.{name}", time=duration(words.say, words.language, hours))
        for name, hours in told.items()
        if hours is not None
    ]


def _waiting(words: DigestContext, period: Period, one: Waiting) -> str:
    is_of_before = one.opened_at.year != period.last_day.year
    category = words.said(f"category.{one.category}")
    said = words.said(
        "digest.waiting_line",
        code=one.code,
        category=category,
        place=one.place,
        since=f"{one.opened_at:{'%d/%m/%Y' if is_of_before else '%d/%m'}}",
    )
    return " ".join(f"{said} {one.link}".split())


def _thanks(words: DigestContext, found: Statistics) -> str:
    named = {words.departments.get(key, key): number for key, number in found.resolved_by.items()}
    if words.of_department or not named:
        return words.said("digest.thanks")
    return words.said("digest.thanks_to", counts=_counts(words, named))
