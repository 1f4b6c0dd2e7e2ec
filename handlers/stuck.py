"""What was given up or perhaps arrived: sent again or left, by a button, in the room, by `congich outbox`;
so are events that were given up, handled again or left."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage import dispatches, inbox, outbox
from storage.dispatches import Choice
from storage.states import OutboxState


async def mark(session: AsyncSession, chosen: Choice, now: datetime, *, again: bool) -> int:
    """Send what is chosen again, or leave it so that it is listed no more; how much it was.

    What perhaps arrived is sent again only where it is named.
    """
    state = OutboxState.PENDING if again else OutboxState.SUPERSEDED
    chosen = replace(chosen, perhaps_arrived=bool(chosen.name) or not again)
    marked = await outbox.mark(session, chosen, state, now)
    marked += await inbox.mark(session, chosen, again=again)
    return marked + await dispatches.mark(session, chosen, state, now)
