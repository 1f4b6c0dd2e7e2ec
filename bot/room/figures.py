"""Statistics: the digest of any period as the groups read it, and how it stands right now."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.room.door import Visit
from bot.room.drawing import drawn
from handlers import digest, orders, periods
from handlers.digest import Digest, DigestReader, Subject
from handlers.periods import Period
from handlers.statistics import CountScope
from storage import chats, tickets
from storage.models import row_id
from storage.states import ChatRole

USUAL = ("tuần này", "tuần trước", "tháng này", "tháng trước", "năm nay")
LIMIT = 100_000  # UTF-16 units of a page's digest: all of what waits is named


@dataclass(frozen=True, slots=True)
class About:
    """Whose tickets can be chosen, by what stands in the address."""

    name: str
    subject: Subject


async def show(visit: Visit) -> web.StreamResponse:
    """The page of a period; one that nobody can mean, or that is to come, has none."""
    words = visit.request.query.get("period", "").replace("\0", "")
    meant = periods.meant_at(words, visit.now, ZoneInfo(visit.chat.time_zone))
    is_to_come = meant is not None and meant.start > visit.now
    period = None if is_to_come else meant
    async with visit.desk.database.read() as session:
        choices = await _choices(visit, session)
        chosen = visit.request.query.get("about", "")
        about = choices.get(chosen) or choices[""]
        made = await _digest(visit, session, period, about.subject) if period else None
        standing = await orders.figures(visit.turn(session), visit.reader)
    values = {
        "period": words,
        "usual": USUAL,
        "choices": choices,
        "about": chosen,
        "digest": made,
        "days_to_come": periods.written(meant) if meant and is_to_come else "",
        "chart": await drawn(made.chart) if made else "",
        "standing": standing,
    }
    return visit.page("room_stats.html", values, status=200 if made else 400)


async def _choices(visit: Visit, session: AsyncSession) -> Mapping[str, About]:
    """The whole city, each of its groups, each department."""
    title = visit.desk.pages.look.title
    found = {"": About(visit.say("room.stats_all"), Subject(title, CountScope()))}
    policy = visit.desk.services.policy
    for chat in await chats.with_role(session, ChatRole.COMMUNITY):
        subject = await digest.subject_of(session, chat, systems=policy.digest_systems)
        found[f"chat-{row_id(chat)}"] = About(chat.title or chat.external_id, subject)
    for one in await tickets.departments(session):
        found[f"department-{one.key}"] = About(one.name, await digest.of_department(session, one.key))
    return found


async def _digest(visit: Visit, session: AsyncSession, period: Period, subject: Subject) -> Digest:
    services = visit.desk.services
    reader = DigestReader(services.say, visit.language, LIMIT, services.link, sees_hidden=True)
    return await digest.of_period(session, period.until(visit.now), subject, reader)
