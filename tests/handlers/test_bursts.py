"""What one more message reads does not grow with how many came just before it."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from handlers import fragments, limits
from handlers.announce import MOST_TOGETHER
from handlers.policy import Policy
from handlers.posts import Edit
from handlers.understanding import Understanding
from storage.database import Database
from storage.models import Message, Submission, Ticket
from storage.submissions import NEAREST
from tests.handlers.desk import CHATTER, ROOM, Desk, report

AT_ONCE = timedelta(0)
MANY = NEAREST + 10
REPORTS = {f"đèn hư số {n}": report(street=f"đường {n}") for n in range(MANY + 2)}


@pytest.fixture
def loaded() -> Iterator[list[object]]:
    """Every row that becomes an object, as it comes."""
    rows: list[object] = []

    def note(row: object, _: object) -> None:
        rows.append(row)

    for table in (Message, Submission, Ticket):
        event.listen(table, "load", note)
    yield rows
    for table in (Message, Submission, Ticket):
        event.remove(table, "load", note)


async def does_not_grow(say: Callable[[int], Awaitable[str]], loaded: list[object]) -> None:
    """Compare what the last messages of a burst read with those before them, as many as one post tells of."""
    read = list[int]()
    for number in range(MANY + 2):
        loaded.clear()
        await say(number)
        read.append(len(loaded))
    assert max(read[-MOST_TOGETHER:]) <= max(read[-2 * MOST_TOGETHER : -MOST_TOGETHER])


async def test_reports_of_one_member(database: Database, loaded: list[object]) -> None:
    desk = Desk(database, REPORTS, Policy(most_an_hour=2))
    await desk.open()
    await does_not_grow(lambda n: desk.say("hoa", f"đèn hư số {n}", after=AT_ONCE), loaded)
    assert (await desk.submissions()).count("held") == MANY
    edits = [one.content for one in await desk.said("edit", ROOM)]
    assert isinstance(edits[-1], Edit)
    assert f"ít nhất {MANY} tin" in edits[-1].text


def test_of_very_many_the_notice_counts_the_tens_and_the_hundreds() -> None:
    told = [count for count in (9, 10, 11, 90, 100, 110, 4900, 4950) if limits.is_told(count)]
    assert told == [9, 10, 90, 100, 4900]


async def test_tickets_of_one_minute(database: Database, loaded: list[object]) -> None:
    desk = Desk(database, REPORTS)
    await desk.open()
    await does_not_grow(lambda n: desk.say(f"người {n}", f"đèn hư số {n}", after=AT_ONCE), loaded)
    assert len(await desk.tickets()) == MANY + 2


async def test_short_words_of_one_member(database: Database, loaded: list[object]) -> None:
    desk, understood = Desk(database, {}), list[str]()

    def understand(text: str, *, has_photo: bool = False) -> Understanding:
        understood.append(text)
        return CHATTER

    desk.services = replace(desk.services, understand=understand)
    await desk.open()
    await does_not_grow(lambda n: desk.say("hoa", "dạ", after=AT_ONCE), loaded)
    assert max(len(text.splitlines()) for text in understood) <= fragments.MOST
