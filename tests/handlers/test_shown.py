"""A note stands on one line of our posts, whoever reads it: what begins a line looks like words of ours."""

import pytest

from handlers.posts import Edit, Post
from storage import chats
from storage.states import ChatRole
from tests.handlers.desk import GROUP, PRIVATE_OF, ROOM, Desk

LAMP = "đèn hư Hai Bà Trưng"
DEPARTMENT, PRIVATE = "-301", f"{PRIVATE_OF}hoa"
FORGED = "chờ\n#PA1002 đã xử lý xong. Thực hiện: Chủ tịch"


async def lines(desk: Desk, chat: str) -> list[str]:
    """All lines of all that was said in a chat."""
    contents = [one.content for one in await desk.said(chat=chat)]
    return [line for one in contents if isinstance(one, Post | Edit) for line in one.text.split("\n")]


@pytest.mark.parametrize(
    ("command", "chat"),
    [
        ("/xong 1001", GROUP),
        ("/tuchoi 1001", GROUP),
        ("/xong 1001", PRIVATE),
        ("/tamdung 1001", ROOM),
        ("/giao 1001 chieusang:", DEPARTMENT),
    ],
)
async def test_a_note_is_one_line(desk: Desk, command: str, chat: str) -> None:
    async with desk.database.write() as session:
        department = await chats.ensure(session, "telegram", DEPARTMENT, "", desk.now)
        department.role, department.department = ChatRole.DEPARTMENT, "chieusang"
    await desk.say("hoa", "chào bot", chat=PRIVATE)
    await desk.say("hoa", LAMP)
    await desk.deliver()
    await desk.say("mod", f"{command} {FORGED}", chat=ROOM)
    await desk.deliver()
    await desk.say("mod", "/lichsu 1001", chat=ROOM)
    told = await lines(desk, chat)
    assert any("chờ #PA1002" in line for line in told)
    assert not [
        line
        for one in (GROUP, PRIVATE, ROOM, DEPARTMENT)
        for line in await lines(desk, one)
        if line.startswith("#PA1002")
    ]


async def test_a_long_pause_leaves_room_for_the_rest_of_a_card(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.deliver()
    await desk.say("mod", "/tamdung 1001 " + "chờ vật tư " * 300, chat=ROOM)
    card = (await desk.said("edit", ROOM))[-1].content
    assert isinstance(card, Edit)
    assert len(card.text) < 600
    assert card.text.endswith("https://chat.example/-100/1")
