"""Data erased at a member's own wish: words, photos and name go, counts and history stay."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from bot import notices
from handlers.events import ErasureAsked, MessageDeleted, Person
from handlers.posts import Edit, Post, Toast
from storage import chats, erasure, inbox
from storage.database import Database
from storage.models import Attachment, Chat, Inbox, Message, Outbox, Prompt, Submission
from storage.states import AttachmentState, ChatRole, InboxState, OutboxState
from tests.handlers.conftest import MEANINGS, flood
from tests.handlers.desk import ABILITIES, GROUP, PRIVATE_OF, ROOM, Desk, report

SECOND = timedelta(seconds=1)
LAMP, DOUBTFUL = "đèn hư Hai Bà Trưng", "hình như đèn hư"


async def erased(desk: Desk, who: str = "hoa") -> str:
    await desk.say(who, "/xoadulieu")
    asked = (await desk.said("reply", GROUP))[-1].content
    assert isinstance(asked, Post)
    await desk.deliver()
    await desk.press(who, asked.buttons[0][0].data, chat=GROUP)
    told = (await desk.said("toast"))[-1].content
    assert isinstance(told, Toast)
    return told.text


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


async def rows(desk: Desk) -> list[Outbox]:
    async with desk.database.read() as session:
        return list(await session.scalars(select(Outbox).order_by(col(Outbox.id))))


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
    assert ((await desk.member("hoa")).name, (await desk.member("hoa")).erased) == ("", True)
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
    hoa, asked = await desk.member("hoa"), (await desk.said("question", ROOM))[0].content
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
    hoa = await desk.member("hoa")
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


async def test_a_wish_that_comes_by_the_platform_is_carried_out(desk: Desk) -> None:
    await desk.say("hoa", LAMP, photos=1)
    await desk.say("minh", "rác Lê Lợi")
    await desk.happen(ErasureAsked(("hoa", "nobody"), "", desk.now))
    await erased_by_platform(desk, "hoa")  # told again
    first, second = await desk.tickets()
    assert ((await desk.member("hoa")).name, first.summary) == ("", "")
    assert ((await desk.member("minh")).name, second.summary) == ("Minh", "rác Lê Lợi")
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
    assert (await desk.member("hoa")).name == "Hoa"
    assert "811" in await desk.only("notice", ROOM)  # who knows them may find them
    await desk.happen(ErasureAsked((), "810", desk.now))
    await desk.only("notice", ROOM)
    assert (await desk.member("hoa")).name == ""
    async with desk.database.read() as session:
        assert (await session.scalars(select(Inbox))).one().payload == {}


async def test_posts_that_wait_leave_without_what_was_erased(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Lê Lợi", photos=1)
    await desk.say("hoa", "hình như đèn hư", after=timedelta(hours=1))
    await erased_by_platform(desk, "hoa")
    await desk.deliver()
    left = [row.payload.get("text", "") for row in await rows(desk)]
    assert not [text for text in left if "đèn hư" in text.lower() or "hoa" in text.lower()], left
    (question,) = [row.payload for row in await rows(desk) if row.purpose == "question"]
    assert (question["text"], question["buttons"]) == (REMOVED, [])


async def test_an_edit_that_takes_a_photo_away_is_outlived_by_no_other(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Lê Lợi", photos=1)
    await desk.deliver()
    await erased_by_platform(desk, "hoa")
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
    await erased_by_platform(desk, "hoa")
    await desk.deliver()
    assert not [row for row in await rows(desk) if "0901" in row.payload.get("text", "")]


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
