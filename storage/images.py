"""Photos by content hash, behind a store that can be swapped.

A photo has an original and renditions beside it ("served", "thumb"). A file is there whole or not at
all: it is written in a folder for what is unfinished, synced, and renamed.
"""

import asyncio
import errno
import hashlib
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import uuid4

from storage import folders

ORIGINAL = "original"
UNFINISHED = ".unfinished"
DAY = timedelta(days=1)
_FORM = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})\.([a-z]{1,20})")


class StoreError(OSError):
    """The store as a whole can't be used just now; the text says why, and holds no secret.

    An outage (`storage.database.is_outage`): what was asked may well be done later, unchanged.
    """

    def __init__(self, says: str) -> None:
        super().__init__(errno.EIO, says)

    def __str__(self) -> str:
        return str(self.strerror)


class PhotoForm(NamedTuple):
    """One form of a photo: its original or a rendition."""

    content_hash: str
    name: str

    @property
    def place(self) -> str:
        """Where it lies in any store, such as `3f/9a/3f9a….thumb`. Raises ValueError for what is no hash."""
        place = f"{self.content_hash[:2]}/{self.content_hash[2:4]}/{self.content_hash}.{self.name}"
        if not _FORM.fullmatch(place):
            raise ValueError(f"not a content hash: {self.content_hash[:80]!r}")
        return place

    @classmethod
    def at(cls, place: str) -> "PhotoForm | None":
        """The form that lies there; None where the name is none of ours."""
        found = _FORM.fullmatch(place)
        return cls(found[3], found[4]) if found else None


class ImageStore(Protocol):
    """Where photos lie. Raises OSError where it can't be used just now."""

    async def put(self, data: bytes) -> str:
        """Keep an original; its content hash, 64 hex digits. Where it is there already, it counts as put
        anew, to within a DAY."""

    async def put_rendition(self, content_hash: str, name: str, data: bytes) -> None:
        """Keep another form of an original beside it."""

    async def get(self, content_hash: str, name: str = ORIGINAL) -> bytes | None:
        """The bytes of a form; None where it is not there. Raises ValueError for what is no hash."""

    async def remove(self, content_hash: str) -> None:
        """Forget an original and all its forms."""

    def forms(self) -> AsyncIterator[PhotoForm]:
        """All that is there, each once."""

    async def expire(self, before: datetime) -> int:
        """Remove what was last put before a moment, by the store's clock; how many forms."""

    async def tidy(self, before: datetime) -> int:
        """Remove what processes began to write before a moment and, killed, did not end; how much it was."""


class FolderStore:
    """A folder, with two levels of folders by the hash's first digits."""

    def __init__(self, root: Path, beside: Sequence[ImageStore] = ()) -> None:
        """`beside`: other stores, in which an original may lie until it is fetched into this one."""
        self._root = root
        self._beside = beside

    async def put(self, data: bytes) -> str:
        content_hash = hashed(data)
        await self.put_rendition(content_hash, ORIGINAL, data)
        return content_hash

    async def put_rendition(self, content_hash: str, name: str, data: bytes) -> None:
        await asyncio.to_thread(_write, self._path(content_hash, name), data, self._root / UNFINISHED)

    async def get(self, content_hash: str, name: str = ORIGINAL) -> bytes | None:
        return await asyncio.to_thread(_read, self._path(content_hash, name))

    async def remove(self, content_hash: str) -> None:
        folder = self._path(content_hash, ORIGINAL).parent
        for path in await asyncio.to_thread(_found, folder, f"{content_hash}.*"):
            await asyncio.to_thread(path.unlink, missing_ok=True)
        for other in self._beside:
            await other.remove(content_hash)

    async def forms(self) -> AsyncIterator[PhotoForm]:
        for part in await asyncio.to_thread(_found, self._root, "*"):
            for path in await asyncio.to_thread(_found, part, "*/*"):
                if form := PhotoForm.at(path.relative_to(self._root).as_posix()):
                    yield form

    async def expire(self, before: datetime) -> int:
        return await asyncio.to_thread(_remove_older, self._root, before)

    async def tidy(self, before: datetime) -> int:
        return await asyncio.to_thread(_remove_older, self._root / UNFINISHED, before)

    def _path(self, content_hash: str, name: str) -> Path:
        return self._root / PhotoForm(content_hash, name).place


class Succession:
    """A store in the place of an earlier one, to which nothing is added: what it has is still found there."""

    def __init__(self, store: ImageStore, earlier: ImageStore) -> None:
        self._store = store
        self._both = store, earlier

    async def put(self, data: bytes) -> str:
        return await self._store.put(data)

    async def put_rendition(self, content_hash: str, name: str, data: bytes) -> None:
        await self._store.put_rendition(content_hash, name, data)

    async def get(self, content_hash: str, name: str = ORIGINAL) -> bytes | None:
        for one in self._both:
            if (found := await one.get(content_hash, name)) is not None:
                return found
        return None

    async def remove(self, content_hash: str) -> None:
        for one in self._both:
            await one.remove(content_hash)

    async def forms(self) -> AsyncIterator[PhotoForm]:
        told = set[PhotoForm]()
        for one in self._both:
            async for form in one.forms():
                if form not in told:
                    told.add(form)
                    yield form

    async def expire(self, before: datetime) -> int:
        return sum([await one.expire(before) for one in self._both])

    async def tidy(self, before: datetime) -> int:
        return sum([await one.tidy(before) for one in self._both])


def hashed(data: bytes) -> str:
    """The content hash of an original."""
    return hashlib.sha256(data).hexdigest()


def _found(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _remove_older(folder: Path, before: datetime) -> int:
    removed = 0
    for path in _found(folder, "**/*"):
        with suppress(FileNotFoundError):  # whoever writes it has ended meanwhile
            if path.stat().st_mtime < before.timestamp() and path.is_file():
                path.unlink()
                removed += 1
    return removed


def _write(path: Path, data: bytes, unfinished: Path) -> None:
    with suppress(FileNotFoundError):
        os.utime(path)  # it is there, and counts as put anew
        return
    for folder in (path.parent, unfinished):
        folder.mkdir(parents=True, exist_ok=True)
    folders.write(path, data, unfinished / uuid4().hex)
