"""How much waits where, and for how long: what an operator watches; asked of partial indexes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.models import (
    ATTACHMENT_PENDING,
    DISPATCH_UNSENT,
    INBOX_PENDING,
    OUTBOX_UNSENT,
    SUBMISSION_QUESTION,
    Attachment,
    Dispatch,
    Inbox,
    Message,
    Outbox,
    Submission,
)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits in one place, and since when the longest does."""

    name: str
    waiting: int
    oldest: datetime | None


async def queues(session: AsyncSession) -> list[Queue]:
    """Events to handle, photos to fetch, posts and calls to send, questions for moderators."""
    asked = (
        ("inbox", select(func.count(), func.min(col(Inbox.received_at))).where(text(INBOX_PENDING))),
        ("outbox", select(func.count(), func.min(col(Outbox.created_at))).where(text(OUTBOX_UNSENT))),
        ("dispatches", select(func.count(), func.min(col(Dispatch.created_at))).where(text(DISPATCH_UNSENT))),
        (
            "photos",
            select(func.count(), func.min(col(Message.received_at)))
            .select_from(Attachment)
            .join(Message, col(Message.id) == col(Attachment.message_id))
            .where(text(f"attachments.{ATTACHMENT_PENDING}")),
        ),
        (
            "questions",
            select(func.count(), func.min(col(Submission.opened_at))).where(text(SUBMISSION_QUESTION)),
        ),
    )
    found = []
    for name, query in asked:
        waiting, oldest = (await session.execute(query)).one()
        found.append(Queue(name, waiting, oldest))
    return found
