"""What keeping a batch of talk asks of the tables: each question once for all of its messages.

Answers may hold more than was asked for.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.database import by_the_way, table_of
from storage.models import SUBMISSION_WAITING, Message, Outbox, Submission


class KnownMessage(NamedTuple):
    """Who posted it, and the submission that it belongs to."""

    member_id: int
    submission_id: int | None


class OpenSubmission(NamedTuple):
    """A submission, as far as `submissions.recent` asks whether a message may join it."""

    chat_id: int
    member_id: int
    opened_at: datetime
    open_until: datetime


class SentText(NamedTuple):
    """One of `messages.unplaced`."""

    sent_at: datetime
    text: str


async def messages(
    session: AsyncSession, chat_ids: Collection[int], ids: Collection[str]
) -> dict[tuple[int, str], KnownMessage]:
    """The messages of these platform's ids in chats."""
    columns = (
        col(Message.chat_id),
        col(Message.external_id),
        col(Message.member_id),
        col(Message.submission_id),
    )
    rows = await session.execute(
        select(*columns).where(col(Message.chat_id).in_(chat_ids), col(Message.external_id).in_(ids))
    )
    return {(row[0], row[1]): KnownMessage._make(row[2:]) for row in rows}


async def own_posts(
    session: AsyncSession, chat_ids: Collection[int], ids: Collection[str]
) -> set[tuple[int, str]]:
    """Those of these platform's ids in chats that are posts of ours."""
    if not ids:
        return set()
    rows = await session.execute(
        select(col(Outbox.chat_id), col(Outbox.platform_message_id)).where(
            col(Outbox.chat_id).in_(chat_ids),
            col(Outbox.platform_message_id).in_(ids),
            col(Outbox.target_key).is_(None),
        )
    )
    return {(chat_id, str(name)) for chat_id, name in rows}


async def begun(
    session: AsyncSession,
    chat_ids: Collection[int],
    member_ids: Collection[int],
    since: datetime,
    until: datetime,
) -> list[OpenSubmission]:
    """Submissions that are open at some moment from `since` on and were begun up to `until`."""
    columns = (
        col(Submission.chat_id),
        col(Submission.member_id),
        col(Submission.opened_at),
        col(Submission.open_until),
    )
    rows = await session.execute(
        select(*columns).where(
            col(Submission.chat_id).in_(chat_ids),
            col(Submission.member_id).in_(member_ids),
            col(Submission.open_until) >= since,
            col(Submission.opened_at) <= until,
        )
    )
    return [OpenSubmission(*row) for row in rows]


async def joinable(
    session: AsyncSession,
    chat_ids: Collection[int],
    member_ids: Collection[int],
    since: datetime,
    until: datetime,
) -> set[tuple[int, int]]:
    """The chats and members of which `begun` would find a submission; few, however many they have begun."""
    whose = col(Submission.chat_id), col(Submission.member_id)
    rows = await session.execute(
        select(*whose)
        .where(
            col(Submission.chat_id).in_(chat_ids),
            col(Submission.member_id).in_(member_ids),
            col(Submission.open_until) >= since,
            col(Submission.opened_at) <= until,
        )
        .group_by(*whose)
    )
    return {(chat_id, member_id) for chat_id, member_id in rows}


async def unplaced(
    session: AsyncSession,
    chat_ids: Collection[int],
    member_ids: Collection[int],
    since: datetime,
    until: datetime,
) -> dict[tuple[int, int], list[SentText]]:
    """Words that belong to nothing yet, by chat and member, in the order they were sent."""
    columns = col(Message.chat_id), col(Message.member_id), col(Message.sent_at), col(Message.text)
    rows = await session.execute(
        select(*columns)
        .where(
            by_the_way(session, col(Message.chat_id)).in_(chat_ids),
            col(Message.member_id).in_(member_ids),
            col(Message.sent_at) >= since,
            col(Message.sent_at) <= until,
            by_the_way(session, col(Message.submission_id)).is_(None),
            col(Message.reply_to).is_(None),
            col(Message.text) != "",
            col(Message.text).not_like("/%"),
        )
        .order_by(col(Message.sent_at), col(Message.id))
    )
    found: dict[tuple[int, int], list[SentText]] = {}
    for chat_id, member_id, sent_at, words in rows:
        found.setdefault((chat_id, member_id), []).append(SentText(sent_at, words))
    return found


async def waiting(session: AsyncSession, chat_ids: Collection[int]) -> dict[int, datetime]:
    """Until when, in each chat, the photos wait that wait least for their words."""
    rows = await session.execute(
        select(col(Submission.chat_id), func.min(col(Submission.open_until)))
        .where(text(SUBMISSION_WAITING), col(Submission.chat_id).in_(chat_ids))
        .group_by(col(Submission.chat_id))
    )
    return {row[0]: row[1] for row in rows}


async def keep(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write messages that belong to nothing."""
    table = table_of(Message)  # an entity's insert would be one for each set of columns
    await session.execute(insert(table), [{"edit_number": 0, **row} for row in rows])
