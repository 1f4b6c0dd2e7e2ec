"""To whom tickets go: by the configuration, and by what moderators said beside it."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.models import Route, RouteOverride
from storage.once import forget, once


async def configure(session: AsyncSession, rows: Sequence[Route]) -> None:
    """Put these routes in the place of all that the configuration had before."""
    await session.execute(delete(Route))
    session.add_all(rows)
    await session.flush()


async def overrides(session: AsyncSession) -> Sequence[RouteOverride]:
    """All of them, the newest first."""
    return await once(
        session, RouteOverride, lambda: select(RouteOverride).order_by(col(RouteOverride.id).desc())
    )


async def put(session: AsyncSession, row: RouteOverride) -> None:
    """What holds from now on; what was said of the same before holds no more."""
    await remove(session, row.category, row.ward, urgent=row.urgent)
    session.add(row)
    await session.flush()
    forget(session)


async def remove(session: AsyncSession, category: str, ward: str, *, urgent: bool) -> bool:
    """Take back what was said; whether there was anything."""
    same = _same(category, ward, urgent=urgent)
    gone = await session.execute(delete(RouteOverride).where(*same).returning(col(RouteOverride.id)))
    forget(session)
    return bool(gone.all())


def _same(category: str, ward: str, *, urgent: bool) -> tuple[ColumnElement[bool], ...]:
    return (
        col(RouteOverride.category) == category,
        col(RouteOverride.ward) == ward,
        col(RouteOverride.urgent) == urgent,
    )
