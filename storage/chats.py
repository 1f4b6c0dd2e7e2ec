"""The groups we sit in."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from storage import names, outbox, waits
from storage.database import add_once
from storage.models import Chat, Digest, Outbox, Submission, Ticket, row_id
from storage.once import forget, once
from storage.states import ChatRole, OutboxState


async def ensure(session: AsyncSession, platform: str, external_id: str, title: str, now: datetime) -> Chat:
    """The chat of a platform's id, made as `unknown` when it is new."""
    found = await find(session, platform, external_id)
    if found is not None:
        if title and title != found.title:
            found.title = title
        return found
    row = Chat(platform=platform, external_id=external_id, title=title, created_at=now)
    await add_once(session, Chat, [row.model_dump(exclude={"id"})], "platform", "external_id")
    forget(session)
    made = await find(session, platform, external_id)
    assert made is not None
    return made


async def find(session: AsyncSession, platform: str, external_id: str) -> Chat | None:
    """The chat of a platform's id."""
    return await names.find(session, Chat, (platform, external_id))


async def private(session: AsyncSession, chat: Chat, owner_id: int) -> None:
    """A chat is one person's with the bot."""
    chat.role, chat.owner_id = ChatRole.PRIVATE, owner_id
    await session.flush()
    forget(session)


async def private_of(session: AsyncSession, member_id: int) -> Chat | None:
    """The private chat of a member, where they began one."""
    found = await session.scalars(
        select(Chat)
        .where(col(Chat.owner_id) == member_id, col(Chat.role) == ChatRole.PRIVATE)
        .order_by(col(Chat.id))
        .limit(1)
    )
    return found.one_or_none()


async def with_role(session: AsyncSession, *roles: ChatRole) -> Sequence[Chat]:
    """All chats of these roles, the oldest first."""
    return await once(
        session, (Chat, roles), lambda: select(Chat).where(col(Chat.role).in_(roles)).order_by(col(Chat.id))
    )


async def everywhere(session: AsyncSession) -> Sequence[Chat]:
    """All chats, configured or not."""
    return (await session.scalars(select(Chat).order_by(col(Chat.platform), col(Chat.id)))).all()


async def only(session: AsyncSession, ids: Collection[int]) -> None:
    """Of the groups and systems that are heard only these stay so; what was imported stays as it is."""
    no_longer = (
        col(Chat.id).not_in(ids),
        col(Chat.role).not_in((ChatRole.MOVED, ChatRole.PRIVATE)),
        ~col(Chat.platform).startswith("import:"),
    )
    await session.execute(update(Chat).where(*no_longer).values(role=ChatRole.UNKNOWN))


async def pause(session: AsyncSession, chat_id: int, until: datetime) -> None:
    """Send nothing there until a moment, whichever of its posts the platform would not take."""
    is_later = or_(col(Chat.paused_until).is_(None), waits.is_over(col(Chat.paused_until), until))
    await session.execute(update(Chat).where(col(Chat.id) == chat_id, is_later).values(paused_until=until))


async def move(session: AsyncSession, old: Chat, new: Chat) -> None:
    """A group has a new id: its tickets go along; what is still to be sent follows (`follow`).

    What the operator has said of the new one already holds. Messages stay with the old chat, because a
    platform may number its messages anew: where a ticket's post had its number, a stranger's may have it by
    now, so that the ticket names none any more.
    """
    new = await _now(session, new)
    if old.id == new.id or old.role == ChatRole.MOVED:
        return
    new.title = new.title or old.title
    if new.role == ChatRole.UNKNOWN:
        new.role, new.language = old.role, old.language
        new.time_zone, new.department = old.time_zone, old.department
    old.role, old.moved_to_id = ChatRole.MOVED, new.id
    forget(session)
    theirs = col(Ticket.chat_id) == old.id
    await session.execute(update(Ticket).where(theirs).values(chat_id=new.id, origin=""))
    theirs = col(Submission.chat_id) == old.id
    await session.execute(update(Submission).where(theirs).values(chat_id=new.id))
    await _move_digests(session, old, new)


async def _move_digests(session: AsyncSession, old: Chat, new: Chat) -> None:
    """A chat has one digest of a period: what the new one had already stays, and the old one's of it too."""
    told = aliased(Digest)
    same = (col(told.span) == col(Digest.span), col(told.period_start) == col(Digest.period_start))
    has_it = exists().where(col(told.chat_id) == new.id, *same)
    theirs = (col(Digest.chat_id) == old.id, ~has_it)
    await session.execute(
        update(Digest).where(*theirs).values(chat_id=new.id).execution_options(synchronize_session=False)
    )


async def follow(session: AsyncSession, row: Outbox, chat: Chat) -> bool:
    """Bring a delivery to where its group is by now; whether that is not where it was written for.

    There a post is no reply, and what would change a message of the old group comes to nothing.
    """
    new = await _now(session, chat)
    if new.id == chat.id:
        return False
    row.chat_id = row_id(new)
    if "reply_to" in row.payload:
        row.payload = row.payload | {"reply_to": None}
    if await _changes_what_stayed(session, row):
        row.state = OutboxState.SUPERSEDED
    return True


async def _now(session: AsyncSession, chat: Chat) -> Chat:
    """The chat that a group is by now."""
    while chat.moved_to_id is not None:
        chat = await session.get_one(Chat, chat.moved_to_id)
    return chat


async def _changes_what_stayed(session: AsyncSession, row: Outbox) -> bool:
    """Whether a delivery is a reaction, or an edit of a post that did not move along."""
    if row.target_key is None:
        return row.payload.get("type") == "react"
    target = await outbox.by_key(session, row.target_key)
    return target is not None and target.chat_id != row.chat_id
