"""The figures can be measured: tiny numbers, so that what measures them does not rot."""

import json
from pathlib import Path

import pytest

from tests.bench import answer, cost, digest, floor, growth, memory, moving, questions, start
from tests.bench.__main__ import FIGURES, keep
from tests.bench.figure import Figure, Size, lines, p99
from tests.chaos.rig import FULL

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def tiny(tmp_path: Path) -> Size:
    return Size(
        folder=tmp_path, few=20, many=40, moved=30, batch=10, rounds=1, questions=20, posts=2, starts=1,
        messages=10, warm=1, pause=0.01,
    )  # fmt: skip


async def test_cost_its_floor_growth_questions_and_digest(tiny: Size) -> None:
    figures = [
        figure for one in (cost, floor, growth, questions, digest) for figure in await one.measure(tiny)
    ]
    assert [one for one in figures if not one.value >= 0] == []
    assert len(figures) == 16


async def test_what_asks_a_process(tiny: Size) -> None:
    asked = (answer, start, memory, moving) if FULL else (answer,)
    figures = [figure for one in asked for figure in await one.measure(tiny)]
    assert all(one.value > 0 for one in figures)
    assert len(figures) == (7 if FULL else 1)


def test_a_bar_holds_or_is_missed(tmp_path: Path) -> None:
    found = [Figure("speed", 3, "s", 4), Figure("size", 5, "MB", 4), Figure("told", 9, "µs")]
    assert [one.verdict for one in found] == ["holds", "missed", ""]
    assert "missed" in lines(found)[2]
    keep(tmp_path / "bench.json", "cost", found[:1])
    keep(tmp_path / "bench.json", "start", found[1:])
    assert list(json.loads((tmp_path / "bench.json").read_text())) == ["cost", "start"]


def test_p99_is_the_longest_but_one_of_a_hundred() -> None:
    assert p99([n / 1000 for n in range(1, 102)]) == pytest.approx(100)


def test_each_figure_has_a_name() -> None:
    assert len(FIGURES) == 10
