"""Rows for every table of any schema, as its own description asks for them: types, keys, pointers."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Float,
    Integer,
    MetaData,
    Table,
    func,
    insert,
    select,
)
from sqlmodel import SQLModel

from storage import models
from storage.columns import StrEnumType

assert models  # its import fills the metadata

AT_ONCE = 1000
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_OWN = ("alembic_version", "tickets_fts", "sqlite_")  # of the databases and of what migrates them
_FIXED = {"time_zone": "Asia/Ho_Chi_Minh", "language": "vi", "platform": "telegram"}
_WORDS = "đèn hư 'Hai Bà Trưng'; \"--\n🙂 \u202e"

Rows = Mapping[str, list[Mapping[str, Any]]]


def tables(connection: Connection) -> list[Table]:
    """The tables that there are, each after those that it points to."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: not name.startswith(_OWN))
    return found.sorted_tables


def fill(connection: Connection, rows: int, luck: Random) -> None:
    """So many rows in all, the same number in each table."""
    there = tables(connection)
    count = -(-rows // len(there))
    for table in there:
        made = _made(table, count, luck)
        while portion := [row for _, row in zip(range(AT_ONCE), made, strict=False)]:
            connection.execute(insert(table), portion)


def _made(table: Table, count: int, luck: Random) -> Iterator[dict[str, Any]]:
    numbered = table.c.keys() and "id" in table.c
    for number in range(1, count + 1):
        yield {
            column.name: _value(column, number, count, luck)
            for column in table.c
            if not (numbered and column.name == "id")
        }


def _value(column: Column[Any], number: int, count: int, luck: Random) -> Any:
    if column.nullable and luck.random() < 0.3:
        return None
    if column.foreign_keys:
        return _pointer(column, number, count, luck)
    words = _words(column)
    if words:
        return luck.choice(words)
    match column.type:
        case JSON():
            return {"text": _WORDS, "ward": f"Phường {number % 10}", "number": number}
        case Boolean():
            return luck.random() < 0.5
        case Integer():
            return number
        case Float():
            return luck.random()
        case DateTime():
            return BEGIN + timedelta(minutes=number)
    return _FIXED.get(column.name, f"{column.name} {number} {_WORDS}")


def _pointer(column: Column[Any], number: int, count: int, luck: Random) -> Any:
    """To some row; of its own table to an earlier one."""
    (foreign,) = column.foreign_keys
    if foreign.column.name != "id":
        return f"{foreign.column.name} {luck.randint(1, count)} {_WORDS}"
    if foreign.column.table is column.table:
        return luck.randint(1, number - 1) if number > 1 else None
    return luck.randint(1, count)


def _words(column: Column[Any]) -> list[str]:
    """The words that a state of this code's schema may have."""
    now = SQLModel.metadata.tables.get(column.table.name)
    kind = now.c[column.name].type if now is not None and column.name in now.c else None
    return [word.value for word in kind.enum] if isinstance(kind, StrEnumType) else []


def rows(connection: Connection, like: list[Table]) -> Rows:
    """All rows by their keys, in the columns of `like` that are still there."""
    now = {table.name: table for table in tables(connection)}
    found: dict[str, list[Mapping[str, Any]]] = {}
    for table in like:
        names = [name for name in table.c.keys() if name in now[table.name].c]  # noqa: SIM118
        columns = [table.c[name] for name in names]
        query = select(*columns).order_by(*(table.c[one.name] for one in table.primary_key))
        found[table.name] = [dict(row) for row in connection.execute(query).mappings()]
    return found


def count(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables(connection)
    }
