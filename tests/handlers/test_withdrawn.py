"""Posts that are taken back: what waits is dropped, a question is closed, a ticket stays and is told of."""

from datetime import timedelta

from handlers.events import MessageDeleted, Person
from handlers.policy import Policy
from handlers.posts import Edit, Post
from handlers.understanding import Intent
from storage.database import Database
from tests.handlers.desk import GROUP, ROOM, Desk, intent, report

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


async def test_all_of_a_question_taken_back_bit_by_bit_closes_it(database: Database) -> None:
    meanings = {MAYBE: report(confidence=0.6), f"{MAYBE}\nnhìn giống": report(confidence=0.6)}
    desk = Desk(database, meanings | {"nhìn giống": report(confidence=0.5)})
    await desk.open()
    first = await desk.say("hoa", MAYBE)
    second = await desk.say("hoa", "nhìn giống", after=timedelta(seconds=5), reply_to=first)
    assert await desk.submissions() == ["question"]
    await desk.deliver()
    await take_back(desk, first)
    edited = (await desk.said("edit", ROOM))[-1].content
    assert isinstance(edited, Edit)
    assert "“nhìn giống”" in edited.text
    assert await desk.submissions() == ["question"]
    await take_back(desk, second)
    assert await desk.submissions() == ["dismissed"]


async def test_one_photo_of_several_is_left_out_and_the_rest_still_waits_for_its_words(desk: Desk) -> None:
    await desk.say("hoa", "", photos=1, album="a")
    wrong = await desk.say("hoa", "", photos=1, album="a", after=timedelta(seconds=1))
    await take_back(desk, wrong)
    await desk.say("hoa", LAMP, after=timedelta(seconds=20))
    assert await desk.submissions() == ["ticketed"]
    (card,) = await desk.said("card", ROOM)
    assert isinstance(card.content, Post)
    assert len(card.content.photos) == 1


async def test_words_that_were_taken_back_join_nothing(database: Database) -> None:
    desk = Desk(database, {"đèn Hai Bà Trưng\như rồi": report(street="Hai Bà Trưng")})
    await desk.open()
    for who, kept in (("hoa", True), ("minh", False)):
        first = await desk.say(who, "đèn Hai Bà Trưng")
        if not kept:
            await take_back(desk, first, who)
        await desk.say(who, "hư rồi", after=timedelta(seconds=5))
    assert await desk.submissions() == ["ticketed"]


async def test_a_follow_up_taken_back_is_in_the_history_alone(desk: Desk) -> None:
    message = await desk.say("hoa", LAMP)
    more = await desk.say("hoa", "vẫn chưa", reply_to=message)
    told = len(await desk.said("notice", ROOM))
    await take_back(desk, more)
    assert len(await desk.said("notice", ROOM)) == told
    assert (await desk.history())[-1] == "withdrawn"


async def test_a_command_that_was_taken_back_stays_in_the_history_with_its_words(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    done = await desk.say("officer", "/xong 1001 đã thay bóng")
    await take_back(desk, done, "officer")
    await desk.say("mod", "/lichsu 1001", chat=ROOM)
    told = (await desk.said("reply", ROOM))[-1].content
    assert isinstance(told, Post)
    assert "đã thay bóng" in told.text


async def test_of_many_that_are_held_the_one_taken_back_opens_nothing(database: Database) -> None:
    streets = ["Hai Bà Trưng", "Lê Lợi", "Lê Duẩn", "Trần Phú"]
    desk = Desk(database, {f"đèn {one}": report(street=one) for one in streets}, Policy(most_an_hour=1))
    await desk.open()
    told = [await desk.say("hoa", f"đèn {one}") for one in streets[:3]]
    assert await desk.submissions() == ["ticketed", "held", "held"]
    await desk.deliver()
    await take_back(desk, told[1])
    edits = len(await desk.said("edit", ROOM))
    await desk.say("hoa", f"đèn {streets[3]}")
    assert len(await desk.said("edit", ROOM)) == edits + 1  # the notice is still found
    edited = (await desk.said("edit", ROOM))[-1].content
    assert isinstance(edited, Edit)
    await desk.press("mod", edited.buttons[0][0].data)
    assert [one.summary for one in await desk.tickets()] == [
        "đèn Hai Bà Trưng",
        "đèn Lê Duẩn",
        "đèn Trần Phú",
    ]


async def test_a_ticket_told_in_two_parts_is_judged_when_both_are_gone(database: Database) -> None:
    desk = Desk(
        database,
        {LAMP: report(street="Hai Bà Trưng"), "số 45": intent(Intent.PLACE, "other", "Hai Bà Trưng")},
    )
    await desk.open()
    first = await desk.say("hoa", LAMP)
    second = await desk.say("hoa", "số 45", after=timedelta(seconds=5))
    assert await desk.submissions() == ["ticketed"]
    await take_back(desk, first)
    told = len(await desk.said("notice", ROOM))
    await take_back(desk, second)
    assert (told, len(await desk.said("notice", ROOM))) == (0, 1)
    assert (await desk.history()).count("withdrawn") == 2


async def test_undo_passes_over_it(desk: Desk) -> None:
    message = await desk.say("hoa", LAMP)
    await desk.say("mod", "/nhan 1001", chat=ROOM)
    await take_back(desk, message)
    await desk.say("mod", "/hoantac 1001", chat=ROOM)
    assert (await desk.ticket()).status.value == "new"


async def test_an_administrator_who_removed_it_is_named(desk: Desk) -> None:
    message = await desk.say("hoa", LAMP)
    await take_back(desk, message, "quản")
    (notice,) = await desk.said("notice", ROOM)
    assert isinstance(notice.content, Post)
    assert notice.content.text.startswith("Quản đã thu hồi")
