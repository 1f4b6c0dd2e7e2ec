"""A report that its reporter calls a mistake: a moderator judges, and nobody else's word counts."""

from datetime import timedelta

import pytest

from handlers.mistakes import says
from handlers.posts import Post
from tests.handlers.desk import ROOM, Desk

LAMP, MISTAKE = "đèn hư Hai Bà Trưng", "em báo nhầm, hủy giùm em"

pytestmark = pytest.mark.sqlite_in_short  # words are read before a table is asked


@pytest.mark.parametrize(
    "words",
    [
        *(MISTAKE, "Báo nhầm, huỷ giúp em nha", "bao nham roi", "dạ em nhầm", "hủy phiếu này giùm"),
        *("xoá giùm em tin này", "nhờ anh rút lại phản ánh", "gửi lộn rồi", "giùm em hủy nha"),
        *("khỏi cho thợ xuống nữa anh ơi", "khoi xuong nua nha", "thôi khỏi anh ơi, em tự sửa được rồi"),
    ],
)
def test_a_mistake(words: str) -> None:
    assert says(words)


@pytest.mark.parametrize(
    "words",
    [
        *("cống hư làm nước tràn", "đơn vị nhầm hẻm rồi", "họ làm hủy hoại vỉa hè", "rút nước chậm quá"),
        *("xóa quảng cáo trên tường", "nói lớn lên", "hẻm 12 rác nhiều", "thôi khỏi chị ơi, em ăn rồi"),
    ],
)
def test_no_mistake(words: str) -> None:
    assert not says(words)


async def test_moderators_are_asked_and_the_group_hears_nothing(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("hoa", MISTAKE)
    (notice,) = await desk.said("notice", ROOM)
    assert isinstance(notice.content, Post)
    assert "rút lại #PA1001" in notice.content.text
    assert (await desk.ticket()).status.value == "new"
    await desk.press("mod", notice.content.buttons[0][0].data)
    assert (await desk.ticket()).status.value == "rejected"


async def test_in_a_reply_it_is_about_that_one(desk: Desk) -> None:
    post = await desk.say("hoa", LAMP)
    await desk.say("hoa", "rác Lê Lợi")
    await desk.say("hoa", MISTAKE, reply_to=post)
    assert "#PA1001" in await desk.only("notice", ROOM)


async def test_nobody_else_takes_it_back(desk: Desk) -> None:
    post = await desk.say("hoa", LAMP)
    await desk.say("minh", MISTAKE, reply_to=post)
    await desk.say("minh", MISTAKE)
    assert await desk.said("notice", ROOM) == []


async def test_what_is_days_old_is_not_meant(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("hoa", MISTAKE, after=timedelta(days=2))
    assert await desk.said("notice", ROOM) == []


@pytest.mark.parametrize("words", [MISTAKE, "thôi khỏi cần nữa ạ", "bỏ qua giùm em nha"])
async def test_in_a_reply_less_says_it(desk: Desk, words: str) -> None:
    post = await desk.say("hoa", LAMP)
    await desk.say("hoa", words, reply_to=post)
    assert "rút lại #PA1001" in await desk.only("notice", ROOM)
