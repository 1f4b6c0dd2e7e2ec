"""What did not arrive, or perhaps: sent again or left, one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from bot import notices
from bot.room.door import Visit
from handlers import buttons
from handlers.posts import Keyboard
from storage import desk, dispatches, outbox
from storage.desk import ChatDelivery, SystemDelivery
from storage.models import row_id
from storage.states import OutboxState

SHOWN = 100
LATELY = timedelta(days=1)  # of what arrived


@dataclass(frozen=True, slots=True)
class StuckDelivery:
    """One thing that is stuck, as the page shows it."""

    name: str  # as `congich outbox` names it
    where: str
    what: str
    words: str
    code: str
    state: OutboxState
    error: str
    at: datetime
    attempts: int
    keyboard: Keyboard

    @classmethod
    def post(cls, visit: Visit, post: ChatDelivery) -> "StuckDelivery":
        """A post to a chat."""
        row, chat = post
        where = f"{chat.title or chat.external_id} ({chat.platform})"
        keyboard = buttons.delivery_keyboard(visit.say, row_id(row))
        return cls(
            f"c{row.id}", where, row.purpose, notices.quoted(row, chat), "", row.state, row.error or "",
            row.created_at, row.attempts, keyboard,
        )  # fmt: skip

    @classmethod
    def call(cls, visit: Visit, call: SystemDelivery) -> "StuckDelivery":
        """What a system outside is told."""
        row, code = call
        keyboard = buttons.delivery_keyboard(visit.say, row_id(row), "w")
        return cls(
            f"d{row.id}", row.target, str(row.payload.get("type", "")), "", code, row.state, row.error or "",
            row.created_at, row.attempts, keyboard,
        )  # fmt: skip


async def show(visit: Visit) -> web.StreamResponse:
    """How it stands with each platform and system, and what is stuck."""
    async with visit.desk.database.read() as session:
        since = visit.now - LATELY
        standing = [*await outbox.standing(session, since), *await dispatches.standing(session, since)]
        posts = [StuckDelivery.post(visit, one) for one in await desk.stuck_posts(session, SHOWN)]
        calls = [StuckDelivery.call(visit, one) for one in await desk.stuck_calls(session, SHOWN)]
        pulse = await desk.pulse(session)
    stuck = sorted([*posts, *calls], key=lambda one: one.at, reverse=True)
    return visit.page(
        "room_deliveries.html", {"stuck": stuck, "standing": by_target(standing), "pulse": pulse}
    )


def by_target(standing: Sequence[dispatches.StateCount]) -> dict[str, dict[str, int]]:
    """How much of each platform and system waits, is stuck, has arrived lately."""
    found: dict[str, dict[str, int]] = {}
    for one in standing:
        row = found.setdefault(one.target, {"waiting": 0, "stuck": 0, "sent": 0})
        if one.state in dispatches.GIVEN_UP:
            row["stuck"] += one.number
        elif one.state in (OutboxState.PENDING, OutboxState.SENDING):
            row["waiting"] += one.number
        elif one.state is OutboxState.SENT:
            row["sent"] += one.number
    return found
