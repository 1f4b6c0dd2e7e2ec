"""The people of the groups, and what they may do."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Integer, Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage import names as naming
from storage.database import add_once
from storage.models import Member
from storage.names import Name
from storage.states import MemberRole

PLATFORM = "platform"
CONFIG = "config"
GRANTED = "granted"  # by a command


async def ensure(session: AsyncSession, platform: str, external_id: str, name: str, now: datetime) -> Member:
    """The member of a platform's id, made when new; a changed name is taken over."""
    found = await find(session, platform, external_id)
    if found is None:
        await create(session, {(platform, external_id): name}, now)
        found = await find(session, platform, external_id)
    assert found is not None
    if name and name != found.name and not found.erased:
        found.name = name
    return found


async def create(session: AsyncSession, called: Mapping[Name, str], now: datetime) -> None:
    """Write members, each with what they are called; whoever is known stays as they are."""
    rows = [
        {
            "platform": platform,
            "external_id": external_id,
            "name": name,
            "role": MemberRole.MEMBER,
            "role_source": "",
            "muted": False,
            "erased": False,
            "created_at": now,
        }
        for (platform, external_id), name in sorted(called.items())  # always in one order: nobody deadlocks
    ]
    await add_once(session, Member, rows, "platform", "external_id")
    naming.made(session, Member, called)


async def find(session: AsyncSession, platform: str, external_id: str) -> Member | None:
    """The member of a platform's id."""
    return await naming.find(session, Member, (platform, external_id))


async def named(session: AsyncSession, platform: str, name: str) -> Sequence[Member]:
    """The members of a platform whose name or id is this one; or, of any, the one of `platform:id`."""
    there, _, external_id = name.partition(":")
    exact = await find(session, there, external_id) if external_id else None
    if exact is not None:
        return [exact]
    found = await session.scalars(
        select(Member)
        .where(
            col(Member.platform) == platform, (col(Member.name) == name) | (col(Member.external_id) == name)
        )
        .order_by(col(Member.id))
        .limit(5)
    )
    return found.all()


async def everyone(session: AsyncSession, platform: str) -> Sequence[Member]:
    """All members of a platform, by name."""
    found = await session.scalars(
        select(Member).where(col(Member.platform) == platform).order_by(col(Member.name))
    )
    return found.all()


async def roles(session: AsyncSession, platform: str, external_ids: Collection[str]) -> dict[str, MemberRole]:
    """The roles of some of a platform's members."""
    found = await session.execute(
        select(col(Member.external_id), col(Member.role)).where(
            col(Member.platform) == platform, col(Member.external_id).in_(external_ids)
        )
    )
    return {row.external_id: row.role for row in found}


async def moderators(
    session: AsyncSession,
    platform: str,
    limit: int,
    roles: Collection[MemberRole] = (MemberRole.MODERATOR, MemberRole.ADMINISTRATOR),
) -> Sequence[Member]:
    """Those of a platform who moderate, or who have one of these roles, by name."""
    asked = {"platform": platform, "roles": list(roles), "limit": limit}
    return (await session.scalars(_moderators(), asked)).all()


@cache
def _moderators() -> Select[Member]:
    return (
        select(Member)
        .where(
            col(Member.platform) == bindparam("platform"),
            col(Member.role).in_(bindparam("roles", expanding=True)),
            col(Member.erased).is_(False),
        )
        .order_by(col(Member.name), col(Member.id))
        .limit(bindparam("limit", type_=Integer))
    )


async def names(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """The names of members."""
    found = await session.scalars(select(Member).where(col(Member.id).in_(ids)))
    return {member.id: member.name for member in found if member.id is not None}


async def take_configured_roles(session: AsyncSession) -> None:
    """Make members of all whose role the configuration gave."""
    await session.execute(
        update(Member)
        .where(col(Member.role_source) == CONFIG)
        .values(role=MemberRole.MEMBER, role_source="", department=None)
    )


async def set_moderators(
    session: AsyncSession, platform: str, external_ids: Collection[str], now: datetime
) -> None:
    """The platform's administrators are moderators; who no longer is one is a member again."""
    from_platform = col(Member.platform) == platform, col(Member.role_source) == PLATFORM
    await session.execute(
        update(Member)
        .where(*from_platform, col(Member.external_id).not_in(external_ids))
        .values(role=MemberRole.MEMBER, role_source="")
    )
    for external_id in external_ids:
        member = await ensure(session, platform, external_id, "", now)
        if member.role_source not in (CONFIG, GRANTED):
            member.role, member.role_source = MemberRole.MODERATOR, PLATFORM
