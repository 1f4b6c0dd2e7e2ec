"""The way of a message: assembled, understood, joined to its twin, opened, or left alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from handlers.events import MessagePosted, Person, Photo
from handlers.policy import Acknowledge, Policy
from handlers.posts import Edit, Post, React
from handlers.understanding import Intent, Kind
from storage.database import Database
from storage.models import Attachment
from storage.states import TicketStatus
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import GROUP, ROOM, Desk, report

SOON = timedelta(seconds=40)


async def test_a_report_opens_a_ticket_and_the_group_is_told_once(desk: Desk) -> None:
    message = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    ticket = await desk.ticket()
    assert (ticket.code, ticket.status, ticket.department) == ("PA1001", TicketStatus.NEW, "chieusang")
    assert ticket.due_at == ticket.opened_at + timedelta(days=2)
    (told,) = await desk.said(chat=GROUP)
    assert isinstance(told.content, Post)
    assert told.content.reply_to == message
    assert "#PA1001" in told.content.text
    assert "Chiếu sáng" in told.content.text


async def test_the_moderators_have_a_card_with_buttons(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng", photos=1)
    (card,) = await desk.said("card", ROOM)
    assert isinstance(card.content, Post)
    assert len(card.content.photos) == 1
    assert [button.data for button in card.content.buttons[0]] == [
        "t:1:accept",
        "t:1:start",
        "t:1:resolve",
    ]
    menus = [button.data for row in card.content.buttons[1:] for button in row]
    assert menus == ["n:1:kind", "n:1:category", "n:1:assign", "n:1:due", "n:1:reject", "n:1:more"]


async def test_chatter_stays_silent(desk: Desk) -> None:
    for text in ("chào cả nhà", "cảm ơn", "đang làm", "chỗ em cũng vậy"):
        await desk.say("hoa", text)
    assert (await desk.tickets(), await desk.said()) == ([], [])


async def test_the_unsure_is_asked_of_moderators_and_the_group_hears_nothing(desk: Desk) -> None:
    await desk.say("hoa", "hình như đèn hư")
    assert await desk.tickets() == []
    (asked,) = await desk.said()
    assert (asked.chat, asked.purpose) == (ROOM, "question")
    await desk.press("mod", "q:1:report")
    assert (await desk.ticket()).kind == "report"
    assert len(await desk.said("acknowledgement", GROUP)) == 1


async def test_a_complaint_of_nothing_is_asked_and_more_of_the_like_is_the_same_question(
    database: Database,
) -> None:
    vague = replace(report("other", kind=Kind.COMPLAINT, confidence=0.99), intent=Intent.STILL_BROKEN)
    desk = Desk(database, {"vẫn vậy": vague, "vẫn y nguyên": vague, "vẫn vậy\nvẫn y nguyên": vague})
    await desk.open()
    first = await desk.say("hoa", "vẫn vậy")
    await desk.say("hoa", "vẫn y nguyên", after=SOON, reply_to=first)
    asked, grown = await desk.said()
    assert (asked.purpose, grown.purpose) == ("question", "edit")
    assert isinstance(grown.content, Edit)
    assert "vẫn y nguyên" in grown.content.text
    assert await desk.tickets() == []


async def test_the_same_message_told_twice_is_one(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư", message="5")
    await desk.say("hoa", "đèn hư", message="5")
    assert len(await desk.tickets()) == 1


async def test_photos_just_before_the_words_belong_to_them(desk: Desk) -> None:
    await desk.say("hoa", photos=2)
    await desk.say("hoa", "đèn hư", after=SOON)
    await desk.ticket()
    (card,) = await desk.said("card")
    assert isinstance(card.content, Post)
    assert len(card.content.photos) == 2


async def test_photos_just_after_the_words_belong_to_them(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.say("hoa", photos=1, after=SOON)
    await desk.ticket()
    assert await desk.submissions() == ["ticketed"]
    assert await desk.history() == ["opened", "added"]


async def test_an_album_is_one_submission(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư", photos=1, album="a")
    for _ in range(3):
        await desk.say("hoa", photos=1, album="a", after=timedelta(0))
    await desk.ticket()
    assert await desk.submissions() == ["ticketed"]


async def test_an_album_whose_words_come_on_a_later_photo(desk: Desk) -> None:
    await desk.say("hoa", photos=1, album="a")
    await desk.say("hoa", "đèn hư", photos=1, album="a", after=timedelta(0))
    await desk.say("hoa", photos=1, album="a", after=timedelta(0))
    await desk.ticket()
    assert await desk.submissions() == ["ticketed"]


async def test_photos_that_stay_without_words_go_to_the_moderators(desk: Desk) -> None:
    await desk.say("hoa", photos=1)
    await desk.pass_time(timedelta(seconds=60))
    assert await desk.said() == []
    await desk.pass_time(timedelta(seconds=90))
    (asked,) = await desk.said("question", ROOM)
    assert "không kèm lời" in await desk.only("question")
    assert isinstance(asked.content, Post)
    assert len(asked.content.photos) == 1


async def test_a_later_message_finds_the_wait_over_without_any_clock(desk: Desk) -> None:
    """A replay has no clock: the platform's own time settles what waited."""
    await desk.say("hoa", photos=1)
    await desk.say("minh", "chào", after=timedelta(minutes=5))
    assert len(await desk.said("question")) == 1


async def test_two_people_at_once_are_two_matters(desk: Desk) -> None:
    await desk.say("hoa", photos=1)
    await desk.say("minh", "rác Lê Lợi", after=timedelta(seconds=5))
    await desk.say("hoa", "đèn hư Hai Bà Trưng", after=timedelta(seconds=5))
    assert [ticket.category for ticket in await desk.tickets()] == ["waste", "lighting"]


async def test_one_person_with_two_matters_has_two_tickets(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("hoa", "rác Lê Lợi", after=SOON)
    assert [ticket.category for ticket in await desk.tickets()] == ["lighting", "waste"]


async def test_the_same_lamp_told_again_is_a_voice(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("minh", "đèn hư Hai Bà Trưng", after=timedelta(days=1))
    assert (await desk.ticket()).voices == 2
    (thanks,) = await desk.said("reaction", GROUP)
    assert isinstance(thanks.content, React)
    assert len(await desk.said("acknowledgement")) == 1
    assert any("2 người" in str(one.content) for one in await desk.said("edit", GROUP))


async def test_the_same_member_is_one_voice(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("hoa", "đèn hư Hai Bà Trưng", after=timedelta(days=1))
    assert (await desk.ticket()).voices == 1


async def test_a_lamp_in_another_street_is_another_ticket(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("minh", "đèn hư Lê Lợi")
    assert len(await desk.tickets()) == 2


async def test_danger_is_marked_and_due_within_a_day(desk: Desk) -> None:
    await desk.say("hoa", "dây điện rớt")
    ticket = await desk.ticket()
    assert ticket.due_at == ticket.opened_at + timedelta(days=1)
    assert "KHẨN" in await desk.only("card")


async def test_an_edit_amends_the_ticket_and_its_posts(desk: Desk) -> None:
    message = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.deliver()
    await desk.say("hoa", "đèn hư Lê Lợi", message=message, edited=True)
    ticket = await desk.ticket()
    assert (ticket.summary, ticket.place["street"]) == ("đèn hư Lê Lợi", "Lê Lợi")
    assert await desk.history() == ["opened", "amended"]
    edits = await desk.said("edit")
    assert {edit.chat for edit in edits} == {GROUP, ROOM}
    assert all(isinstance(edit.content, Edit) for edit in edits)


async def test_a_photo_that_an_edit_brings_is_a_further_one_of_the_report(desk: Desk) -> None:
    lamp, hole = "đèn hư Hai Bà Trưng", "hình như đèn hư"
    message = await desk.say("hoa", lamp, photos=1)
    asked = await desk.say("nam", hole, photos=1)
    await desk.deliver()
    for post, words, who in ((message, lamp, "hoa"), (asked, hole, "nam")):
        for photos in (1, 2, 2, 3):  # each time the first ones again, as Telegram tells of them
            await desk.say(who, words, message=post, photos=photos, edited=True)
    shown = [one.content.photos for one in await desk.said("photos", ROOM) if isinstance(one.content, Post)]
    assert [len(photos) for photos in shown] == [1, 1, 1, 1]
    assert len({*shown[0], *shown[1], *shown[2], *shown[3]}) == 4
    assert await desk.history() == ["opened", "added", "added"]
    assert await desk.submissions() == ["ticketed", "question"]


async def test_a_photo_with_a_new_reference_is_known_by_its_size(desk: Desk) -> None:
    message = await desk.say("hoa", "đèn hư Hai Bà Trưng", photos=1)
    async with desk.database.write() as session:
        await session.execute(update(Attachment).values(external_ref="as it was called then", size=999))
    desk.now += SOON
    edit = MessagePosted(GROUP, message, Person("hoa", "Hoa"), desk.now, "đèn hư Lê Lợi", edited=True)
    await desk.happen(replace(edit, photos=(Photo("as it is called now", 999),)))
    assert await desk.said("photos") == []
    assert await desk.history() == ["opened", "amended"]


async def test_an_edit_can_turn_chatter_into_a_report(desk: Desk) -> None:
    message = await desk.say("hoa", "chào")
    await desk.say("hoa", "đèn hư", message=message, edited=True)
    assert (await desk.ticket()).origin == message


async def test_an_edit_of_what_is_asked_about_is_what_a_moderator_judges(database: Database) -> None:
    at_last = "hình như đèn hư ở Lê Lợi"
    desk = Desk(database, {**MEANINGS, at_last: report(street="Lê Lợi", confidence=0.6)})
    await desk.open()
    message = await desk.say("hoa", "hình như đèn hư")
    await desk.deliver()
    await desk.say("hoa", at_last, message=message, edited=True)
    assert f"“{at_last}”" in await desk.only("edit", ROOM)
    await desk.press("mod", "q:1:report")
    ticket = await desk.ticket()
    assert (ticket.summary, ticket.place["street"]) == (at_last, "Lê Lợi")


async def test_an_older_edit_that_comes_late_changes_nothing(desk: Desk) -> None:
    message = await desk.say("hoa", "đèn hư")
    await desk.say("hoa", "đèn hư Lê Lợi", message=message, edited=True)
    await desk.say("hoa", "đèn hư", message=message, edited=True, after=-timedelta(minutes=5))
    assert (await desk.ticket()).summary == "đèn hư Lê Lợi"


async def test_a_location_says_where_the_ticket_is(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.say("hoa", location=(9.6, 105.97), after=SOON)
    ticket = await desk.ticket()
    assert (ticket.latitude, ticket.longitude) == (9.6, 105.97)


async def test_a_replay_says_nothing_but_opens_the_same_tickets(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng", silent=True)
    await desk.say("hoa", "hình như đèn hư", silent=True)
    assert len(await desk.tickets()) == 1
    assert await desk.said() == []


@pytest.mark.parametrize(("mode", "expected"), [(Acknowledge.REACTION, React), (Acknowledge.NONE, None)])
async def test_the_acknowledgement_is_as_the_city_wants_it(
    database: Database, mode: Acknowledge, expected: type | None
) -> None:
    desk = Desk(database, MEANINGS, Policy(acknowledge=mode))
    await desk.open()
    await desk.say("hoa", "đèn hư")
    assert [type(one.content) for one in await desk.said(chat=GROUP)] == ([expected] if expected else [])


async def test_a_chat_that_nobody_configured_is_never_answered(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư", chat="-999")
    await desk.say("hoa", "/tracuu", chat="-999")
    assert (await desk.tickets(), await desk.said()) == ([], [])


async def test_a_defect_told_again_after_it_was_mended_reopens_its_ticket(desk: Desk) -> None:
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("officer", "đã xử lý", reply_to=post)
    await desk.say("minh", "đèn hư Hai Bà Trưng", after=timedelta(days=1))
    assert (await desk.ticket()).status == TicketStatus.IN_PROGRESS


async def test_an_officer_who_may_tell_of_their_work_opens_nothing(database: Database) -> None:
    words = "xe vô hẻm 12 Lê Lợi rồi nha"
    desk = Desk(database, {**MEANINGS, words: replace(report("road", "Lê Lợi"), category_confidence=0.2)})
    await desk.open()
    await desk.say("officer", words)
    assert await desk.tickets() == []
    assert words in await desk.only("question", ROOM)
    await desk.say("hoa", words)
    assert len(await desk.tickets()) == 1
