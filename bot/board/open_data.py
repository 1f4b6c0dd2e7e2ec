"""The board as one CSV, as spreadsheets read it: sent as it is read, so that any number of tickets fits."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from handlers.exports import Style, Value, defused, named
from handlers.public import COLUMNS, Public

MARK = "\ufeff"  # by which spreadsheets know that it is UTF-8


def head(style: Style) -> bytes:
    """The headings, in the reader's language."""
    return _written([[style.heading(column) for column in (*COLUMNS, "link")]], MARK)


def rows(tickets: Iterable[Public], style: Style, address: str) -> bytes:
    """Tickets, one a line; `address`: of the board."""
    return _written([*_cells(one, style), f"{address}/{one.code}"] for one in tickets)


def _cells(ticket: Public, style: Style) -> Iterable[Value]:
    said = named(ticket.row(), style)
    return (_cell(said[column], style) for column in COLUMNS)


def _cell(value: Value, style: Style) -> Value:
    if isinstance(value, datetime):
        return value.astimezone(style.zone).strftime("%Y-%m-%d %H:%M")
    return defused(value)


def _written(lines: Iterable[Iterable[Value]], before: str = "") -> bytes:
    out = io.StringIO(before, newline="")
    out.seek(0, io.SEEK_END)
    csv.writer(out).writerows(lines)
    return out.getvalue().encode()
