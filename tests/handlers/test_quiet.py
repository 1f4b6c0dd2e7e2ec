"""Quiet: one acknowledgement for many, nothing at night that rings, nothing for nothing."""

from datetime import timedelta

from handlers.posts import Post
from tests.handlers.desk import GROUP, ROOM, Desk

SECOND, NIGHT = timedelta(seconds=1), timedelta(hours=15)  # 23:00 and after
LAMP = "đèn hư Hai Bà Trưng"


def posts(said: object) -> list[Post]:
    assert isinstance(said, list)
    return [one.content for one in said if isinstance(one.content, Post)]


async def test_many_at_once_are_one_post_that_grows(desk: Desk) -> None:
    for who, words in (("hoa", LAMP), ("minh", "rác Lê Lợi"), ("lan", "đèn hư Lê Lợi")):
        await desk.say(who, words, after=SECOND)
    await desk.say("tu", "gom rác trễ hoài", after=SECOND)
    await desk.say("mai", "dây điện rớt", after=SECOND)
    assert len(await desk.said("acknowledgement", GROUP)) == 3
    (one,) = posts(await desk.said("acknowledgements", GROUP))
    assert one.text.splitlines()[0] == "Dạ, đã ghi nhận 2 phiếu:"
    assert len(await desk.said("reaction", GROUP)) == 2


async def test_a_minute_later_each_has_its_own_again(desk: Desk) -> None:
    for who, words in (("hoa", LAMP), ("minh", "rác Lê Lợi"), ("lan", "đèn hư Lê Lợi")):
        await desk.say(who, words, after=SECOND)
    await desk.say("tu", "dây điện rớt", after=timedelta(minutes=2))
    assert len(await desk.said("acknowledgement", GROUP)) == 4


async def test_at_night_the_group_waits_for_the_morning(desk: Desk) -> None:
    await desk.say("hoa", LAMP, after=NIGHT)
    await desk.say("minh", "rác Lê Lợi", after=SECOND)
    assert await desk.said("acknowledgement", GROUP) == []
    (one,) = await desk.said("acknowledgements", GROUP)
    assert isinstance(one.content, Post)
    assert one.content.text.count("#PA") == 2
    assert [row.not_before.hour for row in await desk.waiting(GROUP)] == [23]  # six in the morning there


async def test_no_phone_rings_at_night_but_for_a_danger(desk: Desk) -> None:
    await desk.say("hoa", LAMP, after=NIGHT)
    assert [post.quiet for post in posts(await desk.said("card", ROOM))] == [True]
    await desk.say("minh", "dây điện rớt", after=SECOND)
    assert [post.quiet for post in posts(await desk.said("alarm", ROOM))] == [False]


async def test_by_day_they_ring(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    assert [post.quiet for post in posts(await desk.said("card", ROOM))] == [False]


async def test_an_edit_that_says_nothing_new_is_not_written(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.deliver()
    await desk.say("mod", "/han 1001 25/11", chat=ROOM)  # the group's post does not show deadlines
    assert await desk.said("edit", GROUP) == []
    assert len(await desk.said("edit", ROOM)) == 1
