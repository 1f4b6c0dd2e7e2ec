"""The built-in chat rooms' own record: what was posted, as people see it now.

Every change takes the next revision, so that a page can ask for what is new since it last looked.
"""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.columns import row_number
from storage.database import insert
from storage.locks import Lock, hold
from storage.models import RoomPost


async def add(session: AsyncSession, post: RoomPost) -> RoomPost:
    """Keep a post; the one with the same key where it was told before."""
    post.revision = await _next_revision(session)
    values = post.model_dump(exclude={"id"})
    await session.execute(
        insert(session, RoomPost).values(values).on_conflict_do_nothing(index_elements=["chat", "key"])
    )
    kept = await find(session, post.chat, post.key)
    assert kept is not None
    return kept


async def touch(session: AsyncSession, post: RoomPost) -> None:
    """A post was changed: pages fetch it again."""
    post.revision = await _next_revision(session)
    await session.flush()


async def find(session: AsyncSession, chat: str, key: str) -> RoomPost | None:
    """The post of a key."""
    found = await session.scalars(
        select(RoomPost).where(col(RoomPost.chat) == chat, col(RoomPost.key) == key)
    )
    return found.one_or_none()


async def get(session: AsyncSession, chat: str, post_id: str) -> RoomPost | None:
    """The post of a room by its id as pages and events name it."""
    number = row_number(post_id)
    if number is None:
        return None
    found = await session.scalars(
        select(RoomPost).where(col(RoomPost.chat) == chat, col(RoomPost.id) == number)
    )
    return found.one_or_none()


async def by_ids(session: AsyncSession, chat: str, ids: Sequence[int]) -> dict[int, RoomPost]:
    """Posts of a room by id."""
    found = await session.scalars(
        select(RoomPost).where(col(RoomPost.chat) == chat, col(RoomPost.id).in_(ids))
    )
    return {post.id: post for post in found if post.id is not None}


async def latest(session: AsyncSession, chat: str, before: int | None, limit: int) -> Sequence[RoomPost]:
    """The newest posts of a room, older than `before`, the oldest first."""
    query = select(RoomPost).where(col(RoomPost.chat) == chat)
    if before is not None:
        query = query.where(col(RoomPost.id) < before)
    found = await session.scalars(query.order_by(col(RoomPost.id).desc()).limit(limit))
    return list(reversed(found.all()))


async def changed_since(session: AsyncSession, chat: str, revision: int, limit: int) -> Sequence[RoomPost]:
    """What is new or changed since a revision, in the order of the changes."""
    found = await session.scalars(
        select(RoomPost)
        .where(col(RoomPost.chat) == chat, col(RoomPost.revision) > revision)
        .order_by(col(RoomPost.revision))
        .limit(limit)
    )
    return found.all()


async def revision(session: AsyncSession) -> int:
    """The last revision of all rooms."""
    return (await session.execute(select(func.max(col(RoomPost.revision))))).scalar() or 0


async def _next_revision(session: AsyncSession) -> int:
    """One above the last; whoever takes one is seen before the next one is taken."""
    await hold(session, Lock.ROOM)
    return await revision(session) + 1
