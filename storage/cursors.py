"""Marks that outlive processes, by name: how far something outside has been read (moved once what lies before
it is stored), how far a purge has come, which key is in use. Those of lost photos are in `room.py`."""

from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Cursor


async def get(session: AsyncSession, name: str) -> str | None:
    """The mark; None where there is none yet."""
    found = await session.get(Cursor, name)
    return found.value if found else None


async def put(session: AsyncSession, name: str, value: str) -> None:
    """Set the mark."""
    statement = insert(session, Cursor).values(name=name, value=value)
    await session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
