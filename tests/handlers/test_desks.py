"""A department's own chat: cards of its tickets and no other's, and what its answers do in the group."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from handlers.events import MessagePosted, Person
from handlers.posts import Edit, Post
from handlers.understanding import Intent
from storage import chats, messages
from storage.database import Database
from storage.models import Ticket
from storage.states import ChatRole, TicketStatus
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import ABILITIES, GROUP, MONDAY, ROOM, ZONE, Desk, Said, intent

LIGHT, WASTE = "-301", "-302"
LAMP, RUBBISH = "đèn hư Hai Bà Trưng", "rác Lê Lợi"
SECOND = timedelta(seconds=1)


@pytest.fixture
async def city(database: Database) -> Desk:
    """A desk with two departments' chats."""
    meanings = {
        **MEANINGS,
        "đã thay bóng": intent(Intent.DONE),
        "giống , đã thay bóng": intent(Intent.DONE),
        "đang làm": intent(Intent.IN_PROGRESS),
        "đã kiểm tra, do nhà dân câu điện": intent(Intent.DONE),
    }
    desk = Desk(database, meanings)
    await desk.open()
    async with database.write() as session:
        for number, department in ((LIGHT, "chieusang"), (WASTE, "moitruong")):
            chat = await chats.ensure(session, "telegram", number, department, MONDAY)
            chat.role, chat.department = ChatRole.DEPARTMENT, department
    return desk


def text(said: Said) -> str:
    assert isinstance(said.content, Post | Edit)
    return said.content.text


async def handed_over(city: Desk, *, photos: int = 0) -> str:
    """A lamp that a moderator took on; its card in the department's chat."""
    await city.say("hoa", LAMP, photos=photos)
    await city.press("mod", "t:1:accept")
    await city.deliver()
    return await city.message_of("desk_card")


async def test_a_card_comes_when_a_moderator_takes_it_on_and_only_to_its_department(city: Desk) -> None:
    await city.say("hoa", LAMP, photos=2)
    assert await city.said(chat=LIGHT) == []
    await city.press("mod", "t:1:accept")
    (card,) = await city.said(chat=LIGHT)
    assert isinstance(card.content, Post)
    assert "#PA1001" in card.content.text
    assert "Hai Bà Trưng" in card.content.text
    assert "Hạn" in card.content.text
    assert len(card.content.photos) == 2
    assert [one.text for row in card.content.buttons for one in row] == [
        "Đang xử lý",
        "Đã xử lý",
        "Không phải của đơn vị",
    ]
    assert await city.said(chat=WASTE) == []


async def test_a_danger_is_theirs_at_once(city: Desk) -> None:
    await city.say("hoa", "dây điện rớt")
    urgent = (await city.tickets())[0]
    assert urgent.urgent
    assert len(await city.said("desk_card")) == (1 if urgent.department else 0)


async def test_what_the_moderator_says_stands_on_it(city: Desk) -> None:
    await city.say("hoa", LAMP)
    await city.say("mod", "/giao 1001 chieusang mai 17h: mang thang dài", chat=ROOM)
    card = (await city.said("desk_card", LIGHT))[0]
    assert "Ghi chú: mang thang dài" in text(card)


@pytest.mark.sqlite_in_short  # words are read before a table is asked
@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("1 tuần", datetime(2026, 11, 23, 17, tzinfo=ZONE)),
        ("một tuần", datetime(2026, 11, 23, 17, tzinfo=ZONE)),
        ("mai 8:30", datetime(2026, 11, 17, 8, 30, tzinfo=ZONE)),
        ("hạn mai 8:30", datetime(2026, 11, 17, 8, 30, tzinfo=ZONE)),
        ("mốt", datetime(2026, 11, 18, 17, tzinfo=ZONE)),
    ],
)
@pytest.mark.parametrize("name", ["chieusang", "chiếu sáng", "Chiếu sáng đô thị", "cho bên chiếu sáng"])
async def test_it_is_handed_over_until_then(city: Desk, name: str, words: str, until: datetime) -> None:
    await city.say("hoa", LAMP)
    await city.say("mod", f"/giao 1001 {name} {words}", chat=ROOM)
    due = (await city.ticket()).due_at
    assert due is not None
    assert due.astimezone(ZONE) == until


@pytest.mark.parametrize("words", ["Một lát em qua", "em qua nhà số 12/5 kiểm tra"])
async def test_what_promises_no_day_is_passed_on_as_a_note(city: Desk, words: str) -> None:
    card = await handed_over(city)
    await city.say("tam", words, chat=LIGHT, reply_to=card)
    assert (await city.ticket()).status.value == "accepted"
    assert "comment" in await city.history()


@pytest.mark.parametrize(
    ("press", "status", "told"),
    [("t:1:start", "in_progress", "edit"), ("t:1:resolve", "resolved", "settled")],
)
async def test_their_buttons_are_heard_in_the_group(city: Desk, press: str, status: str, told: str) -> None:
    await handed_over(city)
    await city.press("an officer of theirs", press, chat=LIGHT)
    assert (await city.ticket()).status.value == status
    assert await city.said(told, GROUP)


async def test_done_in_plain_words_with_photos_is_shown_before_and_after(city: Desk) -> None:
    card = await handed_over(city, photos=1)
    await city.say("tam", "", photos=1, chat=LIGHT, reply_to=card)  # first the photo, then the words
    await city.say("tam", "đã thay bóng", photos=1, chat=LIGHT, reply_to=card, after=SECOND)
    (end,) = await city.said("settled", GROUP)
    assert isinstance(end.content, Post)
    assert end.content.beside
    assert len(end.content.photos) == 3  # one of before, two of after
    assert "Tam" in end.content.text
    assert (await city.ticket()).status.value == "resolved"
    assert await photos_of_ticket(city) == ["new", "done", "done"]


async def test_an_albums_further_photos_go_along(city: Desk) -> None:
    card = await handed_over(city)
    await city.say("tam", "đã thay bóng", photos=1, chat=LIGHT, reply_to=card, album="a")
    await city.say("tam", "", photos=1, chat=LIGHT, album="a", after=SECOND)
    (end,) = await city.said("settled", GROUP)
    assert isinstance(end.content, Post)
    assert len(end.content.photos) == 2
    await city.deliver()
    await city.say("tam", "", photos=1, chat=LIGHT, album="a", after=SECOND)
    (later,) = await city.said("photos", GROUP)
    assert isinstance(later.content, Post)
    assert len(later.content.photos) == 1
    assert await photos_of_ticket(city) == ["done"] * 3


@pytest.mark.parametrize(
    ("words", "chat", "sent_with"),
    [
        ("PA1001 đã thay bóng", LIGHT, "done"),
        ("PA1001 đang làm", LIGHT, "in_progress"),
        ("/xong 1001 đã thay bóng", LIGHT, "done"),
        ("/xong 1001 đã thay bóng", ROOM, "done"),
    ],
)
async def test_an_albums_further_photos_belong_to_what_its_first_words_name(
    city: Desk, words: str, chat: str, sent_with: str
) -> None:
    await handed_over(city)
    await city.say("mod", words, photos=1, chat=chat, album="a")
    await city.say("mod", "", photos=1, chat=chat, album="a", after=SECOND)
    assert await photos_of_ticket(city) == [sent_with] * 2


@pytest.mark.parametrize("first", ["a reply to another card", "another album", "an album of talk"])
async def test_photos_of_something_else_are_no_photos_of_after(city: Desk, first: str) -> None:
    card = await handed_over(city)
    await city.say("minh", "đèn hư Lê Lợi")
    await city.press("mod", "t:2:accept")
    await city.deliver()
    if first == "a reply to another card":
        await city.say("tam", "", photos=1, chat=LIGHT, reply_to=card)
    else:
        talk = first == "an album of talk"
        await city.say("tam", "ăn gì" if talk else "PA1001 đang làm", photos=1, chat=LIGHT, album="a")
        await city.say("tam", "", photos=1, chat=LIGHT, album="a", after=SECOND)
    await city.say("tam", "", photos=1, chat=LIGHT, after=SECOND)
    await city.say("tam", "PA1002 đã thay bóng", chat=LIGHT, after=SECOND)
    end = (await city.said("settled", GROUP))[-1]
    assert isinstance(end.content, Post)
    assert len(end.content.photos) == 1


async def photos_of_ticket(city: Desk) -> list[str]:
    """Of each photo of the ticket, what it was sent with."""
    async with city.database.read() as session:
        found = await messages.photos_of_ticket(session, 1)
        return [submission.intent for _, submission in found]


async def test_a_day_that_they_promise_is_said_on_the_cards_and_the_deadline_stays(city: Desk) -> None:
    card = await handed_over(city)
    due = (await city.ticket()).due_at
    await city.say("tam", "mai làm nha", chat=LIGHT, reply_to=card)
    ticket = await city.ticket()
    assert (ticket.status.value, ticket.due_at) == ("in_progress", due)
    edits = [text(one) for one in await city.said("edit", LIGHT)]
    assert "hẹn xong 17:00 17/11" in edits[-1]
    await city.say("tam", "kẹt quá, thứ sáu làm", chat=LIGHT, reply_to=card)
    edits = [text(one) for one in await city.said("edit", LIGHT)]
    assert "hẹn xong 17:00 20/11" in edits[-1]


async def test_not_theirs_goes_to_a_moderator_who_hands_it_to_another_one(city: Desk) -> None:
    card = await handed_over(city)
    await city.say("tam", "cái này không phải của bên em", chat=LIGHT, reply_to=card)
    assert (await city.ticket()).department is None
    (notice,) = await city.said("notice", ROOM)
    assert isinstance(notice.content, Post)
    assert "không phải của bên em" in notice.content.text
    assert [one.data for row in notice.content.buttons for one in row] == ["n:1:assign"]
    assert "đã chuyển cho đơn vị khác" in text((await city.said("edit", LIGHT))[-1])
    await city.press("mod", "d:1:moitruong")
    assert "#PA1001" in text((await city.said("desk_card", WASTE))[0])
    assert await city.history() == ["opened", "accept", "declined", "assigned"]
    await city.press("mod", "x:1:undo")
    await city.press("mod", "x:1:undo")
    assert (await city.ticket()).department == "chieusang"
    assert "Trạng thái" in text((await city.said("edit", LIGHT))[-1]) or "#PA1001 ·" in text(
        (await city.said("edit", LIGHT))[-1]
    )


async def test_what_was_given_back_is_given_back_once_and_may_yet_be_done(city: Desk) -> None:
    card = await handed_over(city)
    for _ in range(2):
        await city.press("tam", "y:1:decline", chat=LIGHT)
    await city.say("tam", "không phải của bên em", chat=LIGHT, reply_to=card)
    (notice,) = await city.said("notice", ROOM)
    assert text(notice) == "Chiếu sáng đô thị (Tam) báo #PA1001 không phải của đơn vị. Nhờ anh/chị giao lại."
    await city.say("tam", "đã thay bóng", chat=LIGHT, reply_to=card)
    assert await city.history() == ["opened", "accept", "declined", "comment", "resolve"]


async def test_no_department_acts_on_anothers(city: Desk) -> None:
    await handed_over(city)
    await city.say("rac", "PA1001 đã thay bóng", chat=WASTE)
    await city.press("rac", "t:1:resolve", chat=WASTE)
    await city.press("rac", "y:1:decline", chat=WASTE)
    assert (await city.ticket()).status.value == "accepted"
    assert (await city.ticket()).department == "chieusang"


async def test_by_its_code_and_what_is_about_no_ticket_is_their_own_talk(city: Desk) -> None:
    await handed_over(city)
    before = len(await city.said(chat=LIGHT))
    await city.say("tam", "trưa nay ăn gì", chat=LIGHT)
    await city.say("tam", "đã thay bóng", chat=LIGHT)  # which one?
    assert len(await city.said(chat=LIGHT)) == before
    await city.say("tam", "PA1001 đã thay bóng", chat=LIGHT)
    assert (await city.ticket()).status.value == "resolved"


async def test_a_remark_is_kept_and_its_photos_shown_to_moderators(city: Desk) -> None:
    card = await handed_over(city)
    await city.say("tam", "trụ này cao quá anh chị ơi", photos=1, chat=LIGHT, reply_to=card)
    assert (await city.ticket()).status.value == "accepted"
    assert "comment" in await city.history()
    assert len(await city.said("photos", ROOM)) == 1


async def test_a_thumb_beside_the_words_changes_nothing(city: Desk) -> None:
    card = await handed_over(city)
    await city.say("tam", "đã thay bóng 👍🏻", chat=LIGHT, reply_to=card)
    assert (await city.ticket()).status.value == "resolved"


async def test_what_is_over_already_says_so(city: Desk) -> None:
    card = await handed_over(city)
    await city.press("mod", "t:1:resolve")
    await city.say("tam", "không thuộc đơn vị em", chat=LIGHT, reply_to=card)
    assert "Đã xử lý" in text((await city.said("reply", LIGHT))[-1])


@pytest.mark.parametrize("words", ["em báo lộn,\nchưa làm xong", "mai 15h mới ra thay được", "đang làm"])
async def test_what_was_called_done_and_is_not_goes_to_a_moderator(city: Desk, words: str) -> None:
    card = await handed_over(city)
    await city.say("tam", "đã thay bóng", chat=LIGHT, reply_to=card)
    await city.say("tam", words, photos=1, chat=LIGHT, reply_to=card, album="a")
    await city.say("tam", "", photos=1, chat=LIGHT, album="a", after=SECOND)
    (notice,) = await city.said("notice", ROOM)
    assert f"“{' '.join(words.split())}”" in text(notice)
    assert isinstance(notice.content, Post)
    assert [one.data for row in notice.content.buttons for one in row] == ["t:1:reopen"]
    assert "báo điều hành" in text((await city.said("reply", LIGHT))[-1])
    assert (await city.history())[2:] == ["resolve", "comment", "comment"]
    assert await photos_of_ticket(city) == ["in_progress"] * 2
    assert await city.said("photos", GROUP) == []


async def test_what_tells_of_no_repair_is_for_a_moderator_while_it_is_open(city: Desk) -> None:
    words = "đã kiểm tra, do nhà dân câu điện"
    card = await handed_over(city)
    await city.say("tam", words, photos=1, chat=LIGHT, reply_to=card)
    (notice,) = await city.said("notice", ROOM)
    assert isinstance(notice.content, Post)
    assert [one.data for row in notice.content.buttons for one in row] == ["t:1:resolve"]
    assert "báo điều hành" in text((await city.said("reply", LIGHT))[-1])
    assert (await city.history())[2:] == ["comment"]
    await city.press("mod", "t:1:resolve")
    await city.say("tam", words, chat=LIGHT, reply_to=card)
    assert len(await city.said("notice", ROOM)) == 1


@pytest.mark.parametrize(
    "words", ["cảm ơn chị", "xong chưa chị?", "mai em gửi hình nha", "cảm ơn, bên em sẽ rút kinh nghiệm"]
)
async def test_other_words_after_the_end_are_only_kept(city: Desk, words: str) -> None:
    card = await handed_over(city)
    await city.say("tam", "đã thay bóng", chat=LIGHT, reply_to=card)
    await city.say("tam", words, chat=LIGHT, reply_to=card)
    assert await city.said("notice", ROOM) == []


async def test_nothing_is_promised_of_what_was_turned_down(city: Desk) -> None:
    card = await handed_over(city)
    await city.say("mod", "/tuchoi 1001 của tư nhân", chat=ROOM)
    await city.say("tam", "mai làm nha", chat=LIGHT, reply_to=card)
    assert (await city.history())[-1] == "reject"
    assert "Mod" in text((await city.said("reply", LIGHT))[-1])


async def test_what_is_handled_late_counts_from_when_it_was_said(city: Desk) -> None:
    card = await handed_over(city)
    said = MessagePosted(LIGHT, "77", Person("sang", "Sang"), city.now, "17h thay xong", reply_to=card)
    city.now += timedelta(hours=12)
    await city.happen(said)
    assert (await city.ticket()).status is TicketStatus.IN_PROGRESS


@pytest.mark.parametrize("forwarded", [True, False])
async def test_what_others_said_elsewhere_is_kept_and_does_nothing(city: Desk, *, forwarded: bool) -> None:
    card = await handed_over(city)
    said = MessagePosted(LIGHT, "77", Person("sang", "Sang"), city.now, "đã thay bóng", reply_to=card)
    await city.happen(replace(said, forwarded=forwarded, edited=not forwarded))
    assert (await city.ticket()).status is TicketStatus.ACCEPTED
    assert (await city.history())[-1] == "comment"


async def test_a_department_hears_of_what_became_late_meanwhile(city: Desk) -> None:
    await handed_over(city)
    async with city.database.write() as session:
        row = await session.get_one(Ticket, 1)
        row.remind_at, row.due_at, row.escalate_at = (
            city.now + 14 * timedelta(hours=1),
            city.now + 18 * timedelta(hours=1),
            None,
        )
    for _ in range(30):
        await city.pass_time(timedelta(hours=1))
    told = [text(one) for one in await city.said("reminder", LIGHT)]
    assert [one.split(" (")[0] for one in told] == ["Quá hạn"]


async def test_several_codes_in_one_message_are_all_meant(city: Desk) -> None:
    await handed_over(city)
    await city.say("minh", "đèn hư Lê Lợi")
    await city.press("mod", "t:2:accept")
    await city.say("tam", "PA1001, PA1002, PA1099 đã thay bóng", chat=LIGHT)
    assert [one.status.value for one in await city.tickets()] == ["resolved", "resolved"]
    answer = text((await city.said("reply", LIGHT))[-1])
    assert [code in answer for code in ("#PA1001", "#PA1002", "Không có phiếu #PA1099")] == [True] * 3


async def test_a_code_at_the_start_means_more_than_the_card_replied_to(city: Desk) -> None:
    card = await handed_over(city)
    await city.say("minh", "đèn hư Lê Lợi")
    await city.press("mod", "t:2:accept")
    await city.say("tam", "PA1002 đã thay bóng", chat=LIGHT, reply_to=card)
    assert [one.status.value for one in await city.tickets()] == ["accepted", "resolved"]
    await city.say("tam", "giống PA1002, đã thay bóng", chat=LIGHT, reply_to=card)
    assert [one.status.value for one in await city.tickets()] == ["resolved", "resolved"]


async def test_without_edits_a_department_hears_once_that_it_is_another_s_and_that_it_is_theirs_again(
    city: Desk,
) -> None:
    abilities = replace(ABILITIES, edits=False, buttons=False)
    city.services = replace(city.services, abilities=lambda platform: abilities)
    await handed_over(city)
    for command in ("/giao 1001 moitruong", "/han 1001 thứ sáu 17h", "/tamdung 1001 chờ", "/tieptuc 1001"):
        await city.say("mod", command, chat=ROOM)
    assert "đã chuyển cho đơn vị khác" in await city.only("anew", LIGHT)
    await city.say("mod", "/giao 1001 chieusang", chat=ROOM)
    await city.say("mod", "/han 1001 thứ sáu 17h", chat=ROOM)
    told = await city.said("anew", LIGHT)
    assert len(told) == 2
    assert text(told[-1]).startswith("#PA1001 · Phản ánh")
    assert "1. Đang xử lý" in text(told[-1])
    await city.say("mod", "/giao 1001 moitruong", chat=ROOM)
    assert "đã chuyển cho đơn vị khác" in text((await city.said("anew", LIGHT))[-1])
