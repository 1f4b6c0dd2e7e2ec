"""What another system says of how things stand with it, and what of that is taken over."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.open311 import built
from handlers.events import MessagePosted, Person, Stated, StatusTold
from storage import chats, dispatches
from storage.database import Database
from storage.dispatches import Followed, NewDispatch
from storage.models import Dispatch
from storage.states import ChatRole, TicketStatus
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import ROOM, Desk

pytestmark = pytest.mark.sqlite_in_short


@pytest.fixture
async def desk(database: Database) -> Desk:
    made = Desk(database, MEANINGS)
    await made.open()
    return made


async def test_a_note_is_told_once_whatever_others_note_meanwhile(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    async with desk.database.write() as session:
        await dispatches.add(session, NewDispatch("k", "open311:city", {"type": "x"}, 1), desk.now)
        await session.execute(update(Dispatch).values(reference="77"))
    for note, ours in (
        ("thứ sáu", "moitruong nhờ xem"),
        ("thứ sáu", "chieusang gấp"),
        ("thứ bảy", "moitruong ơi"),
    ):
        await desk.happen(StatusTold("", "77", False, note, desk.now), platform="open311:city")
        await desk.say("mod", f"/giao 1001 {ours}", chat=ROOM)
    history = await desk.history()
    assert history == ["opened", "promised", "assigned", "assigned", "promised", "assigned"]


async def test_a_system_that_flips_is_asked_about_and_the_group_hears_no_more(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    async with desk.database.write() as session:
        await dispatches.add(session, NewDispatch("k", "open311:city", {"type": "x"}, 1), desk.now)
        await session.execute(update(Dispatch).values(reference="77"))
    for number in range(10):
        desk.now += timedelta(minutes=5)
        told = StatusTold("", "77", is_closed=number % 2 == 0, note="", at=desk.now)
        await desk.happen(told, platform="open311:city")
    assert (await desk.history()).count("resolve") == 2
    assert "city" in await desk.only("notice", ROOM)
    desk.now += timedelta(days=1)
    await desk.happen(StatusTold("", "77", True, "", desk.now), platform="open311:city")
    assert (await desk.ticket()).status is TicketStatus.RESOLVED


async def test_a_post_among_several_ends_the_ticket_only_with_the_last_of_them(desk: Desk) -> None:
    async with desk.database.write() as session:
        (await chats.ensure(session, "import:old", "old", "Old", desk.now)).role = ChatRole.SYSTEM
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    for one in ("a", "b"):
        await desk.happen(posted(one, desk.now), silent=True, platform="import:old")
    ended = []
    for one in ("b", "a"):
        told = StatusTold("old", one, is_closed=True, note=f"xong {one}", at=desk.now)
        await desk.happen(told, silent=True, platform="import:old")
        ended.append((await desk.ticket()).status)
    assert ended == [TicketStatus.NEW, TicketStatus.RESOLVED]
    assert (await desk.history())[-2:] == ["comment", "resolve"]


async def test_the_post_of_which_a_ticket_was_made_ends_it(desk: Desk) -> None:
    async with desk.database.write() as session:
        (await chats.ensure(session, "import:old", "old", "Old", desk.now)).role = ChatRole.SYSTEM
    for one in ("a", "b"):
        await desk.happen(posted(one, desk.now), silent=True, platform="import:old")
    assert (await desk.ticket()).voices == 2
    told = StatusTold("old", "a", is_closed=True, note="", at=desk.now)
    await desk.happen(told, silent=True, platform="import:old")
    assert (await desk.ticket()).status is TicketStatus.RESOLVED


def posted(number: str, at: datetime) -> MessagePosted:
    """A record of another system's."""
    return MessagePosted(
        "old", number, Person(number, number), at, "đèn hư Hai Bà Trưng", stated=Stated("lighting", "report")
    )


async def test_how_it_stood_there_is_kept_with_what_was_told(database: Database, desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    async with database.write() as session:
        await dispatches.add(session, NewDispatch("k", "open311:city", {"type": "x"}, 1), desk.now)
        await session.execute(update(Dispatch).values(reference="77"))
    memory = built.memory(database, "open311:city")
    await memory.saw({1: "standing:key"})
    assert await memory.followed(0, 9) == [Followed(1, "77", "standing:key")]
