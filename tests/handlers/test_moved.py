"""A group that becomes a supergroup: its tickets go along, its messages are numbered anew."""

from handlers.events import ChatMoved
from handlers.posts import Post
from tests.handlers.desk import GROUP, ROOM, Desk

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
