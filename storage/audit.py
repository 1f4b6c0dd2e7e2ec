"""Every command and press, allowed or refused."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

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
