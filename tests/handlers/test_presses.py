"""Buttons: who may press, what changes, what the presser is told."""

from datetime import timedelta

import pytest

from handlers.buttons import DeliveryPressed, KindPressed, MergePressed, MovePressed, read
from handlers.lifecycle import Move
from handlers.posts import Edit, Toast
from handlers.understanding import Kind
from storage import chats, outbox
from storage.models import row_id
from storage.states import OutboxState, TicketStatus
from tests.handlers.desk import GROUP, ROOM, Desk


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("t:5:accept", MovePressed(5, Move.ACCEPT)),
        ("m:5:4", MergePressed(5, 4)),
        ("q:5:none", KindPressed(5, Kind.NONE)),
        ("o:5:drop", DeliveryPressed("c5", resend=False)),
        ("w:5:resend", DeliveryPressed("d5", resend=True)),
        ("t:5:explode", None),
        ("t:x:accept", None),
        ("z:5:accept", None),
        ("", None),
    ],
)
def test_read(data: str, expected: object) -> None:
    assert read(data) == expected


async def toast(desk: Desk) -> str:
    content = (await desk.said("toast"))[-1].content
    assert isinstance(content, Toast)
    return content.text


@pytest.mark.parametrize(
    ("who", "chat", "data", "way_out"),
    [
        ("hoa", GROUP, "s:1:no", "trả lời bài này: “vẫn chưa”"),  # whose card has no buttons
        ("mod", ROOM, "p:1:2", "gõ lại lệnh"),
        ("mod", ROOM, "t:1:accept", "/tracuu kèm mã"),
    ],
)
async def test_a_button_of_months_ago_says_what_still_works(
    desk: Desk, who: str, chat: str, data: str, way_out: str
) -> None:
    await desk.say("hoa", "đèn hư")
    async with desk.database.read() as session:
        found = await chats.ensure(session, "telegram", chat, "", desk.now)
    sealed = desk.services.seal.close(data, row_id(found), desk.now)
    desk.now += timedelta(days=75)
    await desk.press_raw(who, sealed, chat=chat)
    assert way_out in await toast(desk)


async def test_a_press_moves_the_ticket_and_edits_its_posts(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.deliver()
    await desk.press("mod", "t:1:accept")
    assert (await desk.ticket()).status == TicketStatus.ACCEPTED
    assert await toast(desk) == "#PA1001: Đã tiếp nhận."
    edits = [one.content for one in await desk.said("edit")]
    assert len(edits) == 2
    assert all(isinstance(edit, Edit) and "Đã tiếp nhận" in edit.text for edit in edits)


async def test_a_newer_edit_takes_the_place_of_one_that_has_not_left(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.press("mod", "t:1:accept")
    await desk.press("mod", "t:1:start")
    edits = [one.content for one in await desk.said("edit")]
    assert len(edits) == 2
    assert all(isinstance(edit, Edit) and "Đang xử lý" in edit.text for edit in edits)


@pytest.mark.parametrize("data", ["t:1:accept", "q:1:report", "m:1:1", "o:1:resend"])
async def test_a_stranger_changes_nothing_and_is_on_record(desk: Desk, data: str) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.press("hoa", data)
    assert (await desk.ticket()).version == 1
    assert [allowed for _, allowed in await desk.audit()] == [False]
    assert "điều hành" in await toast(desk)


async def test_a_press_that_comes_too_late_says_how_it_stands(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.press("mod", "t:1:resolve")
    await desk.press("mod", "t:1:accept")
    assert "Đã xử lý" in await toast(desk)
    await desk.press("mod", "t:99:accept")
    assert "Không tìm thấy" in await toast(desk)


async def test_today_is_no_deadline_once_its_work_is_over(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    before = await desk.ticket()
    desk.now += timedelta(hours=10)
    await desk.press("mod", "e:1:0")
    assert ((await desk.ticket()).version, "đã qua rồi" in await toast(desk)) == (before.version, True)


async def test_a_question_is_answered_once(desk: Desk) -> None:
    await desk.say("hoa", "hình như đèn hư")
    await desk.press("mod", "q:1:none")
    await desk.press("mod", "q:1:report")
    assert await desk.tickets() == []
    assert await desk.submissions() == ["dismissed"]
    assert "đã có người" in await toast(desk)


async def test_a_card_that_may_have_a_twin_offers_to_merge(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("minh", "đèn hư Lê Lợi")
    await desk.press("mod", "m:2:1")
    assert [one.status for one in await desk.tickets()] == [TicketStatus.NEW, TicketStatus.MERGED]


async def test_an_unconfirmed_post_is_sent_again_or_left(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    async with desk.database.write() as session:
        row = await outbox.by_key(session, "ack:1")
        assert row is not None
        row.state = OutboxState.UNCONFIRMED
    await desk.press("mod", f"o:{row.id}:resend", chat=ROOM)
    async with desk.database.read() as session:
        again = await outbox.by_key(session, "ack:1")
    assert again is not None
    assert again.state == OutboxState.PENDING
