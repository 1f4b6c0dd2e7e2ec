"""The file that a backup is: a tar with a table a member, the photos, the files beside them, and a manifest.

tables/01-chats.jsonl.gz      a line that describes the table, then a line a row
photos/3f/9a/3f9a….served     as in the data folder, wherever they lie
files/buttons.key             whatever else lies in the data folder
manifest.json                 last: schema, moment, counts, and every member's SHA-256

A backup without its manifest was cut off; one whose sums differ is broken. Both are refused whole.
"""

import contextlib
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST = "manifest.json"
_CHUNK = 1 << 20


class BrokenBackup(Exception):
    """The file is no whole backup; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: rows by table, and each member's SHA-256."""

    schema: str
    made_at: str
    rows: Mapping[str, int]
    sums: Mapping[str, str]
    format: int = FORMAT


class ArchiveWriter:
    """Writes members one after the other; the file has its name once `end` has synced it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        handle = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds secrets
        self._file = os.fdopen(handle, "wb")
        self._tar = tarfile.open(fileobj=self._file, mode="w|")  # noqa: SIM115
        self._sums: dict[str, str] = {}

    def add(self, name: str, source: IO[bytes], size: int) -> None:
        """One member, from where the source stands."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        summed = Summed(source)
        self._tar.addfile(member, summed)
        self._sums[name] = summed.sum.hexdigest()

    def add_file(self, name: str, path: Path) -> None:
        """A file as a member."""
        with path.open("rb") as source:
            self.add(name, source, os.fstat(source.fileno()).st_size)

    def end(self, schema: str, made_at: str, rows: Mapping[str, int]) -> None:
        """Write the manifest; the backup is whole."""
        content = json.dumps(asdict(Manifest(schema, made_at, rows, self._sums)), indent=1).encode()
        member = tarfile.TarInfo(MANIFEST)
        member.size, member.mode = len(content), 0o600
        self._tar.addfile(member, io.BytesIO(content))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)

    def drop(self) -> None:
        """Leave nothing behind of a backup that did not come to its end."""
        with contextlib.suppress(OSError):  # the disk may be full
            self._tar.close()
            self._file.close()
        self._part.unlink(missing_ok=True)


class Summed(io.RawIOBase):
    """Reads on, and sums up what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self._source = source
        self.sum = hashlib.sha256()

    def readall(self) -> bytes:
        return self.read()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.sum.update(data)
        return data


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One member; `content` must be read to its end before the next one is asked for."""

    name: str
    content: Summed


def checked(path: Path) -> Manifest:
    """Read all of it, and compare every sum. Raises BrokenBackup."""
    if path.is_dir():
        raise BrokenBackup(f"{path} is a folder: name a file that congich backup made")
    try:
        sums, manifest = _summed(path)
    except (tarfile.TarError, EOFError) as error:
        raise BrokenBackup(f"{path} is no whole backup ({error}): take an older one") from None
    if manifest is None:
        raise BrokenBackup(f"{path} was cut off before its end, or damaged: take an older backup")
    wrong = sorted(name for name, _ in sums.items() ^ manifest.sums.items())
    if wrong:
        raise BrokenBackup(f"{path} is broken at {wrong[0]}: take an older backup")
    return manifest


def _summed(path: Path) -> tuple[dict[str, str], Manifest | None]:
    sums: dict[str, str] = {}
    for member in members(path):
        if member.name == MANIFEST:
            return sums, _manifest(member.content.read())
        while member.content.read(_CHUNK):
            pass
        sums[member.name] = member.content.sum.hexdigest()
    return sums, None


def members(path: Path) -> Iterator[ArchiveMember]:
    """The members in their order. Raises tarfile.TarError for what is no tar or ends too early."""
    with tarfile.open(path, mode="r|") as tar:
        for one in tar:
            content = tar.extractfile(one)
            if content is not None:
                yield ArchiveMember(one.name, Summed(content))


def _manifest(data: bytes) -> Manifest:
    try:
        found: dict[str, Any] = json.loads(data)
        manifest = Manifest(**found)
    except (ValueError, TypeError):
        raise BrokenBackup("its manifest can't be read: a newer congich made it, or it is broken") from None
    if manifest.format != FORMAT:
        raise BrokenBackup(
            f"it has format {manifest.format}, this congich reads {FORMAT}: install a newer one"
        )
    return manifest
