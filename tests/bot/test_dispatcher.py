"""What systems outside are told: in order for each ticket, again where it failed, and what a crash leaves."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.dispatcher import FIRST_PAUSE, IN_FLIGHT, PATIENCE, Dispatcher
from bot.steps import Step, nothing
from handlers import people
from handlers.context import Turn
from handlers.ports import (
    Ambiguous,
    DeliveryError,
    Dispatched,
    JsonObject,
    NotSent,
    PlatformDown,
    Refused,
)
from handlers.subscribers import TOLD_BY, Subscriber, hearing
from storage import claiming, dispatches
from storage.database import Database
from storage.models import Attachment, Dispatch, Member, Ticket, TicketEvent
from storage.states import AttachmentState, OutboxState
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import MONDAY, ROOM, Desk, report

LAMP, RUBBISH = "đèn hư Hai Bà Trưng", "rác Lê Lợi"


@dataclass
class Recorder:
    """A receiver that takes everything, or goes wrong as it is told to."""

    name: str = "ioc"
    repeats: bool = True
    told: list[Dispatched] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    reference: str | None = None

    async def deliver(self, dispatched: Dispatched) -> str | None:
        if self.errors:
            raise self.errors.pop(0)
        self.told.append(dispatched)
        return self.reference

    async def close(self) -> None:
        return None

    def types(self) -> list[str]:
        return [f"{one.code} {one.payload['type']}" for one in self.told]


class Office:
    """A desk whose tickets are told to receivers."""

    def __init__(self, database: Database, *targets: Recorder) -> None:
        self.desk = Desk(database, MEANINGS)
        self.targets = {target.name: target for target in targets}
        subscribers = [Subscriber(target.name) for target in targets]
        self.desk.services = replace(self.desk.services, subscribers=subscribers)
        self.dispatcher = self.process()

    def process(self, step: Step = nothing) -> Dispatcher:
        """A process that has just begun."""
        return Dispatcher(
            self.desk.database, self.desk.services, self.targets, lambda: self.desk.now, step,
            owner=lambda: "me", luck=lambda: 0.5,
        )  # fmt: skip

    async def run(self) -> None:
        while await self.dispatcher.send():
            pass

    async def rows(self) -> list[Dispatch]:
        async with self.desk.database.read() as session:
            return list((await session.scalars(select(Dispatch).order_by(col(Dispatch.id)))).all())

    async def states(self) -> list[str]:
        return [row.state.value for row in await self.rows()]


Open = Callable[..., Awaitable[Office]]


@pytest.fixture
def open_office(database: Database) -> Open:
    async def made(*targets: Recorder) -> Office:
        office = Office(database, *targets)
        await office.desk.open()
        return office

    return made


async def test_each_row_of_history_is_told_in_order_and_once(open_office: Open) -> None:
    ioc = Recorder(reference="SR-7")
    office = await open_office(ioc)
    await office.desk.say("hoa", LAMP)
    await office.desk.say("minh", RUBBISH)
    await office.desk.press("mod", "t:1:accept")
    await office.desk.press("mod", "t:1:resolve")
    await office.run()
    lamp = [one for one in ioc.types() if one.startswith("PA1001")]
    assert lamp == ["PA1001 ticket.opened", "PA1001 ticket.accept", "PA1001 ticket.resolve"]
    assert "PA1002 ticket.opened" in ioc.types()
    last = ioc.told[-1]
    assert (last.words, last.reference) == (LAMP, "SR-7")
    assert last.payload["data"]["ticket"]["status"] == "resolved"
    assert last.payload["data"]["event"] | {"id": 0, "note": None} == {
        "id": 0, "action": "resolve", "from_status": "accepted", "to_status": "resolved",
        "by": "moderator", "note": None,
    }  # fmt: skip
    assert LAMP not in str([row.payload for row in await office.rows()])


async def test_while_one_waits_its_ticket_waits_and_others_go_on(open_office: Open) -> None:
    ioc = Recorder()
    office = await open_office(ioc)
    await office.desk.say("hoa", LAMP)
    await office.desk.press("mod", "t:1:accept")
    await office.desk.say("minh", RUBBISH)
    ioc.errors = [NotSent("busy")]
    await office.run()
    assert ioc.types() == ["PA1002 ticket.opened"]
    office.desk.now += timedelta(minutes=1)
    await office.run()
    assert ioc.types() == ["PA1002 ticket.opened", "PA1001 ticket.opened", "PA1001 ticket.accept"]
    assert len({one.key for one in ioc.told}) == 3


async def test_who_says_when_to_come_back_is_left_alone_until_then(open_office: Open) -> None:
    ioc = Recorder()
    office = await open_office(ioc)
    await office.desk.say("hoa", LAMP)
    ioc.errors = [NotSent("busy", timedelta(minutes=30))]
    await office.run()
    await office.desk.say("minh", RUBBISH)
    await office.run()
    assert ioc.types() == []
    office.desk.now += timedelta(minutes=31)
    await office.run()
    assert len(ioc.types()) == 2


async def test_a_receiver_that_fails_again_and_again_is_left_alone_and_the_other_goes_on(
    open_office: Open,
) -> None:
    bad, good = Recorder("bad"), Recorder("good")
    office = await open_office(bad, good)
    bad.errors = [Ambiguous("down")] * 100
    for number in range(12):
        await office.desk.say("hoa", f"{LAMP} {number}" if number else LAMP)
        await office.desk.say("minh", RUBBISH)
        await office.run()
    tried = 100 - len(bad.errors)
    assert tried < 40
    assert len(good.told) == len([row for row in await office.rows() if row.target == "good"])
    bad.errors.clear()
    office.desk.now += timedelta(hours=6)
    await office.run()
    assert await office.states() == ["sent"] * len(await office.rows())
    assert PATIENCE * FIRST_PAUSE.total_seconds() > 0


@pytest.mark.parametrize(
    ("repeats", "error", "state", "notices"),
    [
        (True, Ambiguous("no answer"), "pending", 0),
        (False, Ambiguous("no answer"), "unconfirmed", 1),
        (True, Refused("400"), "dead", 1),
        (False, NotSent("busy"), "pending", 0),
        (True, PlatformDown("401"), "pending", 0),
        (False, RuntimeError("a fault of ours"), "unconfirmed", 1),
    ],
)
async def test_what_becomes_of_a_failure(
    open_office: Open, repeats: bool, error: DeliveryError, state: str, notices: int
) -> None:
    ioc = Recorder(repeats=repeats)
    office = await open_office(ioc)
    await office.desk.say("hoa", LAMP)
    await office.desk.say("minh", RUBBISH)
    ioc.errors = [error, error]
    await office.dispatcher.send()
    assert await office.states() == [state, state]
    assert len(await office.desk.said("notice", ROOM)) == notices  # once a day, however many


async def test_what_waits_for_days_is_given_up_and_told(open_office: Open) -> None:
    ioc = Recorder()
    office = await open_office(ioc)
    await office.desk.say("hoa", LAMP)
    ioc.errors = [NotSent("down")] * 500
    for _ in range(60):
        office.desk.now += timedelta(hours=3)
        await office.dispatcher.send()
    assert await office.states() == ["dead"]
    assert "ioc" in await office.desk.only("notice", ROOM)


@pytest.mark.parametrize(("repeats", "state"), [(True, "sent"), (False, "unconfirmed")])
async def test_a_crash_in_the_middle(open_office: Open, repeats: bool, state: str) -> None:
    ioc = Recorder(repeats=repeats)
    office = await open_office(ioc)
    await office.desk.say("hoa", LAMP)
    async with office.desk.database.write() as session:
        ((row, _),) = await dispatches.ready(session, ["ioc"], office.desk.now, 8)
        claiming.take(row, "me", office.desk.now)
    office.dispatcher = office.process()
    assert await office.dispatcher.recover() == 1
    await office.run()
    assert await office.states() == [state]
    assert len(ioc.told) == int(repeats)


async def test_a_stale_outcome_is_not_recorded(open_office: Open) -> None:
    office = await open_office(Recorder())
    await office.desk.say("hoa", LAMP)
    async with office.desk.database.write() as session:
        ((row, _),) = await dispatches.ready(session, ["ioc"], office.desk.now, 8)
        claiming.take(row, "first", office.desk.now)
    async with office.desk.database.write() as session:
        await session.execute(update(Dispatch).values(fence=2))
    async with office.desk.database.write() as session:
        assert not await claiming.settle(session, row, OutboxState.SENT, office.desk.now)


async def test_who_hung_for_longer_than_its_claim_calls_nobody(open_office: Open) -> None:
    ioc = Recorder()
    office = await open_office(ioc)
    await office.desk.say("hoa", LAMP)

    def hang(step: str) -> None:
        if step == "dispatching":
            office.desk.now += timedelta(minutes=2)

    office.dispatcher = office.process(hang)
    await office.dispatcher.send()
    assert (ioc.told, await office.states()) == ([], ["pending"])


async def test_words_that_were_erased_meanwhile_do_not_leave(open_office: Open) -> None:
    ioc = Recorder()
    office = await open_office(ioc)
    await office.desk.say("hoa", LAMP)
    async with office.desk.database.write() as session:
        ticket = (await office.desk.tickets())[0]
        ticket.summary = ""
        await session.merge(ticket)
    await office.run()
    assert [one.words for one in ioc.told] == [""]


async def test_photos_are_waited_for_a_little(open_office: Open) -> None:
    ioc = Recorder()
    office = await open_office(ioc)
    await office.desk.say("hoa", LAMP, photos=1)
    await office.run()
    assert ioc.told == []
    async with office.desk.database.write() as session:
        await session.execute(update(Attachment).values(state=AttachmentState.STORED, content_hash="ab12"))
    office.desk.now += timedelta(seconds=1)
    await office.run()
    assert [one.photos for one in ioc.told] == [("ab12",)]


async def test_a_slow_receiver_with_a_backlog_keeps_nobody_waiting(open_office: Open) -> None:
    class Slow(Recorder):
        async def deliver(self, dispatched: Dispatched) -> str | None:
            await answers.wait()
            return await super().deliver(dispatched)

    answers, slow, mail = asyncio.Event(), Slow("slow"), Recorder("mail")
    office = await open_office(slow, mail)
    office.desk._meanings = {f"hư {n}": report("lighting", f"đường {n}") for n in range(IN_FLIGHT + 3)}
    for place, words in enumerate(office.desk._meanings):
        await office.desk.say(f"m{place}", words)
    hanging = asyncio.create_task(office.dispatcher.send_to("slow"))
    while await office.dispatcher.send_to("mail"):
        pass
    assert (len(slow.told), len(mail.told)) == (0, IN_FLIGHT + 3)
    answers.set()
    assert await hanging == IN_FLIGHT


async def test_an_erased_photo_is_told_to_nobody(open_office: Open) -> None:
    ioc = Recorder()
    office = await open_office(ioc)
    await office.desk.say("hoa", LAMP, photos=2)
    async with office.desk.database.write() as session:
        await session.execute(update(Attachment).values(state=AttachmentState.STORED, content_hash="ab12"))
        erased = await session.get_one(Attachment, 2)
        erased.state, erased.content_hash = AttachmentState.ERASED, "cd34"  # until the sweeper comes
    await office.run()
    assert [one.photos for one in ioc.told] == [("ab12",)]


async def test_history_that_is_taken_in_is_told_to_nobody(open_office: Open) -> None:
    office = await open_office(Recorder())
    await office.desk.say("hoa", LAMP, silent=True)
    assert await office.rows() == []


def event(action: str, detail: JsonObject | None = None) -> TicketEvent:
    return TicketEvent(ticket_id=1, at=MONDAY, action=action, detail=detail or {})


async def test_who_hears_of_what(open_office: Open) -> None:
    office = await open_office()
    await office.desk.say("hoa", LAMP)
    ticket = await office.desk.ticket()
    everyone = [
        Subscriber("all"),
        Subscriber("ends", actions=frozenset({"resolve"})),
        Subscriber("lamps", categories=frozenset({"lighting"})),
        Subscriber("waste", categories=frozenset({"waste"})),
        Subscriber("theirs", department="chieusang"),
        Subscriber("others", department="moitruong"),
    ]
    assert [one.name for one in hearing(everyone, ticket, event("opened"))] == ["all", "lamps", "theirs"]
    back = event("resolve", {TOLD_BY: "all"})
    assert [one.name for one in hearing(everyone, ticket, back)] == ["ends", "lamps", "theirs"]
    assert hearing([Subscriber("all")], ticket, event("reaction")) == []


def told_of(category: str, department: str) -> Ticket:
    return Ticket(
        number=1, code="PA1", chat_id=1, origin="1", reporter_id=1, kind="report", category=category,
        department=department, opened_at=MONDAY,
    )  # fmt: skip


def test_only_a_change_that_is_news_is_told() -> None:
    heard = Subscriber("mail", frozenset({"undone:status"}))
    ticket = told_of("lighting", "chieusang")
    changed = event("undone", {"changes": {"status": ["resolved", "accepted"]}})
    assert heard.wants(changed, ticket)
    assert not heard.wants(event("undone", {"changes": {"hidden": [True, False]}}), ticket)
    assert not heard.wants(event("resolve", {"changes": {"status": ["accepted", "resolved"]}}), ticket)


def test_whoever_had_it_hears_that_it_is_another_category_and_that_its_words_are_erased() -> None:
    lamps = Subscriber("lamps", categories=frozenset({"lighting"}))
    ends = Subscriber("ends", actions=frozenset({"resolve"}))
    theirs = Subscriber("theirs", department="chieusang")
    above = Subscriber("above", categories=frozenset({"lighting"}), once=True)
    everyone = [lamps, ends, theirs, above]
    ticket = told_of("waste", "moitruong")
    moved = event(
        "reclassified",
        {"changes": {"category": ["lighting", "waste"], "department": ["chieusang", "moitruong"]}},
    )
    assert hearing(everyone, ticket, moved) == [lamps, theirs]
    assert hearing(everyone, ticket, event("erased")) == []
    assert (
        hearing(everyone, ticket, event("erased"), had={"lamps", "ends", "theirs", "above"}) == everyone[:3]
    )
    assert hearing(everyone, ticket, event("start"), had={"lamps", "ends", "theirs", "above"}) == []


@pytest.mark.sqlite_in_short
async def test_an_erasure_is_told_to_whoever_was_told_of_the_ticket(open_office: Open) -> None:
    office = await open_office(Recorder("ioc"), Recorder("other"))
    heard = [Subscriber("ioc", frozenset({"opened"})), Subscriber("other", frozenset({"resolve"}))]
    office.desk.services = replace(office.desk.services, subscribers=heard)
    await office.desk.say("hoa", LAMP)
    async with office.desk.database.write() as session:
        hoa = await session.get_one(Member, (await office.desk.ticket()).reporter_id)
        await people.erase(Turn(office.desk.services, session, "telegram", "", MONDAY, MONDAY), hoa)
    assert [(row.target, row.payload["type"]) for row in await office.rows()] == [
        ("ioc", "ticket.opened"), ("ioc", "ticket.erased"),
    ]  # fmt: skip


@pytest.mark.sqlite_in_short
async def test_what_a_receiver_answers_goes_with_the_words_it_may_repeat(open_office: Open) -> None:
    ioc = Recorder(errors=[Refused(f"the system answers 400: what is {LAMP}?")])
    office = await open_office(ioc)
    await office.desk.say("hoa", LAMP)
    await office.run()
    await office.desk.deliver()
    assert LAMP in await office.desk.only("notice", ROOM)
    async with office.desk.database.write() as session:
        hoa = await session.get_one(Member, (await office.desk.ticket()).reporter_id)
        await people.erase(Turn(office.desk.services, session, "telegram", "", MONDAY, MONDAY), hoa)
    assert [row.error for row in await office.rows() if row.error] == []
    assert await office.desk.only("notice", ROOM) == ""
    edits = [one.content for one in await office.desk.said("edit", ROOM) if one.target]
    assert "đã xóa theo yêu cầu" in str(edits)


@pytest.mark.sqlite_in_short
async def test_a_new_database_has_other_keys(open_office: Open) -> None:
    office = await open_office(Recorder())
    once = Subscriber("above", frozenset({"opened", "accept"}), once=True)
    office.desk.services = replace(office.desk.services, subscribers=[Subscriber("ioc"), once])
    await office.desk.say("hoa", LAMP)
    opened = round((await office.desk.ticket()).opened_at.timestamp() * 1_000_000)
    assert [row.idempotency_key for row in await office.rows()] == [f"ioc:e1:{opened}", f"above:t1:{opened}"]


@pytest.mark.sqlite_in_short
async def test_what_an_earlier_congich_told_once_is_not_told_again(open_office: Open) -> None:
    office = await open_office(Recorder())
    once = Subscriber("ioc", frozenset({"opened", "accept"}), once=True)
    office.desk.services = replace(office.desk.services, subscribers=[once])
    await office.desk.say("hoa", LAMP)
    async with office.desk.database.write() as session:
        await session.execute(update(Dispatch).values(idempotency_key="ioc:t1"))
    await office.desk.press("mod", "t:1:accept")
    assert len(await office.rows()) == 1


async def test_a_ticket_that_is_told_once_stays_told_once(open_office: Open) -> None:
    office = await open_office(Recorder())
    once = Subscriber("ioc", actions=frozenset({"opened", "accept"}), once=True)
    office.desk.services = replace(office.desk.services, subscribers=[once])
    await office.desk.say("hoa", LAMP)
    await office.desk.press("mod", "t:1:accept")
    assert len(await office.rows()) == 1
