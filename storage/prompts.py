"""What buttons under a post of ours refer to: a list's filter, a question to confirm."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage.columns import JsonObject
from storage.models import Chat, Member, Prompt, row_id


async def ask(
    session: AsyncSession, chat: Chat, member: Member, purpose: str, detail: JsonObject, now: datetime
) -> Prompt:
    """Remember what is asked of whom."""
    prompt = Prompt(
        chat_id=row_id(chat), member_id=row_id(member), purpose=purpose, detail=detail, created_at=now
    )
    session.add(prompt)
    await session.flush()
    return prompt


async def get(session: AsyncSession, prompt_id: int) -> Prompt | None:
    """One prompt, held by this transaction until it ends."""
    return await session.get(Prompt, prompt_id, with_for_update=True)
