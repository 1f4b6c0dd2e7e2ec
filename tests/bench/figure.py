"""What a figure is, how much is measured for it, and how it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

BUILD = Path(__file__).resolve().parents[2] / "build"


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured; `bar`: the most that it may be, None where it is only told."""

    what: str
    value: float
    unit: str
    bar: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the bar holds."""
        if self.bar is None:
            return ""
        return "holds" if self.value <= self.bar else "missed"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured, and where large databases lie between two runs."""

    folder: Path = BUILD
    few: int = 1_000  # tickets of a small city
    many: int = 1_000_000  # and of a large one
    moved: int = 100_000  # and of one that moves
    batch: int = 100
    warm: int = 3  # batches, or posts, that are not counted
    pause: float = 0.2  # seconds that nothing happens between two posts, and at most as long again
    rounds: int = 15
    questions: int = 300
    posts: int = 200
    starts: int = 7
    messages: int = 100_000


def p99(seconds: Sequence[float]) -> float:
    """Of a hundred the longest but one, in milliseconds."""
    return quantiles(seconds, n=100, method="inclusive")[98] * 1000


def lines(figures: Sequence[Figure]) -> list[str]:
    """A table to read."""
    shown = [("what", "measured", "bar", "", "")]
    shown += [
        (one.what, f"{one.value:.3g} {one.unit}" if one.value < 100 else f"{one.value:,.0f} {one.unit}",
         f"≤ {one.bar:g}" if one.bar is not None else "", one.verdict, one.note)
        for one in figures
    ]  # fmt: skip
    widths = [max(len(row[place]) for row in shown) for place in range(4)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
        for row in shown
    ]
