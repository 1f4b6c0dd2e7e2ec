"""Says when to look, never what is due: that is asked of the tables.

So a missed tick is caught up by the next one, and a doubled tick finds nothing to do.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

TICK_SECONDS = 10
ROLES_SECONDS = 3600


def build(
    tick: Callable[[], Awaitable[object]], read_roles: Callable[[], Awaitable[object]]
) -> AsyncIOScheduler:
    """A scheduler in memory, whose first tick is due at once; a look that takes long is not started twice."""
    scheduler = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for name, job, seconds in (("tick", tick, TICK_SECONDS), ("roles", read_roles, ROLES_SECONDS)):
        scheduler.add_job(job, IntervalTrigger(seconds=seconds), id=name, name=name)
    scheduler.modify_job("tick", next_run_time=datetime.now(UTC))
    return scheduler
