"""The folders that congich keeps things in."""

import os
from pathlib import Path


def make(folder: Path) -> None:
    """Make a folder and those above it where there are none, for our own user alone. Raises OSError with the
    remedy."""
    try:
        for missing in reversed([one for one in folder.parents if not one.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)  # of `parents=True` they would be everybody's to read
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        remedy = "make it yourself, and give it to the user who runs congich"
        raise OSError(f"the folder {folder} can't be made: {error.strerror}; {remedy}") from None


def write(path: Path, data: bytes, new: Path) -> None:
    """Put a file for our own user alone in the place of what was there: whole or not at all, also after a
    crash. `new`: where it is written first, on the same disk."""
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
