"""Measures, prints a table and keeps it: `python -m tests.bench [NAME …]`, all of them without a name."""

import asyncio
import json
import os
import platform
import sys
import warnings
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import answer, cost, digest, floor, growth, memory, moving, questions, start
from tests.bench.figure import BUILD, Figure, Size, lines

FIGURES: Mapping[str, Callable[[Size], Coroutine[Any, Any, list[Figure]]]] = {
    "cost": cost.measure,
    "floor": floor.measure,
    "answer": answer.measure,
    "growth": growth.measure,
    "questions": questions.measure,
    "postgresql": questions.measure_postgresql,
    "digest": digest.measure,
    "start": start.measure,
    "memory": memory.measure,
    "moving": moving.measure,
}
KEPT = BUILD / "bench.json"


def main(names: list[str]) -> None:
    """Measure what is named, or everything; what was measured before stays beside it."""
    unknown = set(names) - set(FIGURES)
    if unknown:
        sys.exit(f"no such figure: {', '.join(sorted(unknown))}; there are {', '.join(FIGURES)}")
    warnings.simplefilter("ignore")
    print(f"{machine()}\n")
    for name in names or FIGURES:
        found = asyncio.run(FIGURES[name](Size()))
        print(f"{name}: python -m tests.bench {name}", *lines(found), "", sep="\n", flush=True)
        keep(KEPT, name, found)


def keep(path: Path, name: str, found: list[Figure]) -> None:
    """One figure into the file that has them all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    rows = [asdict(one) | {"verdict": one.verdict} for one in found]
    kept[name] = {"at": datetime.now(UTC).isoformat(), "machine": machine(), "figures": rows}
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


def machine() -> str:
    """What it was measured on."""
    cpu = Path("/proc/cpuinfo").read_text().partition("model name")[2].partition(":")[2].partition("\n")[0]
    return f"{os.cpu_count()} cores, {cpu.strip()}, Python {platform.python_version()}, {platform.system()}"


if __name__ == "__main__":
    main(sys.argv[1:])
