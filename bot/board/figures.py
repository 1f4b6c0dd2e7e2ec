"""A period's numbers and their picture: counted and drawn beside the bot's own work, and kept for a while."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from bot import charts
from bot.board.kept import WAITING, AnswerCache
from handlers import digest
from handlers.chart import Chart, chart
from handlers.periods import Period
from handlers.ports import Clock, Say
from handlers.statistics import CountScope, Statistics
from storage import board
from storage.database import Database

_FRESH = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """What the page of a period shows."""

    found: Statistics
    chart: Chart
    svg: str


class Counting:
    """Counts in a thread with a connection of its own: a long history would hold up everybody else."""

    def __init__(self, url: str, say: Say, title: str, clock: Clock) -> None:
        """`url`: of the database, with its password."""
        self._url = url
        self._say = say
        self._title = title
        self._found = AnswerCache[Statistics](clock, _FRESH, WAITING)

    async def of(self, period: Period, now_until: Period, language: str) -> PeriodFigures:
        """A period's numbers; `now_until`: as much of it as there has been. Raises Busy."""

        async def find() -> Statistics:
            return await asyncio.to_thread(asyncio.run, _count(self._url, now_until))

        found = await self._found.get((period.start, period.end), find)
        drawn = chart(self._say, language, now_until, found, self._title)
        return PeriodFigures(found, drawn, await asyncio.to_thread(charts.svg, drawn))


async def _count(url: str, period: Period) -> Statistics:
    database = Database(url, looks_only=True)
    try:
        async with database.read() as session:
            found = await digest.count(session, period, CountScope())
            # The numbers count what is hidden too, which nobody may open.
            return replace(found, waiting=await digest.longest(found.waiting, partial(board.public, session)))
    finally:
        await database.close()
