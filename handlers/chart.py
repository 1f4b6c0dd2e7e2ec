"""What the digest's picture shows, in words and numbers: frozen into the outbox, drawn when it is sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from handlers.numbers import figure
from handlers.periods import Period, Span, written
from handlers.ports import Say
from handlers.statistics import Part, Statistics

ROWS = 5  # bars of a group
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Tile:
    """One large number, and how it was before."""

    label: str
    value: int
    note: str


@dataclass(frozen=True, slots=True)
class BarPair:
    """What came in and what was done on a day or in a week."""

    label: str
    received: int
    resolved: int


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Group:
    """Bars under a heading, the longest first."""

    heading: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    subtitle: str
    tiles: tuple[Tile, ...]
    heading: str  # of the trend
    received: str
    resolved: str
    trend: tuple[BarPair, ...]
    groups: tuple[Group, ...]
    foot: str
    language: str = "vi"  # by which its numbers are written


def chart(say: Say, language: str, period: Period, found: Statistics, title: str) -> Chart:
    """The picture of a period's statistics, in a language."""

    def said(key: str, **values: object) -> str:
        return say(language, key, **values)

    def tile(name: str) -> Tile:
        now, then = getattr(found.totals, name), getattr(found.before, name)
        return Tile(
            said(f"chart.{name}"), now, said(f"chart.before.{period.span}", count=figure(then, language))
        )

    groups = (
        _group(
            said("chart.categories"), {said(f"category.{key}"): n for key, n in found.by_category.items()}
        ),
        _group(said("chart.wards"), found.by_ward),
    )
    return Chart(
        title=title,
        subtitle=written(period),
        tiles=tuple(tile(name) for name in ("received", "resolved", "open", "overdue")),
        heading=said("chart.trend.week" if period.days > len(found.trend) else "chart.trend.day"),
        received=said("chart.received"),
        resolved=said("chart.resolved"),
        trend=tuple(BarPair(_day(said, period, part), part.received, part.resolved) for part in found.trend),
        groups=tuple(group for group in groups if group.bars),
        foot=said(
            "chart.foot_now" if period.is_cut else "chart.foot",
            at=f"{period.last_day:%d/%m/%Y}",
            time=f"{period.end:%H:%M}",
        ),
        language=language,
    )


def to_json(made: Chart) -> dict[str, Any]:
    """As the outbox keeps it."""
    return asdict(made)


def from_json(kept: Mapping[str, Any]) -> Chart:
    """The other way round. Raises KeyError, TypeError for what no version wrote."""
    groups = [Group(one["heading"], tuple(Bar(**bar) for bar in one["bars"])) for one in kept["groups"]]
    tiles, trend = [Tile(**one) for one in kept["tiles"]], [BarPair(**one) for one in kept["trend"]]
    whole = {**kept, "tiles": tuple(tiles), "trend": tuple(trend), "groups": tuple(groups)}
    return Chart(**whole)


def _group(heading: str, numbers: Mapping[str, int]) -> Group:
    most: Sequence[tuple[str, int]] = list(numbers.items())[:ROWS]
    return Group(heading, tuple(Bar(label, number) for label, number in most))


def _day(said: Callable[[str], str], period: Period, part: Part) -> str:
    day = date.fromisoformat(part.day)
    if period.span is Span.WEEK:
        return said(f"weekday.{_WEEKDAYS[day.weekday()]}")
    return f"{day.day}/{day.month}"
