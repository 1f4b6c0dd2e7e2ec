"""Several things in one message: a ticket each, where that is plain; one where it is not."""

import pytest

from handlers.understanding import issues
from storage.database import Database
from tests.handlers.desk import CHATTER, Desk, report
from tests.handlers.understanding.reader import READ

LAMP = "Đèn hẻm 12 Lê Hồng Phong hư 3 bữa nay, tối thui."
RUBBISH = "Rác đầu hẻm 5 Nguyễn Huệ năm ngày chưa ai gom, hôi lắm."


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        (f"{LAMP} {RUBBISH}", ["lighting", "waste"]),
        (f"{LAMP}\n{RUBBISH}", ["lighting", "waste"]),
        (f"Chào anh chị. {LAMP} {RUBBISH} Nhờ anh chị coi giúp.", ["lighting", "waste"]),
        (f"1. {LAMP}\n2. {RUBBISH}\n3. Nước máy khóm 4 yếu xìu từ sáng.", ["lighting", "waste", "water"]),
        ("đèn đường hẻm 7 Lê Lợi hư mấy hôm, với lại rác chất đống chưa ai gom", ["lighting", "waste"]),
        ("Đèn hẻm 12 Lê Lợi hư, rác hẻm 30 Trần Phú chưa gom", ["lighting", "waste"]),
        ("cong truoc cho Bong Sen nghet, den duong Le Loi tat", ["drainage", "lighting"]),
        (
            "Đèn đường Lê Duẩn tắt 2 đêm rồi, sẵn báo luôn ổ gà trước số 8 Lý Thường Kiệt to lắm",
            ["lighting", "road"],
        ),
        (
            "Đèn trước số 45 Hai Bà Trưng tắt ngúm. Đèn trước số 9 Lê Lợi cũng tắt ngúm.",
            ["lighting", "lighting"],
        ),
    ],
)
def test_told_apart(text: str, categories: list[str]) -> None:
    assert [issue.seen.category for issue in issues.apart(text, READ, 0.9)] == categories


@pytest.mark.parametrize(
    "text",
    [
        LAMP,
        "Cống nghẹt nên ngập cả hẻm. Nước tràn vô nhà.",
        "Đèn hẻm 12 hư rồi. Tối nào cũng tối thui. Nhờ anh chị sửa giúp.",
        "Chào cả nhà. Chúc một ngày vui.",
        "Cảm ơn anh chị. Đèn sáng lại rồi.",
        "Cống nghẹt đường Lê Lợi, nước tràn qua đường Trần Phú, hôi quá",
        "Đèn hẻm 12 Lê Lợi hư, tối thui, đường Lê Lợi xe chạy ẩu",
        "",
        ". . . . .",
        "1. 2. 3.",
    ],
)
def test_one_thing_is_one(text: str) -> None:
    assert issues.apart(text, READ, 0.9) == ()


def test_an_issue_without_a_place_is_where_the_first_one_is() -> None:
    _, rubbish = issues.apart(f"{LAMP} Ngoài ra rác chất đống chưa ai gom, hôi lắm.", READ, 0.9)
    assert rubbish.seen.place.street == "Lê Hồng Phong"


def test_a_sure_category_stays_whatever_words_were_added_to_it() -> None:
    lamp, rubbish, rest = "đèn hư Lê Lợi.", "rác Lê Lai.", "Cây xanh dễ thương."
    meanings = {
        lamp: report("lighting", "Lê Lợi"),
        rubbish: report("waste", "Lê Lai"),
        rest: CHATTER,
        f"{rubbish} {rest}": report("tree", "Lê Lai"),
    }
    found = issues.apart(f"{lamp} {rubbish} {rest}", lambda text, **_: meanings[text], 0.9)
    assert [issue.seen.category for issue in found] == ["lighting", "waste"]


async def test_each_issue_has_its_ticket_and_the_photos_stay_with_the_first(database: Database) -> None:
    lamp, rubbish = "đèn hư Lê Lợi.", "rác chất đống Lê Lai."
    meanings = {
        lamp: report("lighting", "Lê Lợi"),
        rubbish[:-1]: report("waste", "Lê Lai"),
        rubbish: report("waste", "Lê Lai"),
        f"{lamp} {rubbish}": report("lighting", "Lê Lợi"),
    }
    desk = Desk(database, meanings)
    await desk.open()
    post = await desk.say("hoa", f"{lamp} {rubbish}", photos=1)
    first, second = await desk.tickets()
    assert [(one.category, one.department) for one in (first, second)] == [
        ("lighting", "chieusang"),
        ("waste", "moitruong"),
    ]
    assert {first.origin, second.origin} == {post}
    assert len(await desk.said("acknowledgement")) == 2
