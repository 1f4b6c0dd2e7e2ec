"""Reads tickets for the board: from the tables, through what everybody may read."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.board.asked import BoardQuery
from bot.board.kept import AnswerCache
from handlers import public
from handlers.ports import Clock
from handlers.public import Public, PublicLine
from handlers.veil import Veil
from storage import board
from storage.board import BoardCounts
from storage.database import Database
from storage.models import Ticket, row_id

PAGE = 20
BATCH = 500  # tickets that are read at once for open data
_SEARCHED, _LOOKS = 50, 20  # tickets at once, how often: of a search whose words may all be hidden
_FRESH = timedelta(seconds=20)  # how old the numbers above the list may be


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the list, and where the pages beside it begin."""

    tickets: Sequence[Public]
    before: int | None  # older ones come before this one
    after: int | None
    is_cut: bool = False  # a search that ended before all that have its words, hidden or not, were read


@dataclass(frozen=True, slots=True)
class TicketWithHistory:
    """A ticket with its history."""

    ticket: Public
    lines: Sequence[PublicLine]


class Reading:
    """The board's questions to the tables."""

    def __init__(self, database: Database, veil: Veil, clock: Clock) -> None:
        self._database = database
        self._veil = veil
        self._clock = clock
        self._counts = AnswerCache[BoardCounts](clock, _FRESH)
        self._search = asyncio.Lock()  # a word that all tickets have takes long; the bot reads here too

    async def sheet(self, asked: BoardQuery, length: int = PAGE) -> Sheet:
        """A page of what is asked for."""
        if asked.after is None:
            found, is_cut = await self._some(asked, length + 1, before=asked.before)
            more, shown = len(found) > length, found[:length]
            newer = shown[0].id if shown and asked.before is not None else None
            return Sheet(shown, shown[-1].id if more else None, newer, is_cut)
        found, is_cut = await self._some(asked, length + 1, after=asked.after)
        more, shown = len(found) > length, found[:length][::-1]
        return Sheet(shown, shown[-1].id if shown else None, shown[0].id if more else None, is_cut)

    async def _some(
        self, asked: BoardQuery, length: int, *, before: int | None = None, after: int | None = None
    ) -> tuple[list[Public], bool]:
        """So many tickets in the order asked, and whether a search ended before it had read all.

        A search leaves out whom only hidden words would find. Where it ended is told to nobody: the number
        of that ticket would say that it has them.
        """
        if not asked.words:
            return await self._rows(asked, length, before=before, after=after), False
        found: list[Public] = []
        async with self._search:
            for _ in range(_LOOKS):
                rows = await self._rows(asked, _SEARCHED, before=before, after=after)
                found += [one for one in rows if one.says(asked.words)]
                if len(rows) < _SEARCHED or len(found) >= length:
                    return found[:length], False
                before, after = (rows[-1].id, None) if after is None else (None, rows[-1].id)
        return found, True

    async def _rows(
        self, asked: BoardQuery, limit: int, *, before: int | None, after: int | None
    ) -> list[Public]:
        wanted = asked.wanted(self._clock())
        async with self._database.read() as session:
            rows = await board.page(session, wanted, limit, before=before, after=after)
            return await self._public(session, rows)

    async def everything(self, asked: BoardQuery) -> AsyncIterator[list[Public]]:
        """All that is asked for, the oldest first; no connection is held while a slow reader takes it."""
        after = 0
        while True:
            rows = await self._rows(asked, BATCH, before=None, after=after)
            if not rows:
                return
            yield [one for one in rows if one.says(asked.words)]
            after = rows[-1].id

    async def lately(self, asked: BoardQuery, limit: int) -> list[tuple[Public, datetime]]:
        """Tickets to which something happened last, and when."""
        wanted = asked.wanted(self._clock())
        async with self._database.read() as session:
            rows = await board.lately(session, wanted, public.TOLD, limit)
            found = await self._public(session, [ticket for ticket, _ in rows])
        dated = zip(found, (at for _, at in rows), strict=True)
        return [(ticket, at) for ticket, at in dated if ticket.says(asked.words)]

    async def told(self, code: str) -> TicketWithHistory | None:
        """The ticket of a code, or the one that it is part of; None where nobody may see it."""
        async with self._database.read() as session:
            ticket = await board.found(session, code)
            if ticket is None:
                return None
            number = row_id(ticket)
            names = await board.people(session, [number])
            happened = await board.history(session, number)
            (shown,) = await self._public(session, [ticket])
        return TicketWithHistory(shown, public.told(happened, self._veil, names[number]))

    async def by_ids(self, ids: Collection[int]) -> list[Public]:
        """Those of these that everybody may see, in the order asked."""
        async with self._database.read() as session:
            found = [await session.get(Ticket, number) for number in ids]
            return await self._public(session, [one for one in found if one and board.is_public(one)])

    async def counts(self) -> BoardCounts:
        """How many tickets there are, some seconds old."""

        async def find() -> BoardCounts:
            async with self._database.read() as session:
                return await board.counts(session, self._clock())

        return await self._counts.get("all", find)

    async def spots(self, limit: int) -> Sequence[tuple[float, float]]:
        """Where open tickets are."""
        async with self._database.read() as session:
            return await board.spots(session, limit)

    async def may_see_photo(self, content_hash: str) -> bool:
        """Whether everybody may see a photo."""
        async with self._database.read() as session:
            return await board.may_see_photo(session, content_hash)

    async def _public(self, session: AsyncSession, rows: Sequence[Ticket]) -> list[Public]:
        ids = [row_id(one) for one in rows]
        names, photos = await board.people(session, ids), await board.photos(session, ids)
        now = self._clock()
        return [
            public.public(one, self._veil, names[number], photos.get(number, ()), now)
            for one, number in zip(rows, ids, strict=True)
        ]
