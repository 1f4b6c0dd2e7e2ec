"""What we depend on: name, version and licence of every package of the lock, as docs/dependencies.md has it.

`make dependencies` writes the page after `make lock`; tests/test_dependencies.py sees that it is current.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "dependencies.md"
RUNS, TESTS = ROOT / "requirements.txt", ROOT / "requirements-test.txt"
_PINNED = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.+!-]+)(?: ; (.+))?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
# Of packages whose metadata name none, or that this machine does not install: as their source says.
_KNOWN = {
    "axe-playwright-python": "MIT",
    "colorama": "BSD-3-Clause",
    "resvg-py": "MIT",
    "scipy": "BSD-3-Clause",
}
# What classifiers and free words of metadata mean, in SPDX's names.
_SPDX = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
    "DFSG approved": "",
    "OSI Approved": "",
}
_HEAD = """# What congich depends on

Every package of the lock, with its version and its licence. Each is pinned to its hashes (`requirements.txt`,
`requirements-test.txt`). Written by `make dependencies`; `make audit` asks PyPI what is known against them.
"""


@dataclass(frozen=True, slots=True)
class Pinned:
    """One line of a lock with its hashes. `where`: the machines that it is for, empty for all."""

    name: str
    version: str
    where: str
    hashes: int


class NotPinned(Exception):
    """A line of a lock that names no version."""


def pinned(lock: Path) -> Iterator[Pinned]:
    """All packages of a lock. Raises NotPinned."""
    for block in lock.read_text("utf-8").replace("\\\n", " ").splitlines():
        if not block.strip() or block.lstrip().startswith("#"):
            continue
        said, *_ = block.split("--hash=", 1)
        found = _PINNED.fullmatch(said.strip())
        if found is None:
            raise NotPinned(f"{lock.name}: {said.strip()!r}")
        yield Pinned(found[1], found[2], found[3] or "", len(_HASH.findall(block)))


def licence(name: str) -> str:
    """In SPDX's words; empty where nobody says."""
    if name in _KNOWN:
        return _KNOWN[name]
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    if "License-Expression" in told:
        return told["License-Expression"]
    classified = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier", []) if "License ::" in one]
    named = sorted({_SPDX.get(one, one) for one in classified} - {""})
    words = told["License"].strip() if "License" in told else ""
    return " OR ".join(named) or _SPDX.get(words, words)


def page() -> str:
    """The whole page."""
    runs, tests = list(pinned(RUNS)), list(pinned(TESTS))
    there = {one.name for one in runs}
    more = [one for one in tests if one.name not in there]
    parts = [("The bot", runs), ("Only tests, training and a second opinion", more)]
    return _HEAD + "".join(f"\n## {title}\n\n{_table(rows)}" for title, rows in parts)


def _table(rows: list[Pinned]) -> str:
    lines = [
        f"| {one.name} | {one.version} | {licence(one.name)} | {one.where.replace('|', '')} |" for one in rows
    ]
    return "\n".join(
        ["| package | version | licence | only where |", "| --- | --- | --- | --- |", *lines, ""]
    )


if __name__ == "__main__":
    sys.stdout.write(page())
