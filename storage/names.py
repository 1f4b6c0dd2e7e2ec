"""Chats and members by what their platform calls them; read once in a transaction."""

from collections.abc import Collection
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.models import Chat, Member
from storage.once import forget, keep, once

Name = tuple[str, str]  # a platform, and its own id of somebody or something there
Named = TypeVar("Named", Chat, Member)


async def find(session: AsyncSession, table: type[Named], name: Name) -> Named | None:
    """Whoever has this name."""
    found = await once(session, (table, name), lambda: _named(table, [name]))
    return found[0] if found else None


async def find_all(session: AsyncSession, table: type[Named], names: Collection[Name]) -> dict[Name, Named]:
    """Those who have these names, by one question; it may find more than was asked for."""
    found = (await session.scalars(_named(table, names))).all()
    for row in found:
        keep(session, (table, (row.platform, row.external_id)), [row])
    return {(row.platform, row.external_id): row for row in found}


def made(session: AsyncSession, table: type[Named], names: Collection[Name]) -> None:
    """There may be rows of these names from now on."""
    for name in names:
        forget(session, (table, name))


def _named(table: type[Named], names: Collection[Name]) -> Select[Named]:
    platforms, ids = {platform for platform, _ in names}, {name for _, name in names}
    if len(names) == 1:
        return select(table).where(
            col(table.platform) == platforms.pop(), col(table.external_id) == ids.pop()
        )
    return select(table).where(col(table.platform).in_(platforms), col(table.external_id).in_(ids))
