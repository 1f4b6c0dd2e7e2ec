"""The room on the web acts by the chat's own code: the same change and record, no post of the answer."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from handlers import room
from storage import chats, members
from storage.models import Audit, Chat, Dispatch, Message, Outbox
from storage.states import ChatRole, MemberRole, OutboxState, TicketStatus
from tests.handlers.desk import ROOM, Desk
from tests.handlers.pages import order, press


async def record(desk: Desk) -> list[tuple[str, bool, str]]:
    async with desk.database.read() as session:
        rows = await session.scalars(select(Audit).order_by(col(Audit.id)))
        return [(row.action, row.allowed, row.detail.get("from", "")) for row in rows]


async def test_a_command_acts_and_is_answered_without_a_post(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    assert (await order(desk, "/giao 1001 moitruong mai 17h")).text.startswith("Đã giao #PA1001")
    assert (await desk.ticket()).department == "moitruong"
    assert await desk.said("reply") == []
    assert await record(desk) == [("command.assign", True, "web")]
    assert "chưa rõ hạn" in (await order(desk, "/giao 1001 chieusang gấp: mang thang", form="form-2")).text
    typed = await order(desk, "/giao 1001 moitruong nhờ xem giúp", form="form-3")
    assert typed.text.startswith("Đã giao #PA1001")


async def test_the_same_form_twice_acts_once(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await press(desk, "t:1:accept")
    with pytest.raises(room.AlreadySent):
        await press(desk, "x:1:undo")
    with pytest.raises(room.AlreadySent):
        await order(desk, "/khan 1001")
    assert (await desk.ticket()).status == TicketStatus.ACCEPTED
    assert [action for action, *_ in await record(desk)] == ["press.move"]


async def test_what_was_confirmed_on_the_page_is_not_asked_again(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.say("minh", "rác Lê Lợi")
    assert (await order(desk, "/dong 1001 1002")).text == "Đã đóng 2 phiếu."
    assert {one.status for one in await desk.tickets()} == {TicketStatus.CLOSED}
    assert [action for action, *_ in await record(desk)] == ["command.close", "press.confirm"]


async def test_a_list_turns_its_pages_in_the_answer(desk: Desk) -> None:
    for number in range(12):
        await desk.say(f"member{number}", "đèn hư")
    first = await order(desk, "/danhsach", who="mod")
    assert first.text
    async with desk.database.read() as session:
        assert await session.scalar(select(col(Outbox.id)).where(col(Outbox.purpose) == "reply")) is None


async def test_a_seal_of_another_chat_opens_nothing(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    assert "không" in (await press(desk, "t:1:accept", chat_id=1)).text.lower()
    assert (await desk.ticket()).version == 1
    assert await record(desk) == [("press.unsealed", False, "web")]


async def test_whoever_lost_the_role_is_refused_by_the_same_table(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    assert "điều hành" in (await order(desk, "/khan 1001", who="hoa")).text
    assert not (await desk.ticket()).urgent
    assert await record(desk) == [("command.urgent", False, "web")]


async def test_the_words_of_a_form_are_erased_with_their_author(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await order(desk, "/tamdung 1001 chờ vật tư")
    await desk.say("mod", "/xoadulieu", chat=ROOM)
    await desk.press("mod", "b:1:yes")
    async with desk.database.read() as session:
        words = await session.scalars(select(col(Message.text)).where(col(Message.external_id).like("web:%")))
        assert list(words) == [""]


async def test_somebody_of_another_platform_acts_in_the_chat_that_there_is(desk: Desk) -> None:
    rooms = [
        Chat(platform="zalo", external_id="a", role=ChatRole.MODERATION, created_at=desk.now),
        Chat(platform="telegram", external_id="b", role=ChatRole.MODERATION, created_at=desk.now),
    ]
    assert [room.chat_of(rooms, name) for name in ("telegram", "bridge")] == [rooms[1], rooms[0]]
    assert room.chat_of([], "telegram") is None


async def test_people_of_any_platform_are_named_by_their_id(desk: Desk) -> None:
    async with desk.database.write() as session:
        (await members.ensure(session, "zalo", "77", "Lan", desk.now)).role = MemberRole.MEMBER
        chief = await members.find(session, "telegram", "mod")
        assert chief is not None
        chief.role = MemberRole.ADMINISTRATOR
    await order(desk, "/tatphieu zalo:77")
    await desk.say("mod", "/capquyen zalo:77 cán bộ chieusang", chat=ROOM)
    async with desk.database.read() as session:
        lan = await members.find(session, "zalo", "77")
        assert lan is not None
        assert (lan.muted, lan.role, lan.department) == (True, MemberRole.DEPARTMENT, "chieusang")


@pytest.mark.parametrize(
    ("word", "state"), [("resend", OutboxState.PENDING), ("drop", OutboxState.SUPERSEDED)]
)
async def test_what_is_stuck_is_sent_again_or_left(desk: Desk, word: str, state: OutboxState) -> None:
    await desk.say("hoa", "đèn hư")
    async with desk.database.write() as session:
        for row in await session.scalars(select(Outbox)):
            row.state = OutboxState.DEAD
        session.add(
            Dispatch(
                idempotency_key="d", target="webhook:ioc", ticket_id=1, ordering_key="d", payload={},
                state=OutboxState.UNCONFIRMED, created_at=desk.now, next_attempt_at=desk.now,
            )
        )  # fmt: skip
    await press(desk, f"o:1:{word}")
    await press(desk, f"w:1:{word}", form="form-2")
    assert "đã có người" in (await press(desk, f"w:1:{word}", form="form-3")).text
    async with desk.database.read() as session:
        assert [
            row.state for row in (await session.get_one(Outbox, 1), await session.get_one(Dispatch, 1))
        ] == [state, state]
        assert await chats.with_role(session, ChatRole.MODERATION)
