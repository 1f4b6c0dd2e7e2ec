"""What is said about a ticket that is there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.followup import Ask, Change, Comment, Voice, decide
from handlers.lifecycle import Move
from handlers.posts import Post
from handlers.understanding import Intent, Kind
from storage import members
from storage.database import Database
from storage.states import MemberRole, TicketStatus
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import GROUP, ROOM, Desk, intent, report

DAY, WEEK = timedelta(days=1), timedelta(days=7)
NEW, RESOLVED = TicketStatus.NEW, TicketStatus.RESOLVED


@pytest.mark.parametrize(
    ("told", "status", "role", "outcome"),
    [
        (Intent.DONE, NEW, MemberRole.DEPARTMENT, Change(Move.RESOLVE)),
        (Intent.DONE, NEW, MemberRole.MEMBER, Ask("notice.said_done", Move.RESOLVE)),
        (Intent.DONE, RESOLVED, MemberRole.DEPARTMENT, Comment()),
        (Intent.IN_PROGRESS, NEW, MemberRole.MODERATOR, Change(Move.START)),
        (Intent.IN_PROGRESS, NEW, MemberRole.MEMBER, Comment()),
        (Intent.STILL_BROKEN, RESOLVED, MemberRole.MEMBER, Change(Move.REOPEN)),
        (Intent.STILL_BROKEN, NEW, MemberRole.MEMBER, Comment()),
        (Intent.SAME_HERE, NEW, MemberRole.MEMBER, Voice()),
        (Intent.SAME_HERE, RESOLVED, MemberRole.MEMBER, Comment()),
        (Intent.THANKS, NEW, MemberRole.MEMBER, Comment()),
    ],
)
def test_decide(told: Intent, status: TicketStatus, role: MemberRole, outcome: object) -> None:
    assert decide(told, status, role, since_resolved=2 * DAY, reopen=WEEK) == outcome


def test_an_old_resolution_is_not_reopened_by_a_word() -> None:
    found = decide(Intent.STILL_BROKEN, RESOLVED, MemberRole.MEMBER, since_resolved=8 * DAY, reopen=WEEK)
    assert found == Ask("notice.said_broken", Move.REOPEN)


async def test_an_officers_done_with_a_photo_resolves_and_is_told_under_the_post(desk: Desk) -> None:
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("officer", "đã xử lý", photos=1, reply_to=post)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.resolved_at) == (RESOLVED, desk.now)
    (told,) = await desk.said("settled", GROUP)
    assert isinstance(told.content, Post)
    assert (told.content.reply_to, len(told.content.photos)) == (post, 1)
    assert "Officer" in told.content.text


async def test_a_members_done_is_for_a_moderator_to_confirm(desk: Desk) -> None:
    post = await desk.say("hoa", "đèn hư")
    await desk.say("minh", "đã xử lý", reply_to=post)
    assert (await desk.ticket()).status == NEW
    assert (await desk.offered("notice", ROOM))[0] == "t:1:resolve"


@pytest.mark.parametrize(
    "words",
    [
        *("xạo quá", "tối thui như cũ", "ủa sửa hồi nào", "có gì đó", "vẫn sáng tốt"),
        *("xong gì mà xong", "dọn chưa sạch mấy anh ơi", "sua vay ma keu xong"),
    ],
)
async def test_who_doubts_the_end_of_their_report_is_heard_by_a_moderator(
    database: Database, words: str
) -> None:
    told = {"có gì đó": replace(intent(Intent.CHATTER), feedback=0.5), "xong gì mà xong": intent(Intent.DONE)}
    desk = Desk(database, {**MEANINGS, **told})
    await desk.open()
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("officer", "đã xử lý", reply_to=post)
    await desk.say("minh", words, reply_to=post)
    assert await desk.said("notice", ROOM) == []
    await desk.say("hoa", words, reply_to=post)
    if words == "vẫn sáng tốt":
        assert await desk.said("notice", ROOM) == []
    else:
        assert (await desk.offered("notice", ROOM))[0] == "t:1:reopen"
    assert (await desk.ticket()).status == RESOLVED


async def test_a_reporters_good_news_is_for_a_moderator_to_confirm_whatever_thanks_are_around_it(
    database: Database,
) -> None:
    words = "dạ đèn sáng rồi em cảm ơn"
    desk = Desk(database, {**MEANINGS, words: intent(Intent.THANKS)})
    await desk.open()
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("minh", words, reply_to=post)
    assert await desk.said("notice", ROOM) == []
    await desk.say("hoa", words, reply_to=post)
    assert (await desk.offered("notice", ROOM))[0] == "t:1:resolve"


@pytest.mark.parametrize("words", ["sáng rồi nha chị", "done"])
async def test_an_officers_few_words_are_an_end_too(desk: Desk, words: str) -> None:
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("minh", words, reply_to=post)
    await desk.say("officer", "tụi em dọn lại nha", reply_to=post)
    assert (await desk.ticket()).status == NEW
    await desk.say("officer", words, reply_to=post)
    assert (await desk.ticket()).status == RESOLVED


async def test_an_officer_who_only_looked_settles_nothing_until_a_moderator_confirms(
    database: Database,
) -> None:
    words = "đã kiểm tra, do nhà dân câu điện"
    desk = Desk(database, {**MEANINGS, words: intent(Intent.DONE)})
    await desk.open()
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("officer", words, reply_to=post)
    assert (await desk.ticket()).status == NEW
    assert (await desk.offered("notice", ROOM))[0] == "t:1:resolve"


@pytest.mark.parametrize("words", ["đã thay 1 bóng, còn lại mai làm tiếp", "tối nay thay xong"])
async def test_an_officers_done_in_part_settles_nothing_and_asks_nobody(
    database: Database, words: str
) -> None:
    desk = Desk(database, {**MEANINGS, words: intent(Intent.DONE)})
    await desk.open()
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("officer", words, reply_to=post)
    assert (await desk.ticket()).status == NEW
    assert await desk.history() == ["opened", "comment"]
    assert [*await desk.said("settled"), *await desk.said("notice")] == []


async def test_done_without_a_reply_finds_its_ticket_by_the_place(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("hoa", "đèn hư Lê Lợi")
    await desk.say("officer", "đã xử lý đèn Hai Bà Trưng")
    assert [ticket.status for ticket in await desk.tickets()] == [RESOLVED, NEW]


@pytest.mark.parametrize("replies", [True, False])
async def test_another_departments_officer_says_no_more_than_a_member(desk: Desk, *, replies: bool) -> None:
    await _of_waste(desk)
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    words = "đã xử lý" if replies else "đã xử lý đèn Hai Bà Trưng"
    await desk.say("sweeper", words, reply_to=post if replies else None)
    assert (await desk.ticket()).status == NEW
    assert await desk.said("settled", GROUP) == []
    assert (await desk.offered("notice", ROOM))[0] == "t:1:resolve"
    await desk.say("sweeper", "đang làm", reply_to=post)
    assert (await desk.ticket()).status == NEW


async def test_an_officer_may_take_what_is_nobodys(database: Database) -> None:
    desk = Desk(database, {**MEANINGS, "ồn quá": report("noise")})
    await desk.open()
    post = await desk.say("hoa", "ồn quá")
    assert (await desk.ticket()).department is None
    await desk.say("officer", "đang làm", reply_to=post)
    assert (await desk.ticket()).status == TicketStatus.IN_PROGRESS


async def _of_waste(desk: Desk) -> None:
    """An officer of the department that has no lamps."""
    async with desk.database.write() as session:
        sweeper = await members.ensure(session, "telegram", "sweeper", "Sweeper", desk.now)
        sweeper.role, sweeper.department = MemberRole.DEPARTMENT, "moitruong"


async def test_still_broken_reopens_and_forgets_the_resolution(desk: Desk) -> None:
    post = await desk.say("hoa", "đèn hư")
    await desk.say("officer", "đã xử lý", reply_to=post)
    await desk.say("hoa", "vẫn chưa", reply_to=post)
    ticket = await desk.ticket()
    assert (ticket.status, ticket.resolved_at) == (TicketStatus.IN_PROGRESS, None)
    assert await desk.history() == ["opened", "resolve", "reopen"]


async def test_me_too_under_the_bots_own_post_is_a_voice(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.deliver()
    (ack,) = await desk.said("acknowledgement")
    assert ack.chat == GROUP
    await desk.say("minh", "chỗ em cũng vậy", reply_to="bot-1")
    await desk.say("minh", "chỗ em cũng vậy", reply_to="bot-1")
    assert (await desk.ticket()).voices == 2


async def test_a_reply_that_tells_of_something_else_is_its_own_ticket(desk: Desk) -> None:
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("minh", "rác Lê Lợi", reply_to=post)
    assert [ticket.category for ticket in await desk.tickets()] == ["lighting", "waste"]


async def test_chatter_under_a_post_is_kept_and_says_nothing(desk: Desk) -> None:
    post = await desk.say("hoa", "đèn hư")
    before = len(await desk.said())
    await desk.say("minh", "cảm ơn", reply_to=post)
    assert len(await desk.said()) == before
    assert await desk.history() == ["opened", "comment"]


async def test_the_reporter_corrects_the_place(database: Database) -> None:
    desk = _with_corrections(database)
    await desk.open()
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("hoa", "à nhầm, Lê Lợi", reply_to=post)
    ticket = await desk.ticket()
    assert ticket.place["street"] == "Lê Lợi"
    assert ticket.voices == 1


async def test_a_strangers_correction_is_only_kept(database: Database) -> None:
    desk = _with_corrections(database)
    await desk.open()
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("lan", "à nhầm, Lê Lợi", reply_to=post)
    assert (await desk.ticket()).place["street"] == "Hai Bà Trưng"
    await _of_waste(desk)
    await desk.say("sweeper", "à nhầm, Lê Lợi", reply_to=post)
    assert (await desk.ticket()).place["street"] == "Hai Bà Trưng"
    await desk.say("officer", "à nhầm, Lê Lợi", reply_to=post)
    assert (await desk.ticket()).place["street"] == "Lê Lợi"


async def test_more_of_where_it_is_takes_nothing_from_what_was_told(database: Database) -> None:
    number = intent(Intent.PLACE)
    number = replace(number, place=replace(number.place, text="trước số 45", number="45"))
    desk = Desk(database, {**MEANINGS, "trước số 45 nha": number})
    await desk.open()
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("hoa", "trước số 45 nha", reply_to=post)
    place = (await desk.ticket()).place
    assert (place["street"], place["number"]) == ("Hai Bà Trưng", "45")
    assert place["text"] == "trước số 45, Hai Bà Trưng"


async def test_praise_that_sounds_like_a_suggestion_reopens_nothing(database: Database) -> None:
    praise = report(kind=Kind.SUGGESTION)
    desk = Desk(database, {**MEANINGS, "đường đẹp, nên làm thêm": praise})
    await desk.open()
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("mod", "/xong 1001", chat=ROOM)
    await desk.say("hoa", "đường đẹp, nên làm thêm", reply_to=post)
    assert (await desk.ticket()).status == RESOLVED
    assert "đường đẹp, nên làm thêm" in await desk.only("notice", ROOM)


def _with_corrections(database: Database) -> Desk:
    place = intent(Intent.PLACE, street="Lê Lợi")
    return Desk(database, {**MEANINGS, "à nhầm, Lê Lợi": place})
