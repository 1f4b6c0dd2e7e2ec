"""How long people wait for what they ask of very many tickets: lists, searches, the board, and the twin that
every report is compared with."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from random import Random
from statistics import median

from bot.board.asked import BoardQuery
from bot.board.reading import Reading
from handlers import listing
from handlers.understanding import Place, fold, one_valued
from handlers.veil import Veil
from storage import lists, tickets, twins
from storage.board import NOWHERE
from storage.database import Database
from storage.lists import Filter
from storage.states import TicketStatus
from tests.bench import city, servers
from tests.bench.figure import Figure, Size, p99
from tests.bench.stream import STREETS

BAR = 50.0  # ms
TWIN_DAYS = 14
LENGTH = listing.PAGE + 1
_WORDS = ("rác", "đèn đường", "ổ gà", "cống nghẹt", "cây xanh", "nước máy", "vỉa hè", "karaoke")

Ask = Callable[[], Awaitable[object]]


async def measure(size: Size) -> list[Figure]:
    """On SQLite."""
    path = await asyncio.to_thread(city.made, size.many, size.folder)
    return await _measured(f"sqlite:///{path}", size, "")


async def measure_postgresql(size: Size) -> list[Figure]:
    """On PostgreSQL."""
    with ExitStack() as stack:
        url = await asyncio.to_thread(servers.with_city, stack, size)
        return await _measured(url, size, ", PostgreSQL")


async def _measured(url: str, size: Size, where: str) -> list[Figure]:
    database = Database(url)
    try:
        asking = Questions(database, Random(3))
        kinds = {
            "search": asking.searches(),
            "list": asking.lists(),
            "board page": asking.pages(),
            "twin look-up": asking.twins(),
        }
        waited = [await _waited(f"{what}{where}", asks, size, BAR) for what, asks in kinds.items()]
        return [*waited, await _waited(f"/thongke{where}", asking.counts(), size, None)]
    finally:
        await database.close()


async def _waited(what: str, asks: Iterator[tuple[str, Ask]], size: Size, bar: float | None) -> Figure:
    waited: list[tuple[float, str]] = []
    for _ in range(size.questions):
        words, ask = next(asks)
        begun = time.perf_counter()
        await ask()
        waited.append((time.perf_counter() - begun, words))
    seconds = [one for one, _ in waited]
    longest = max(waited)
    note = f"median {median(seconds) * 1000:.1f} ms, longest {longest[0] * 1000:.0f} ms ({longest[1]})"
    return Figure(f"{what} of {size.many:,}, p99", p99(seconds), "ms", bar, note)


class Questions:
    """What people ask, without end."""

    def __init__(self, database: Database, luck: Random) -> None:
        self._database = database
        self._luck = luck
        self._board = Reading(database, Veil([]), lambda: city.END)

    def searches(self) -> Iterator[tuple[str, Ask]]:
        """A street, a thing, both, a house: as `/tim` asks."""
        luck = self._luck
        while True:
            street, thing, house = luck.choice(STREETS), luck.choice(_WORDS), str(luck.randint(1, 600))
            words = luck.choice((f"{thing} {street}", f"{house} {street}", street, thing))
            yield words, self._listed(Filter(statuses=tuple(TicketStatus), words=fold(words)))

    def lists(self) -> Iterator[tuple[str, Ask]]:
        """What is open, by this and that: as `/danhsach` asks."""
        luck = self._luck
        while True:
            category, ward = luck.choice(list(city.CATEGORIES)), luck.choice(city.WARDS[:-1])
            wanted = luck.choice(
                (
                    Filter(),
                    Filter(category=category),
                    Filter(ward=ward),
                    Filter(department="chieusang"),
                    Filter(overdue_at=city.END),
                    Filter(taken_by=luck.randint(1, 5)),
                    Filter(statuses=(TicketStatus.RESOLVED,)),
                    Filter(statuses=(TicketStatus.CLOSED,), category=category),
                )
            )
            asked = {name: value for name in Filter.__slots__ if (value := getattr(wanted, name))}
            yield str(asked), self._listed(wanted)

    def _listed(self, wanted: Filter) -> Ask:
        async def ask() -> object:
            async with self._database.read() as session:
                return await lists.listed(session, wanted, LENGTH)

        return ask

    def pages(self) -> Iterator[tuple[str, Ask]]:
        """The first pages and ones far back, filtered and not, and searches by everybody."""
        luck = self._luck
        while True:
            asked = BoardQuery(
                q=luck.choice(("", "", "", luck.choice(STREETS))),
                category=luck.choice(("", luck.choice(list(city.CATEGORIES)))),
                ward=luck.choice(("", "", luck.choice(city.WARDS[:-1]), NOWHERE)),
                status=luck.choice(("", "open", "overdue", "done", "resolved")),
                before=luck.choice((None, None, luck.randint(1, 10**6))),
            )
            yield f"{asked.query()} before {asked.before}", partial(self._board.sheet, asked)

    def counts(self) -> Iterator[tuple[str, Ask]]:
        """How many there are, by status and kind: as `/thongke` asks. It reads an index to its end."""

        async def ask() -> object:
            async with self._database.read() as session:
                return await tickets.totals(session, city.END), await tickets.kinds(session)

        while True:
            yield "by status and kind", ask

    def twins(self) -> Iterator[tuple[str, Ask]]:
        """What a report is compared with."""
        while True:
            street, category = self._luck.choice(STREETS), self._luck.choice(list(city.CATEGORIES))
            yield f"{category} {street}", self._alike(street, category)

    def _alike(self, street: str, category: str) -> Ask:
        async def ask() -> object:
            async with self._database.read() as session:
                return await twins.alike(
                    session,
                    1,
                    city.END - timedelta(days=TWIN_DAYS),
                    spots=[f"street:{fold(street)}"],
                    categories=sorted({category, "other"}),
                    named=one_valued(Place(street=street)),
                    at_spots=60,
                    lately=40,
                )

        return ask
