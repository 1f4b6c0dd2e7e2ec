"""What forms of the moderators' room were answered with, until a page shows it."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.columns import JsonObject
from storage.models import WebAnswer

MOST = 50  # of one member; older ones, which nobody came back for, are let go


async def keep(session: AsyncSession, answer: WebAnswer) -> None:
    """Keep an answer, and the newest of its member's others."""
    session.add(answer)
    await session.flush()
    theirs = col(WebAnswer.member_id) == answer.member_id
    older = select(col(WebAnswer.id)).where(theirs).order_by(col(WebAnswer.id).desc()).offset(MOST)
    last = older.limit(1).scalar_subquery()
    await session.execute(delete(WebAnswer).where(theirs, col(WebAnswer.id) <= last))


async def said(session: AsyncSession, token: str, member_id: int) -> JsonObject | None:
    """What a token stands for, to whom it was said and to nobody else."""
    theirs = col(WebAnswer.token) == token, col(WebAnswer.member_id) == member_id
    return (await session.scalars(select(col(WebAnswer.said)).where(*theirs))).one_or_none()


async def let_go(session: AsyncSession, token: str) -> None:
    """It was shown."""
    await session.execute(delete(WebAnswer).where(col(WebAnswer.token) == token))


async def let_all_go(session: AsyncSession) -> None:
    """Of everybody: whose words and names stand in an answer is not known."""
    await session.execute(delete(WebAnswer))
