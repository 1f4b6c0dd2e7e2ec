"""Assembling: whatever comes late, whenever the process ends, the same messages make the same feedback.

What people say reaches the inbox with a delay, so not in the order in which it was said; the worker looks
at any moment, and may end before it has committed. In the end the feedback is the one of a city where
everything came at once and in order, and no message is lost or in two of them.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import func, select

from bot.steps import Step, nothing
from bot.worker import Worker
from handlers.events import Event, MessagePosted, Person, Photo
from handlers.ports import ChatPlatform, JsonObject
from storage import inbox
from storage.database import Database
from storage.models import Message, Submission, Ticket, row_id
from storage.states import InboxState
from tests.chaos.rig import FULL
from tests.handlers.desk import GROUP, MONDAY, Desk
from tests.machines.ground import Ground

HOLD = timedelta(seconds=2)
WORDS = ("đèn hư Hai Bà Trưng", "rác Lê Lợi", "đèn hư", "hình như đèn hư", "chào cả nhà", "cảm ơn")

Partition = list[tuple[tuple[str, ...], str, str]]


@dataclass(frozen=True)
class Sent:
    """One message, and when it reaches us."""

    event: MessagePosted
    arrives: datetime


class Killed(Exception):
    """The process ended before it committed."""


class Script:
    """A platform whose payloads are places in a list of what was said."""

    name = source = "telegram"

    def __init__(self, sent: list[Sent]) -> None:
        self._sent = sent

    def parse(self, payload: JsonObject) -> Event | None:
        return self._sent[payload["place"]].event


class Assembling(RuleBasedStateMachine):
    """Two members talk; the network and the process do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.ground = Ground()
        self.sent: list[Sent] = []
        self.stored: set[int] = set()
        self.said_at = MONDAY
        self.clock = MONDAY

    @rule(
        who=st.sampled_from(("hoa", "minh")),
        words=st.sampled_from(WORDS),
        gap=st.integers(1, 150),
        delay=st.floats(0, 1.9),
    )
    def say(self, who: str, words: str, gap: int, delay: float) -> None:
        self._send(who, gap, delay, text=words)

    @rule(
        who=st.sampled_from(("hoa", "minh")),
        count=st.integers(1, 3),
        words=st.sampled_from(("", "đèn hư Hai Bà Trưng")),
        gap=st.integers(1, 150),
        delays=st.lists(st.floats(0, 1.9), min_size=3, max_size=3),
    )
    def show(self, who: str, count: int, words: str, gap: int, delays: list[float]) -> None:
        """Photos, several as an album whose parts come one by one, all of the same moment."""
        album = f"album-{len(self.sent)}" if count > 1 else None
        for place in range(count):
            photo = Photo(f"photo-{len(self.sent)}")
            self._send(who, 0 if place else gap, delays[place], words if not place else "", photo, album)

    @rule(
        who=st.sampled_from(("hoa", "minh")), gap=st.integers(1, 150), delay=st.floats(0, 1.9), data=st.data()
    )
    def reply_to_oneself(self, who: str, gap: int, delay: float, data: st.DataObject) -> None:
        own = [one.event.id for one in self.sent if one.event.sender.id == who]
        if own:
            self._send(who, gap, delay, text="đèn hư", reply_to=data.draw(st.sampled_from(own)))

    @rule(seconds=st.floats(0.1, 90), killed=st.booleans())
    def work(self, seconds: float, killed: bool) -> None:
        """Time goes by, what has come is stored, the worker takes a turn, and may not end it."""
        self.clock = max(self.clock, self.said_at) + timedelta(seconds=seconds)
        self.ground.run(self._arrive(self.clock))
        self.ground.run(self._work(self.ground.desk, self.clock, killed=killed))

    @invariant()
    def every_event_is_waiting_or_is_one_message(self) -> None:
        messages, done, dead = self.ground.run(self._counts())
        assert messages == done
        assert dead == 0

    def teardown(self) -> None:
        database, desk = self.ground.another("in-order")
        try:
            self.clock = max(self.clock, self.said_at) + timedelta(minutes=1)
            self.ground.run(self._arrive(self.clock))
            self.ground.run(self._work(self.ground.desk, self.clock + HOLD, killed=False))
            found = self.ground.run(_partition(self.ground.database))
            assert found == self.ground.run(self._in_order(database, desk))
        finally:
            self.ground.close(database)

    async def _in_order(self, database: Database, desk: Desk) -> Partition:
        for place, one in sorted(enumerate(self.sent), key=lambda pair: (pair[1].event.at, pair[0])):
            await _store(database, [place], self.sent, one.event.at)
            await self._work(desk, one.event.at + HOLD, killed=False)
        return await _partition(database)

    def _send(
        self,
        who: str,
        gap: int,
        delay: float,
        text: str = "",
        photo: Photo | None = None,
        album: str | None = None,
        reply_to: str | None = None,
    ) -> None:
        self.said_at = max(self.said_at, self.clock) + timedelta(seconds=gap)
        event = MessagePosted(
            chat=GROUP,
            id=str(len(self.sent)),
            sender=Person(who, who.title()),
            at=self.said_at,
            text=text,
            photos=(photo,) if photo else (),
            album=album,
            reply_to=reply_to,
        )
        self.sent.append(Sent(event, self.said_at + timedelta(seconds=delay)))

    async def _arrive(self, until: datetime) -> None:
        """What has come by now is stored, in the order in which it came."""
        due = [
            place for place, one in enumerate(self.sent) if one.arrives <= until and place not in self.stored
        ]
        for place in sorted(due, key=lambda one: self.sent[one].arrives):
            await _store(self.ground.database, [place], self.sent, self.sent[place].arrives)
        self.stored |= set(due)

    async def _work(self, desk: Desk, now: datetime, *, killed: bool) -> None:
        """Batches until nothing is ripe; what was ripe at an earlier moment was handled then."""
        moments = sorted({one.arrives + HOLD for one in self.sent if one.arrives + HOLD <= now} | {now})
        for moment in moments:
            platforms = cast(Mapping[str, ChatPlatform], {"telegram": Script(self.sent)})
            if killed:
                await _killed(self._worker(desk, platforms, moment, _die))
            worker = self._worker(desk, platforms, moment, nothing)
            while await worker.work():
                pass

    def _worker(self, desk: Desk, platforms: Mapping[str, ChatPlatform], now: datetime, step: Step) -> Worker:
        return Worker(desk.database, desk.services, platforms, lambda: now, step)

    async def _counts(self) -> tuple[int, int, int]:
        async with self.ground.database.read() as session:
            messages = await session.scalar(select(func.count()).select_from(Message))
            states = await inbox.counts(session)
        return int(messages or 0), states.get(InboxState.DONE, 0), states.get(InboxState.DEAD, 0)


def _die(step: str) -> None:
    if step == "handled":
        raise Killed


async def _killed(worker: Worker) -> None:
    with contextlib.suppress(Killed):
        await worker.work()


async def _store(database: Database, places: list[int], sent: list[Sent], now: datetime) -> None:
    events = [
        inbox.NewEvent(f"m:{place}", {"place": place}, sent[place].event.at, place, HOLD) for place in places
    ]
    async with database.write() as session:
        await inbox.store(session, "telegram", "telegram", events, now)


async def _partition(database: Database) -> Partition:
    """Which messages are together, as what, about what; messages that are nothing stand alone."""
    async with database.read() as session:
        messages = (await session.scalars(select(Message))).all()
        submissions = {row_id(one): one for one in (await session.scalars(select(Submission))).all()}
        tickets = {row_id(one): one for one in (await session.scalars(select(Ticket))).all()}
    groups: dict[int | str, list[str]] = {}
    for message in messages:
        groups.setdefault(message.submission_id or message.external_id, []).append(message.external_id)
    found: Partition = []
    for key, ids in groups.items():
        submission = submissions.get(key) if isinstance(key, int) else None
        state = submission.state.value if submission else "nothing"
        ticket = tickets.get(submission.ticket_id or 0) if submission else None
        found.append((tuple(sorted(ids, key=int)), state, ticket.category if ticket else ""))
    return sorted(found)


TestAssembling = Assembling.TestCase
TestAssembling.settings = settings(
    max_examples=100 if FULL else 8,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
