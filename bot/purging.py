"""Takes what is older than it may be, in transactions so short that nobody waits for them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import opening
from handlers import retention
from handlers.context import Services
from handlers.periods import last_firing
from handlers.pseudonyms import PREFIX, Pseudonyms
from handlers.retention import Walk
from storage import cursors
from storage import retention as kept
from storage.database import Database
from storage.locks import alone
from storage.models import Audit
from storage.retention import Cut, RetentionKind

AT_ONCE = 200  # rows of one transaction
BATCHES = 10  # of one look of the clock; the next look goes on
MARK = "purge"  # in `cursors`
ACTION = "purge"  # on record

log = structlog.get_logger(__name__)


def cuts(befores: Mapping[RetentionKind, datetime], pseudonyms: Pseudonyms) -> dict[RetentionKind, Cut]:
    """What goes, by kind."""
    return {kind: Cut(before, PREFIX, pseudonyms.of) for kind, before in befores.items()}


async def by_the_clock(database: Database, services: Services, now: datetime) -> int:
    """Begin the purge that is due, or go on with the one begun; how many rows went."""
    policy = services.policy.retention
    async with database.read() as session:
        mark = await cursors.get(session, MARK)
    walk = retention.standing(mark, policy, services.policy.work.zone, now)
    if walk is None:
        zone = services.policy.work.zone
        if policy.cron and (mark is None or retention.is_astray(mark, policy, zone, now)):
            await _begin_later(database, services, now)
        return 0
    wanted, before = cuts(policy.befores(now), Pseudonyms(services.seal.key)), sum(walk.taken.values())
    for _ in range(BATCHES):
        if walk.kind is None:
            break
        walk = await _batch(database, walk, wanted)
    if walk.kind is None:
        await _end(database, walk, now)
    return sum(walk.taken.values()) - before


async def _batch(database: Database, walk: Walk, wanted: Mapping[RetentionKind, Cut]) -> Walk:
    """A few hundred rows and the mark that they are gone, in one transaction; kinds without any are left."""
    kinds = list(wanted)
    while walk.kind is not None:
        kind = walk.kind
        async with database.read() as session:
            found = await kept.find(session, kind, wanted[kind], walk.after, AT_ONCE)
        if found:
            async with alone(database) as session:
                taken = await kept.take(session, kind, wanted[kind], found)
                walk = walk.on(kinds, found, taken, AT_ONCE)
                await cursors.put(session, MARK, retention.to_json(walk))
            return walk
        walk = walk.on(kinds, found, 0, AT_ONCE)
    return walk


async def _end(database: Database, walk: Walk, now: datetime) -> None:
    async with database.write() as session:
        await cursors.put(session, MARK, retention.to_json(walk))
        if walk.taken:
            note(session, now, "clock", walk.taken)
    log.info("purged", action="purge.done", taken=retention.told(walk.taken))


async def _begin_later(database: Database, services: Services, now: datetime) -> None:
    zone, cron = services.policy.work.zone, services.policy.retention.cron
    async with database.write() as session:
        fired_at = last_firing(cron, zone, now)
        await cursors.put(session, MARK, retention.to_json(Walk(fired_at)))


def note(session: AsyncSession, now: datetime, by: str, taken: Mapping[str, int]) -> None:
    """On record: nothing brings back what a purge took, so who, when and how many must stay."""
    words = f"{by}: {retention.told(taken)}"
    session.add(
        Audit(at=now, action=ACTION, allowed=True, detail={"by": by, "taken": dict(taken), "data": words})
    )


async def at_once(
    database: Database, wanted: Mapping[RetentionKind, Cut], show: Callable[[RetentionKind, int], None]
) -> dict[RetentionKind, int]:
    """Take all of it now, beside a bot at work; how many of each kind."""
    return {kind: await _all_of(database, kind, cut, show) for kind, cut in wanted.items()}


async def _all_of(
    database: Database, kind: RetentionKind, cut: Cut, show: Callable[[RetentionKind, int], None]
) -> int:
    after, taken = 0, 0
    found: Sequence[int] = (0,)
    while found:
        async with database.read() as session:
            found = await kept.find(session, kind, cut, after, AT_ONCE)
        if found:
            async with opening.writing(database) as session:
                taken += await kept.take(session, kind, cut, found)
            after = found[-1]
            show(kind, taken)
    return taken
