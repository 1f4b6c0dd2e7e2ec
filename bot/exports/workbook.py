"""XLSX: a sheet of tickets and one that sums them up, written row by row."""

import io
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from handlers.exports import COLUMNS, Record, Style, named

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "remove_timezone": True,
}
WIDTHS = {"summary": 60, "place": 32, "department": 24, "reporter": 20, "link": 30}
COUNTED = ("status", "kind", "category", "ward", "department")


class _File(io.FileIO):
    """Keeps the error of the first write that fails, and takes all that follows: a zip file tries once more
    to end itself when it goes, where nobody can catch an error."""

    error: OSError | None = None

    def write(self, data: "ReadableBuffer") -> int:
        if self.error is None:
            try:
                return super().write(data)
            except OSError as error:
                self.error = error
        return memoryview(data).nbytes


class Workbook:
    """Texts stay texts: none becomes a formula or an address."""

    def __init__(self, path: Path, style: Style) -> None:
        self._style = style
        self._file = _File(path, "wb")
        self._buffer = io.BufferedWriter(self._file)
        self._book = xlsxwriter.Workbook(self._buffer, OPTIONS)
        self._bold = self._book.add_format({"bold": True})
        self._moment = self._book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self._sheet = self._book.add_worksheet(style.heading("tickets"))
        self._row = 0
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
        for number, column in enumerate(COLUMNS):
            self._sheet.set_column(number, number, WIDTHS.get(column, 16))
            self._sheet.write_string(0, number, style.heading(column), self._bold)
        self._sheet.freeze_panes(1, 1)

    def write(self, record: Record) -> bool:
        """One ticket; whether it is in the file."""
        self._row += 1
        said = named(record, self._style)
        for number, value in enumerate(said.values()):
            if isinstance(value, datetime):
                self._sheet.write_datetime(self._row, number, value, self._moment)
            elif value is not None:
                self._sheet.write(self._row, number, value)
        for name, counts in self._counts.items():
            counts[str(said[name]) or "–"] += 1
        return True

    def close(self) -> None:
        """The file is whole. Raises OSError."""
        self._sheet.autofilter(0, 0, self._row, len(COLUMNS) - 1)
        self._sum_up()
        try:
            self._book.close()
        except FileCreateError as error:  # of a part that it kept elsewhere meanwhile
            raise error.args[0] from None
        finally:
            self._buffer.close()
        if self._file.error is not None:
            raise self._file.error

    def _sum_up(self) -> None:
        sheet = self._book.add_worksheet(self._style.heading("overview"))
        sheet.set_column(0, 0, 40)
        lines: list[tuple[str, int | None]] = [(self._style.heading("tickets"), self._row)]
        for name, counts in self._counts.items():
            lines += [("", None), (self._style.heading(name), None), *counts.most_common()]
        for row, (words, number) in enumerate(lines):
            sheet.write_string(row, 0, words, self._bold if number is None or row == 0 else None)
            if number is not None:
                sheet.write_number(row, 1, number)
