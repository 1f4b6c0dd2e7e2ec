"""All rows as plain JSON values, and back: out of SQLite or PostgreSQL, into either, of any schema version.

Each table goes with a description of itself, so that rows of an older schema can be put into that schema by
a newer congich. Rows that point to others come after them; a column that points into its own table is set
once all its rows are there.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from storage import models
from storage.columns import UtcDateTime
from storage.database import is_postgresql

assert models  # its import fills the metadata

AT_ONCE = 500
_OF_A_PROCESS = ("leases",)  # who is at work is no part of what lasts
_KINDS: Mapping[str, TypeEngine[Any]] = {
    "moment": UtcDateTime(),
    "json": JSON(),
    "boolean": Boolean(),
    "integer": BigInteger(),
    "real": Float(),
    "text": String(),
}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Described:
    """A table: its columns with their kinds, and those that point to rows of the same table."""

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    inward: tuple[str, ...]


def described() -> list[Described]:
    """The tables of this code's schema, each after those that it points to."""
    tables = [one for one in SQLModel.metadata.sorted_tables if one.name not in _OF_A_PROCESS]
    return [_describe(one) for one in tables]


def _describe(table: Table) -> Described:
    inward = tuple(
        column.name
        for column in table.columns
        if any(foreign.column.table is table for foreign in column.foreign_keys)
    )
    kinds = {column.name: _kind(column.type) for column in table.columns}
    return Described(table.name, kinds, tuple(one.name for one in table.primary_key), inward)


def _kind(found: TypeEngine[Any]) -> str:
    if isinstance(found, UtcDateTime):
        return "moment"
    if isinstance(found, JSON):
        return "json"
    if isinstance(found, Boolean):  # before Integer, which it may be a kind of
        return "boolean"
    if isinstance(found, Integer):
        return "integer"
    return "real" if isinstance(found, Float) else "text"


async def count(connection: AsyncConnection, table: Described) -> int:
    """How many rows there are."""
    return (await connection.execute(select(func.count()).select_from(_table(table)))).scalar_one()


async def batches(connection: AsyncConnection, table: Described) -> AsyncIterator[list[Row]]:
    """All rows by their key, texts by their letters' numbers as Python has them, a few hundred at a time."""
    query = by_key(table, is_postgresql=is_postgresql(connection))
    async with connection.stream(query, execution_options={"yield_per": AT_ONCE}) as found:
        async for part in found.mappings().partitions(AT_ONCE):
            yield [{name: _plain(value) for name, value in row.items()} for row in part]


def by_key(table: Described, *, is_postgresql: bool) -> Select[Any]:
    """What asks for all rows in that order. PostgreSQL's own may be a locale's: "do-thi" after "doan"."""
    built = _table(table)
    columns = [built.c[name] for name in table.key]
    orders = [one.collate("C") if is_postgresql and isinstance(one.type, String) else one for one in columns]
    return select(built).order_by(*orders)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


class Filling:
    """Puts rows into one table of an empty database; `end` sets what points into the table itself."""

    def __init__(self, connection: AsyncConnection, table: Described) -> None:
        self._connection = connection
        self._described = table
        self._table = _table(table)
        self._later: list[Row] = []

    async def put(self, rows: Sequence[Row]) -> None:
        """Put some rows in."""
        if rows:
            await self._connection.execute(insert(self._table), [self._ready(row) for row in rows])

    def _ready(self, row: Row) -> Row:
        inward = {name: row[name] for name in self._described.inward if row[name] is not None}
        if inward:
            keys = {f"key_{name}": row[name] for name in self._described.key}
            self._later.append(keys | {name: row.get(name) for name in self._described.inward})
        moments = {
            name: datetime.fromisoformat(row[name])
            for name, kind in self._described.columns.items()
            if kind == "moment" and row[name] is not None
        }
        return {**row, **moments, **dict.fromkeys(self._described.inward)}

    async def change(self, rows: Sequence[Row]) -> None:
        """Update the rows that have the keys of these rows to their values."""
        if rows:
            names = [name for name in self._described.columns if name not in self._described.key]
            values: dict[str, Any] = {name: bindparam(f"value_{name}") for name in names}
            await self._connection.execute(
                update(self._table).where(*self._of_key()).values(values),
                [self._named(self._ready(row), names) for row in rows],
            )

    async def remove(self, rows: Sequence[Row]) -> None:
        """Delete the rows that have the keys of these rows."""
        if rows:
            gone = delete(self._table).where(*self._of_key())
            await self._connection.execute(gone, [self._named(row, ()) for row in rows])

    def _of_key(self) -> list[ColumnElement[bool]]:
        return [self._table.c[name] == bindparam(f"key_{name}") for name in self._described.key]

    def _named(self, row: Row, names: Sequence[str]) -> Row:
        keys = {f"key_{name}": row[name] for name in self._described.key}
        return keys | {f"value_{name}": row[name] for name in names}

    async def end(self) -> None:
        """Set what points into the table itself, and let new rows have the next numbers."""
        if self._later:
            values: dict[str, Any] = {name: bindparam(name) for name in self._described.inward}
            inward = update(self._table).where(*self._of_key()).values(values)
            await self._connection.execute(inward, self._later)
        if self._connection.dialect.name == "postgresql" and self._described.columns.get("id") == "integer":
            sequence = func.pg_get_serial_sequence(self._described.name, "id")
            highest = select(func.coalesce(func.max(self._table.c.id), 0)).scalar_subquery()
            await self._connection.execute(select(func.setval(sequence, highest + 1, False)))


def _table(table: Described) -> Table:
    columns = [
        Column(name, _KINDS[kind], primary_key=name in table.key) for name, kind in table.columns.items()
    ]
    return Table(table.name, MetaData(), *columns)
