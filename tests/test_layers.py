"""Imports run one way, bot -> handlers -> storage, and handlers are handed clock, network and settings."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {"storage": {"handlers", "bot", "tests"}, "handlers": {"bot", "tests"}, "bot": {"tests"}}
OUTSIDE = {
    "aiohttp",
    "asyncio",
    "httpx",
    "os",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "telegram",
    "time",
    "uuid",
}
CLOCKS = {"now", "utcnow", "today", "time", "monotonic"}
CLOCK_OWNERS = {"datetime", "date", "time"}


def trees(package: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        yield path.relative_to(ROOT), ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_run_one_way(package: str) -> None:
    wrong = {str(path): imported(tree) & FORBIDDEN[package] for path, tree in trees(package)}
    assert {path: names for path, names in wrong.items() if names} == {}


def test_handlers_reach_nothing_outside_by_themselves() -> None:
    wrong = {str(path): imported(tree) & OUTSIDE for path, tree in trees("handlers")}
    assert {path: names for path, names in wrong.items() if names} == {}


def clock_reads(tree: ast.Module) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in CLOCK_OWNERS
    ]


@pytest.mark.parametrize("package", ["storage", "handlers"])
def test_only_the_process_reads_a_clock(package: str) -> None:
    wrong = {str(path): clock_reads(tree) for path, tree in trees(package)}
    assert {path: lines for path, lines in wrong.items() if lines} == {}


def test_this_test_can_see() -> None:
    tree = ast.parse("import os\nfrom bot.app import App\nx = datetime.now(UTC)")
    assert imported(tree) == {"os", "bot"}
    assert clock_reads(tree) == [3]
