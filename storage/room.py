"""The built-in chat rooms' own record: what was posted, as people see it now.

Every change takes the next revision, so that a page can ask for what is new since it last looked.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import String, cast, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.columns import JsonObject, row_number
from storage.database import add_once, insert
from storage.locks import Lock, hold
from storage.models import Cursor, RoomPost

LOST = "lost photo:"  # before a content hash, in `cursors`


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


async def alone(session: AsyncSession) -> None:
    """Wait until nobody else is changing a post: what is written is what was read, changed."""
    await hold(session, Lock.ROOM)


async def touch(session: AsyncSession, post: RoomPost) -> None:
    """A post was changed: pages fetch it again."""
    post.revision = await _next_revision(session)
    await session.flush()


async def touch_all(session: AsyncSession, ids: Collection[int]) -> None:
    """Posts were changed: pages fetch them again, so many at a time, by a revision of each one's own."""
    if not ids:
        return
    first = await _next_revision(session)
    rows = [{"id": one, "revision": first + place} for place, one in enumerate(sorted(ids))]
    await session.execute(update(RoomPost), rows)


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


async def to_change(session: AsyncSession, chat: str, post_id: str) -> RoomPost | None:
    """The post of a room by its id, as it stands once nobody else is changing one."""
    await alone(session)
    return await get(session, chat, post_id)


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


async def take_photos(session: AsyncSession, post: RoomPost, of: Collection[str] | None = None) -> None:
    """A post shows no photos any more; or none of these, nor what was made of them."""
    gone = [photo for photo in post.photos if of is None or not _made_of(photo).isdisjoint(of)]
    post.photos = [photo for photo in post.photos if photo not in gone]
    await note_lost(session, {photo["hash"] for photo in gone})


async def note_lost(session: AsyncSession, hashes: Collection[str]) -> None:
    """Posts lost these photos, whose files go unless something else has them."""
    rows = [{"name": f"{LOST}{one}", "value": ""} for one in sorted(hashes)]
    if rows:
        await add_once(session, Cursor, rows, "name")


async def lost(session: AsyncSession, limit: int) -> Sequence[str]:
    """Content hashes of photos that posts lost, and of which nobody has looked yet who else has them."""
    found = await session.scalars(
        select(col(Cursor.name))
        .where(col(Cursor.name).startswith(LOST))
        .order_by(col(Cursor.name))
        .limit(limit)
    )
    return [name.removeprefix(LOST) for name in found]


async def forget_lost(session: AsyncSession, hashes: Collection[str]) -> None:
    """Their files are gone, or somebody else has them."""
    names = [f"{LOST}{one}" for one in hashes]
    await session.execute(delete(Cursor).where(col(Cursor.name).in_(names)))


async def showing(session: AsyncSession, hashes: Collection[str]) -> Sequence[RoomPost]:
    """Posts that show one of these photos, or what was made of it; asked of every row, because it is rarely
    asked."""
    if not hashes:
        return ()
    said = cast(col(RoomPost.photos), String)
    named = or_(*(said.contains(one) for one in hashes))
    return (await session.scalars(select(RoomPost).where(said != "[]", named))).all()


def photos_of(posts: Sequence[RoomPost]) -> set[str]:
    """The content hashes of what posts show."""
    return {photo["hash"] for post in posts for photo in post.photos}


def _made_of(photo: JsonObject) -> set[str]:
    """A photo's own content hash, and those of the photos that it shows beside each other."""
    return {photo["hash"], *photo.get("of", ())}


async def _next_revision(session: AsyncSession) -> int:
    """One above the last; whoever takes one is seen before the next one is taken."""
    await alone(session)
    return await revision(session) + 1
