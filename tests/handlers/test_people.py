"""What is done about people: roles, muting, many at once, and data erased at their own wish."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from bot import notices
from handlers.events import ErasureAsked, MessageDeleted, Person
from handlers.policy import Policy
from handlers.posts import Edit, Post, Toast
from storage import chats, erasure, inbox
from storage.database import Database
from storage.models import Attachment, Chat, Inbox, Member, Message, Outbox, Prompt, Submission
from storage.states import AttachmentState, ChatRole, InboxState, MemberRole, OutboxState, TicketStatus
from tests.handlers import test_room
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import ABILITIES, GROUP, MONDAY, PRIVATE_OF, ROOM, Desk, report

SECOND = timedelta(seconds=1)
LAMP, DOUBTFUL = "đèn hư Hai Bà Trưng", "hình như đèn hư"


@pytest.fixture
async def strict(database: Database) -> Desk:
    """A city that takes two tickets an hour of one member."""
    desk = Desk(database, MEANINGS, Policy(most_an_hour=2))
    await desk.open()
    return desk


async def member(desk: Desk, name: str) -> Member:
    async with desk.database.read() as session:
        return (await session.scalars(select(Member).where(col(Member.external_id) == name))).one()


async def flood(desk: Desk, who: str = "hoa") -> None:
    for words in (LAMP, "rác Lê Lợi", "đèn hư Lê Lợi", "gom rác trễ hoài"):
        await desk.say(who, words, after=timedelta(minutes=3))


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
    notice, hoa = await strict.message_of("notice"), (await member(strict, "hoa")).id
    for act in ("drop", "let"):
        await strict.press("mod", f"h:{hoa}:{act}", message=notice)
    assert "đã có người" in str((await strict.said("toast"))[-1].content)
    await strict.say("hoa", "đèn hư", after=timedelta(minutes=3))
    await strict.press("mod", f"h:{hoa}:let", message=notice)
    assert (await strict.submissions()).count("held") == 1


async def test_what_was_dropped_is_held_again(strict: Desk) -> None:
    await flood(strict)
    await strict.deliver()
    notice, hoa = await strict.message_of("notice"), (await member(strict, "hoa")).id
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
    notice, hoa = await strict.message_of("notice"), (await member(strict, "hoa")).id
    for act, is_muted in (("mute", True), ("undo", False)):
        await strict.press("mod", f"h:{hoa}:{act}", message=notice)
        assert (await member(strict, "hoa")).muted is is_muted
    await strict.say("mod", "/tatphieu hoa", chat=ROOM)
    for act in ("mute", "undo"):
        await strict.press("mod", f"h:{hoa}:{act}", message=notice)
    assert (await member(strict, "hoa")).muted


async def test_what_was_dropped_on_a_page_is_held_again_from_its_answer(strict: Desk) -> None:
    await flood(strict)
    hoa = (await member(strict, "hoa")).id
    dropped = await test_room.press(strict, f"h:{hoa}:drop")
    assert [one.data for row in dropped.keyboard for one in row] == [f"h:{hoa}:undo"]
    await test_room.press(strict, f"h:{hoa}:undo", form="form-2")
    assert (await strict.submissions()).count("held") == 2


async def test_what_was_judged_by_another_notice_is_judged_by_each(strict: Desk) -> None:
    await flood(strict)
    await strict.deliver()
    first, hoa = await strict.message_of("notice"), (await member(strict, "hoa")).id
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
    notice, hoa = await strict.message_of("notice"), (await member(strict, "hoa")).id
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


async def test_the_notice_of_what_is_held_loses_the_name_of_who_wishes_it(strict: Desk) -> None:
    await flood(strict)
    await strict.deliver()
    assert "Hoa" in await kept(strict)
    await erased_by_platform(strict, "hoa")
    assert (await shown_after(strict, "notice"))[0] == REMOVED
    assert "Hoa" not in await kept(strict)


async def test_a_notice_of_what_could_not_be_sent_loses_their_words(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    async with desk.database.write() as session:
        chat = (await session.scalars(select(Chat).where(col(Chat.external_id) == ROOM))).one()
        quoting = select(Outbox).where(col(Outbox.purpose) == "card")
        card = (await session.scalars(quoting)).one()
        await notices.undelivered(session, desk.services, card, chat, desk.now, reason="no right to post")
        await notices.unconfirmed(session, desk.services, card, chat, desk.now)
    await desk.deliver()
    assert len(await desk.said("notice", ROOM)) == 2
    await erased_by_platform(desk, "hoa")
    assert await shown_after(desk, "notice") == [REMOVED, REMOVED]
    assert LAMP not in await kept(desk)


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
    hoa = await member(strict, "hoa")
    await strict.press("mod", f"h:{hoa.id}:{act}")
    assert len(await strict.tickets()) == tickets
    assert (await strict.submissions())[2:] == [states, states]
    assert (await member(strict, "hoa")).muted is muted
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


async def test_roles_are_granted_and_taken_by_administrators_only(desk: Desk) -> None:
    async with desk.database.write() as session:
        boss = (await session.scalars(select(Member).where(col(Member.external_id) == "mod"))).one()
        boss.role = MemberRole.ADMINISTRATOR
    post = await desk.say("hoa", "chào cả nhà")
    await desk.say("mod", "/capquyen cán bộ chieusang", reply_to=post)
    assert (await member(desk, "hoa")).role is MemberRole.DEPARTMENT
    assert (await member(desk, "hoa")).department == "chieusang"
    await desk.say("hoa", "/capquyen điều phối", reply_to=post)
    assert (await member(desk, "hoa")).role is MemberRole.DEPARTMENT
    await desk.say("mod", "/capquyen điều phối", reply_to=post)
    assert (await member(desk, "hoa")).role is MemberRole.MODERATOR
    await desk.say("mod", "/thuquyen Hoa")
    assert (await member(desk, "hoa")).role is MemberRole.MEMBER


async def erased(desk: Desk, who: str = "hoa") -> str:
    await desk.say(who, "/xoadulieu")
    asked = (await desk.said("reply", GROUP))[-1].content
    assert isinstance(asked, Post)
    await desk.deliver()
    await desk.press(who, asked.buttons[0][0].data, chat=GROUP)
    told = (await desk.said("toast"))[-1].content
    assert isinstance(told, Toast)
    return told.text


async def test_texts_photos_and_name_go_counts_and_history_stay(desk: Desk) -> None:
    await desk.say("hoa", LAMP, photos=1)
    await desk.say("hoa", "hình như đèn hư", after=timedelta(hours=1))
    await desk.say("minh", "rác Lê Lợi")
    await desk.deliver()
    assert await erased(desk) == "Dạ, đã xóa."
    async with desk.database.read() as session:
        whole = (
            [row.text for row in (await session.scalars(select(Message))).all()]
            + [row.text for row in (await session.scalars(select(Submission))).all()]
            + [str(row.payload) for row in (await session.scalars(select(Outbox))).all()]
            + [str(row.payload) for row in (await session.scalars(select(Inbox))).all()]
        )
        photos = (await session.scalars(select(Attachment))).all()
    assert not [text for text in whole if LAMP in text or "hình như" in text]
    assert [photo.state for photo in photos] == [AttachmentState.ERASED]
    assert ((await member(desk, "hoa")).name, (await member(desk, "hoa")).erased) == ("", True)
    first, second = await desk.tickets()
    assert (first.summary, first.folded, first.category) == ("", "", "lighting")
    assert second.summary == "rác Lê Lợi"
    assert (await desk.history())[0] == "opened"


async def test_posts_of_ours_that_quoted_them_are_edited_and_lose_their_photos(desk: Desk) -> None:
    await desk.say("hoa", LAMP, photos=1)
    await desk.say("hoa", "hình như đèn hư", after=timedelta(hours=1))
    await desk.deliver()
    await erased(desk)
    edits = [one.content for one in await desk.said("edit", ROOM) if isinstance(one.content, Edit)]
    assert len(edits) == 2
    assert all(edit.bare for edit in edits)
    assert not [edit for edit in edits if "đèn hư" in edit.text or "Hoa" in edit.text]
    assert [edit.text.count("Nội dung đã xóa") for edit in edits] == [1, 1]


async def erased_by_platform(desk: Desk, who: str) -> None:
    await desk.happen(ErasureAsked((who,), "", desk.now))


async def shown_after(desk: Desk, purpose: str) -> list[str]:
    """What posts of a purpose in the moderators' room say by now."""
    async with desk.database.read() as session:
        posts = (await session.scalars(select(Outbox).where(col(Outbox.purpose) == purpose))).all()
        keys = [post.idempotency_key for post in posts]
    said = {one.target: one.content.text for one in await desk.said("edit") if isinstance(one.content, Edit)}
    return [said.get(key, "as it was") for key in keys]


async def kept(desk: Desk) -> str:
    """All words that the outbox holds."""
    async with desk.database.read() as session:
        return "\n".join(str(row.payload.get("text", "")) for row in await session.scalars(select(Outbox)))


REMOVED = "(Nội dung đã xóa theo yêu cầu của người gửi.)"


async def test_what_a_neighbour_said_leaves_the_moderators_notice(desk: Desk) -> None:
    post = await desk.say("hoa", LAMP)
    await desk.say("minh", "đã xử lý", reply_to=post)
    await desk.deliver()
    assert "Minh" in await kept(desk)
    await erased_by_platform(desk, "minh")
    assert await shown_after(desk, "notice") == [REMOVED]
    assert "Minh" not in await kept(desk)
    assert (await desk.ticket()).summary == LAMP


@pytest.mark.parametrize("command", ["/danhsach", "/timkiem đèn", "/lichsu 1001"])
async def test_an_answer_that_quoted_them_does_so_no_more(desk: Desk, command: str) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.say("mod", command, chat=ROOM)
    await desk.deliver()
    await erased_by_platform(desk, "hoa")
    assert await shown_after(desk, "reply") == [REMOVED]
    assert not [word for word in ("đèn hư", "Hoa:") if word in await kept(desk)]


@pytest.mark.parametrize("command", ["/tatphieu", "/motphieu", "/huyloat"])
async def test_an_answer_that_named_them_does_so_no_more(desk: Desk, command: str) -> None:
    post = await desk.say("hoa", "chào")
    await desk.say("mod", command, reply_to=post)
    await desk.deliver()
    assert "Hoa" in await desk.only("reply")
    await erased_by_platform(desk, "hoa")
    assert await shown_after(desk, "reply") == [REMOVED]


async def test_a_photo_of_who_joined_leaves_every_post_that_shows_it(desk: Desk) -> None:
    async with desk.database.write() as session:
        for number, key in enumerate(("chieusang", "moitruong")):
            chat = await chats.ensure(session, "telegram", f"-30{number}", key, desk.now)
            chat.role, chat.department = ChatRole.DEPARTMENT, key
    post = await desk.say("minh", LAMP)
    await desk.say("lan", "chỗ em cũng vậy", reply_to=post, photos=1)
    await desk.say("mod", "/giao 1001 chieusang", chat=ROOM)
    await desk.deliver()
    await desk.say("officer", "/xong 1001 ở đường Lan", reply_to=post, photos=1)
    await desk.deliver()
    showing = {one.purpose for one in await desk.said() if getattr(one.content, "photos", ())}
    await erased_by_platform(desk, "lan")
    await desk.deliver()
    bare = {
        one.target for one in await desk.said("edit") if isinstance(one.content, Edit) and one.content.bare
    }
    async with desk.database.read() as session:
        posts = (await session.scalars(select(Outbox).where(col(Outbox.idempotency_key).in_(bare)))).all()
    assert {"desk_card", "settled"} <= showing == {row.purpose for row in posts}
    (end,) = [one.content for one in await desk.said("edit", GROUP) if one.target and "settled" in one.target]
    assert isinstance(end, Edit)
    assert "Thực hiện: Officer" in end.text
    assert "ở đường Lan" in end.text
    assert end.buttons  # who reported it has still to say whether it is good


async def test_an_end_loses_the_name_of_who_brought_it_about(desk: Desk) -> None:
    post = await desk.say("hoa", LAMP)
    await desk.deliver()
    await desk.say("officer", "/xong 1001 Officer đã thay, gọi 0912345678", reply_to=post)
    await desk.deliver()
    await erased_by_platform(desk, "officer")
    (end,) = [one.content for one in await desk.said("edit", GROUP) if one.target and "settled" in one.target]
    assert isinstance(end, Edit)
    assert "Thực hiện: […]." in end.text
    assert (len(end.buttons), end.bare) == (1, False)
    assert end.text.endswith("Ghi chú: […] đã thay, gọi […]")
    assert "Officer" not in await kept(desk)


async def test_whoever_is_called_or_has_judged_is_named_no_more_and_others_words_stay(strict: Desk) -> None:
    desk = strict
    await desk.say("minh", DOUBTFUL)
    await desk.say("minh", "dây điện rớt")
    await flood(desk)
    await desk.deliver()
    hoa, asked = await member(desk, "hoa"), (await desk.said("question", ROOM))[0].content
    assert isinstance(asked, Post)
    await desk.press("mod", asked.buttons[0][-1].data)
    await desk.press("mod", f"h:{hoa.id}:drop")
    await desk.deliver()
    await erased_by_platform(desk, "mod")
    await desk.deliver()
    async with desk.database.read() as session:
        assert "Mod" not in str([row.payload for row in await session.scalars(select(Outbox))])
    (judged,) = await shown_after(desk, "question")
    assert judged.startswith(f"{DOUBTFUL}\n[…]: đã mở phiếu")
    (called,) = await shown_after(desk, "alarm")
    assert "dây điện rớt" in called
    assert "[…]" in called
    edits = {one.target: one.content for one in await desk.said("edit", ROOM) if one.target}
    ends = [one for target, one in edits.items() if target.startswith(("question:", "held:"))]
    assert [bool(one.buttons) for one in ends if isinstance(one, Edit)] == [True, True]


async def test_whatever_named_them_does_so_no_more(strict: Desk) -> None:
    desk = strict
    await desk.say("hoa", "chào bot", chat=f"{PRIVATE_OF}hoa")
    await flood(desk)
    await desk.deliver()
    hoa = await member(desk, "hoa")
    await desk.press("mod", f"h:{hoa.id}:let")
    async with desk.database.write() as session:
        lane = f"{PRIVATE_OF}hoa"
        chat, hello = await chats.find(session, "telegram", lane), await session.get_one(Outbox, 1)
        assert chat is not None
        chat.title = "Hoa"
        await notices.unhandled(session, desk.services, "telegram", lane, "", desk.now)
        await notices.undelivered(session, desk.services, hello, chat, desk.now, reason="gone")
    post = await desk.say("minh", "rác Lê Lợi", after=timedelta(hours=2))
    await desk.deliver()
    assert any("một tin riêng của Hoa" in str(one.content) for one in await desk.said("notice", ROOM))
    await desk.happen(MessageDeleted(GROUP, post, Person("hoa", "Hoa"), desk.now))
    await desk.say("hoa", "/timkiem hoa", chat=ROOM)
    await desk.say("mod", "/timkiem hoa", chat=ROOM)
    await desk.deliver()
    assert "Hoa" in await kept(desk)
    await erased_by_platform(desk, "hoa")
    await desk.deliver()
    assert "Hoa" not in await kept(desk)
    async with desk.database.read() as session:
        assert [one.detail for one in await session.scalars(select(Prompt))] == []


async def test_a_refusal_that_named_them_does_so_no_more(desk: Desk) -> None:
    post = await desk.say("hoa", LAMP)
    await desk.say("officer", "đã xử lý", reply_to=post)
    await desk.say("hoa", "vẫn chưa", reply_to=post)
    await desk.say("mod", "/molai 1001", chat=ROOM)
    await desk.deliver()
    assert "Hoa" in await desk.only("reply")
    await erased_by_platform(desk, "hoa")
    assert await shown_after(desk, "reply") == [REMOVED]


async def test_what_nobody_has_judged_yet_is_no_more_to_judge(strict: Desk) -> None:
    await flood(strict)
    await strict.say("hoa", "hình như đèn hư", after=timedelta(hours=2))
    assert {"held", "question"} < set(await strict.submissions())
    await erased_by_platform(strict, "hoa")
    assert {"held", "question", "waiting"}.isdisjoint(await strict.submissions())


async def test_an_answer_that_has_not_left_says_why_it_says_nothing(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.deliver()
    await desk.say("mod", "/danhsach", chat=ROOM)
    await erased_by_platform(desk, "hoa")
    assert await desk.only("reply", ROOM) == REMOVED


async def test_a_page_and_a_further_part_go_with_their_answer(desk: Desk) -> None:
    for number in range(12):
        await desk.say(f"person{number}", "đèn hư", message=f"x{number}", after=timedelta(days=15))
    await desk.say("mod", "/danhsach", chat=ROOM)
    await desk.deliver()
    asked = (await desk.said("reply", ROOM))[-1].content
    assert isinstance(asked, Post)
    await desk.press("mod", asked.buttons[0][0].data, message=await desk.message_of("reply"))
    await desk.deliver()
    await erased_by_platform(desk, "person0")  # the oldest, on the second page
    assert await shown_after(desk, "reply") == [REMOVED]
    async with desk.database.read() as session:
        edits = select(Outbox).where(col(Outbox.target_key).startswith("reply:")).order_by(col(Outbox.id))
        rows = await session.scalars(edits)
        assert [row.payload["text"] for row in rows] == ["", REMOVED]


async def test_a_history_in_parts_goes_whole(database: Database) -> None:
    desk = Desk(database, MEANINGS, abilities=replace(ABILITIES, text_limit=80))
    await desk.open()
    post = await desk.say("hoa", LAMP)
    await desk.say("minh", "cảm ơn", reply_to=post)
    await desk.say("lan", "cảm ơn", reply_to=post)
    await desk.say("mod", "/lichsu 1001", chat=ROOM)
    await desk.deliver()
    await erased_by_platform(desk, "lan")
    assert await shown_after(desk, "reply") == [REMOVED]
    assert REMOVED in await shown_after(desk, "more")
    assert "Lan" not in await kept(desk)


async def test_answers_that_quote_nobody_stay(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("minh", "rác Lê Lợi")
    for command in ("/danhsach", "/lichsu 1002", "/tracuu 1001", "/nhan 1001"):
        await desk.say("mod", command, chat=ROOM)
    await desk.deliver()
    await erased_by_platform(desk, "hoa")
    shown = await shown_after(desk, "reply")
    assert shown == ["as it was"] * len(shown)  # the list says where it is, none of their words


async def test_nobody_else_can_have_them_erased(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("hoa", "/xoadulieu")
    asked = (await desk.said("reply", GROUP))[-1].content
    assert isinstance(asked, Post)
    await desk.deliver()
    await desk.press("mod", asked.buttons[0][0].data, chat=GROUP)
    assert (await desk.ticket()).summary == LAMP


async def test_a_file_goes_unless_somebody_elses_photo_is_the_same(desk: Desk) -> None:
    await desk.say("hoa", LAMP, photos=2)
    await desk.say("minh", "rác Lê Lợi", photos=1)
    async with desk.database.write() as session:
        first, shared, others = (await session.scalars(select(Attachment).order_by(col(Attachment.id)))).all()
        first.content_hash, shared.content_hash, others.content_hash = "only", "both", "both"
        for photo in (first, shared, others):
            photo.state = AttachmentState.STORED
    await desk.deliver()
    await erased(desk)
    async with desk.database.write() as session:
        hashes = await erasure.files_to_remove(session, 10)
        in_use = {one: await erasure.is_in_use(session, one) for one in hashes}
        for one in hashes:
            await erasure.forget_file(session, one)
        left = await session.scalar(
            select(func.count()).select_from(Attachment).where(col(Attachment.content_hash).is_not(None))
        )
    assert in_use == {"only": False, "both": True}
    assert left == 1


async def test_history_that_is_taken_in_brings_nothing_of_theirs_back(desk: Desk) -> None:
    post = await desk.say("hoa", LAMP)
    await erased_by_platform(desk, "hoa")
    await desk.say("hoa", "rác Lê Lợi", message="old77", silent=True)
    await desk.say("hoa", f"{LAMP} nha", message=post, edited=True, silent=True)
    await desk.say("minh", "gom rác trễ hoài", message="old78", silent=True)
    assert [one.summary for one in await desk.tickets()] == ["", "gom rác trễ hoài"]
    async with desk.database.read() as session:
        assert {one.text for one in await session.scalars(select(Message))} == {"", "gom rác trễ hoài"}


async def test_a_muted_member_talks_and_opens_nothing(desk: Desk) -> None:
    await desk.say("hoa", "chào cả nhà")
    await desk.say("mod", "/tatphieu Hoa", chat=ROOM)
    await desk.say("hoa", LAMP)
    assert await desk.tickets() == []
    await desk.say("mod", "/motphieu Hoa", chat=ROOM)
    await desk.say("hoa", LAMP)
    assert len(await desk.tickets()) == 1
    assert desk.now > MONDAY


async def test_a_wish_that_comes_by_the_platform_is_carried_out(desk: Desk) -> None:
    await desk.say("hoa", LAMP, photos=1)
    await desk.say("minh", "rác Lê Lợi")
    await desk.happen(ErasureAsked(("hoa", "nobody"), "", desk.now))
    await desk.happen(ErasureAsked(("hoa",), "", desk.now))  # told again
    first, second = await desk.tickets()
    assert ((await member(desk, "hoa")).name, first.summary) == ("", "")
    assert ((await member(desk, "minh")).name, second.summary) == ("Minh", "rác Lê Lợi")
    assert (await desk.history()).count("erased") == 1


async def test_who_was_erased_and_writes_again_can_be_erased_again(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await erased_by_platform(desk, "hoa")
    await desk.say("hoa", "rác Lê Lợi")
    await desk.deliver()
    await erased_by_platform(desk, "hoa")
    assert [one.summary for one in await desk.tickets()] == ["", ""]
    assert (await desk.history()).count("erased") == 2
    async with desk.database.read() as session:
        assert [one.text for one in await session.scalars(select(Message))] == ["", ""]
        found = [await erasure.people(session, words) for words in ("telegram:hoa", "hoa")]
    assert [[one.external_id for one in some] for some in found] == [["hoa"], ["hoa"]]


async def test_who_was_erased_is_greeted_without_a_name(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await erased_by_platform(desk, "hoa")
    await desk.say("hoa", "chào bot", chat=f"{PRIVATE_OF}hoa")
    assert (await desk.only("reply", f"{PRIVATE_OF}hoa")).startswith("Chào anh/chị. ")


async def test_a_wish_that_names_another_id_of_theirs_finds_them(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    told = {"sender": {"id": "hoa"}, "user_id_by_app": "810", "message": {"text": LAMP}}
    async with desk.database.write() as session:
        await inbox.store(session, "telegram", "telegram", [inbox.NewEvent("m:1", told)], desk.now)
        await session.execute(update(Inbox).values(state=InboxState.DONE))
    await desk.happen(ErasureAsked((), "811", desk.now))
    assert (await member(desk, "hoa")).name == "Hoa"
    assert "811" in await desk.only("notice", ROOM)  # who knows them may find them
    await desk.happen(ErasureAsked((), "810", desk.now))
    await desk.only("notice", ROOM)
    assert (await member(desk, "hoa")).name == ""
    async with desk.database.read() as session:
        assert (await session.scalars(select(Inbox))).one().payload == {}


async def rows(desk: Desk) -> list[Outbox]:
    async with desk.database.read() as session:
        return list(await session.scalars(select(Outbox).order_by(col(Outbox.id))))


async def test_posts_that_wait_leave_without_what_was_erased(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Lê Lợi", photos=1)
    await desk.say("hoa", "hình như đèn hư", after=timedelta(hours=1))
    await desk.happen(ErasureAsked(("hoa",), "", desk.now))
    await desk.deliver()
    left = [row.payload.get("text", "") for row in await rows(desk)]
    assert not [text for text in left if "đèn hư" in text.lower() or "hoa" in text.lower()], left
    removed = "(Nội dung đã xóa theo yêu cầu của người gửi.)"
    (question,) = [row.payload for row in await rows(desk) if row.purpose == "question"]
    assert (question["text"], question["buttons"]) == (removed, [])


async def test_an_edit_that_takes_a_photo_away_is_outlived_by_no_other(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Lê Lợi", photos=1)
    await desk.deliver()
    await desk.happen(ErasureAsked(("hoa",), "", desk.now))
    await desk.say("mod", "/nhan 1001", chat=ROOM)  # while the edit waits
    card = next(row for row in await rows(desk) if row.purpose == "card")
    waiting = [
        row
        for row in await rows(desk)
        if row.target_key == card.idempotency_key and row.state == OutboxState.PENDING
    ]
    assert [row.payload["bare"] for row in waiting] == [True]


async def test_the_words_of_a_twin_go_from_the_other_s_card(database: Database) -> None:
    first, second = "đèn hư gần nhà tôi gọi 0901", "đèn hư gần nhà tôi quá"
    desk = Desk(database, {**MEANINGS, first: report(), second: report()})
    await desk.open()
    await desk.say("hoa", first)
    await desk.say("lan", second)
    assert [row.purpose for row in await rows(desk) if "0901" in row.payload["text"]] == ["card", "card"]
    await desk.deliver()
    await desk.happen(ErasureAsked(("hoa",), "", desk.now))
    await desk.deliver()
    assert not [row for row in await rows(desk) if "0901" in row.payload.get("text", "")]
