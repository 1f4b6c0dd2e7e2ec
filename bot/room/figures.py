"""Statistics: the digest of any period as the groups read it, and how it stands right now."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from bot import charts
from bot.room.door import Visit
from handlers import authority, digest, orders, periods
from handlers.chart import Chart
from handlers.digest import Digest, Reader, Subject
from handlers.orders import Order
from handlers.periods import Period
from handlers.statistics import Scope
from storage import chats, tickets
from storage.models import Chat, Message, row_id
from storage.states import ChatRole

USUAL = ("tuần này", "tuần trước", "tháng này", "tháng trước", "năm nay")
LIMIT = 100_000  # UTF-16 units of a page's digest: all of what waits is named


@dataclass(frozen=True, slots=True)
class About:
    """Whose tickets can be chosen, by what stands in the address."""

    name: str
    subject: Subject


async def show(visit: Visit) -> web.StreamResponse:
    """The page of a period; one that nobody can mean, or that is to come, is asked for again."""
    words = visit.request.query.get("period", "").replace("\0", "")
    zone = ZoneInfo(visit.chat.time_zone)
    meant = periods.meant(words, visit.now.astimezone(zone).date(), zone)
    period = meant if meant is not None and meant.start <= visit.now else None
    async with visit.desk.database.read() as session:
        choices = await _choices(visit, session)
        chosen = visit.request.query.get("about", "")
        about = choices.get(chosen) or choices[""]
        made = await _digest(visit, session, period, about.subject) if period else None
        standing = await _standing(visit, session)
    values = {
        "period": words,
        "usual": USUAL,
        "choices": choices,
        "about": chosen,
        "digest": made,
        "chart": await drawn(made.chart) if made else "",
        "standing": standing,
    }
    return visit.page("room_stats.html", values, status=200 if made else 400)


async def drawn(chart: Chart) -> Markup:
    """A chart as a part of the page: it escapes what it is told by itself."""
    svg = await asyncio.to_thread(charts.svg, chart)
    return Markup(svg)  # noqa: S704 # nosec B704


async def _choices(visit: Visit, session: AsyncSession) -> Mapping[str, About]:
    """The whole city, each of its groups, each department."""
    title = visit.desk.pages.look.title
    found = {"": About(visit.say("room.stats_all"), Subject(title, Scope()))}
    policy = visit.desk.services.policy
    for chat in await chats.with_role(session, ChatRole.COMMUNITY):
        subject = await digest.subject_of(session, chat, systems=policy.digest_systems)
        found[f"chat-{row_id(chat)}"] = About(chat.title or chat.external_id, subject)
    for one in await tickets.departments(session):
        found[f"department-{one.key}"] = About(one.name, await digest.of_department(session, one.key))
    return found


async def _digest(visit: Visit, session: AsyncSession, period: Period, subject: Subject) -> Digest:
    services = visit.desk.services
    reader = Reader(services.say, visit.language, LIMIT, services.link)
    return await digest.of_period(session, period.until(visit.now), subject, reader)


async def _standing(visit: Visit, session: AsyncSession) -> list[str]:
    """The lines of `/thongke`."""
    reader: Chat = visit.reader
    message = Message(
        chat_id=row_id(visit.chat),
        external_id="",
        member_id=row_id(visit.who.member),
        sent_at=visit.now,
        received_at=visit.now,
    )
    who = authority.standing(visit.who.member, visit.chat)
    order = Order(reader, visit.who.member, who, message, None, None, None, "", visit.say)
    return (await orders.statistics(visit.turn(session), order)).text.splitlines()[1:]
