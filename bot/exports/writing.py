"""Writes the tickets that a filter lets through into a file, which appears when it is whole."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from bot.exports.lines import Features, Lines
from bot.exports.tables import Table
from handlers.exports import ExportedTicket, Format, Names, Record, Style, record
from storage import board, exports
from storage.database import Database
from storage.lists import Filter
from storage.models import row_id

Show = Callable[[int, int], None]  # how many are read, of how many


class Writer(Protocol):
    """One format; its file is whole when it was closed."""

    def write(self, record: Record) -> bool: ...
    def close(self) -> None: ...


async def write(
    database: Database, wanted: Filter, style: Style, kind: Format, path: Path, show: Show
) -> int:
    """Write the file; how many tickets are in it: on a map only those whose place is known.

    Raises OSError; then no file is left.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        unfinished = Path(folder) / path.name
        read = written = 0
        async with database.read() as session:
            total = await exports.count(session, wanted)
            out = _writer(kind, unfinished, style)
            try:
                async for rows in exports.batches(session, wanted):
                    people = await board.people(session, [row_id(ticket) for ticket, _, _ in rows])
                    cases = [ExportedTicket(*row, people[row_id(row[0])]) for row in rows]
                    written += await asyncio.to_thread(_write_rows, out, cases, style)
                    read += len(rows)
                    show(read, total)
            finally:
                await asyncio.to_thread(out.close)
        if style.cover.names is not Names.NONE:
            unfinished.chmod(0o600)  # people's words and places, if not their names
        unfinished.replace(path)
    return written


def _write_rows(out: Writer, cases: Sequence[ExportedTicket], style: Style) -> int:
    """In a thread, beside the bot's own work; how many are in the file."""
    return sum(out.write(record(case, style)) for case in cases)


def _writer(kind: Format, path: Path, style: Style) -> Writer:
    match kind:
        case Format.CSV:
            return Table(path, style)
        case Format.XLSX:
            from bot.exports.workbook import Workbook  # its library: some MB that only these files need

            return Workbook(path, style)
        case Format.JSONL:
            return Lines(path)
        case Format.GEOJSON:
            return Features(path)
