"""A danger to life: told at once, ahead of everything that waits, to the moderators by name."""

from datetime import timedelta

from sqlalchemy import select

from handlers.posts import Call, Post
from storage.database import Database
from storage.models import Outbox
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import GROUP, MONDAY, ROOM, Desk, report

WIRE = "dây điện rớt"


async def alarms(desk: Desk) -> list[Post]:
    return [one.content for one in await desk.said("alarm", ROOM) if isinstance(one.content, Post)]


async def test_a_danger_calls_the_moderators_before_its_card(desk: Desk) -> None:
    await desk.say("hoa", WIRE)
    (alarm,) = await alarms(desk)
    assert alarm.calls == (Call("mod", "Mod"),)
    assert WIRE in alarm.text
    assert alarm.text.splitlines()[-1].endswith("Mod")
    assert [one.purpose for one in await desk.said(chat=ROOM)] == ["alarm", "card"]
    assert (await desk.ticket()).due_at == MONDAY + timedelta(minutes=10, days=1)


async def test_an_alarm_waits_for_nothing_else_in_its_chat(desk: Desk) -> None:
    await desk.say("hoa", WIRE)
    async with desk.database.read() as session:
        rows = {row.purpose: row.ordering_key for row in await session.scalars(select(Outbox))}
    assert rows["alarm"] not in (rows["card"], rows["acknowledgement"])


async def test_no_danger_no_alarm(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    assert await alarms(desk) == []


async def test_a_danger_that_may_be_none_is_asked_with_an_alarm(database: Database) -> None:
    desk = Desk(database, {"coi chừng dây": report("power", confidence=0.3, urgent=True)})
    await desk.open()
    await desk.say("hoa", "coi chừng dây")
    assert await desk.tickets() == []
    assert [one.purpose for one in await desk.said(chat=ROOM)] == ["alarm", "question"]
    assert await desk.said(chat=GROUP) == []


async def test_a_ticket_becomes_urgent_when_somebody_says_so(database: Database) -> None:
    desk = Desk(database, {**MEANINGS, "trụ đèn xẹt lửa": report(urgent=True)})
    await desk.open()
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    before = (await desk.ticket()).due_at
    await desk.say("lan", "trụ đèn xẹt lửa", reply_to=post)
    ticket = await desk.ticket()
    assert ticket.urgent
    assert ticket.due_at is not None
    assert before is not None
    assert ticket.due_at < before
    await desk.say("ba", "trụ đèn xẹt lửa", reply_to=post)
    assert len(await alarms(desk)) == 1
