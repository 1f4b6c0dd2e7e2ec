"""Who may do what only one process may do, with a fencing number that grows with every holder."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.database import insert
from storage.models import Lease


async def acquire(
    session: AsyncSession, name: str, owner: str, now: datetime, duration: timedelta
) -> int | None:
    """Take or renew a lease; the fence, or None while somebody else holds it."""
    statement = insert(session, Lease).values(name=name, owner=owner, fence=1, until=now + duration)
    mine = col(Lease.owner) == owner
    taken = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "owner": owner,
                "until": now + duration,
                "fence": case((mine, col(Lease.fence)), else_=col(Lease.fence) + 1),
            },
            where=mine | (col(Lease.until) < now),
        ).returning(col(Lease.fence))
    )
    return taken.scalar_one_or_none()


async def holds(session: AsyncSession, name: str, owner: str, fence: int) -> bool:
    """Whether a lease is still this owner's under this fence; nobody takes it while the transaction lasts."""
    mine = col(Lease.name) == name, col(Lease.owner) == owner, col(Lease.fence) == fence
    found = await session.execute(select(col(Lease.name)).where(*mine).with_for_update(read=True))
    return found.scalar() is not None


async def release(session: AsyncSession, name: str, owner: str) -> None:
    """Give a lease back; somebody else's stays as it is."""
    await session.execute(delete(Lease).where(col(Lease.name) == name, col(Lease.owner) == owner))


async def let_go(session: AsyncSession, name: str) -> None:
    """Delete a lease, whoever holds it."""
    await session.execute(delete(Lease).where(col(Lease.name) == name))


async def forget(session: AsyncSession, begins: str, now: datetime) -> None:
    """Delete leases whose names begin so, that ran out and whose fences nobody asks for any more."""
    ran_out = col(Lease.name).startswith(begins, autoescape=True), col(Lease.until) < now
    await session.execute(delete(Lease).where(*ran_out))


async def holder(session: AsyncSession, name: str) -> Lease | None:
    """Who holds a lease, or let it run out without giving it back."""
    return await session.get(Lease, name)


async def running(session: AsyncSession, now: datetime) -> Sequence[Lease]:
    """Those that somebody holds at this moment."""
    found = select(Lease).where(col(Lease.until) > now).order_by(col(Lease.name))
    return (await session.scalars(found)).all()
