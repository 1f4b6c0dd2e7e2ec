"""Commands: how they are written, who may give them, what they do; each one on record."""

from datetime import timedelta

import pytest

from handlers.commands import COMMANDS, read, take_code
from handlers.posts import Post
from storage.states import TicketStatus
from tests.handlers.desk import ROOM, Desk


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("/xong 1042", "done", "1042"),
        ("/XONG@congich_bot #PA1042 đã thay bóng", "done", "#PA1042 đã thay bóng"),
        ("/done", "done", ""),
        ("/từchối 5 trùng", "reject", "5 trùng"),
        ("  /giao 1042 chieusang mai 17h", "assign", "1042 chieusang mai 17h"),
        ("/tra\ncuu", None, None),
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
