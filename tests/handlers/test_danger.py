"""A danger to life: told at once, ahead of everything that waits, to the moderators by name."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from handlers.policy import Policy
from handlers.posts import Mention, Post
from handlers.understanding import Intent, Understanding
from storage.database import Database
from storage.models import Outbox
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import GROUP, MONDAY, ROOM, Desk, intent, report

WIRE = "dây điện rớt"


async def alarms(desk: Desk) -> list[Post]:
    return [one.content for one in await desk.said("alarm", ROOM) if isinstance(one.content, Post)]


async def test_a_danger_calls_the_moderators_before_its_card(desk: Desk) -> None:
    await desk.say("hoa", WIRE)
    (alarm,) = await alarms(desk)
    assert alarm.calls == (Mention("mod", "Mod"),)
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


@pytest.mark.parametrize(
    "meaning",
    [
        report("power", confidence=0.3, urgent=True),
        replace(intent(Intent.PLACE, "power", "Lê Lợi"), urgent=True),  # "chỗ dây rớt á, đường Lê Lợi"
    ],
)
async def test_a_danger_that_may_be_none_is_asked_with_an_alarm(
    database: Database, meaning: Understanding
) -> None:
    desk = Desk(database, {"coi chừng dây": meaning})
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


SPARKS = "đèn hư Hai Bà Trưng, dây rớt xẹt lửa"
SPARK_MEANINGS = {
    **MEANINGS,
    SPARKS: report(street="Hai Bà Trưng", urgent=True),
    f"{SPARKS} nha": report(street="Hai Bà Trưng", urgent=True),
}


async def test_an_edit_that_tells_of_a_danger_raises_the_alarm_once(database: Database) -> None:
    desk = Desk(database, SPARK_MEANINGS)
    await desk.open()
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    heard = len([one for one in await desk.said(chat=GROUP) if isinstance(one.content, Post)])
    await desk.say("hoa", SPARKS, message=post, edited=True)
    ticket = await desk.ticket()
    assert (ticket.urgent, ticket.summary) == (True, SPARKS)
    (alarm,) = await alarms(desk)
    assert SPARKS in alarm.text
    await desk.say("hoa", f"{SPARKS} nha", message=post, edited=True)
    assert len(await alarms(desk)) == 1
    assert len([one for one in await desk.said(chat=GROUP) if isinstance(one.content, Post)]) == heard


async def test_an_edit_does_not_overrule_a_moderator_who_said_that_it_is_none(database: Database) -> None:
    desk = Desk(database, SPARK_MEANINGS)
    await desk.open()
    post = await desk.say("hoa", SPARKS)
    await desk.say("mod", "/khan 1001 hết", chat=ROOM)
    await desk.say("hoa", f"{SPARKS} nha", message=post, edited=True)
    assert not (await desk.ticket()).urgent


async def test_a_danger_after_one_that_is_over_is_another_alarm(database: Database) -> None:
    desk = Desk(database, SPARK_MEANINGS)
    await desk.open()
    await desk.say("hoa", SPARKS)
    await desk.say("mod", "/khan 1001 hết", chat=ROOM)
    assert not (await desk.ticket()).urgent
    await desk.say("minh", f"{SPARKS} nha", after=timedelta(hours=3))
    assert (await desk.ticket()).urgent
    assert len(await alarms(desk)) == 2


async def test_a_voice_that_is_edited_to_tell_of_a_danger_raises_the_alarm_too(database: Database) -> None:
    desk = Desk(database, SPARK_MEANINGS)
    await desk.open()
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    voice = await desk.say("minh", "đèn hư Hai Bà Trưng")
    await desk.say("minh", SPARKS, message=voice, edited=True)
    assert (await desk.ticket()).urgent
    assert len(await alarms(desk)) == 1


async def test_more_words_that_tell_of_a_danger_raise_the_alarm(database: Database) -> None:
    sparks = intent(Intent.CHATTER)
    desk = Desk(database, {**MEANINGS, "có tia lửa nữa": replace(sparks, urgent=True)})
    await desk.open()
    await desk.say("hoa", "đèn hư Hai Bà Trưng", photos=1, album="a")
    await desk.say("hoa", "có tia lửa nữa", photos=1, album="a", after=timedelta(seconds=5))
    assert (await desk.ticket()).urgent
    assert len(await alarms(desk)) == 1


async def test_a_danger_told_by_an_edit_waits_for_no_moderator(database: Database) -> None:
    desk = Desk(database, SPARK_MEANINGS, Policy(most_an_hour=1))
    await desk.open()
    asked = await desk.say("lan", "hình như đèn hư")
    await desk.say("hoa", "rác Lê Lợi")
    held = await desk.say("hoa", "đèn hư Hai Bà Trưng", after=timedelta(minutes=5))
    assert await desk.submissions() == ["question", "ticketed", "held"]
    await desk.deliver()
    await desk.say("hoa", SPARKS, message=held, edited=True)
    await desk.say("lan", "dây điện rớt", message=asked, edited=True)
    assert await desk.submissions() == ["ticketed"] * 3
    assert len(await alarms(desk)) == 2
    (question,) = [one for one in await desk.said("edit", ROOM) if (one.target or "").startswith("question:")]
    assert "#PA1003" in str(question.content)


async def test_a_question_that_is_edited_to_tell_of_a_danger_that_may_be_none_has_its_alarm(
    database: Database,
) -> None:
    desk = Desk(database, {**MEANINGS, "coi chừng dây": report("power", confidence=0.3, urgent=True)})
    await desk.open()
    asked = await desk.say("hoa", "hình như đèn hư")
    await desk.say("hoa", "coi chừng dây", message=asked, edited=True)
    assert (await desk.submissions(), len(await alarms(desk))) == (["question"], 1)


async def test_a_question_that_grows_to_tell_of_a_danger_has_its_alarm(database: Database) -> None:
    grown = "hình như đèn hư\nhình như xẹt lửa"
    unsure = {"hình như xẹt lửa": report(confidence=0.6), grown: report(confidence=0.6, urgent=True)}
    desk = Desk(database, {**MEANINGS, **unsure})
    await desk.open()
    await desk.say("hoa", "hình như đèn hư")
    await desk.say("hoa", "hình như xẹt lửa", after=timedelta(seconds=20))
    (alarm,) = await alarms(desk)
    assert grown.replace("\n", " ") in alarm.text
    assert await desk.submissions() == ["question"]
