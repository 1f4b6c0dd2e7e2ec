"""Folders are our own user's alone, also those above the one that is asked for."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import folders


@pytest.fixture(autouse=True)
def usual_mask() -> Iterator[None]:
    """As a shell has it: everybody may look."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_folder_and_those_above_it_are_its_owners_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folders.make(tmp_path / "data" / "backups" / "old")
    for name in ("data", "data/backups", "data/backups/old"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o700
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755  # what is there stays as it is
    folders.make(tmp_path / "data" / "backups" / "old")


def test_a_file_in_the_way_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    for folder in (tmp_path / "data", tmp_path / "data" / "backups"):
        with pytest.raises(OSError, match=rf"the folder {folder} can't be made: .*; make it yourself"):
            folders.make(folder)


def test_from_where_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folders.make(Path("data/backups"))
    folders.make(Path("."))
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
