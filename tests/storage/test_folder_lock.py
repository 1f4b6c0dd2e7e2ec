"""Who may work on a data folder."""

import asyncio
from pathlib import Path

import pytest
from filelock import FileLock

from storage.folder_lock import FolderLock, FolderTaken


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "congich.lock"


def test_each_has_the_first_free_slot(path: Path) -> None:
    first, second, third = (FolderLock(path) for _ in range(3))
    assert [one.beside_others() for one in (first, second, third)] == [1, 2, 3]
    second.release()
    assert FolderLock(path).beside_others() == 2


def test_a_folder_that_can_not_be_made_is_named_with_the_remedy(path: Path) -> None:
    path.parent.write_text("a file")
    for lock in (FolderLock(path).alone, FolderLock(path).beside_others):
        with pytest.raises(OSError, match=f"folder {path.parent} can't be made: .*; make it yourself"):
            lock()


def test_alone_is_alone(path: Path) -> None:
    lonely = FolderLock(path)
    assert lonely.alone() == 1
    with pytest.raises(FolderTaken):
        FolderLock(path).alone()
    lonely.release()
    assert FolderLock(path).alone() == 1


@pytest.mark.parametrize("left", [1, 2])
def test_nobody_is_alone_beside_a_process_in_any_slot(path: Path, left: int) -> None:
    """The first may have ended long before the second."""
    first, second = FolderLock(path), FolderLock(path)
    first.beside_others()
    second.beside_others()
    (second if left == 1 else first).release()
    with pytest.raises(FolderTaken):
        FolderLock(path).alone()
    assert FolderLock(path).beside_others() == 3 - left, "who was refused holds nothing"


def test_nobody_comes_beside_one_that_is_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.folder_lock.DOOR_SECONDS", 0.1)
    lonely = FolderLock(path)
    lonely.alone()
    with pytest.raises(FolderTaken):
        FolderLock(path).beside_others()


async def test_who_takes_a_slot_at_the_same_moment_is_waited_for(path: Path) -> None:
    path.parent.mkdir()
    door = FileLock(path.with_stem("congich-door"), thread_local=False)
    door.acquire()
    waiting = asyncio.create_task(asyncio.to_thread(FolderLock(path).beside_others))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    door.release()
    assert await waiting == 1
