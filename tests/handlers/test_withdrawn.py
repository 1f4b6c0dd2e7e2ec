"""Posts that are taken back: what waits is dropped, a question is closed, a ticket stays and is told of."""

from handlers.events import MessageDeleted, Person
from handlers.posts import Edit, Post
from tests.handlers.desk import GROUP, ROOM, Desk

LAMP = "đèn hư Hai Bà Trưng"
MAYBE = "hình như đèn hư"


async def take_back(desk: Desk, message: str, who: str = "hoa") -> None:
    await desk.happen(MessageDeleted(GROUP, message, Person(who, who.title()), desk.now))


async def test_a_ticket_stays_and_moderators_may_turn_it_down(desk: Desk) -> None:
    message = await desk.say("hoa", LAMP)
    await take_back(desk, message)
    await take_back(desk, message)
    assert (await desk.ticket()).status.value == "new"
    (notice,) = await desk.said("notice", ROOM)
    assert isinstance(notice.content, Post)
    assert "#PA1001" in notice.content.text
    await desk.deliver()
    await desk.press("mod", notice.content.buttons[0][0].data)
    assert (await desk.ticket()).status.value == "rejected"
    assert "withdrawn" in await desk.history()
    assert await desk.said("notice", GROUP) == []


async def test_a_question_is_closed_and_may_be_asked_again(desk: Desk) -> None:
    message = await desk.say("hoa", MAYBE)
    assert await desk.submissions() == ["question"]
    await desk.deliver()
    await take_back(desk, message)
    assert await desk.submissions() == ["dismissed"]
    edited = (await desk.said("edit", ROOM))[-1].content
    assert isinstance(edited, Edit)
    assert "Hoa đã thu hồi" in edited.text
    await desk.press("mod", edited.buttons[0][0].data)
    assert await desk.submissions() == ["question"]


async def test_photos_that_wait_are_dropped_in_silence(desk: Desk) -> None:
    message = await desk.say("hoa", "", photos=1)
    assert await desk.submissions() == ["waiting"]
    await take_back(desk, message)
    assert await desk.submissions() == ["dismissed"]
    assert await desk.said() == []


async def test_what_a_neighbour_takes_back_is_only_in_the_history(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    voice = await desk.say("minh", LAMP)
    await take_back(desk, voice, "minh")
    assert await desk.said("notice", ROOM) == []


async def test_what_was_never_heard_or_only_a_part_changes_nothing(desk: Desk) -> None:
    await take_back(desk, "404")
    await desk.say("hoa", LAMP)
    part = await desk.say("hoa", "", photos=1)
    await take_back(desk, part)
    assert await desk.said("notice", ROOM) == []
    await desk.happen(MessageDeleted("nowhere", "1", Person("hoa", "Hoa"), desk.now))
