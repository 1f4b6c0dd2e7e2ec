"""Says when to look, never what is due: that is asked of the tables.

So a missed tick is caught up by the next one, and a doubled tick finds nothing to do. A tick only wakes the
clock's loop: a look that was begun is ended by it, and not broken off in a transaction.
"""

from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

TICK_SECONDS = 10
ROLES_SECONDS = 3600


def build(tick: Callable[[], None], read_roles: Callable[[], Awaitable[object]]) -> AsyncIOScheduler:
    """A scheduler in memory."""
    scheduler = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_job(tick, IntervalTrigger(seconds=TICK_SECONDS), id="tick")
    scheduler.add_job(read_roles, IntervalTrigger(seconds=ROLES_SECONDS), id="roles")
    return scheduler
