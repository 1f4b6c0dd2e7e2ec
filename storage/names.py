"""Chats and members by what their platform calls them; read once in a transaction."""

from collections.abc import Collection
from functools import cache
from typing import TypeVar

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.models import Chat, Member
from storage.once import forget, keep, once

Name = tuple[str, str]  # a platform, and its own id of somebody or something there
Named = TypeVar("Named", Chat, Member)


async def find(session: AsyncSession, table: type[Named], name: Name) -> Named | None:
    """Whoever has this name."""
    platform, external_id = name
    asked = {"platform": platform, "external_id": external_id}
    found = await once(session, (table, name), lambda: _named(table), asked)
    return found[0] if found else None


@cache
def _named(table: type[Named]) -> Select[Named]:
    return select(table).where(
        col(table.platform) == bindparam("platform"), col(table.external_id) == bindparam("external_id")
    )


async def find_all(session: AsyncSession, table: type[Named], names: Collection[Name]) -> dict[Name, Named]:
    """Those who have these names, by one question; it may find more than was asked for."""
    platforms, ids = {platform for platform, _ in names}, {name for _, name in names}
    among = col(table.platform).in_(platforms), col(table.external_id).in_(ids)
    rows = (await session.scalars(select(table).where(*among))).all()
    found = {(row.platform, row.external_id): row for row in rows}
    for name in found.keys() | names:
        keep(session, (table, name), [found[name]] if name in found else [])
    return found


def made(session: AsyncSession, table: type[Named], names: Collection[Name]) -> None:
    """There may be rows of these names from now on."""
    for name in names:
        forget(session, (table, name))
