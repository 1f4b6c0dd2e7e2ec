"""A department's own chat: cards of its tickets and no other's, and what its answers do in the group."""

import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.desk_answers import spoken_of
from handlers.desk_words import (
    Answer,
    Begun,
    Declined,
    Done,
    PerhapsDone,
    Remark,
    TakenBack,
    decide,
    once_settled,
    without_signs,
)
from handlers.events import MessagePosted, Person
from handlers.posts import Edit, Post
from handlers.understanding import Intent
from storage import chats, messages
from storage.database import Database
from storage.models import Ticket
from storage.states import ChatRole, TicketStatus
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import GROUP, MONDAY, ROOM, Desk, Said, intent

LIGHT, WASTE = "-301", "-302"
LAMP, RUBBISH = "đèn hư Hai Bà Trưng", "rác Lê Lợi"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
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
        ("mốt", datetime(2026, 11, 18, 17, tzinfo=ZONE)),
    ],
)
@pytest.mark.parametrize("name", ["chieusang", "chiếu sáng", "Chiếu sáng đô thị"])
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


@pytest.mark.parametrize(
    ("words", "meant", "answer"),
    [
        ("đã xử lý", Intent.DONE, Done()),
        ("mai làm", Intent.CHATTER, Begun(datetime(2026, 11, 17, 17, tzinfo=ZONE))),
        ("Chiều nay 15h xuống kiểm tra", Intent.CHATTER, Begun(datetime(2026, 11, 16, 15, tzinfo=ZONE))),
        ("thu 6 xong nha, em se lam", Intent.CHATTER, Begun(datetime(2026, 11, 20, 17, tzinfo=ZONE))),
        ("đang cho anh em xuống", Intent.CHATTER, Begun(None)),
        ("ok em, đã nhận, sẽ xử lý", Intent.CHATTER, Begun(None)),
        ("đang xử lý", Intent.IN_PROGRESS, Begun(None)),
        ("không phải của bên em", Intent.CHATTER, Declined()),
        ("cai nay ko thuoc don vi minh", Intent.NEW, Declined()),
        ("nhầm đơn vị rồi", Intent.CHATTER, Declined()),
        ("không thuộc thẩm quyền của phòng", Intent.DONE, Declined()),
        ("chỗ này khó làm quá", Intent.CHATTER, Remark()),
        ("mai họp nha", Intent.CHATTER, Remark()),
        ("", Intent.CHATTER, Remark()),
        ("không phải bóng hư, bên em thay dây rồi", Intent.DONE, Done()),
        ("bên em không quản lý tuyến này", Intent.CHATTER, Declined()),
        ("đã xong chưa anh?", Intent.DONE, Remark()),
        ("đã kiểm tra, chờ kinh phí", Intent.DONE, Remark()),
        ("dự kiến hoàn thành 20/11", Intent.DONE, Remark()),
        ("đã thay bóng mà đèn không lên", Intent.DONE, Remark()),
        *((words, Intent.CHATTER, Done()) for words in ("xử lý rồi em", "thay bóng rồi nha chị", "ok xong")),
        *((words, Intent.CHATTER, Remark()) for words in ("ok rồi", "xử lý chưa em", "xử lý rồi hả")),
        *((words, Intent.DONE, Declined()) for words in ("trả lại điều hành", "giao lộn đơn vị rồi")),
        *(
            (words, Intent.CHATTER, Declined())
            for words in ("không thuộc địa bàn", "đường này do tỉnh quản lý")
        ),
        ("thuộc quản lý của sở xây dựng", Intent.IN_PROGRESS, Declined()),
        ("không phải lỗi bên em, dây bị trộm cắt", Intent.CHATTER, Remark()),
        ("thuộc quản lý của bên em, để em coi", Intent.IN_PROGRESS, Begun(None)),
        *(
            (words, Intent.CHATTER, Begun(datetime(2026, 11, 16, 17, tzinfo=ZONE)))
            for words in (
                "Dạ thuộc địa bàn em quản lý, chiều nay em qua làm",
                "Trụ này do công ty em quản lý, chiều nay em cho người xuống",
                "Chỗ đó xí nghiệp khu vực quản lý, chiều nay em sửa",
            )
        ),
        ("Đoạn đó do công ty mình quản lý, em đã thay bóng xong", Intent.DONE, Done()),
        ("thuộc địa bàn chúng tôi quản lý", Intent.CHATTER, Remark()),
        ("thuộc quản lý của công ty em", Intent.CHATTER, Remark()),
        ("thuộc quản lý của điện lực em ạ", Intent.CHATTER, Declined()),
        ("Đã xử lý xong, trả phiếu cho điều hành", Intent.DONE, Done()),
        ("Đã thay bóng xong, em trả phiếu", Intent.DONE, Done()),
        *(
            (words, Intent.DONE, Declined())
            for words in ("trả phiếu cho điều hành", "đã kiểm tra, em trả lại phiếu cho điều hành xử lý")
        ),
        *((words, Intent.DONE, PerhapsDone()) for words in ("đã kiểm tra rồi", "đã cắt điện để sửa")),
        ("đã yêu cầu sửa trước 20/11", Intent.DONE, Begun(datetime(2026, 11, 20, 17, tzinfo=ZONE))),
        *(
            (words, Intent.CHATTER, Remark())
            for words in ("thay bóng rồi à", "thay bong roi a", "sang rồi nha chị")
        ),
        *((words, Intent.CHATTER, Done()) for words in ("thay bóng rồi ạ", "sáng rồi nha chị", "done")),
        ("cái này do ai quản lý vậy chị", Intent.CHATTER, Remark()),
        ("tra phiếu giùm em", Intent.CHATTER, Remark()),
        *(
            (words, Intent.DONE, Remark())
            for words in ("tối nay thay xong", "trong sáng nay xong", "cuoi tuan thay xong", "lát nữa xong")
        ),
        *(
            (words, Intent.DONE, Begun(datetime(2026, 11, 16, 17, tzinfo=ZONE)))
            for words in ("17h xong", "17h thay xong", "chiều nay thay xong rồi em báo")
        ),
        *(
            (words, Intent.DONE, Done())
            for words in ("7h thay xong", "17h đã thay xong", "tối nay thay xong rồi", "22/5 Phú Lợi xong")
        ),
    ],
)
def test_decide(words: str, meant: Intent, answer: Answer) -> None:
    assert decide(words, meant, MONDAY, ZONE) == answer


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        *((words, Done()) for words in ("tối qua 20h thay xong", "hôm qua 17h thay xong", "7h30 thay xong")),
        *((words, PerhapsDone()) for words in ("9h sáng nay thay xong", "Sáng nay bên em thay xong bóng")),
        ("hôm qua mưa, chiều nay 15h thay xong", Begun(datetime(2026, 11, 16, 15, tzinfo=ZONE))),
        ("thứ sáu 17.30 thay xong", Begun(datetime(2026, 11, 20, 17, 30, tzinfo=ZONE))),
        ("tối nay thay xong", Remark()),
        *((words, Done()) for words in ("đã xong 2/2 bóng", "thay xong 3/3 bóng")),
        *((words, Done()) for words in ("theo công văn số 5 đã thay xong", "thiếu vật tư đã mua, xong")),
        ("đã có công văn gửi điện lực", Remark()),
    ],
)
def test_an_end_by_its_time_at_half_past_ten(words: str, answer: Answer) -> None:
    assert decide(words, Intent.DONE, MONDAY + timedelta(hours=2, minutes=30), ZONE) == answer


@pytest.mark.parametrize(
    ("words", "is_back"),
    [
        *((words, False) for words in ("chờ em gửi hình", "nếu cần gì anh gọi em", "sẽ theo dõi thêm")),
        *((words, False) for words in ("phiếu bên kia đang xử lý", "công văn trả lời em gửi qua mail rồi")),
        *((words, False) for words in ("tưởng ai làm, hóa ra tụi em làm rồi", "sửa chữa xong rồi à")),
        *(
            (words, True)
            for words in ("chưa sửa được", "đèn lại tắt rồi", "dạ bên em vẫn đang thay", "hư lại rồi")
        ),
    ],
)
def test_only_a_denial_takes_an_end_back(words: str, is_back: bool) -> None:
    for answer in (Remark(), Begun(None)):
        assert (once_settled(answer, words) == TakenBack()) is is_back


def test_signs_go_and_accents_stay() -> None:
    assert without_signs(unicodedata.normalize("NFD", "đã thay bóng 👍🏻1️⃣")) == "đã thay bóng 1"


async def test_what_is_handled_late_counts_from_when_it_was_said(city: Desk) -> None:
    card = await handed_over(city)
    said = MessagePosted(LIGHT, "77", Person("sang", "Sang"), city.now, "17h thay xong", reply_to=card)
    city.now += timedelta(hours=12)
    await city.happen(said)
    assert (await city.ticket()).status is TicketStatus.IN_PROGRESS


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("mai làm nha", "17/11 17:00"),
        ("mai lam", "17/11 17:00"),
        ("Mai em qua", "17/11 17:00"),
        ("Dạ chị mai em qua", "17/11 17:00"),
        ("EM MAI LÀM", "17/11 17:00"),
        ("sang mai em xuong sua", "17/11 17:00"),
        ("mốt em thay bóng", "18/11 17:00"),
        ("ngay mot em thay", "18/11 17:00"),
        ("chiều nay 4h em qua", "16/11 16:00"),
        ("3 ngày nữa em sửa xong", "19/11 17:00"),
        ("25/11 em thay bóng", "25/11 17:00"),
        ("ngày 25/11 em qua nhà số 12/5 kiểm tra", "25/11 17:00"),
        ("Hôm nay mưa chưa thay được, mai em thay", "17/11 17:00"),
        ("3 ngày nay mưa, thứ sáu em ra sửa", "20/11 17:00"),
        ("hôm nay bận, mai em làm", "17/11 17:00"),
        ("không sao, mai em làm", "17/11 17:00"),
        ("mai em xuống sửa chữa", "17/11 17:00"),
        ("mai anh Tuấn qua sửa", "17/11 17:00"),
        ("tuần sau bên em làm", "27/11 17:00"),
        ("mai em mới qua được", "17/11 17:00"),
        ("tối nay cắt cây, mai gắn bóng", "17/11 17:00"),
        ("mai thông cống", "17/11 17:00"),
        ("mai thong cong", "17/11 17:00"),
        ("chắc chắn mai làm", "17/11 17:00"),
        ("bên em hẹn mai 9h xuống", "17/11 09:00"),
        ("Chị ơi mai 8h em xuống làm giúp chị nha", "17/11 08:00"),
        ("mai em qua sửa cho chị, chị báo bà con giùm", "17/11 17:00"),
    ],
)
def test_a_promise(words: str, expected: str) -> None:
    by = datetime.strptime(f"2026/{expected}", "%Y/%d/%m %H:%M").replace(tzinfo=ZONE)
    assert decide(words, Intent.CHATTER, MONDAY, ZONE) == Begun(by)


@pytest.mark.parametrize(
    "words",
    [
        "Một lát em qua",
        "mot lat em qua",
        "Em cử một anh xuống kiểm tra nha",
        "em cu mot anh xuong kiem tra nha",
        "Chưa thay được, một bóng bị cháy",
        "chua thay duoc, mot bong bi chay",
        "thay ngay mot bong",
        "Chị Mai sẽ xuống kiểm tra",
        "chi mai se xuong kiem tra",
        "Em cử Mai xuống kiểm tra",
        "em xử lý cây mai ngã",
        "em sửa mái nhà",
        "làm mãi mới sửa được",
        "mai mốt em làm",
        "em qua nhà số 12/5 kiểm tra",
        "em qua nha so 12/5 kiem tra",
        "em qua hẻm 12/5 kiểm tra",
        "em qua hẽm 12/5 sửa",
        "em ra đường 30/4 kiểm tra",
        "em ra đường 3 tháng 2 kiểm tra",
        "em ra kiệt 12/5, ngõ 3/6 kiểm tra",
        "kiểm tra 12/5 Hai Bà Trưng nha",
        "em làm được 1/2 đường rồi",
        "trực 24/7, em qua liền",
        "2-3 anh em xuống",
        "mai 9h chị cho người ra chỉ chỗ giùm em",
        "mai 9h chị cho anh em ra chỉ chỗ giùm",
        "bên nước nói mai sửa",
        "có lẽ mai làm",
        "mai cắt điện khu đó",
        "3 ngày nay mưa, em chưa ra sửa được",
        "3 ngay nay mua, em chua ra sua duoc",
        "mấy ngày nay em ra kiểm tra",
        "hôm qua 9h em ra kiểm tra",
        "hom qua 9h em ra kiem tra",
        "đã 3 ngày em sửa",
        "thứ hai tuần trước em ra sửa",
        "hôm thứ ba em ra kiểm tra",
        "ngày 14 em thay rồi nha",
        "em ra kiểm tra 10/11",
        "lần thứ ba em ra kiểm tra",
        "em thay bóng thứ hai",
        "mai không mưa em làm",
        "mai chưa làm được",
        "mai em chua lam duoc",
        "mai ko lam",
        "mai em qua, chưa chắc kịp",
        "nếu mai nắng em làm",
        "mai bên mình xuống sửa hả?",
        "mai họp ở chỗ cũ",
        "tối mai họp nha",
        "mai họp đông lắm",
        "kẹt quá, thứ sáu họp",
        "tuần tới họp",
        "cho cn xuống làm",
        "7h em qua",
    ],
)
def test_no_promise(words: str) -> None:
    assert decide(words, Intent.CHATTER, MONDAY, ZONE) in (Remark(), Begun(None))


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


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("PA1001, PA1002 đã xử lý xong", {1001: "đã xử lý xong", 1002: "đã xử lý xong"}),
        ("Đã xong #PA1001 và pa 1002", {1001: "Đã xong", 1002: "Đã xong"}),
        ("PA1001 xong, PA1002 mai làm", {1001: "xong", 1002: "mai làm"}),
        ("PA1001 đã thay bóng", {1001: "đã thay bóng"}),
        ("đã thay bóng #PA1001 rồi, PA1001 nha", {1001: "đã thay bóng  rồi,  nha"}),
        ("trưa nay ăn gì", {}),
    ],
)
def test_words_are_about_the_codes_before_them(words: str, told: dict[int, str]) -> None:
    assert spoken_of(words, "PA") == told


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
