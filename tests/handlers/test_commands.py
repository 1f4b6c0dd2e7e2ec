"""Commands: how they are written, who may give them, what they do; each one on record."""

import json
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from handlers.commands import COMMANDS, read, take_code
from handlers.listing import from_json
from handlers.policy import Policy
from handlers.posts import Post
from handlers.understanding import Intent
from storage import chats, members, tickets
from storage.database import Database
from storage.models import Department, Member, Prompt
from storage.states import OPEN, TicketStatus
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import GROUP, ROOM, Desk, intent


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("/xong 1042", "done", "1042"),
        ("/XONG@congich_bot #PA1042 đã thay bóng", "done", "#PA1042 đã thay bóng"),
        ("/done", "done", ""),
        ("/từchối 5 trùng", "reject", "5 trùng"),
        ("  /giao 1042 chieusang mai 17h", "assign", "1042 chieusang mai 17h"),
        ("/mở lại 1042", "reopen", "1042"),
        ("/Xóa dữ liệu", "erase", ""),
        ("/phan loai 1042 rác thải", "classify", "1042 rác thải"),
        ("/khan1042", "urgent", "1042"),
        ("/từchối1042@congich_bot trụ tư nhân", "reject", "1042 trụ tư nhân"),
        ("/xong@congich_bot a@b.vn", "done", "a@b.vn"),
        ("/undo flood Lan", "flood", "Lan"),
        ("/xong#PA1042 đã thay bóng", "done", "#PA1042 đã thay bóng"),
        ("/xuất tên", "export", "tên"),
        ("/tra\ncuu", None, None),
        ("/tra cuunha", None, None),
        ("/unknown 5", None, None),
        ("xong 1042", None, None),
    ],
)
def test_read(text: str, name: str | None, words: str | None) -> None:
    given = read(text)
    assert (given and given[0].name, given and given[1]) == (name, words)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("1042 xong", (1042, "xong")),
        ("#PA1042", (1042, "")),
        ("pa1042 mai", (1042, "mai")),
        ("XX1042", (None, "XX1042")),
        ("chieusang mai", (None, "chieusang mai")),
        ("25/11", (None, "25/11")),
        ("17h", (None, "17h")),
        ("16:30", (None, "16:30")),
        ("1042: xong", (1042, "xong")),
        ("PA1042:\nxong", (1042, "xong")),
        ("1042:", (1042, "")),
    ],
)
def test_take_code(words: str, expected: tuple[int | None, str]) -> None:
    assert take_code(words, "PA") == expected


def test_no_two_commands_share_a_word() -> None:
    words = [word for command in COMMANDS for word in command.words]
    assert len(words) == len(set(words))


async def test_a_refused_command_changes_nothing(desk: Desk) -> None:
    await desk.say("minh", "đèn hư Hai Bà Trưng")
    for command in COMMANDS:
        if command.name != "report":
            await desk.say("hoa", f"/{command.words[0]} 1001 {command.example}")
    ticket = await desk.ticket()
    assert (ticket.status, ticket.version) == (TicketStatus.NEW, 1)


@pytest.mark.sqlite_in_short
async def test_an_anonymous_order_is_refused_with_its_remedy(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.say(f"chat:{ROOM}", "/xong 1001", chat=ROOM)
    assert "gửi ẩn danh" in str((await desk.said("reply"))[-1].content)
    assert (await desk.ticket()).status is TicketStatus.NEW
    assert ("command.done", False) in await desk.audit()


async def test_a_command_that_is_put_right_by_an_edit_is_told_to_be_sent_anew(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    post = await desk.say("mod", "/giao 1001 chieusng mai", chat=ROOM)
    for words in ("/giao 1001 chieusan mai", "/giao 1001 chieusang mai"):
        await desk.say("mod", words, chat=ROOM, message=post, edited=True)
    told = [str(one.content) for one in await desk.said("reply", ROOM)]
    assert ["trong tin mới" in one for one in told] == [False, True, True]
    assert (await desk.ticket()).status is TicketStatus.NEW


async def test_by_code_and_by_reply(desk: Desk) -> None:
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("hoa", "rác Lê Lợi")
    await desk.deliver()
    await desk.say("mod", "/nhan", reply_to=post)
    await desk.say("mod", "/xong #PA1002 đã dọn", chat=ROOM)
    assert [one.status for one in await desk.tickets()] == [TicketStatus.ACCEPTED, TicketStatus.RESOLVED]
    assert "đã dọn" in await desk.only("settled")
    await desk.say("mod", "/tuchoi", reply_to="bot-1")
    assert "lý do" in str((await desk.said("reply"))[-1].content)


async def test_a_report_keeps_the_number_that_it_begins_with(desk: Desk) -> None:
    await desk.say("hoa", "/phananh 45 Hai Bà Trưng đèn đường hư")
    assert (await desk.ticket()).summary == "45 Hai Bà Trưng đèn đường hư"


async def test_a_period_may_begin_with_a_number(desk: Desk) -> None:
    desk.services = replace(desk.services, address="https://city.example")
    await desk.say("mod", "/tonghop 30 ngày", chat=ROOM)
    await desk.say("mod", "/xuat 30 ngày", chat=ROOM)
    digest, export = [one.content for one in await desk.said("reply", ROOM)]
    assert "chưa rõ khoảng thời gian" not in str(digest)
    assert isinstance(export, Post)
    token = export.text.partition("/exports/")[2].partition(".")[0]
    asked = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    assert asked["filter"]["opened_from"].startswith("2026-10-17T")  # so many days before the seventeenth


@pytest.fixture
async def replied(desk: Desk) -> str:
    """The card of the second of two tickets."""
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("hoa", "rác Lê Lợi")
    await desk.deliver()
    return await desk.message_of("card")


async def test_in_a_reply_a_number_that_is_no_tickets_is_a_word(desk: Desk, replied: str) -> None:
    for words, due in (("3 ngày", "19 10:00"), ("17 giờ mai", "17 10:00")):
        await desk.say("mod", f"/han {words}", chat=ROOM, reply_to=replied)
        at = (await desk.tickets())[1].due_at
        assert at is not None
        assert at.strftime("%d %H:%M") == due
    await desk.say("mod", "/tamdung 2 ngày nữa mới có xe", chat=ROOM, reply_to=replied)
    assert (await desk.tickets())[1].pause_reason == "2 ngày nữa mới có xe"
    await desk.say("mod", "/xong 2 xe đã gom", chat=ROOM, reply_to=replied)
    assert "2 xe đã gom" in await desk.only("settled")
    assert [one.status for one in await desk.tickets()] == [TicketStatus.NEW, TicketStatus.RESOLVED]


@pytest.mark.parametrize("words", ["1001: đã thay bóng", "1001 đã thay bóng", "PA1001 đã thay bóng"])
async def test_in_a_reply_a_tickets_code_still_names_it(desk: Desk, replied: str, words: str) -> None:
    await desk.say("mod", f"/xong {words}", chat=ROOM, reply_to=replied)
    assert [one.status for one in await desk.tickets()] == [TicketStatus.RESOLVED, TicketStatus.NEW]
    assert (await desk.only("settled")).endswith("Ghi chú: đã thay bóng")


@pytest.mark.parametrize("words", ["1009", "#1009 đã thay", "PA1009 đã thay", "1009: đã thay"])
async def test_in_a_reply_a_wrong_code_is_still_one(desk: Desk, replied: str, words: str) -> None:
    await desk.say("mod", f"/xong {words}", chat=ROOM, reply_to=replied)
    assert {one.status for one in await desk.tickets()} == {TicketStatus.NEW}
    assert "Gần nhất là #PA1002" in str((await desk.said("reply"))[-1].content)


async def test_in_a_reply_a_wrong_code_closes_nothing_else(desk: Desk, replied: str) -> None:
    await desk.say("mod", "/dong 1009 với lại", chat=ROOM, reply_to=replied)
    assert {one.status for one in await desk.tickets()} == {TicketStatus.NEW}


async def test_assign_with_a_deadline_in_words(desk: Desk) -> None:
    await desk.say("hoa", "rác Lê Lợi")
    await desk.say("mod", "/giao 1001 chieusang mai 17h", chat=ROOM)
    ticket = await desk.ticket()
    assert (ticket.department, ticket.status) == ("chieusang", TicketStatus.ACCEPTED)
    assert ticket.due_at is not None
    assert ticket.due_at.strftime("%d %H:%M") == "17 10:00"  # 17:00 in Sóc Trăng
    await desk.say("mod", "/giao 1001 congan", chat=ROOM)
    assert "chieusang, moitruong" in str((await desk.said("reply"))[-1].content)


async def test_a_code_that_does_not_exist_names_the_nearest(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.say("mod", "/xong 1009", chat=ROOM)
    assert "Gần nhất là #PA1001" in str((await desk.said("reply"))[-1].content)


@pytest.mark.parametrize(
    ("words", "touched"),
    [
        ("/xong 1001 1002", False),
        ("/xong 1001, 1002", False),
        ("/tuchoi 1001 1002 trùng", False),
        ("/han 1001 và PA1002 mai", False),
        ("/xong 1001\n/xong 1002", False),
        ("/dong 1001\n/dong 1002", False),
        ("/xong 1001 1999 bóng", True),  # no ticket's
        ("/han 1001 3 ngày", True),
        ("/noi 1001 1002 Lê Lợi", True),
    ],
)
async def test_one_command_is_for_one_ticket(database: Database, words: str, *, touched: bool) -> None:
    desk = Desk(database, {**MEANINGS, "1002 Lê Lợi": intent(Intent.CHATTER, street="Lê Lợi")})
    await desk.open()
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("minh", "đèn hư Lê Lợi")
    await desk.say("mod", words, chat=ROOM)
    assert ((await desk.history()) != ["opened", "opened"]) is touched
    told = (await desk.said("reply", ROOM))[-1].content
    assert isinstance(told, Post)
    assert ("chỉ dùng cho một phiếu" in told.text) is not touched


async def test_merge_adds_the_voices_and_follows_the_replies(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    second = await desk.say("minh", "đèn hư Lê Lợi")
    await desk.say("mod", "/gop 1002 1001", chat=ROOM)
    kept, merged = await desk.tickets()
    assert (kept.voices, merged.status, merged.merged_into_id) == (2, TicketStatus.MERGED, kept.id)
    await desk.say("officer", "đã xử lý", reply_to=second)
    assert (await desk.tickets())[0].status == TicketStatus.RESOLVED
    await desk.say("mod", "/gop 1001 1001", chat=ROOM)
    assert "ghi hai mã" in str((await desk.said("reply"))[-1].content)
    await desk.say("mod", "/gop 1002 1001", chat=ROOM)
    assert "đã được Mod chuyển sang “Đã gộp”" in str((await desk.said("reply"))[-1].content)


async def test_reclassify_in_peoples_words(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.say("mod", "/phanloai 1001 khiếu nại cây xanh", chat=ROOM)
    ticket = await desk.ticket()
    assert (ticket.kind, ticket.category) == ("complaint", "tree")
    await desk.say("mod", "/phanloai 1001 linh tinh", chat=ROOM)
    assert "Chiếu sáng" in str((await desk.said("reply"))[-1].content)


async def test_an_officer_does_not_touch_another_departments(desk: Desk) -> None:
    await desk.say("hoa", "rác Lê Lợi")
    await desk.say("officer", "/xong 1001")
    assert (await desk.ticket()).status == TicketStatus.NEW
    assert "đơn vị khác" in str((await desk.said("reply"))[-1].content)


async def test_report_by_words_or_by_reply_needs_no_classifier(desk: Desk) -> None:
    await desk.say("hoa", "/phananh cái gì đó kỳ kỳ")
    post = await desk.say("minh", "chào")
    await desk.say("mod", "/phananh", reply_to=post)
    assert [(one.kind, one.origin) for one in await desk.tickets()] == [("report", "1"), ("report", post)]
    await desk.say("hoa", "/phananh", reply_to=post)
    assert len(await desk.tickets()) == 2


async def test_a_muted_member_opens_no_ticket_by_a_command_or_an_edit(desk: Desk) -> None:
    await desk.say("hoa", "chào")
    await desk.say("mod", "/tatphieu Hoa", chat=ROOM)
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    told = len(await desk.said())
    await desk.say("hoa", "/phananh đèn hư Hai Bà Trưng")
    await desk.say("hoa", "/phananh", reply_to=post)
    await desk.say("hoa", "đèn hư Lê Lợi", message=post, edited=True)
    assert (await desk.tickets(), len(await desk.said())) == ([], told)
    await desk.say("mod", "/phananh", reply_to=post)
    assert (await desk.ticket()).summary == "đèn hư Lê Lợi"


async def test_a_muted_members_chatter_becomes_no_ticket_by_an_edit(desk: Desk) -> None:
    post = await desk.say("hoa", "vẫn chưa")
    assert await desk.submissions() == ["chatter"]
    await desk.say("mod", "/tatphieu Hoa", chat=ROOM)
    await desk.say("hoa", "đèn hư Lê Lợi", message=post, edited=True)
    assert await desk.tickets() == []


@pytest.fixture
async def strict(database: Database) -> Desk:
    """A city that takes one ticket an hour of one member."""
    desk = Desk(database, MEANINGS, Policy(most_an_hour=1))
    await desk.open()
    return desk


async def test_beyond_the_hours_limit_a_report_by_command_is_held(strict: Desk) -> None:
    for words in ("đèn hư Hai Bà Trưng", "/phananh rác Lê Lợi", "/phananh cái gì đó kỳ kỳ"):
        await strict.say("hoa", words, after=timedelta(minutes=1))
    assert (await strict.submissions(), len(await strict.tickets())) == (["ticketed", "held", "held"], 1)
    assert len(await strict.said("acknowledgement", GROUP)) == 1
    assert "tạm giữ 1 tin" in await strict.only("notice", ROOM)
    async with strict.database.read() as session:
        hoa = await members.find(session, "telegram", "hoa")
    assert hoa is not None
    await strict.press("mod", f"h:{hoa.id}:let")
    assert [one.kind for one in await strict.tickets()] == ["report"] * 3


async def test_beyond_the_limit_ones_own_post_is_held_and_a_danger_and_a_moderators_word_are_not(
    strict: Desk,
) -> None:
    await strict.say("hoa", "rác Lê Lợi", after=timedelta(minutes=1))
    post = await strict.say("hoa", "chào", after=timedelta(minutes=1))
    question = await strict.say("hoa", "hình như đèn hư", after=timedelta(minutes=1))
    for one in (post, question):
        await strict.say("hoa", "/phananh", reply_to=one, after=timedelta(minutes=1))
    assert await strict.submissions() == ["ticketed", "question", "held"]
    await strict.say("mod", "/phananh", reply_to=post, after=timedelta(minutes=1))
    await strict.say("hoa", "/phananh dây điện rớt", after=timedelta(minutes=1))
    assert await strict.submissions() == ["ticketed", "question", "ticketed", "ticketed"]


@pytest.mark.parametrize(
    ("words", "department", "category", "statuses"),
    [
        ("môi trường", "moitruong", None, OPEN),
        ("moi truong mới", "moitruong", None, (TicketStatus.NEW,)),
        ("điện lực", "dienluc", None, OPEN),
        ("điện", None, "power", OPEN),
        ("điện điện lực đã xử lý", "dienluc", "power", (TicketStatus.RESOLVED,)),
        ("chiếu sáng đô thị", "chieusang", None, OPEN),
        ("chiếu sáng", "chieusang", "lighting", OPEN),  # the category is called so, too
    ],
)
async def test_a_departments_words_are_no_status_and_no_category(
    desk: Desk, words: str, department: str, category: str | None, statuses: tuple[TicketStatus, ...]
) -> None:
    async with desk.database.write() as session:
        session.add(Department(key="dienluc", name="Điện lực", days=2))
    await desk.say("mod", f"/danhsach {words}", chat=ROOM)
    async with desk.database.read() as session:
        wanted = from_json((await session.scalars(select(Prompt))).one().detail)
    assert (wanted.department, wanted.category, wanted.statuses) == (department, category, statuses)


async def test_a_category_may_be_corrected_to_what_a_department_is_called(desk: Desk) -> None:
    async with desk.database.write() as session:
        session.add(Department(key="dienluc", name="Điện lực", days=2))
    await desk.say("hoa", "đèn hư")
    await desk.say("mod", "/phanloai 1001 điện lực", chat=ROOM)
    assert (await desk.ticket()).category == "power"


async def test_what_is_paused_is_not_overdue(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("hoa", "rác Lê Lợi")
    await desk.say("mod", "/tamdung 1001 chờ vật tư", chat=ROOM)
    desk.now += timedelta(days=6)
    await desk.say("mod", "/danhsach quá hạn", chat=ROOM)
    late = str((await desk.said("reply"))[-1].content)
    assert ("#PA1001" in late, "#PA1002" in late) == (False, True)
    await desk.say("mod", "/thongke", chat=ROOM)
    assert "Quá hạn: 1" in str((await desk.said("reply"))[-1].content)


async def test_one_closed_ticket_is_no_plural_in_english(desk: Desk) -> None:
    async with desk.database.write() as session:
        (await chats.ensure(session, "telegram", ROOM, "", desk.now)).language = "en"
    await desk.say("hoa", "đèn hư")
    await desk.say("mod", "/close 1001", chat=ROOM)
    assert await desk.only("reply", ROOM) == "Tickets closed: 1."


async def test_lists_lookups_and_figures(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("hoa", "rác Lê Lợi")
    await desk.say("hoa", "hình như đèn hư")
    desk.now += timedelta(days=4)
    answers = {}
    for text in ("/danhsach", "/danhsach quá hạn", "/danhsach rác thải", "/danhsach đã xử lý", "/thongke"):
        await desk.say("mod", text, chat=ROOM)
        content = (await desk.said("reply"))[-1].content
        assert isinstance(content, Post)
        answers[text] = content.text
    assert answers["/danhsach"].count("#PA") == 2
    assert "1 bài đang chờ" in answers["/danhsach"]
    assert answers["/danhsach quá hạn"].count("#PA") == 2
    assert "#PA1002" in answers["/danhsach rác thải"]
    assert "#PA1001" not in answers["/danhsach rác thải"]
    assert "#PA" not in answers["/danhsach đã xử lý"]
    assert "Quá hạn: 2" in answers["/thongke"]
    await desk.say("hoa", "/tracuu")
    assert str((await desk.said("reply"))[-1].content).count("#PA") == 2


@pytest.mark.sqlite_in_short
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("/giao 1001 moitruong 31/2", "Em chưa rõ hạn “31/2”"),
        ("/giao 1001 moitruong 2 bóng cháy", "Em chưa rõ hạn"),
        ("/giao 1001 moitruong hôm nay 7h: gấp", "đã qua rồi"),
        ("/giao 1001 moitruong cuối tuần", "Em chưa rõ hạn “cuối tuần”"),
        ("/giao 1001 moitruong tối nay: mang thang", "Em chưa rõ hạn “tối nay”"),
        ("/giao 1001 moitruong 15/11", "Ngày đó vừa qua rồi; em hiểu hạn là 15/11/2027"),
        ("/han 1001 bữa nào\n#PA1002 · Đã đóng", "Em chưa rõ hạn “bữa nào #PA1002 · Đã đóng”"),
        ("/han 1001 15/11", "Ngày đó vừa qua rồi; em hiểu hạn là 15/11/2027"),
        ("/han 1001 hôm nay 7h", "đã qua rồi"),
        ("/han 1001 1/11/2026", "đã qua rồi"),
    ],
)
async def test_a_deadline_that_there_is_not_changes_nothing(desk: Desk, words: str, told: str) -> None:
    await desk.say("hoa", "đèn hư")
    before = await desk.ticket()
    await desk.say("mod", words, chat=ROOM)
    assert told in str((await desk.said("reply"))[-1].content)
    assert (await desk.ticket()).version == before.version


@pytest.mark.sqlite_in_short
@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("rac", ("report", "waste")),
        ("Rác", ("report", "waste")),
        ("khieu nai xanh", ("complaint", "tree")),
        ("công trình", ("report", "facility")),
        ("nước", ("report", "lighting")),  # to drink or to drain
        ("khiếu nại đông người", ("complaint", "lighting")),
        ("đông người", ("report", "lighting")),
    ],
)
async def test_a_part_of_a_name_that_is_one_categorys_alone_names_it(
    desk: Desk, words: str, what: tuple[str, str]
) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.say("mod", f"/phanloai 1001 {words}", chat=ROOM)
    ticket = await desk.ticket()
    assert (ticket.kind, ticket.category) == what


@pytest.mark.sqlite_in_short
@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("gấp giùm em", "gấp giùm em"),
        ("mai 17h: mang thang", "mang thang"),
        ("mai 17:30: mang thang 3 m", "mang thang 3 m"),
        ("gấp: mang thang", "gấp: mang thang"),
        ("mai", ""),
        ("đội tuần tra lo giúp", "đội tuần tra lo giúp"),
        ("đường 30 tháng 4", "đường 30 tháng 4"),
        ("đường 3/2 mai 17h: mang thang", "mang thang"),
    ],
)
async def test_words_for_a_department_reach_it(desk: Desk, words: str, note: str) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.say("mod", f"/giao 1001 moitruong {words}", chat=ROOM)
    assert (await desk.ticket()).department == "moitruong"
    async with desk.database.read() as session:
        assert await tickets.last_note(session, 1) == note


@pytest.mark.sqlite_in_short
async def test_of_departments_whose_names_begin_alike_the_longer_one_is_meant(desk: Desk) -> None:
    async with desk.database.write() as session:
        session.add(Department(key="moitruong2", name="Môi trường nông thôn", days=3))
    await desk.say("hoa", "đèn hư")
    await desk.say("mod", "/giao 1001 môi trường nông thôn", chat=ROOM)
    assert (await desk.ticket()).department == "moitruong2"


@pytest.mark.sqlite_in_short
async def test_a_reply_to_one_that_names_another_mutes_nobody(desk: Desk) -> None:
    await desk.say("hoa", "chào")
    post = await desk.say("minh", "chào")
    await desk.say("mod", "/tatphieu Hoa", reply_to=post)
    assert "Minh" in str((await desk.said("reply"))[-1].content)
    await desk.say("mod", "/tatphieu spam quá", reply_to=post)
    async with desk.database.read() as session:
        muted = {one.name for one in await session.scalars(select(Member).where(col(Member.muted)))}
    assert muted == {"Minh"}


async def test_a_department_that_there_is_no_more_is_given_nothing(database: Database) -> None:
    desk = Desk(database, MEANINGS, Policy(departments=frozenset({"chieusang"})))
    await desk.open()
    await desk.say("hoa", "đèn hư")
    await desk.deliver()
    card = await desk.message_of("card")
    await desk.say("mod", "/giao 1001 moitruong", chat=ROOM)
    assert str((await desk.said("reply"))[-1].content).count("Anh/chị ghi đơn vị: chieusang.") == 1
    await desk.press("mod", "n:1:assign", message=card)
    menu = str((await desk.said("edit"))[-1].content)
    assert ("Chiếu sáng đô thị" in menu, "'Môi trường'" in menu) == (True, False)
    await desk.press("mod", "d:1:moitruong", message=card)
    assert (await desk.ticket()).department == "chieusang"
    await desk.say("mod", "/danhsach môi trường", chat=ROOM)  # what was theirs can still be found
    async with desk.database.read() as session:
        assert from_json((await session.scalars(select(Prompt))).one().detail).department == "moitruong"


async def test_what_waits_may_wait_for_something_else(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    for reason in ("chờ vật tư", "chờ kinh phí"):
        await desk.say("mod", f"/tamdung 1001 {reason}", chat=ROOM)
    paused = await desk.ticket()
    await desk.press("mod", "x:1:pause")
    assert ((await desk.ticket()).pause_reason, paused.paused_at) == (
        "chờ kinh phí",
        desk.now - timedelta(minutes=11),
    )
    await desk.say("mod", "/hoantac 1001", chat=ROOM)
    assert (await desk.ticket()).pause_reason == "chờ vật tư"
