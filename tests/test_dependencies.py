"""The lock is whole, its licences are known and allowed, and the page that lists them is current."""

import re
from pathlib import Path

import pytest

from tests import dependencies
from tests.dependencies import PAGE, ROOT, RUNS, TESTS, NotPinned, licence, pinned

# What a city may install and pass on beside MIT code of its own; LGPL and MPL are libraries used unchanged.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "LGPL-3.0-only", "MIT", "MIT-CMU",
    "MPL-2.0", "OFL-1.1", "PSF-2.0", "Zlib",
}  # fmt: skip


@pytest.mark.parametrize("lock", [RUNS, TESTS])
def test_every_package_is_pinned_to_a_version_and_its_hashes(lock: Path) -> None:
    found = list(pinned(lock))
    assert len(found) > 50
    assert [one.name for one in found if one.hashes == 0] == []


def test_what_tests_use_is_what_the_bot_uses() -> None:
    assert {(one.name, one.version) for one in pinned(RUNS)} <= {
        (one.name, one.version) for one in pinned(TESTS)
    }


@pytest.mark.parametrize("line", ["aiohttp>=3", "aiohttp", "x @ https://example.org/x.whl", "-e ."])
def test_what_is_not_pinned_is_seen(tmp_path: Path, line: str) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(line + "\n")
    with pytest.raises(NotPinned):
        list(pinned(lock))


def test_every_direct_dependency_is_in_the_lock() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8").partition("dependencies = [")[2].partition("]\n\n")[0]
    direct = {name.lower() for name in re.findall(r'"([A-Za-z0-9-]+)', text)}
    assert direct - {one.name for one in pinned(RUNS)} == set()


def test_every_licence_is_known_and_allowed() -> None:
    told = {one.name: licence(one.name) for one in pinned(TESTS)}
    unknown = {
        name: words
        for name, words in told.items()
        if not words or not set(re.split(r" AND | OR ", words)) <= ALLOWED
    }
    assert unknown == {}


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == dependencies.page(), "run: make dependencies"
