"""The moderators' morning list: what is due today and what is late already; once a day and room.

On a day when nothing is due nothing is said: an empty list every morning is soon read by nobody.
"""

from zoneinfo import ZoneInfo

from handlers import periods
from handlers.context import Turn
from handlers.outgoing import say, send
from handlers.posts import Post
from handlers.reminders import line
from storage import chats, digests, tickets
from storage.digests import Slot
from storage.models import Chat, row_id
from storage.states import ChatRole

SPAN = "morning"
SHOWN = 10


async def post_due(turn: Turn) -> int:
    """Write the lists that are due and not there yet; how many."""
    if not turn.policy.morning_cron or turn.policy.quiet.holds(turn.now):
        return 0
    written = 0
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        written += await _post(turn, room)
    return written


async def _post(turn: Turn, room: Chat) -> bool:
    zone = ZoneInfo(room.time_zone)
    fired_at = periods.last_firing(turn.policy.morning_cron, zone, turn.now)
    today = periods.days(fired_at.date(), 1, zone)
    slot = Slot(row_id(room), SPAN, today.start, today.end)
    if turn.now >= today.end or await digests.exists(turn.session, slot):
        return False  # yesterday's list is no news
    due = await tickets.due_within(turn.session, turn.now, today.end)
    late = await tickets.due_within(turn.session, None, turn.now)
    figures = {"due": len(due), "late": len(late)}
    if not await digests.reserve(turn.session, slot, turn.now, figures=figures) or not due:
        return False
    lines = [say(turn, room, "morning.title", day=f"{today.first_day:%d/%m}", **figures)]
    lines += [line(turn, room, ticket) for ticket in due[:SHOWN]]
    if len(due) > SHOWN:
        lines.append(say(turn, room, "list.and_more", count=len(due) - SHOWN))
    key = f"{SPAN}:{room.id}:{today.first_day.isoformat()}"
    await send(turn, room, "reminder", key, Post("\n".join(lines)))
    return True
