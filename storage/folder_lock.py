"""Who works on a data folder: one process alone, or several that each have a slot.

The lock files are empty and lie beside one another: `congich.lock` is slot 1, `congich-2.lock` the next one.
`congich-door.lock` is held by a process while it takes its slot, and by one that is alone until it ends.
"""

from pathlib import Path

from filelock import FileLock, Timeout

from storage import folders

SLOTS = 99  # processes of one data folder
DOOR_SECONDS = 5.0  # others hold it for a moment only, unless they mean to be alone


class FolderTaken(Exception):
    """Somebody else works there."""


class FolderLock:
    """The lock of one folder; `path` is the file of its first slot."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.folder = path.parent
        self._held: list[FileLock] = []

    def alone(self) -> int:
        """Keep everybody else out; our slot, the first. Raises FolderTaken."""
        folders.make(self.folder)
        try:
            self._held = [self._locked(self._door), self._locked(self._path)]
            for path in self._others():
                self._locked(path).release()
        except Timeout:
            self.release()
            raise FolderTaken from None
        return 1

    def beside_others(self) -> int:
        """Take a slot, unless somebody is alone there; its number. Raises FolderTaken."""
        folders.make(self.folder)
        try:
            with FileLock(self._door, timeout=DOOR_SECONDS):
                return self._first_free()
        except Timeout:
            raise FolderTaken from None

    def release(self) -> None:
        """Give back whatever is held."""
        for lock in self._held:
            lock.release()
        self._held = []

    def _first_free(self) -> int:
        for slot in range(1, SLOTS + 1):
            try:
                self._held = [self._locked(self._of(slot))]
            except Timeout:
                continue
            return slot
        raise FolderTaken

    @property
    def _door(self) -> Path:
        return self._path.with_stem(f"{self._path.stem}-door")

    def _of(self, slot: int) -> Path:
        return self._path if slot == 1 else self._path.with_stem(f"{self._path.stem}-{slot}")

    def _others(self) -> list[Path]:
        """The files of all slots but the first that were ever taken."""
        return [path for slot in range(2, SLOTS + 1) if (path := self._of(slot)).exists()]

    @staticmethod
    def _locked(path: Path) -> FileLock:
        lock = FileLock(path, blocking=False)
        lock.acquire()
        return lock
