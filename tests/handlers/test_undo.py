"""What a moderator did is taken back, unless somebody has built on it since."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from handlers.events import ErasureAsked
from handlers.posts import Edit, Post, from_json
from storage.database import Database
from storage.models import Correction, Outbox
from storage.states import TicketStatus
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import ABILITIES, GROUP, ROOM, Desk

LAMP = "đèn hư Hai Bà Trưng"


async def undone(desk: Desk, words: str = "/hoantac 1001", who: str = "mod") -> str:
    await desk.say(who, words, chat=ROOM)
    content = (await desk.said("reply", ROOM))[-1].content
    assert isinstance(content, Post)
    return content.text


@pytest.mark.parametrize(
    "command",
    [
        "/nhan 1001",
        "/danglam 1001",
        "/xong 1001",
        "/tuchoi 1001 tư nhân",
        "/giao 1001 moitruong mai 17h",
        "/han 1001 25/11",
        "/phanloai 1001 rác thải",
        "/khan 1001",
        "/tamdung 1001 chờ",
    ],
)
async def test_each_is_as_if_it_had_not_been(desk: Desk, command: str) -> None:
    await desk.say("hoa", LAMP)
    before = await desk.ticket()
    await desk.say("mod", command, chat=ROOM)
    assert "Đã hoàn tác" in await undone(desk)
    after = await desk.ticket()
    for name in ("status", "kind", "category", "urgent", "department", "due_at", "paused_at", "resolved_at"):
        assert getattr(after, name) == getattr(before, name), name
    assert (after.remind_at, after.escalate_at is None) == (after.remind_at, before.escalate_at is None)


async def test_nothing_is_left_to_undo(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    assert await undone(desk) == "Không có thao tác nào để hoàn tác."


async def test_without_a_code_it_is_the_last_thing_that_this_person_did(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("minh", "rác Lê Lợi")
    await desk.say("mod", "/nhan 1002", chat=ROOM)
    await desk.say("officer", "/nhan 1001")
    assert "#PA1002" in await undone(desk, "/hoantac")
    assert [one.status for one in await desk.tickets()] == [TicketStatus.ACCEPTED, TicketStatus.NEW]


async def test_typed_again_it_is_one_step_more(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("minh", "rác Lê Lợi")
    await desk.say("mod", "/nhan 1001", chat=ROOM)
    await desk.say("mod", "/nhan 1002", chat=ROOM)
    assert "#PA1002" in await undone(desk, "/hoantac")
    assert "#PA1001" in await undone(desk, "/hoantac")
    assert [one.status for one in await desk.tickets()] == [TicketStatus.NEW, TicketStatus.NEW]
    assert await undone(desk, "/hoantac") == "Không có thao tác nào để hoàn tác."


async def test_without_a_code_nobody_elses_act_is_undone(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/nhan 1001", chat=ROOM)
    await desk.say("officer", "/xong 1001")
    assert "Không hoàn tác “đã xử lý” của #PA1001 được" in await undone(desk, "/hoantac")
    assert (await desk.ticket()).status is TicketStatus.RESOLVED
    assert "Đã hoàn tác" in await undone(desk, "/hoantac 1001")


async def test_a_code_that_there_is_not_undoes_nothing(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/nhan 1001", chat=ROOM)
    assert "Gần nhất là #PA1001" in await undone(desk, "/hoantac 1009")
    assert (await desk.ticket()).status is TicketStatus.ACCEPTED


async def test_it_is_refused_where_somebody_has_changed_the_same_since(desk: Desk) -> None:
    post = await desk.say("hoa", LAMP)
    await desk.say("mod", "/xong 1001", chat=ROOM)
    await desk.say("minh", "vẫn chưa", reply_to=post)  # reopens it, which is no moderator's act of the room
    told = await undone(desk, "/hoantac 1001")
    assert "Đã hoàn tác “mở lại”" in told
    assert (await desk.ticket()).status is TicketStatus.RESOLVED


async def test_a_voice_in_between_does_not_stand_in_the_way(desk: Desk) -> None:
    post = await desk.say("hoa", LAMP)
    await desk.say("mod", "/nhan 1001", chat=ROOM)
    await desk.say("minh", "chỗ em cũng vậy", reply_to=post)
    assert "Đã hoàn tác" in await undone(desk)
    assert ((await desk.ticket()).status, (await desk.ticket()).voices) == (TicketStatus.NEW, 2)


async def test_an_undone_merge_gives_the_voices_back(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("minh", "đèn hư Lê Lợi")
    await desk.say("mod", "/gop 1002 1001", chat=ROOM)
    assert [one.voices for one in await desk.tickets()] == [2, 1]
    await undone(desk, "/hoantac 1002")
    assert [one.voices for one in await desk.tickets()] == [1, 1]
    assert [one.status for one in await desk.tickets()] == [TicketStatus.NEW, TicketStatus.NEW]
    assert (await desk.history())[-2:] == ["released", "undone"]


async def test_the_end_that_was_told_is_withdrawn_or_never_leaves(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/xong 1001", chat=ROOM)
    await undone(desk)
    assert await desk.said("settled", GROUP) == []  # it had not left yet
    await desk.say("mod", "/xong 1001", chat=ROOM)
    await desk.deliver()
    await undone(desk)
    edits = [one.content.text for one in await desk.said("edit", GROUP) if isinstance(one.content, Edit)]
    assert any("được rút lại" in text for text in edits)


async def test_a_correction_that_was_undone_teaches_nothing_wrong(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/phanloai 1001 rác thải", chat=ROOM)
    await undone(desk)
    async with desk.database.read() as session:
        kept = (await session.scalars(select(Correction).order_by(col(Correction.id)))).all()
    assert kept[-1].category == "lighting"


async def ends(desk: Desk) -> list[tuple[str, list[str]]]:
    """What the end posts in the group say by now, and the buttons under them."""
    async with desk.database.read() as session:
        rows = await session.scalars(select(Outbox).where(col(Outbox.purpose).startswith("settled")))
        posts = [(row.idempotency_key, from_json(row.payload)) for row in rows]
    edits = {one.target: one.content for one in await desk.said("edit", GROUP)}
    shown = [edits.get(key, post) for key, post in posts]
    return [
        (one.text, [button.text for row in one.buttons for button in row])
        for one in shown
        if isinstance(one, Edit | Post)
    ]


@pytest.mark.parametrize("command", ["/xong 1001 đã thay bóng", "/tuchoi 1001 tư nhân"])
async def test_an_undone_reopening_tells_the_end_again(desk: Desk, command: str) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", command, chat=ROOM)
    await desk.deliver()
    told = await ends(desk)
    await desk.say("mod", "/molai 1001", chat=ROOM)
    await desk.deliver()
    assert await ends(desk) != told
    await undone(desk)
    assert await ends(desk) == told


async def test_where_nothing_can_be_edited_the_end_is_told_anew(database: Database) -> None:
    desk = Desk(database, MEANINGS, abilities=replace(ABILITIES, edits=False, buttons=False))
    await desk.open()
    await desk.say("hoa", LAMP)
    for command in ("/xong 1001 đã thay bóng", "/molai 1001"):
        await desk.say("mod", command, chat=ROOM)
        await desk.deliver()
    await undone(desk)
    told = (await desk.said("anew", GROUP))[-1].content
    assert isinstance(told, Post)
    assert told.text == await desk.only("settled", GROUP)
    assert [button.data for row in told.buttons for button in row] == ["s:1:yes", "s:1:no"]


async def test_whoever_said_already_what_they_think_of_it_is_not_asked_again(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/xong 1001", chat=ROOM)
    await desk.deliver()
    ((told, _),) = await ends(desk)
    await desk.press("hoa", "s:1:no", chat=GROUP)
    assert (await desk.history())[-1] == "reopen"
    await desk.deliver()
    await undone(desk)
    assert await ends(desk) == [(told, [])]


async def test_an_end_that_was_withdrawn_is_not_told_again(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    for command in ("/xong 1001 lần một", "/molai 1001", "/xong 1001 lần hai"):
        await desk.say("mod", command, chat=ROOM)
        await desk.deliver()
    await undone(desk)
    await desk.deliver()
    await undone(desk)
    first, second = [text for text, _ in await ends(desk)]
    assert "lần một" in first
    assert "được rút lại" in second
    await desk.say("mod", "/molai 1001", chat=ROOM)
    first, second = [text for text, _ in await ends(desk)]
    assert "được mở lại" in first
    assert "được rút lại" in second


async def test_an_end_that_had_not_left_leaves_after_all(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/xong 1001 đã thay bóng", chat=ROOM)
    await desk.say("mod", "/molai 1001", chat=ROOM)
    assert await desk.said("settled", GROUP) == []
    await undone(desk)
    assert "đã thay bóng" in await desk.only("settled", GROUP)


async def test_an_end_that_lost_its_words_to_an_erasure_does_not_leave(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/xong 1001 đã thay bóng", chat=ROOM)
    await desk.say("mod", "/molai 1001", chat=ROOM)
    await desk.happen(ErasureAsked(("hoa",), "", desk.now))
    await undone(desk)
    assert await desk.said("settled", GROUP) == []


async def test_what_was_closed_outright_is_open_again(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/dong 1001", chat=ROOM)
    assert (await desk.ticket()).status is TicketStatus.CLOSED
    assert "Đã hoàn tác" in await undone(desk, "/hoantac")
    assert (await desk.ticket()).status is TicketStatus.NEW
    assert await undone(desk, "/hoantac") == "Không có thao tác nào để hoàn tác."


async def test_what_was_resolved_before_it_was_closed_is_resolved_again(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/xong 1001", chat=ROOM)
    await desk.say("mod", "/dong 1001", chat=ROOM)
    await undone(desk, "/hoantac 1001")
    assert (await desk.ticket()).status is TicketStatus.RESOLVED


async def test_a_close_by_itself_that_was_undone_lasts_another_week(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/xong 1001", chat=ROOM)
    await desk.pass_time(timedelta(days=8))
    assert (await desk.ticket()).status is TicketStatus.CLOSED
    await undone(desk, "/hoantac 1001")
    await desk.pass_time(timedelta(days=1))
    assert (await desk.ticket()).status is TicketStatus.RESOLVED
    await desk.pass_time(timedelta(days=7))
    assert (await desk.ticket()).status is TicketStatus.CLOSED


@pytest.mark.parametrize("command", ["/tatphieu Hoa", "/tach 1001 rác đầu hẻm 12 chưa gom"])
async def test_after_what_has_its_own_way_back_no_older_act_is_undone(desk: Desk, command: str) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/nhan 1001", chat=ROOM)
    await desk.say("mod", command, chat=ROOM)
    assert "anh/chị ghi mã, ví dụ: /hoantac PA1001" in await undone(desk, "/hoantac")
    assert (await desk.tickets())[0].status is TicketStatus.ACCEPTED
    assert "Đã hoàn tác" in await undone(desk, "/hoantac 1001")


async def test_after_an_answer_to_a_question_no_older_act_is_undone(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/nhan 1001", chat=ROOM)
    await desk.say("minh", "hình như đèn hư")
    await desk.press("mod", "q:2:report")
    assert "không lùi lại bằng lệnh này được" in await undone(desk, "/hoantac")
    assert [one.status for one in await desk.tickets()] == [TicketStatus.ACCEPTED, TicketStatus.NEW]


async def test_a_second_tap_on_the_same_button_is_no_second_step(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/nhan 1001", chat=ROOM)
    await desk.say("mod", "/danglam 1001", chat=ROOM)
    await desk.deliver()
    card = await desk.message_of("card")
    await desk.press("mod", "n:1:more", message=card)
    menu = (await desk.said("edit", ROOM))[-1].content
    assert isinstance(menu, Edit)
    (data,) = [one.data for row in menu.buttons for one in row if one.text == "Hoàn tác"]
    for _ in range(2):
        await desk.press("mod", data, message=card)
    assert (await desk.ticket()).status is TicketStatus.ACCEPTED


@pytest.mark.parametrize("command", ["/hoantac 1001", "/hoantac", "/molai 1001"])
async def test_an_answer_taken_back_and_given_again_makes_no_second_ticket(desk: Desk, command: str) -> None:
    await desk.say("hoa", "hình như đèn hư")
    for pressed in ("q:1:report", "q:1:undo"):
        await desk.press("mod", pressed, chat=ROOM)
    await desk.say("mod", command, chat=ROOM)
    await desk.press("mod", "q:1:complaint", chat=ROOM)
    assert ((await desk.ticket()).status, await desk.submissions()) == (TicketStatus.NEW, ["ticketed"])


async def test_an_answer_that_became_another_ticket_gives_the_first_one_no_way_back(desk: Desk) -> None:
    await desk.say("hoa", "hình như đèn hư")
    for pressed in ("q:1:report", "q:1:undo", "q:1:complaint"):
        await desk.press("mod", pressed, chat=ROOM)
    assert "sau đó đã có thay đổi khác" in await undone(desk)
    await desk.say("mod", "/molai 1001", chat=ROOM)
    await desk.press("mod", "t:1:reopen", chat=ROOM)
    assert [one.status for one in await desk.tickets()] == [TicketStatus.REJECTED, TicketStatus.NEW]


async def test_what_was_turned_down_and_is_reopened_is_not_said_to_be_worked_on(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/tuchoi 1001 tư nhân", chat=ROOM)
    await desk.deliver()
    await desk.say("mod", "/molai 1001", chat=ROOM)
    told = [str(one.content) for one in await desk.said("edit", GROUP)]
    assert ["được mở lại, đang xem lại" in one for one in told].count(True) == 1


@pytest.mark.parametrize("answer", [None, "q:1:none"])
async def test_an_undone_reopening_of_an_answer_taken_back_asks_again(desk: Desk, answer: str | None) -> None:
    await desk.say("hoa", "hình như đèn hư")
    asked = await desk.only("question", ROOM)
    for pressed in ("q:1:report", "q:1:undo", *([answer] if answer else [])):
        await desk.press("mod", pressed, chat=ROOM)
    await desk.say("mod", "/molai 1001", chat=ROOM)
    assert "Đã hoàn tác “mở lại”" in await undone(desk)
    assert ((await desk.ticket()).status, await desk.submissions()) == (TicketStatus.REJECTED, ["question"])
    (edit,) = [one.content for one in await desk.said("edit", ROOM) if one.target == "question:1:2"]
    assert isinstance(edit, Edit)
    assert edit.text == asked
    await desk.press("mod", "q:1:complaint", chat=ROOM)
    assert [one.status for one in await desk.tickets()] == [TicketStatus.REJECTED, TicketStatus.NEW]


@pytest.mark.parametrize("is_bare", [False, True])
async def test_an_end_that_nobody_was_told_of_withdraws_no_older_one(
    database: Database, is_bare: bool
) -> None:
    desk = Desk(database, MEANINGS, abilities=replace(ABILITIES, edits=not is_bare))
    await desk.open()
    await desk.say("hoa", "hình như đèn hư")
    await desk.press("mod", "q:1:report")
    for command in ("/xong 1001 đã thay bóng", "/molai 1001"):
        await desk.say("mod", command, chat=ROOM)
        await desk.deliver()
    reopened = await heard(desk)
    await desk.press("mod", "q:1:undo")
    assert "Đã hoàn tác “không tiếp nhận”" in await undone(desk)
    assert await heard(desk) == reopened
    assert "Đã hoàn tác “mở lại”" in await undone(desk)
    assert "đã thay bóng" in (await heard(desk))[-1]


async def test_of_what_was_closed_in_silence_no_older_end_is_told(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    for command in ("/xong 1001 đã thay bóng", "/molai 1001", "/dong 1001", "/molai 1001"):
        await desk.say("mod", command, chat=ROOM)
        await desk.deliver()
    assert "Đã hoàn tác “mở lại”" in await undone(desk)
    assert "được mở lại" in (await heard(desk))[-1]


async def heard(desk: Desk) -> list[str]:
    """What the group was told of ends, in order."""
    rows = await desk.said(chat=GROUP)
    told = [str(one.content) for one in rows if one.purpose in ("settled", "anew", "edit")]
    return [one for one in told if "ghi nhận" not in one]
