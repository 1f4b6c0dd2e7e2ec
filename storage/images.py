"""Photos by content hash, behind a store that can be swapped.

A photo has an original and renditions beside it ("served", "thumb"). A file is there whole or not at
all: it is written under another name, synced, and renamed.
"""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

ORIGINAL = "original"
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z]{1,20}")


class ImageStore(Protocol):
    """Where photos lie."""

    async def put(self, data: bytes) -> str:
        """Keep an original; its content hash, 64 hex digits."""

    async def put_rendition(self, content_hash: str, name: str, data: bytes) -> None:
        """Keep another form of an original beside it."""

    async def get(self, content_hash: str, name: str = ORIGINAL) -> bytes | None:
        """The bytes of a form; None where it is not there. Raises ValueError for what is no hash."""

    async def remove(self, content_hash: str) -> None:
        """Forget an original and all its forms."""


class FolderStore:
    """A folder, with two levels of folders by the hash's first digits."""

    def __init__(self, root: Path, beside: Sequence[Path] = ()) -> None:
        """`beside`: other such folders, in which an original may lie until it is fetched into this one."""
        self._root = root
        self._beside = beside

    async def put(self, data: bytes) -> str:
        content_hash = hashlib.sha256(data).hexdigest()
        await asyncio.to_thread(_write, self._path(content_hash, ORIGINAL), data)
        return content_hash

    async def put_rendition(self, content_hash: str, name: str, data: bytes) -> None:
        await asyncio.to_thread(_write, self._path(content_hash, name), data)

    async def get(self, content_hash: str, name: str = ORIGINAL) -> bytes | None:
        return await asyncio.to_thread(_read, self._path(content_hash, name))

    async def remove(self, content_hash: str) -> None:
        within = self._path(content_hash, ORIGINAL).parent.relative_to(self._root)
        for root in (self._root, *self._beside):
            for path in await asyncio.to_thread(_forms, root / within, content_hash):
                await asyncio.to_thread(path.unlink, missing_ok=True)

    def _path(self, content_hash: str, name: str) -> Path:
        if not _HASH.fullmatch(content_hash) or not _NAME.fullmatch(name):
            raise ValueError(f"not a content hash: {content_hash[:80]!r}")
        return self._root / content_hash[:2] / content_hash[2:4] / f"{content_hash}.{name}"


def _forms(folder: Path, content_hash: str) -> list[Path]:
    return sorted(folder.glob(f"{content_hash}.*"))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, data: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
