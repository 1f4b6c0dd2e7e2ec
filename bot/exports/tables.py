"""CSV as spreadsheets read it: UTF-8 with a mark, CRLF (RFC 4180), and nothing that could be a formula."""

import csv
from datetime import datetime
from pathlib import Path

from handlers.exports import COLUMNS, Record, Style, Value, defused, named


class Table:
    """One row a ticket, under headings in the reader's language."""

    def __init__(self, path: Path, style: Style) -> None:
        self._style = style
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([style.heading(column) for column in COLUMNS])

    def write(self, record: Record) -> bool:
        """One ticket; whether it is in the file."""
        self._writer.writerow([_cell(value) for value in named(record, self._style).values()])
        return True

    def close(self) -> None:
        """The file is whole."""
        self._file.close()


def _cell(value: Value) -> Value:
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else defused(value)
