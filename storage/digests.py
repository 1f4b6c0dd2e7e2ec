"""The one row of a chat and period that makes its digest happen once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.columns import JsonObject
from storage.database import insert
from storage.models import Digest


@dataclass(frozen=True, slots=True)
class Slot:
    """Which digest it is."""

    chat_id: int
    span: str
    start: datetime
    end: datetime


async def exists(session: AsyncSession, slot: Slot) -> bool:
    """Whether this period of this chat has had its digest."""
    return await told(session, slot) is not None


async def told(session: AsyncSession, slot: Slot) -> JsonObject | None:
    """The figures of this period as its digest gave them; None where there was no digest."""
    return await session.scalar(
        select(col(Digest.figures)).where(
            col(Digest.chat_id) == slot.chat_id,
            col(Digest.span) == slot.span,
            col(Digest.period_start) == slot.start,
        )
    )


async def reserve(
    session: AsyncSession, slot: Slot, now: datetime, *, figures: JsonObject, note: str = ""
) -> bool:
    """Write the period's row; False when it is there already, and nothing is to be sent."""
    written = await session.execute(
        insert(session, Digest)
        .values(
            chat_id=slot.chat_id,
            span=slot.span,
            period_start=slot.start,
            period_end=slot.end,
            created_at=now,
            figures=figures,
            note=note,
        )
        .on_conflict_do_nothing(index_elements=["chat_id", "span", "period_start"])
        .returning(col(Digest.id))
    )
    return written.scalar() is not None
