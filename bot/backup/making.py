"""Makes a backup beside a running bot: the rows of one moment, then the photos, then what lies beside them.

Photos are written before the row that names them, so all that the rows name are there; those that were erased
meanwhile are not in it, as they should not be.
"""

import asyncio
import gzip
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from bot.backup.archive import ArchiveWriter
from bot.photo_moving import contents
from bot.progress import Show
from storage import dump, migrations
from storage.database import Database
from storage.dump import Described
from storage.images import ImageStore

PHOTOS, FILES, TABLES = "photos", "files", "tables"
_NOT_KEPT = ("outgoing", "backups")  # made anew when they are needed
_UNPACKED = ".congich-backup-"  # how a folder of rows on their way into a backup begins
_LEFT = timedelta(days=1)  # no backup takes so long


async def make(
    database: Database,
    images: ImageStore,
    data: Path,
    path: Path,
    now: datetime,
    show: Show,
    passing: Mapping[str, ImageStore],
) -> dict[str, int]:
    """Write a backup to `path`; the rows in it by table. Nothing is left of one that fails.

    `passing`: by their places in a data folder, stores elsewhere with photos that are still to be fetched.
    """
    _sweep(path.parent, now)
    writer = ArchiveWriter(path)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=_UNPACKED) as folder:
            rows = await _tables(database, writer, Path(folder), show)
        await _photos(writer, images, PHOTOS, show)
        for place, store in passing.items():
            await _photos(writer, store, f"{FILES}/{place}", show)
        for file in beside(data, {path, path.with_name(f"{path.name}.part"), *files_of(database)}):
            writer.add_file(f"{FILES}/{file.relative_to(data)}", file)
            await _breath()
        await _breath()
        writer.end(migrations.head(), now.isoformat(), rows)
    except BaseException:
        writer.drop()
        raise
    return rows


def _sweep(folder: Path, now: datetime) -> None:
    """Take away what a backup that was killed long ago left: its rows, and the file that it had begun."""
    for left in (*folder.glob(f"{_UNPACKED}*"), *folder.glob("congich-*.tar.part")):
        if now.timestamp() - left.stat().st_mtime < _LEFT.total_seconds():
            continue  # it may be at work
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


async def _tables(database: Database, writer: ArchiveWriter, folder: Path, show: Show) -> dict[str, int]:
    tables = dump.described()
    rows = {}
    async with database.snapshot() as connection:
        for place, table in enumerate(tables):
            show("rows", place, len(tables))
            file = folder / f"{place:02}-{table.name}.jsonl.gz"
            with gzip.open(file, "wt", encoding="utf-8", compresslevel=5) as out:
                out.write(head(table))
                rows[table.name] = 0
                async for batch in dump.batches(connection, table):
                    out.writelines(json.dumps(row) + "\n" for row in batch)
                    rows[table.name] += len(batch)
            writer.add_file(f"{TABLES}/{file.name}", file)
            file.unlink()
    show("rows", len(tables), len(tables))
    return rows


def head(table: Described) -> str:
    """The line that describes a table."""
    return json.dumps(asdict(table)) + "\n"


async def _photos(writer: ArchiveWriter, images: ImageStore, under: str, show: Show) -> None:
    found = sorted([form async for form in images.forms()])
    place = 0
    async for form, data in contents(images, found):
        place += 1
        if data is not None:  # erased meanwhile, at somebody's wish
            writer.add(f"{under}/{form.place}", io.BytesIO(data), len(data))
        show("photos", place, len(found))
        await _breath()


async def _breath() -> None:
    """Between two members, which are written without a pause: here whoever waits is let break it off."""
    await asyncio.sleep(0)


def beside(data: Path, but: set[Path]) -> Iterator[Path]:
    """What else lies in the data folder: keys, tokens, a model of the city's own; not the database itself."""
    left_out = {path.resolve() for path in but}
    for path in sorted(data.rglob("*")):
        first = path.relative_to(data).parts[0]
        is_ours = first not in (PHOTOS, *_NOT_KEPT) and not first.startswith((".", "congich.db"))
        if path.is_file() and is_ours and path.suffix != ".lock" and path.resolve() not in left_out:
            yield path


def files_of(database: Database) -> set[Path]:
    """What SQLite has on the disk, or may have, under whatever name; nothing of PostgreSQL's is our file."""
    if not (database.is_sqlite and database.url.database):
        return set()
    place = Path(database.url.database).resolve()  # SQLite, too, names the others after where a link leads
    return {place.with_name(f"{place.name}{end}") for end in ("", "-wal", "-shm", "-journal", ".lock")}
