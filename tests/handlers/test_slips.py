"""A place that its reporter puts right without a reply: the report that they made just before moves there."""

import time
from datetime import timedelta

import pytest

from handlers.slips import put_right, says
from handlers.understanding import Intent
from storage.database import Database
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import Desk, intent, report

LAMP, SLIP = "đèn hư Hai Bà Trưng", "lộn, Lê Lợi mới đúng"

pytestmark = pytest.mark.sqlite_in_short  # words are read before a table is asked


@pytest.mark.parametrize(
    "words",
    [
        *("ý em là đường Lê Lợi", "à lộn, hẻm 21 nha mn", "nhầm, số 13 nha", "*Nguyễn Du", "y em la Le Loi"),
        *("em ghi lộn, số 54 Hai Bà Trưng nha mấy anh", "hẻm 15 chứ k phải hẻm 5", "lon, Le Loi moi dung"),
        *("xin lỗi hẻm 15 Nguyễn Huệ", "ủa quên, đường Nguyễn Du"),
    ],
)
def test_a_slip(words: str) -> None:
    assert says(words)


@pytest.mark.parametrize(
    "words",
    [
        *("xe chạy lộn xộn ở Lê Lợi", "đường Lê Lợi lớn lắm", "xin lỗi mn, em ở hẻm 12 Lê Lợi cần mua sim"),
        *("sửa lại đường Lê Lợi đi", "đúng rồi, Lê Lợi đó"),
        "lộn, hẻm 21 nha mấy anh, em ở trong đó lâu rồi nha",
    ],
)
def test_no_slip(words: str) -> None:
    assert not says(words)


def test_no_text_takes_long() -> None:
    began = time.process_time()
    assert not says("lộn " * 20_000)
    assert time.process_time() - began < 1


def test_what_surely_reports_puts_nothing_right() -> None:
    seen = report(street="Lê Lợi")
    assert put_right("lộn, đèn hư Lê Lợi", seen, 0.95) is not None
    assert put_right("lộn, đèn hư Lê Lợi", seen, 0.8) is None


@pytest.mark.parametrize(
    ("author", "after", "street"),
    [("hoa", 14, "Lê Lợi"), ("hoa", 16, "Hai Bà Trưng"), ("minh", 1, "Hai Bà Trưng")],
)
async def test_the_report_that_its_author_just_made_is_moved(
    database: Database, author: str, after: int, street: str
) -> None:
    desk = Desk(database, {**MEANINGS, SLIP: intent(Intent.PLACE, street="Lê Lợi")})
    await desk.open()
    await desk.say("hoa", LAMP)
    await desk.say(author, SLIP, after=timedelta(minutes=after))
    assert (await desk.ticket()).place["street"] == street


async def test_a_number_alone_is_one_of_the_street_that_was_said(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("hoa", "nhầm, số 13 nha", after=timedelta(seconds=40))
    place = (await desk.ticket()).place
    assert (place["street"], place["number"]) == ("Hai Bà Trưng", "13")
    assert "số 13" in str(place["text"])
