"""A platform without buttons, edits and reactions: numbered lines, and numbers as presses."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.choices import Chosen, named, numbered, parts, read
from handlers.policy import Acknowledge, Policy
from handlers.posts import Button, Mention, Post
from storage import chats
from storage.database import Database
from storage.states import ChatRole, TicketStatus
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import ABILITIES, GROUP, ROOM, Desk

BARE = replace(ABILITIES, edits=False, buttons=False, reactions=False, text_limit=2000)
LAMP = "đèn hư Hai Bà Trưng"
KEYBOARD = ((Button("Có", "a"), Button("Không", "b")), (Button("Thôi", "c"),))


@pytest.fixture
async def bare(database: Database) -> Desk:
    desk = Desk(database, MEANINGS, abilities=BARE)
    await desk.open()
    return desk


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("2", Chosen(2)),
        (" 2. ", Chosen(2)),
        ("@Công_ích 2", Chosen(2)),
        ("1042 2", Chosen(2, 1042)),
        ("#PA1042 2", Chosen(2, 1042)),
        ("h7 2", Chosen(2, question=7)),
        ("H12 1", Chosen(1, question=12)),
        ("h7", None),
        ("2 cái đèn", None),
        ("PA1042", None),
        ("1042", None),
        ("", None),
    ],
)
def test_read(text: str, chosen: Chosen | None) -> None:
    assert read(text) == chosen


def test_choices_are_numbered_in_their_order() -> None:
    text = numbered("Đóng?", KEYBOARD, "Trả lời bằng số.")
    assert text == "Đóng?\n1. Có\n2. Không\n3. Thôi\nTrả lời bằng số."
    assert numbered("Chào", (), "Trả lời bằng số.") == "Chào"


def test_a_long_post_is_several_with_the_choices_last_and_the_photos_first() -> None:
    post = Post("một " * 60, reply_to="5", buttons=KEYBOARD, photos=(1,))
    first, *more = parts(post, replace(BARE, text_limit=100), "Số.")
    assert (first.reply_to, first.photos, first.buttons) == ("5", (1,), ())
    assert [one.buttons for one in more] == [()] * (len(more) - 1) + [KEYBOARD]
    assert more[-1].text.endswith("Số.")
    assert parts(post, ABILITIES, "Số.") == [replace(post, text=post.text)]


def test_each_part_of_a_quiet_post_is_quiet_and_calls_those_who_stand_in_it() -> None:
    calls = tuple(Mention(str(place), f"Nguyễn Thu Hà {place}") for place in range(1, 5))
    names = ", ".join(call.name for call in calls)
    post = Post(f"{calls[3].name} báo. " + "một " * 60 + names, calls=calls, quiet=True, buttons=KEYBOARD)
    found = parts(post, replace(ABILITIES, text_limit=50), "Số.")
    assert all(one.quiet for one in found)
    assert [one.buttons for one in found] == [()] * (len(found) - 1) + [KEYBOARD]
    assert found[0].calls == ()
    assert [call for one in found for call in one.calls] == list(calls)
    assert all(call.name in one.text for one in found for call in one.calls)


@pytest.mark.parametrize(
    ("words", "data"),
    [
        ("có", "a"),
        ("dạ, không ạ", "b"),
        ("Khong nha anh", "b"),
        ("thôi", "c"),
        ("không biết", None),
        ("ạ", None),
    ],
)
def test_a_choice_is_named_whatever_courtesy_is_around_it(words: str, data: str | None) -> None:
    button = named(Post("Đóng?", buttons=KEYBOARD), words)
    assert (button.data if button else None) == data


async def test_only_the_reporter_rates_an_end_in_the_words_of_its_choices(bare: Desk) -> None:
    post = await bare.say("hoa", LAMP)
    await bare.say("officer", "đã xử lý", reply_to=post)
    await bare.deliver()
    end = await bare.message_of("settled")
    await bare.say("minh", "chưa được", reply_to=end)
    assert (await bare.ticket()).status is TicketStatus.RESOLVED
    await bare.say("hoa", "Hài lòng nha anh", reply_to=end)
    assert (await bare.ticket()).satisfied
    await bare.say("hoa", "dạ chưa được", reply_to=end)
    assert (await bare.ticket()).satisfied


async def last(desk: Desk, chat: str = ROOM) -> Post:
    content = (await desk.said(chat=chat))[-1].content
    assert isinstance(content, Post)
    return content


async def number_of(desk: Desk, words: str, purpose: str = "card") -> str:
    """Which number stands before these words on the newest post of a purpose."""
    content = (await desk.said(purpose, ROOM))[-1].content
    assert isinstance(content, Post)
    return next(line.split(".")[0] for line in content.text.splitlines() if line.endswith(f". {words}"))


async def test_a_number_under_a_card_is_the_press(bare: Desk) -> None:
    await bare.say("hoa", LAMP)
    await bare.deliver()
    card = await bare.message_of("card")
    await bare.say("mod", await number_of(bare, "Tiếp nhận"), chat=ROOM, reply_to=card)
    assert (await bare.ticket()).status is TicketStatus.ACCEPTED
    assert (await last(bare)).text == "#PA1001: Đã tiếp nhận."
    assert await bare.said("edit") == []
    assert await bare.said("reaction") == []


async def test_a_number_alone_chooses_on_the_newest_post_or_that_of_a_code(bare: Desk) -> None:
    await bare.say("hoa", LAMP)
    await bare.say("minh", "rác Lê Lợi")
    await bare.deliver()
    await bare.say("mod", "1", chat=ROOM)
    assert [one.status.value for one in await bare.tickets()] == ["new", "accepted"]
    await bare.say("mod", "1001 1", chat=ROOM)
    assert [one.status.value for one in await bare.tickets()] == ["accepted", "accepted"]


async def test_a_notice_without_choices_is_passed_over(bare: Desk) -> None:
    await bare.say("hoa", LAMP)
    await bare.deliver()
    await bare.say("mod", "/xong 1001", chat=ROOM)
    await bare.deliver()
    await bare.say("hoa", "vẫn chưa", reply_to=await bare.message_of("settled"))
    await bare.deliver()
    assert await bare.said("notice", ROOM) != []  # reopened, and nothing to choose
    await bare.say("mod", "1", chat=ROOM)
    assert (await last(bare)).text.startswith("#PA1001 đã được Hoa chuyển")


async def test_a_menu_is_a_post_of_its_own(bare: Desk) -> None:
    await bare.say("hoa", LAMP)
    await bare.deliver()
    await bare.say("mod", await number_of(bare, "Lĩnh vực…"), chat=ROOM)
    await bare.deliver()
    await bare.say("mod", await number_of(bare, "Cấp nước", "anew"), chat=ROOM)
    assert (await bare.ticket()).category == "water"


async def test_a_member_who_writes_a_number_in_the_group_presses_nothing(bare: Desk) -> None:
    await bare.say("hoa", LAMP)
    await bare.say("mod", "/xong 1001", chat=ROOM)
    await bare.deliver()
    await bare.say("hoa", "1")
    assert (await bare.ticket()).satisfied is None
    end = await bare.message_of("settled")
    await bare.say("minh", "1", reply_to=end)
    assert (await bare.ticket()).satisfied is None
    await bare.say("hoa", "1", reply_to=end)
    assert (await bare.ticket()).satisfied is True


async def test_a_number_too_high_is_just_a_message(bare: Desk) -> None:
    await bare.say("hoa", LAMP)
    await bare.deliver()
    await bare.say("mod", "99", chat=ROOM)
    assert (await bare.ticket()).status is TicketStatus.NEW


async def test_a_status_is_posted_anew_only_when_it_changes_something_for_a_person(bare: Desk) -> None:
    await bare.say("hoa", LAMP)
    await bare.deliver()
    await bare.say("mod", "/nhan 1001", chat=ROOM)
    await bare.say("mod", "/giao 1001 moitruong", chat=ROOM)
    await bare.deliver()
    assert len(await bare.said(chat=GROUP)) == 1
    await bare.say("mod", "/xong 1001", chat=ROOM)
    await bare.deliver()
    await bare.say("mod", "/hoantac 1001", chat=ROOM)
    told = [one.content for one in await bare.said(chat=GROUP)]
    assert all(isinstance(one, Post) for one in told)
    assert [one.purpose for one in await bare.said(chat=GROUP)] == ["acknowledgement", "settled", "anew"]


async def test_where_nothing_reacts_a_city_that_wants_reactions_replies(database: Database) -> None:
    desk = Desk(database, MEANINGS, Policy(acknowledge=Acknowledge.REACTION), abilities=BARE)
    await desk.open()
    await desk.say("hoa", LAMP)
    assert len(await desk.said("acknowledgement", GROUP)) == 1


async def test_many_at_once_where_nothing_can_be_edited(bare: Desk) -> None:
    for who, words in (("a", LAMP), ("b", "rác Lê Lợi"), ("c", "đèn hư Lê Lợi"), ("d", "gom rác trễ hoài")):
        await bare.say(who, words, after=timedelta(seconds=1))
    await bare.deliver()
    await bare.say("e", "dây điện rớt", after=timedelta(seconds=1))
    told = [
        one.content.text
        for one in await bare.said("acknowledgements", GROUP)
        if isinstance(one.content, Post)
    ]
    assert len(told) == 2
    assert "PA1005" in told[1]


async def test_a_group_where_only_mentions_are_heard_is_told_so_once(database: Database) -> None:
    desk = Desk(database, MEANINGS, abilities=replace(BARE, hears_everything=False))
    await desk.open()
    for who in ("hoa", "minh", "hoa"):
        await desk.say(who, "chào")
    (told,) = await desk.said("welcome", GROUP)
    assert isinstance(told.content, Post)
    assert "nhắc tên em" in told.content.text
    assert await desk.said(chat=ROOM) == []


async def test_statistics_tell_what_is_used_of_the_month(database: Database) -> None:
    desk = Desk(database, MEANINGS, abilities=replace(BARE, posts_per_month=3000))
    await desk.open()
    await desk.say("hoa", LAMP)
    await desk.deliver()
    await desk.say("mod", "/thongke", chat=ROOM)
    assert "telegram): 2/3000" in (await last(desk)).text


async def test_moderators_hear_once_a_month_that_messages_run_low(database: Database) -> None:
    desk = Desk(database, MEANINGS, abilities=replace(BARE, posts_per_month=2))
    await desk.open()
    await desk.pass_time(timedelta(minutes=1))
    assert await desk.said("notice", ROOM) == []
    await desk.say("hoa", LAMP)
    await desk.deliver()
    async with database.write() as session:  # a platform on which there are only officials
        (await chats.ensure(session, "telegram", GROUP, "", desk.now)).role = ChatRole.DEPARTMENT
    for _ in range(3):
        await desk.pass_time(timedelta(minutes=1))
    (told,) = await desk.said("notice", ROOM)
    assert isinstance(told.content, Post)
    assert "2/2" in told.content.text


async def test_where_replies_are_not_told_a_post_says_how_it_is_named(database: Database) -> None:
    desk = Desk(database, MEANINGS, abilities=replace(BARE, tells_replies=False))
    await desk.open()
    await desk.say("hoa", "hình như đèn hư")
    await desk.say("minh", LAMP)
    await desk.deliver()
    (question,) = await desk.said("question", ROOM)
    assert isinstance(question.content, Post)
    assert question.content.text.endswith("ví dụ: h1 1")
    assert (await last(desk)).text.endswith("ví dụ: 1001 1")
    await desk.say("mod", "h1 1", chat=ROOM)
    assert [one.code for one in await desk.tickets()] == ["PA1001", "PA1002"]
    await desk.say("mod", "h99 1", chat=ROOM)  # no such question: silence, as for any chatter there
    assert len(await desk.tickets()) == 2


async def test_a_notice_of_too_many_is_named_as_its_last_line_says(database: Database) -> None:
    abilities = replace(BARE, tells_replies=False)
    desk = Desk(database, MEANINGS, Policy(most_an_hour=1), abilities=abilities)
    await desk.open()
    for words in (LAMP, "rác Lê Lợi"):
        await desk.say("hoa", words, after=timedelta(minutes=3))
    await desk.say("minh", "đèn hư Lê Lợi")  # whose card is the newest by now
    await desk.deliver()
    (notice,) = await desk.said("notice", ROOM)
    assert isinstance(notice.content, Post)
    assert notice.content.text.endswith("ví dụ: h2 1")
    assert notice.content.names  # an erasure finds it by these
    for press, state in (("h2 2", "dismissed"), ("h2 1", "held")):  # dropped, and that taken back
        await desk.say("mod", press, chat=ROOM)
        assert (await desk.submissions())[1] == state
        await desk.deliver()
