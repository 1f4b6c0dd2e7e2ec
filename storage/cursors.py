"""How far something outside has been read; a mark moves when what lies before it is stored."""

from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Cursor


async def get(session: AsyncSession, name: str) -> str | None:
    """Up to where; None where nothing has been read yet."""
    found = await session.get(Cursor, name)
    return found.value if found else None


async def put(session: AsyncSession, name: str, value: str) -> None:
    """Read up to here."""
    statement = insert(session, Cursor).values(name=name, value=value)
    await session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
