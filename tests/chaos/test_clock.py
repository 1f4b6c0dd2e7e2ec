"""Bar 6: a clock that jumps, processes that end over the hour, three tickers: each thing is told once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.decoder import Decoder
from bot.pipeline import Pipeline
from handlers import periods
from handlers.periods import Span
from handlers.policy import Policy
from handlers.worktime import QuietHours, WorkTime
from storage import chats
from storage.database import Database
from storage.images import FolderStore
from storage.models import Chat, Digest, Outbox, Ticket, TicketEvent
from storage.states import ChatRole
from tests.chaos.rig import FULL, SEED
from tests.chaos.weeks import DAY, DIGESTS, HOUR, WEEK, ZONES, Look, due, looks, through
from tests.handlers.desk import ROOM, Desk, report

TICKERS = 3
WEEKS, LONG = (104, 12) if FULL else (1, 1)
FIRST = date(2026, 12, 28)  # of week 53, which is of two years; 2028 has a 29 February
MADE = (
    datetime.combine(FIRST, time(), UTC) - 13 * HOUR
)  # the groups; what ended before is no matter of theirs
BERLIN = ZoneInfo("Europe/Berlin")
pytestmark = pytest.mark.timeout(1800 if FULL else 120)


class Tickers:
    """Three processes' clocks on one database, which look at the same moment or nearly so."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self._desk, self._folder = desk, folder
        self._databases: list[Database] = []
        self._pipelines: list[Pipeline] = []

    async def start(self) -> None:
        """Anew, as after a crash: nothing is known but what the database says."""
        await self.close()
        ours = self._desk.database
        if not ours.is_sqlite:  # each with connections of its own; an SQLite file has one process
            url = ours.url.render_as_string(hide_password=False)
            self._databases = [Database(url.replace("+asyncpg", "")) for _ in range(TICKERS)]
        self._pipelines = [self._pipeline(one) for one in self._databases or [ours] * TICKERS]

    def _pipeline(self, database: Database) -> Pipeline:
        return Pipeline(
            database,
            self._desk.services,
            [],
            images=FolderStore(self._folder),
            decoder=Decoder(max_pixels=1, width=1),
            clock=lambda: self._desk.now,
            owner=lambda: "ticker",
            luck=lambda: 0.5,
            photo_limit=1,
        )

    async def look(self, at: Look) -> None:
        """All three, a second apart by their own clocks."""
        if at.started:
            await self.start()
        self._desk.now = at.shown
        moments = [at.shown + timedelta(seconds=number) for number in range(TICKERS)]
        turns = [one.tick_at(now) for one, now in zip(self._pipelines, moments, strict=True)]
        await asyncio.gather(*turns)

    async def close(self) -> None:
        """Give their connections back."""
        for one in self._databases:
            await one.close()


@asynccontextmanager
async def ticking(desk: Desk, folder: Path) -> AsyncIterator[Tickers]:
    """Three tickers until the end of the block."""
    made = Tickers(desk, folder)
    await made.start()
    try:
        yield made
    finally:
        await made.close()


async def test_one_digest_a_period_and_chat_whatever_the_clock_does(
    database: Database, tmp_path: Path
) -> None:
    policy = Policy(digests={Span(span): cron for span, cron in DIGESTS.items()}, morning_cron="")
    desk = Desk(database, {}, policy)
    desk.now = MADE
    await _groups(desk)
    seen: dict[str, set[tuple[str, date]]] = {zone: set() for zone in ZONES}
    shown = list(looks(Random(SEED), FIRST, WEEKS))
    async with ticking(desk, tmp_path) as tickers:
        for at in shown:
            await tickers.look(at)
            for zone, found in seen.items():
                found |= set(due(at.shown, ZoneInfo(zone)).items())
    rows, posts = await _digests(database)
    starts = sum(at.started for at in shown)
    for zone in ZONES:
        expected = {(span, day) for span, day in seen[zone] if _ends(span, day, zone) > MADE}
        assert Counter(rows[zone]) == Counter(expected), f"seed {SEED}, {zone}"
        assert Counter(posts[zone]) == Counter(expected), f"seed {SEED}, {zone}"
        for span in ("week", "month"):
            days = sorted(day for name, day in expected if name == span)
            assert days == through(span, days[0], days[-1]), f"seed {SEED}, {zone}"
    count = sum(len(one) for one in posts.values())
    print(
        f"\nseed {SEED}: {WEEKS} weeks, {len(shown)} looks of {TICKERS} tickers, {starts} restarts,", end=" "
    )
    print(f"{count} digests in {len(ZONES)} zones, each once")


def _ends(span: str, day: date, zone: str) -> datetime:
    days = {"day": DAY, "week": WEEK, "month": (day.replace(day=28) + 4 * DAY).replace(day=1) - day}
    return datetime.combine(day + days[span], time(), ZoneInfo(zone))


async def _groups(desk: Desk) -> None:
    async with desk.database.write() as session:
        for zone in ZONES:
            chat = await chats.ensure(session, "telegram", zone, zone, desk.now)
            chat.role, chat.time_zone = ChatRole.COMMUNITY, zone


Found = dict[str, list[tuple[str, date]]]


async def _digests(database: Database) -> tuple[Found, Found]:
    """By zone: the periods that have a row without a note, and those that have a post."""
    rows: Found = {zone: [] for zone in ZONES}
    posts: Found = {zone: [] for zone in ZONES}
    async with database.read() as session:
        zones = {chat.id: chat.time_zone for chat in await session.scalars(select(Chat))}
        for row in await session.scalars(select(Digest)):
            assert row.note == "", f"seed {SEED}: {row}"
            zone = zones[row.chat_id]
            rows[zone].append((row.span, row.period_start.astimezone(ZoneInfo(zone)).date()))
        for post in await session.scalars(select(Outbox).where(col(Outbox.purpose) == "digest")):
            _, _, span, day = post.idempotency_key.split(":")
            posts[zones[post.chat_id]].append((span, date.fromisoformat(day)))
    return rows, posts


async def test_reminders_deadlines_and_the_morning_list_come_once(database: Database, tmp_path: Path) -> None:
    policy = Policy(work=WorkTime(BERLIN), quiet=QuietHours(BERLIN), digests={})
    codes = range(1001, 1001 + 4 * LONG)
    meanings = {f"đèn hư {code}": report(street=f"Đường {code}") for code in codes}
    desk = Desk(database, meanings, replace(policy, twin_days=0))
    first = date(2027, 3, 15)  # two weeks before the clocks of Berlin go forward
    desk.now = datetime.combine(first, time(8), BERLIN)
    await desk.open()
    async with database.write() as session:
        room = await chats.ensure(session, "telegram", ROOM, "", desk.now)
        room.time_zone = BERLIN.key
    luck, soon = Random(SEED), Soon(policy.quiet)
    async with ticking(desk, tmp_path) as tickers:
        for week in range(LONG):
            await _report(desk, first + week * WEEK, codes[4 * week : 4 * week + 4])
            await soon.wait_for(database)
            for at in looks(luck, first + week * WEEK, 1):
                soon.look(at.shown)
                await tickers.look(at)
        for days in range(12):  # what is due still comes
            at = Look(datetime.combine(first + LONG * WEEK + days * DAY, time(10), UTC))
            soon.look(at.shown)
            await tickers.look(at)
    actions, told = await _told(database)
    overdue = [f"#PA{code}" for code in codes if code % 4 != 1]  # the others were done
    for code in codes:
        assert actions[f"#PA{code}", "overdue"] == (code % 4 != 1), f"seed {SEED}, {code}"
        assert actions[f"#PA{code}", "close"] == (code % 4 == 1), f"seed {SEED}, {code}"
        assert told[f"#PA{code}", "overdue"] == (code % 4 != 1), f"seed {SEED}, {code}"
        assert told[f"#PA{code}", "remind"] == (f"PA{code}" in soon.told), f"seed {SEED}, {code}"
    assert soon.told, f"seed {SEED}"
    mornings = {key: times for key, times in told.items() if key[1] == "morning"}
    assert mornings, f"seed {SEED}"
    assert set(mornings.values()) == {1}, f"seed {SEED}: {mornings}"
    counted = f"{len(overdue)} overdue, {len(soon.told)} reminders, {len(mornings)} mornings"
    print(f"\nseed {SEED}: {len(codes)} tickets, {counted}, each once")


class Soon:
    """Which tickets are due soon when a clock first looks at their reminder by day: what is late by then,
    because the clock jumped over it, is told as late and not as due soon."""

    def __init__(self, quiet: QuietHours) -> None:
        self._quiet = quiet
        self._waiting: dict[str, tuple[datetime, datetime]] = {}  # when to remind, and the deadline
        self.told: set[str] = set()

    async def wait_for(self, database: Database) -> None:
        """For all that is to be reminded of."""
        async with database.read() as session:
            for ticket in await session.scalars(select(Ticket).where(col(Ticket.remind_at).is_not(None))):
                assert ticket.remind_at is not None
                assert ticket.due_at is not None
                self._waiting[ticket.code] = ticket.remind_at, ticket.due_at

    def look(self, shown: datetime) -> None:
        """What a clock says that shows this moment."""
        if self._quiet.holds(shown):
            return
        seen = [code for code, (remind_at, _) in self._waiting.items() if remind_at <= shown]
        for code in seen:
            _, due_at = self._waiting.pop(code)
            self.told |= {code} if shown <= due_at else set()


async def _report(desk: Desk, monday: date, codes: Sequence[int]) -> None:
    """Some tickets of a Monday, one of which is done soon."""
    desk.now = datetime.combine(monday, time(8), BERLIN).astimezone(UTC)
    for code in codes:
        await desk.say("hoa", f"đèn hư {code}", after=timedelta(minutes=2))
    await desk.say("mod", f"/xong {codes[0]}", chat=ROOM)


async def _told(database: Database) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """How often each ticket's history says a thing; how often a post of a kind names it, or is of a day."""
    actions: Counter[tuple[str, str]] = Counter()
    told: Counter[tuple[str, str]] = Counter()
    async with database.read() as session:
        for event in await session.scalars(select(TicketEvent)):
            actions[f"#PA{1000 + event.ticket_id}", event.action] += 1
        for post in await session.scalars(select(Outbox).where(col(Outbox.purpose) == "reminder")):
            kind, room, _ = post.idempotency_key.split(":", 2)
            title, *lines = post.payload["text"].splitlines()
            if kind == "morning":
                told[f"{room} {title.split()[2]}", kind] += 1
                continue
            for line in lines:
                told[line.split()[1], kind] += 1
    return actions, told


@pytest.mark.parametrize("zone", [*ZONES, "Australia/Lord_Howe", "Africa/Cairo"])
@pytest.mark.parametrize("fires", ["30 7 * * *", "30 2 * * *", "0 0 * * *", "59 23 * * *"])
def test_no_day_is_left_out_or_told_again_where_clocks_change(zone: str, fires: str) -> None:
    """Also where the hour of the digest is not there on that day, or comes twice."""
    there, step = ZoneInfo(zone), HOUR / 4 if FULL else HOUR
    seen: list[date] = []
    for day in _changes(there):
        moment, seen = datetime.combine(day - DAY, time(12), UTC), []
        while moment < datetime.combine(day + 3 * DAY, time(12), UTC):
            found = periods.last_due(fires, Span.DAY, there, moment)
            assert found.fired_at <= moment < found.fired_at + DAY + 2 * HOUR, (zone, moment)
            seen.append(found.period.first_day)
            moment += step
        assert seen == sorted(seen), (zone, day)
        assert sorted(set(seen)) == [seen[0] + number * DAY for number in range(len(set(seen)))], (zone, day)


def _changes(zone: ZoneInfo) -> list[date]:
    """The days on which a zone's clocks change, in the 104 weeks; where there are none, two days."""
    every = [FIRST + number * DAY for number in range(104 * 7)]
    offsets = [datetime.combine(day, time(), zone).utcoffset() for day in every]
    found = [day for day, old, new in zip(every, offsets, offsets[1:], strict=False) if old != new]
    return (found if FULL else found[:2]) or [date(2026, 12, 31), date(2028, 2, 29)]
