"""Rows written and changed by plain statements: the unit of work takes several times as long for one row."""

from functools import cache
from typing import Any, cast

from sqlalchemy import Insert, Update, bindparam, insert, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from storage.database import table_of
from storage.models import Numbered, row_id


async def insert_row(session: AsyncSession, row: Numbered) -> None:
    """Write a new row, which has its number then; what is changed of it later the session writes.

    Within a savepoint the session writes it itself, as only that knows what is undone there.
    """
    if session.in_nested_transaction():
        session.add(row)
        await session.flush()
        return
    values = vars(row)
    adding, names = _adding(type(row))
    made = await session.execute(adding, {name: values[name] for name in names})
    row.id = cast(Any, made).inserted_primary_key[0]
    make_transient_to_detached(row)
    session.add(row)


async def update_row(session: AsyncSession, row: Numbered, **values: Any) -> None:
    """Set these values of a row that is there, at once."""
    await session.execute(_changing(type(row), tuple(values)), values | {"row_id": row_id(row)})
    for name, value in values.items():
        set_committed_value(row, name, value)


@cache
def _adding(kind: type[Numbered]) -> tuple[Insert, tuple[str, ...]]:
    """The statement, and the columns that it gives."""
    table = table_of(kind)
    return insert(table), tuple(column.key for column in table.columns if column.key != "id")


@cache
def _changing(kind: type[Numbered], names: tuple[str, ...]) -> Update:
    table = table_of(kind)
    return update(table).where(table.c.id == bindparam("row_id")).values({n: bindparam(n) for n in names})
