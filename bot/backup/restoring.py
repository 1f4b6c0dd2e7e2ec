"""Puts a backup into an empty database and a data folder; all of it or nothing of the rows.

The rows go into the schema that they were made with, in one transaction that commits at the very end: a
restore that is broken off left the database empty, and can be begun again.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.backup import archive, making
from bot.backup.archive import ArchiveMember, BrokenBackup, Manifest, Summed
from bot.progress import Show
from storage import dump, folders, migrations
from storage.database import Database, DatabaseError
from storage.dump import Described, Filling
from storage.images import ImageStore, PhotoForm

_CHUNK = 1 << 20


async def restore(path: Path, database: Database, images: ImageStore, data: Path, show: Show) -> Manifest:
    """Check a backup whole, then take it in. Raises BrokenBackup, DatabaseError, FileExistsError."""
    manifest = archive.checked(path)
    if not migrations.is_known(manifest.schema):
        raise BrokenBackup(
            f"{path} has schema {manifest.schema}, made by a newer congich: install that version"
        )
    if await migrations.current(database) is not None:
        raise DatabaseError("the database is not empty: name a new one, or move the old one away first")
    of_database = making.files_of(database)
    _expect_no_other(manifest, data, of_database)
    async with database.connect() as connection:
        await migrations.make(connection, manifest.schema)
        for place, member in enumerate(archive.members(path), start=1):
            if member.name.startswith(f"{making.PHOTOS}/"):
                await _take_photo(images, member)
            else:
                await _take(connection, member, data, of_database)
            show("restoring", place, len(manifest.sums) + 1)
        await _compare(connection, manifest)
    await migrations.upgrade(database)
    return manifest


def _expect_no_other(manifest: Manifest, data: Path, of_database: set[Path]) -> None:
    """What lies where a file of the backup belongs has to be that file, as after a restore that broke off."""
    for name, content_sum in manifest.sums.items():
        kind, _, rest = name.partition("/")
        there = data / rest
        if kind != making.FILES or there.resolve() in of_database or not there.exists():
            continue
        if not there.is_file() or _sum(there) != content_sum:
            remedy = "move it away, or name a data_dir that is empty"
            raise FileExistsError(f"{there} is there already, and not as the backup has it: {remedy}")


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _take(
    connection: AsyncConnection, member: ArchiveMember, data: Path, of_database: set[Path]
) -> None:
    kind, _, rest = member.name.partition("/")
    if kind == making.TABLES:
        with gzip.open(cast(IO[bytes], member.content), "rt", encoding="utf-8") as lines:
            await _fill(connection, lines)
    elif kind == making.FILES:
        place = PurePosixPath(rest)
        if place.is_absolute() or ".." in place.parts:
            raise BrokenBackup(f"{member.name} leads out of the data folder")
        if (data / place).resolve() not in of_database:  # which the rows go into; earlier backups have them
            _write(data / place, member.content)


async def _take_photo(images: ImageStore, member: ArchiveMember) -> None:
    """Into the store that is configured now; what a restore that was broken off has left there stays."""
    form = PhotoForm.at(member.name.partition("/")[2])
    if form is None:
        raise BrokenBackup(f"{member.name} is no photo")
    await images.put_rendition(form.content_hash, form.name, member.content.readall())


async def _fill(connection: AsyncConnection, lines: Iterator[str]) -> None:
    filling = Filling(connection, _described(next(lines, "")))
    rows = (json.loads(line) for line in lines)
    while batch := list(islice(rows, dump.AT_ONCE)):
        await filling.put(batch)
    await filling.end()


def _described(line: str) -> Described:
    """What a table says that its rows are. Raises BrokenBackup."""
    try:
        said = json.loads(line)
        return Described(said["name"], said["columns"], tuple(said["key"]), tuple(said["inward"]))
    except (KeyError, TypeError, ValueError):
        raise BrokenBackup("a table does not say what its rows are") from None


def _write(path: Path, content: Summed) -> None:
    """A file whole or not at all."""
    folders.make(path.parent)
    new = path.with_name(f".new-{path.name}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        while chunk := content.read(_CHUNK):
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)


async def _compare(connection: AsyncConnection, manifest: Manifest) -> None:
    there = {table.name: table for table in dump.described()}
    for name, rows in manifest.rows.items():
        if name in there and (found := await dump.count(connection, there[name])) != rows:
            raise BrokenBackup(f"{name} has {found} rows after restoring, {rows} before")
