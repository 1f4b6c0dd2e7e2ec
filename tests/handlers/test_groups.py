"""Several groups of one city: one sequence of tickets, one ticket for one thing, each hears of its own."""

from handlers.events import ChatClosed
from handlers.posts import Edit, Post
from storage import chats, members
from storage.states import ChatRole, MemberRole
from tests.handlers.desk import GROUP, PRIVATE_OF, ROOM, Desk, Said

OTHER = "-300"
LAMP = "đèn hư Hai Bà Trưng"


async def second_group(desk: Desk) -> None:
    async with desk.database.write() as session:
        (await chats.ensure(session, "telegram", OTHER, "Phường 2", desk.now)).role = ChatRole.COMMUNITY


def text(said: Said) -> str:
    assert isinstance(said.content, Post | Edit)
    return said.content.text


async def test_codes_are_one_sequence(desk: Desk) -> None:
    await second_group(desk)
    await desk.say("hoa", LAMP)
    await desk.say("minh", "rác Lê Lợi", chat=OTHER)
    assert [one.code for one in await desk.tickets()] == ["PA1001", "PA1002"]
    assert "PA1002" in await desk.only("acknowledgement", OTHER)


async def test_the_same_thing_told_in_another_group_is_a_voice_and_both_hear_of_it(desk: Desk) -> None:
    await second_group(desk)
    await desk.say("hoa", LAMP)
    told = await desk.say("minh", LAMP, chat=OTHER)
    await desk.say("lan", LAMP, chat=OTHER)
    assert (await desk.ticket()).voices == 3
    (joined,) = await desk.said("joined", OTHER)  # once, not for every voice
    assert isinstance(joined.content, Post)
    assert joined.content.reply_to == told
    assert "#PA1001" in joined.content.text
    await desk.deliver()

    await desk.say("mod", "/xong 1001 đã thay bóng", chat=ROOM)
    assert "đã thay bóng" in await desk.only("settled", GROUP)
    (end,) = await desk.said("settled_elsewhere", OTHER)
    assert isinstance(end.content, Post)
    assert (end.content.reply_to, end.content.buttons) == (told, ())  # only the reporter is asked
    assert "đã thay bóng" in end.content.text
    await desk.deliver()

    await desk.say("mod", "/hoantac 1001", chat=ROOM)
    assert ["rút lại" in text(one) for one in await desk.said("edit", OTHER)] == [True]
    assert any("rút lại" in text(one) for one in await desk.said("edit", GROUP))


async def test_a_city_may_have_very_many_groups(desk: Desk) -> None:
    """SQLite takes no more than 500 questions in one."""
    async with desk.database.write() as session:
        for number in range(600):
            (await chats.ensure(session, "telegram", f"-9{number}", "", desk.now)).role = ChatRole.COMMUNITY
    await desk.say("hoa", LAMP, chat="-9599")
    await desk.say("minh", LAMP, chat="-91")
    assert (await desk.ticket()).voices == 2


async def test_what_was_told_in_a_group_that_is_left_takes_no_voices(desk: Desk) -> None:
    await second_group(desk)
    await desk.say("hoa", LAMP, chat=OTHER)
    async with desk.database.write() as session:
        (await chats.ensure(session, "telegram", OTHER, "", desk.now)).role = ChatRole.UNKNOWN
    await desk.say("minh", LAMP)
    assert len(await desk.tickets()) == 2
    await desk.say("mod", "/xong 1001", chat=ROOM)
    (end,) = await desk.said("settled", OTHER)
    assert isinstance(end.content, Post)
    assert end.content.buttons == ()  # a press there is refused


async def test_a_voice_of_the_own_group_is_told_nothing_anew(desk: Desk) -> None:
    await second_group(desk)
    await desk.say("hoa", LAMP)
    await desk.say("minh", LAMP)
    assert await desk.said("joined") == []
    await desk.say("mod", "/xong 1001", chat=ROOM)
    assert await desk.said("settled_elsewhere") == []


async def test_moderators_hear_once_of_a_group_that_is_no_more(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    for _ in range(2):
        await desk.happen(ChatClosed(GROUP, desk.now))
    await desk.happen(ChatClosed("a group that nobody knows", desk.now))
    assert "giải tán" in await desk.only("notice", ROOM)
    assert (await desk.ticket()).code == "PA1001"


async def test_administrators_hear_in_private_that_the_moderators_room_is_no_more(desk: Desk) -> None:
    theirs = f"{PRIVATE_OF}van"
    await desk.say("van", "/trogiup", chat=theirs)
    async with desk.database.write() as session:
        van = await members.ensure(session, "telegram", "van", "", desk.now)
        van.role = MemberRole.ADMINISTRATOR
    await desk.happen(ChatClosed(ROOM, desk.now))
    assert "không còn ở nhóm" in await desk.only("notice", theirs)
