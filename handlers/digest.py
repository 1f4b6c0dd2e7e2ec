"""The summary of a period: when one is due, whose it is, and that there is at most one a chat and period."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from handlers import digest_text, periods, statistics
from handlers.chart import Chart, chart, to_json
from handlers.context import Turn
from handlers.digest_text import DigestContext, Waiting
from handlers.outgoing import send
from handlers.periods import Due, Period
from handlers.ports import Say
from handlers.posts import Post
from handlers.redact import redacted
from handlers.statistics import NAMED, CountScope, Statistics
from storage import chats, digests, histories, tickets
from storage.columns import JsonObject
from storage.digests import Slot
from storage.models import Chat, Ticket, row_id
from storage.states import ChatRole

_AT_ONCE = 50  # of those that wait: most of them are in sight
_HELD_FOR = timedelta(hours=1)  # past its time, while something of its period is still to be handled


@dataclass(frozen=True, slots=True)
class Digest:
    """One that is ready: its words, its picture, and the numbers of both."""

    text: str
    chart: Chart
    found: Statistics


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose tickets a digest is of, and what they are called."""

    title: str
    scope: CountScope


@dataclass(frozen=True, slots=True)
class DigestReader:
    """For whom it is: a language, room for so many UTF-16 units, and links to posts."""

    say: Say
    language: str
    limit: int
    link: Callable[[str, str, str], str | None]  # platform, chat, message -> address
    sees_hidden: bool = False  # a group's digest is everybody's, so it names nothing that is hidden


async def post_due(turn: Turn) -> int:
    """Write the digests that are due and not there yet; how many."""
    readers = [ChatRole.COMMUNITY]
    if turn.policy.digest_departments:
        readers.append(ChatRole.DEPARTMENT)
    written = 0
    for chat in await chats.with_role(turn.session, *readers):
        for span, cron in turn.policy.digests.items():
            due = periods.last_due(cron, span, ZoneInfo(chat.time_zone), turn.now)
            if chat.created_at < due.period.end:
                written += await _post(turn, chat, due)
    return written


async def _post(turn: Turn, chat: Chat, due: Due) -> bool:
    period = due.period
    slot = Slot(row_id(chat), period.span.value, period.start, period.end)
    if await digests.exists(turn.session, slot) or await _waits(turn, due):
        return False
    if turn.now - due.fired_at > turn.policy.digest_late:
        note = f"not posted: found due only at {turn.now.isoformat()}"
        await digests.reserve(turn.session, slot, turn.now, figures={}, note=note)
        return False
    before = period.before()
    told = await digests.told(turn.session, Slot(row_id(chat), before.span.value, before.start, before.end))
    made = await of_chat(turn, period, about=chat, reader=chat, told=told)
    figures = made.found.as_json()
    if chat.role is ChatRole.DEPARTMENT and not made.found.says_something:
        await digests.reserve(
            turn.session, slot, turn.now, figures=figures, note="not posted: nothing to tell"
        )
        return False
    if not await digests.reserve(turn.session, slot, turn.now, figures=figures):
        return False
    key = f"digest:{chat.id}:{period.span}:{period.first_day.isoformat()}"
    await send(turn, chat, "digest", key, Post(made.text, chart=to_json(made.chart)))
    return True


async def _waits(turn: Turn, due: Due) -> bool:
    """Whether to look again later: a backlog would be in no digest at all."""
    is_early = turn.now - due.fired_at < _HELD_FOR
    return is_early and await histories.is_unheard_before(turn.session, due.period.end)


async def of_chat(
    turn: Turn, period: Period, *, about: Chat, reader: Chat, told: JsonObject | None = None
) -> Digest:
    """The digest of a group or of a department, for whoever reads it in `reader`.

    `told`: the figures that the digest of the period before gave; what came to them since is said.
    """
    services = turn.services
    limit = services.abilities(reader.platform).caption_limit
    subject = await subject_of(turn.session, about, systems=turn.policy.digest_systems)
    is_inside = reader.role in (ChatRole.MODERATION, ChatRole.DEPARTMENT)
    its = DigestReader(services.say, reader.language, limit, services.link, sees_hidden=is_inside)
    return await of_period(turn.session, period, subject, its, told)


async def of_period(
    session: AsyncSession,
    period: Period,
    subject: Subject,
    reader: DigestReader,
    told: JsonObject | None = None,
) -> Digest:
    """The digest of a period. Only looks."""
    found = await count(session, period, subject.scope)
    names = await tickets.department_names(session)
    is_theirs = subject.scope.department is not None
    title = subject.title or reader.say(reader.language, "digest.group")
    words = DigestContext(reader.say, reader.language, title, names, of_department=is_theirs)
    if not reader.sees_hidden:
        found = replace(found, waiting=await longest(found.waiting, partial(histories.in_sight, session)))
    found = replace(found, waiting=found.waiting[:NAMED])
    waiting = [await _waiting(session, ticket_id, period, reader) for ticket_id in found.waiting]
    late = statistics.since_told(found.before, told)
    text = digest_text.text(words, period, found, waiting, reader.limit, late)
    return Digest(text, chart(reader.say, reader.language, period, found, title), found)


async def longest(
    waiting: Sequence[int], in_sight: Callable[[Sequence[int]], Awaitable[list[int]]]
) -> list[int]:
    """The first of the tickets that wait which a reader may see, as many as are NAMED."""
    found: list[int] = []
    for first in range(0, len(waiting), _AT_ONCE):
        found += await in_sight(waiting[first : first + _AT_ONCE])
        if len(found) >= NAMED:
            break
    return found[:NAMED]


async def count(session: AsyncSession, period: Period, scope: CountScope) -> Statistics:
    """A period's numbers."""
    read = await histories.between(session, period.before().start, period.end)
    return statistics.summed_up(read, period, scope)


async def subject_of(session: AsyncSession, about: Chat, *, systems: bool) -> Subject:
    """A department's tickets for its chat; for a group its own, and with `systems` what these reported."""
    if about.role is ChatRole.DEPARTMENT:
        return await of_department(session, about.department or "")
    reporting = await chats.with_role(session, ChatRole.SYSTEM) if systems else ()
    return Subject(about.title, CountScope(chats=frozenset(row_id(one) for one in (about, *reporting))))


async def of_department(session: AsyncSession, key: str) -> Subject:
    """A department's tickets, wherever they were told."""
    names = await tickets.department_names(session)
    return Subject(names.get(key, key), CountScope(department=key))


async def _waiting(session: AsyncSession, ticket_id: int, period: Period, reader: DigestReader) -> Waiting:
    ticket = await session.get_one(Ticket, ticket_id)
    chat = await session.get_one(Chat, ticket.chat_id)
    return Waiting(
        ticket.code,
        ticket.category,
        redacted(ticket.place.get("text") or ""),
        ticket.opened_at.astimezone(period.start.tzinfo),
        reader.link(chat.platform, chat.external_id, ticket.origin) or "",
    )
