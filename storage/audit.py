"""Every command and press, allowed or refused."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.columns import JsonObject
from storage.models import Audit, Chat, Member


def record(
    session: AsyncSession,
    at: datetime,
    member: Member,
    chat: Chat,
    action: str,
    *,
    allowed: bool,
    detail: JsonObject | None = None,
) -> None:
    """Put on record what somebody asked for, and whether they could have it."""
    session.add(
        Audit(
            at=at, member_id=member.id, chat_id=chat.id, action=action, allowed=allowed, detail=detail or {}
        )
    )


async def has_since(session: AsyncSession, member_id: int, actions: Sequence[str], since: datetime) -> bool:
    """Whether a member was allowed one of these since a moment."""
    asked = col(Audit.member_id) == member_id, col(Audit.allowed).is_(True), col(Audit.action).in_(actions)
    found = select(col(Audit.id)).where(*asked, col(Audit.at) >= since).limit(1)
    return await session.scalar(found) is not None
