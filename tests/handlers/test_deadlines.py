"""Deadlines, their timers, and what the clock tells: once each, never at night."""

from datetime import datetime, timedelta

import pytest

from handlers.deadlines import Timers, is_late, resumed, timers
from handlers.events import MessagePosted, Person
from handlers.policy import Policy
from handlers.posts import Post
from storage.models import Ticket
from storage.states import TicketStatus
from tests.handlers.desk import GROUP, MONDAY, ROOM, Desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = Policy()


def ticket(**fields: object) -> Ticket:
    made = Ticket(
        number=1,
        code="PA1",
        chat_id=1,
        origin="1",
        reporter_id=1,
        kind="report",
        category="tree",
        opened_at=MONDAY,
    )
    made.due_at = MONDAY + 2 * DAY
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_the_reminder_is_at_four_fifths_of_the_working_time() -> None:
    found = timers(POLICY, ticket(), MONDAY)
    assert found == Timers(remind_at=MONDAY + DAY + 6.5 * HOUR, escalate_at=MONDAY + 2 * DAY)


@pytest.mark.parametrize(
    "changed",
    [
        {"status": TicketStatus.REJECTED},
        {"status": TicketStatus.MERGED},
        {"paused_at": MONDAY},
        {"due_at": None},
        {"status": TicketStatus.CLOSED, "closed_at": MONDAY, "resolved_at": MONDAY},
    ],
)
def test_nothing_is_told_of_what_does_not_wait(changed: dict[str, object]) -> None:
    assert timers(POLICY, ticket(**changed), MONDAY) == Timers()


@pytest.mark.parametrize(
    ("changed", "late"),
    [
        ({}, True),
        ({"status": TicketStatus.IN_PROGRESS}, True),
        ({"status": TicketStatus.RESOLVED}, False),
        ({"paused_at": MONDAY}, False),
        ({"due_at": None}, False),
        ({"due_at": MONDAY + timedelta(days=9)}, False),
    ],
)
def test_what_is_late(changed: dict[str, object], late: bool) -> None:
    assert (
        is_late(ticket(**{"due_at": MONDAY + timedelta(days=1), **changed}), MONDAY + timedelta(days=2))
        is late
    )


def test_a_deadline_in_the_past_is_escalated_and_not_reminded_of() -> None:
    late = ticket(due_at=MONDAY - HOUR)
    assert timers(POLICY, late, MONDAY) == Timers(escalate_at=MONDAY - HOUR)


def test_what_is_resolved_is_closed_a_week_later() -> None:
    done = ticket(status=TicketStatus.RESOLVED, resolved_at=MONDAY)
    assert timers(POLICY, done, MONDAY) == Timers(close_at=MONDAY + 7 * DAY)


async def reminders(desk: Desk) -> list[str]:
    return [one.content.text for one in await desk.said("reminder", ROOM) if isinstance(one.content, Post)]


async def test_reminder_and_escalation_come_once_each(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    for _ in range(4 * 24):
        await desk.pass_time(HOUR)
    told = await reminders(desk)
    assert [text.split(" (")[0] for text in told] == ["Sắp đến hạn", "Quá hạn"]


async def test_what_became_late_at_night_is_not_due_soon(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    async with desk.database.write() as session:
        row = await session.get_one(Ticket, 1)
        row.remind_at, row.due_at = desk.now + 14 * HOUR, desk.now + 18 * HOUR  # 22:00 and 02:00 there
        row.escalate_at = row.due_at
    for _ in range(30):
        await desk.pass_time(HOUR)
    assert [text.split(" (")[0] for text in await reminders(desk)] == ["Quá hạn"]


async def test_of_history_that_is_taken_in_nothing_is_due_any_more(desk: Desk) -> None:
    long_ago, words = desk.now - timedelta(days=400), "đèn hư Hai Bà Trưng"
    await desk.happen(MessagePosted(GROUP, "900", Person("hoa", "Hoa"), long_ago, words), silent=True)
    assert (await desk.ticket()).due_at is not None
    await desk.pass_time(HOUR)
    assert await reminders(desk) == []
    assert "overdue" not in await desk.history()


async def test_neither_quotes_anybody(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")  # says nowhere where
    for _ in range(5 * 24):
        await desk.pass_time(HOUR)
    told = await reminders(desk)
    assert [text.splitlines()[1].rpartition(" · ")[0] for text in told] == ["• #PA1001 · Chiếu sáng"] * 2


async def test_several_that_are_due_together_are_one_post(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("minh", "đèn hư Lê Lợi", after=timedelta(seconds=5))
    for _ in range(5 * 24):
        await desk.pass_time(HOUR)
    told = await reminders(desk)
    assert [text.splitlines()[0] for text in told] == ["Sắp đến hạn (2):", "Quá hạn (2):"]


async def test_many_that_are_late_together_are_one_number(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    async with desk.database.write() as session:
        first = await session.get_one(Ticket, 1)
        copied = {name: getattr(first, name) for name in type(first).model_fields}
        for number in range(2, 121):
            number_of = {"id": number, "number": 1000 + number, "code": f"PA{1000 + number}"}
            session.add(Ticket(**copied | number_of | {"remind_at": None}))
    for _ in range(3):
        await desk.pass_time(timedelta(days=3))
    assert [text.splitlines()[0] for text in await reminders(desk)] == ["Quá hạn (120):"]


async def test_nothing_rings_at_night(desk: Desk) -> None:
    await desk.say("hoa", "dây điện rớt")  # urgent: due in a day of the calendar
    await desk.pass_time(14 * HOUR)  # 22:10
    await desk.pass_time(HOUR)
    await desk.pass_time(5 * HOUR)  # past four fifths, before six
    assert await reminders(desk) == []
    await desk.pass_time(3 * HOUR)
    assert len(await reminders(desk)) == 1


NIGHT = MONDAY + 13 * HOUR  # 21:00 there


@pytest.mark.parametrize(
    ("urgent", "due_at", "since", "until", "moved_to"),
    [
        (False, MONDAY + 2 * DAY + 9 * HOUR, NIGHT, NIGHT + HOUR, MONDAY + 2 * DAY + 9 * HOUR),
        (False, MONDAY + 4 * DAY + 9 * HOUR, NIGHT, NIGHT + HOUR, MONDAY + 4 * DAY + 9 * HOUR),
        (False, MONDAY + 2 * DAY + 9 * HOUR, MONDAY, MONDAY + HOUR, MONDAY + 3 * DAY + 0.5 * HOUR),
        (
            True,
            MONDAY + 5 * DAY + 12 * HOUR,
            MONDAY + 5 * DAY,
            MONDAY + 5 * DAY + HOUR,
            MONDAY + 5 * DAY + 13 * HOUR,
        ),
        (
            True,
            MONDAY + 4 * DAY + 8 * HOUR,
            NIGHT + 3 * DAY,
            NIGHT + 3 * DAY + HOUR,
            MONDAY + 4 * DAY + 9 * HOUR,
        ),
    ],
)
def test_a_pause_moves_a_deadline_by_what_was_lost(
    urgent: bool, due_at: datetime, since: datetime, until: datetime, moved_to: datetime
) -> None:
    """A pause at night loses no work; a danger's deadline is of the calendar, so over no weekend either."""
    held = ticket(urgent=urgent, due_at=due_at, paused_at=since)
    assert resumed(POLICY, held, until)["due_at"] == moved_to


async def test_a_pause_holds_the_deadline_and_moves_it_on(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    before = (await desk.ticket()).due_at
    await desk.say("mod", "/tamdung 1001 chờ vật tư", chat=ROOM)
    await desk.pass_time(10 * DAY)
    assert await reminders(desk) == []
    paused = await desk.ticket()
    assert (paused.pause_reason, paused.remind_at, paused.escalate_at) == ("chờ vật tư", None, None)
    await desk.say("mod", "/tieptuc 1001", chat=ROOM)
    after = await desk.ticket()
    assert after.paused_at is None
    assert before is not None
    assert after.due_at is not None
    assert POLICY.work.between(desk.now, after.due_at) == POLICY.work.between(MONDAY + 20 * HOUR / 60, before)


async def test_time_to_first_answer_and_to_the_end_are_kept(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("mod", "/nhan 1001", chat=ROOM, after=HOUR)
    await desk.say("mod", "/xong 1001", chat=ROOM, after=HOUR)
    done = await desk.ticket()
    assert done.first_answer_at == done.opened_at + HOUR
    assert done.resolved_at == done.opened_at + 2 * HOUR


async def test_the_category_and_the_department_set_the_days(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("minh", "rác Lê Lợi", after=timedelta(seconds=1))
    lamp, waste = await desk.tickets()
    assert lamp.due_at is not None
    assert waste.due_at is not None
    assert waste.due_at - lamp.due_at == DAY + timedelta(seconds=1)
    await desk.say("mod", "/phanloai 1001 rác thải", chat=ROOM)
    moved = (await desk.tickets())[0]
    assert (moved.department, moved.due_at) == ("moitruong", lamp.due_at + DAY)
