"""The summary of a period: when one is due, and what it says. At most one a chat and period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from handlers.context import Turn
from handlers.outgoing import label, moment
from handlers.posts import Post, to_json
from storage import chats, digests, outbox
from storage.models import Chat, Ticket, row_id
from storage.states import ChatRole


@dataclass(frozen=True, slots=True)
class Period:
    """A week, [start, end), and the moment at which its digest was to be posted."""

    start: datetime
    end: datetime
    fired_at: datetime


def last_period(cron: str, zone: ZoneInfo, now: datetime) -> Period:
    """The week that the last firing of a schedule sums up: the last whole one before it.

    Asked of the schedule and the clock alone, so that a missed hour is caught up and a doubled
    tick finds the same week again.
    """
    local = now.astimezone(zone)
    firings = CronSim(cron, local + timedelta(minutes=1), reverse=True)  # a firing right now counts
    fired_at = next(firing for firing in firings if firing <= local)
    monday = fired_at.date() - timedelta(days=fired_at.weekday())
    midnight = datetime.combine(monday, time(), zone)
    start = datetime.combine(monday - timedelta(days=7), time(), zone)
    return Period(start, midnight, fired_at)


async def post_due(turn: Turn) -> int:
    """Write the digests that are due and not there yet; how many."""
    if turn.policy.digest_cron is None:
        return 0
    written = 0
    for chat in await chats.with_role(turn.session, ChatRole.COMMUNITY):
        period = last_period(turn.policy.digest_cron, ZoneInfo(chat.time_zone), turn.now)
        if chat.created_at < period.end:
            written += await _post(turn, chat, period)
    return written


async def _post(turn: Turn, chat: Chat, period: Period) -> bool:
    if await digests.exists(turn.session, row_id(chat), period.start):
        return False
    if turn.now - period.fired_at > turn.policy.digest_late:
        note = f"not posted: found due only at {turn.now.isoformat()}"
        await digests.reserve(
            turn.session, row_id(chat), (period.start, period.end), turn.now, figures={}, note=note
        )
        return False
    counted = await digests.figures(turn.session, row_id(chat), period.start, period.end)
    kept = {
        "received": counted.received,
        "resolved": counted.resolved,
        "open": counted.open,
        "overdue": counted.overdue,
        "by_kind": counted.by_kind,
        "by_category": counted.by_category,
    }
    if not await digests.reserve(
        turn.session, row_id(chat), (period.start, period.end), turn.now, figures=kept
    ):
        return False
    delivery = outbox.NewDelivery(
        key=f"digest:{chat.id}:{period.start.date().isoformat()}",
        purpose="digest",
        chat_id=row_id(chat),
        payload=to_json(Post(render(turn, chat, counted, period.start, period.end, about=chat))),
    )
    await outbox.add(turn.session, delivery, turn.now)
    return True


async def on_demand(turn: Turn, community: Chat, reader: Chat) -> str:
    """The week so far, for whoever asks; it takes no period's place."""
    local = turn.now.astimezone(ZoneInfo(community.time_zone))
    monday = local.date() - timedelta(days=local.weekday())
    start = datetime.combine(monday, time(), ZoneInfo(community.time_zone))
    counted = await digests.figures(turn.session, row_id(community), start, turn.now)
    return render(turn, reader, counted, start, turn.now, about=community)


def render(
    turn: Turn, chat: Chat, counted: digests.Figures, start: datetime, end: datetime, *, about: Chat
) -> str:
    """A period in the reader's language: what came in, what was done, what waits, with links."""
    zone = ZoneInfo(chat.time_zone)

    def say(key: str, **values: object) -> str:
        return turn.services.say(chat.language, key, **values)

    last_day = (end - timedelta(seconds=1)).astimezone(zone)
    lines = [
        say("digest.title", start=f"{start.astimezone(zone):%d/%m}", end=f"{last_day:%d/%m/%Y}"),
        say("digest.received", count=counted.received, kinds=_counted(turn, chat, "kind", counted.by_kind)),
        say("digest.resolved", resolved=counted.resolved, open=counted.open, overdue=counted.overdue),
    ]
    if counted.by_category:
        top = dict(list(counted.by_category.items())[:3])
        lines.append(say("digest.categories", categories=_counted(turn, chat, "category", top)))
    if counted.longest_overdue:
        lines.append(say("digest.overdue"))
        lines += [_overdue_line(turn, chat, ticket, about) for ticket in counted.longest_overdue]
    lines.append(say("digest.thanks"))
    return "\n".join(lines)


def _counted(turn: Turn, chat: Chat, family: str, numbers: Mapping[str, int]) -> str:
    words = [f"{label(turn, chat, family, word)} {number}" for word, number in numbers.items()]
    return ", ".join(words) or "0"


def _overdue_line(turn: Turn, chat: Chat, ticket: Ticket, about: Chat) -> str:
    link = turn.services.link(about.platform, about.external_id, ticket.origin) or ""
    return turn.services.say(
        chat.language,
        "digest.overdue_line",
        code=ticket.code,
        category=label(turn, chat, "category", ticket.category),
        place=ticket.place.get("text") or "",
        due=moment(chat, ticket.due_at),
        link=link,
    ).strip()
