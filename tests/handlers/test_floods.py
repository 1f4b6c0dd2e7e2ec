"""What comes too often from one member: held, judged at once, taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.events import MessageDeleted, Person
from handlers.policy import Policy
from handlers.posts import Edit, Post
from storage.database import Database
from storage.states import TicketStatus
from tests.handlers import pages
from tests.handlers.conftest import MEANINGS, flood
from tests.handlers.desk import ABILITIES, GROUP, ROOM, Desk

SECOND = timedelta(seconds=1)


async def test_what_goes_beyond_the_limit_is_one_notice_and_nothing_in_the_group(strict: Desk) -> None:
    await flood(strict)
    assert len(await strict.tickets()) == 2
    assert (await strict.submissions()).count("held") == 2
    assert len(await strict.said("acknowledgement", GROUP)) == 2
    notices = await strict.said("notice", ROOM)
    edits = await strict.said("edit", ROOM)
    assert len(notices) == 1
    assert isinstance(edits[-1].content, Edit)
    assert "tạm giữ 2 tin" in edits[-1].content.text


async def test_what_was_judged_is_not_judged_again_by_its_old_notice(strict: Desk) -> None:
    await flood(strict)
    await strict.deliver()
    notice, hoa = await strict.message_of("notice"), (await strict.member("hoa")).id
    for act in ("drop", "let"):
        await strict.press("mod", f"h:{hoa}:{act}", message=notice)
    assert "đã có người" in str((await strict.said("toast"))[-1].content)
    await strict.say("hoa", "đèn hư", after=timedelta(minutes=3))
    await strict.press("mod", f"h:{hoa}:let", message=notice)
    assert (await strict.submissions()).count("held") == 1


async def test_what_was_dropped_is_held_again(strict: Desk) -> None:
    await flood(strict)
    await strict.deliver()
    notice, hoa = await strict.message_of("notice"), (await strict.member("hoa")).id
    await strict.say("mod", "/nhan 1001", chat=ROOM)
    await strict.press("mod", f"h:{hoa}:drop", message=notice)
    await strict.say("mod", "/hoantac", chat=ROOM)  # takes back nothing that was done before it
    assert (await strict.tickets())[0].status is TicketStatus.ACCEPTED
    for act, held, opened in (("undo", 2, 2), ("undo", 2, 2), ("let", 0, 4), ("undo", 0, 4)):
        await strict.press("mod", f"h:{hoa}:{act}", message=notice)
        assert (await strict.submissions()).count("held") == held
        assert len(await strict.tickets()) == opened


async def test_who_was_muted_by_a_notice_is_muted_no_more_once_it_is_undone(strict: Desk) -> None:
    await flood(strict)
    await strict.deliver()
    notice, hoa = await strict.message_of("notice"), (await strict.member("hoa")).id
    for act, is_muted in (("mute", True), ("undo", False)):
        await strict.press("mod", f"h:{hoa}:{act}", message=notice)
        assert (await strict.member("hoa")).muted is is_muted
    await strict.say("mod", "/tatphieu hoa", chat=ROOM)
    for act in ("mute", "undo"):
        await strict.press("mod", f"h:{hoa}:{act}", message=notice)
    assert (await strict.member("hoa")).muted


async def test_what_was_dropped_on_a_page_is_held_again_from_its_answer(strict: Desk) -> None:
    await flood(strict)
    hoa = (await strict.member("hoa")).id
    dropped = await pages.press(strict, f"h:{hoa}:drop")
    assert [one.data for row in dropped.keyboard for one in row] == [f"h:{hoa}:undo"]
    await pages.press(strict, f"h:{hoa}:undo", form="form-2")
    assert (await strict.submissions()).count("held") == 2


async def test_what_was_judged_by_another_notice_is_judged_by_each(strict: Desk) -> None:
    await flood(strict)
    await strict.deliver()
    first, hoa = await strict.message_of("notice"), (await strict.member("hoa")).id
    await strict.press("mod", f"h:{hoa}:drop", message=first)
    await strict.say("hoa", "đèn hư")
    await strict.deliver()
    second = await strict.message_of("notice")
    for act, message in (("undo", first), ("drop", second)):
        await strict.press("mod", f"h:{hoa}:{act}", message=message)
    last = {one.target: one.content for one in await strict.said("edit", ROOM)}
    assert len(last) == 2
    assert [one.buttons[0][0].data for one in last.values() if isinstance(one, Edit)] == [f"h:{hoa}:undo"] * 2


async def test_a_notice_outlives_its_first_post(strict: Desk) -> None:
    await flood(strict)
    await strict.deliver()
    notice, hoa = await strict.message_of("notice"), (await strict.member("hoa")).id
    await strict.happen(MessageDeleted(GROUP, "3", Person("hoa", "Hoa"), strict.now))
    for act, state in (("drop", "dismissed"), ("undo", "held")):
        await strict.press("mod", f"h:{hoa}:{act}", message=notice)
        assert (await strict.submissions())[-1] == state


async def test_where_nothing_is_edited_the_way_back_is_a_post_of_its_own(database: Database) -> None:
    plain = Desk(database, MEANINGS, Policy(most_an_hour=2), replace(ABILITIES, edits=False, buttons=False))
    await plain.open()
    await flood(plain)
    for purpose, number, state in (
        ("notice", "2", "dismissed"),
        ("anew", "1", "held"),
        ("anew", "2", "dismissed"),
    ):
        await plain.deliver()
        await plain.say("mod", number, chat=ROOM, reply_to=await plain.message_of(purpose))
        assert (await plain.submissions()).count(state) == 2


async def test_a_danger_is_never_held(strict: Desk) -> None:
    await flood(strict)
    await strict.say("hoa", "dây điện rớt")
    assert [one.urgent for one in await strict.tickets()] == [False, False, True]


async def test_officers_have_no_limit(strict: Desk) -> None:
    await flood(strict, "officer")
    assert len(await strict.tickets()) == 4


async def test_an_hour_later_it_is_as_before(strict: Desk) -> None:
    await flood(strict)
    await strict.say("hoa", "đèn hư", after=timedelta(hours=2))
    assert len(await strict.tickets()) == 3


@pytest.mark.parametrize(
    ("act", "tickets", "states", "muted"),
    [("let", 4, "ticketed", False), ("drop", 2, "dismissed", False), ("mute", 2, "dismissed", True)],
)
async def test_a_moderator_judges_them_all_at_once(
    strict: Desk, act: str, tickets: int, states: str, muted: bool
) -> None:
    await flood(strict)
    hoa = await strict.member("hoa")
    await strict.press("mod", f"h:{hoa.id}:{act}")
    assert len(await strict.tickets()) == tickets
    assert (await strict.submissions())[2:] == [states, states]
    assert (await strict.member("hoa")).muted is muted
    await strict.press("mod", f"h:{hoa.id}:{act}")  # once more changes nothing
    assert len(await strict.tickets()) == tickets


async def test_a_flood_is_taken_back_by_one_command_after_a_confirmation(desk: Desk) -> None:
    await flood(desk)
    await desk.say("minh", "đèn hư")
    opened = len(await desk.tickets())
    await desk.say("mod", "/huyloat Hoa", chat=ROOM)
    (asked,) = [one.content for one in await desk.said("reply", ROOM)]
    assert isinstance(asked, Post)
    assert [button.text for button in asked.buttons[0]] == [f"Hủy {opened - 1} phiếu", "Thôi"]
    await desk.deliver()
    await desk.press("mod", asked.buttons[0][0].data)
    statuses = [one.status for one in await desk.tickets()]
    assert statuses == [TicketStatus.REJECTED] * (opened - 1) + [TicketStatus.NEW]
    assert len(await desk.said("settled", GROUP)) == 0  # not a post for each


async def test_what_is_days_old_is_no_flood(desk: Desk) -> None:
    await flood(desk)
    await desk.say("mod", "/huyloat Hoa", chat=ROOM, after=timedelta(days=3))
    told = (await desk.said("reply", ROOM))[-1].content
    assert isinstance(told, Post)
    assert (told.text, told.buttons) == ("Hoa không có phiếu nào mở trong 24 giờ qua.", ())
