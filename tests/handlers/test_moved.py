"""A group that becomes a supergroup: its tickets go along, its messages are numbered anew."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import col

from handlers.events import ChatMoved
from handlers.posts import Post
from storage import chats
from storage.models import Chat, Digest, row_id
from storage.states import ChatRole
from tests.handlers.desk import GROUP, MONDAY, ROOM, Desk

NEW = "-1003000"


async def test_an_end_is_no_reply_to_whatever_has_the_number_of_the_report_by_now(desk: Desk) -> None:
    said = await desk.say("hoa", "đèn hư Hai Bà Trưng", photos=1)
    assert (await desk.ticket()).origin == said
    await desk.deliver()
    await desk.happen(ChatMoved(GROUP, NEW, desk.now))
    await desk.say("mod", "/xong 1001 đã thay bóng", chat=ROOM)
    (end,) = await desk.said("settled")
    assert isinstance(end.content, Post)
    assert (end.chat, end.content.reply_to or None) == (NEW, None)


async def test_a_stranger_who_has_the_number_of_the_report_tells_nothing_of_it(desk: Desk) -> None:
    said = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    reporter = (await desk.ticket()).reporter_id
    await desk.happen(ChatMoved(GROUP, NEW, desk.now))
    await desk.say("minh", "chào cả nhà", chat=NEW, message=said)
    await desk.say("mod", "/tach 1001 rác Lê Lợi", chat=ROOM)
    assert {one.reporter_id for one in await desk.tickets()} == {reporter}
    assert "trong nhóm: /phananh rác Lê Lợi" in str((await desk.said("reply"))[-1].content)


async def test_a_group_that_is_configured_by_its_new_id_already_stays_heard_and_keeps_its_digest(
    desk: Desk,
) -> None:
    async with desk.database.write() as session:
        old = await chats.ensure(session, "telegram", GROUP, "", desk.now)
        new = await chats.ensure(session, "telegram", NEW, "", desk.now)
        old.role, new.role = ChatRole.UNKNOWN, ChatRole.COMMUNITY
        weeks = [(old, 7), (old, 14), (new, 14)]
        session.add_all(digest(chat, MONDAY - timedelta(days=days)) for chat, days in weeks)
    await desk.happen(ChatMoved(GROUP, NEW, desk.now))
    await desk.say("hoa", "đèn hư Hai Bà Trưng", chat=NEW)
    async with desk.database.read() as session:
        told = (await session.scalars(select(Digest).where(col(Digest.chat_id) == new.id))).all()
    assert (len(await desk.tickets()), len(told)) == (1, 2)


def digest(chat: Chat, begin: datetime) -> Digest:
    end = begin + timedelta(days=7)
    return Digest(chat_id=row_id(chat), period_start=begin, period_end=end, created_at=end)
