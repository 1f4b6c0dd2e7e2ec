"""The key that is made once: whole or not at all, whatever ends the process or fills the disk meanwhile."""

import os
from pathlib import Path
from typing import Any

import pytest

from bot.secrets import kept_key


def test_a_key_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "data" / "some.key"
    made = kept_key(file, "NONE", {})
    assert (len(made), kept_key(file, "NONE", {})) == (64, made)
    assert [path.name for path in file.parent.iterdir()] == ["some.key"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert kept_key(file, "GIVEN", {"GIVEN": "another"}) == b"another"


def test_a_disk_that_is_full_leaves_no_half_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "some.key"

    def full(handle: int, *_: Any) -> Any:
        os.close(handle)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", full)
        with pytest.raises(OSError, match="No space left"):
            kept_key(file, "NONE", {})
    assert list(tmp_path.iterdir()) == []
    assert len(kept_key(file, "NONE", {})) == 64


def test_the_first_of_several_processes_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "some.key"
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert kept_key(file, "NONE", {}) == kept_key(file, "NONE", {})
