"""Where it is, in the ways that people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.understanding import Place
from handlers.understanding.gazetteer import Gazetteer
from handlers.understanding.places import PlaceReader

CITY = Gazetteer.bundled()
READER = PlaceReader(CITY)
FIND = READER.find


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("đèn trước số 45 Hai Bà Trưng hư", {"street": "Hai Bà Trưng", "number": "45"}),
        ("45/12 HBT nghẹt cống", {"street": "Hai Bà Trưng", "number": "45/12"}),
        ("hem 12/3 LHP", {"street": "Lê Hồng Phong", "alley": "12/3", "number": None}),
        ("số nhà 9, hẻm 12 đường Nguyễn Huệ", {"street": "Nguyễn Huệ", "alley": "12", "number": "9"}),
        ("12A Tran Hung Dao p2", {"street": "Trần Hưng Đạo", "number": "12a", "old_ward": "2"}),
        ("THĐ và thd", {"street": "Trần Hưng Đạo"}),
        ("LTK ngập", {"street": "Lý Thường Kiệt"}),
        ("rác kiệt 82, ngõ 3", {"alley": "82"}),
        ("ngập ở đường 30/4", {"street": "30 Tháng 4"}),
        ("phường Phú Lợi cúp nước", {"ward": "Phú Lợi", "street": None}),
        ("đường Phú Lợi phường 2", {"street": "Phú Lợi", "ward": "Phú Lợi", "old_ward": "2"}),
        ("Đường Nguyễn Xí ngập", {"street": "Nguyễn Xí"}),
        ("trước trường Lê Hồng Phong", {"landmark": "trường Lê Hồng Phong", "street": None}),
        ("trước chùa Dơi", {"landmark": "chùa Dơi"}),
        ("gần chợ Bông Sen", {"landmark": "chợ Bông Sen"}),
        ("RÁC TRƯỚC CHỢ BÔNG SEN", {"landmark": "chợ Bông Sen", "street": None}),
        ("đối diện quán Bảy Mập hư rồi", {"landmark": "quán Bảy Mập"}),
        ("khóm 3 mất nước", {"text": "khóm 3", "street": None}),
    ],
)
def test_places(text: str, place: dict[str, str | None]) -> None:
    found = FIND(text)
    assert found.text
    assert {name: getattr(found, name) for name in place} == place


@pytest.mark.parametrize(
    "text",
    [
        "chào cả nhà",
        "chua ai sua het",
        "cho hoi chut",
        "cảm ơn",
        "lễ lội lẽ lại",
        "ngày 30/4 nghỉ",
        "gần ngã tư đầu xóm",
        "rac gan cho k ai don",
        "hội trường lớn",
        "yêu cầu xử lý",
    ],
)
def test_no_place(text: str) -> None:
    assert FIND(text) == Place()


def test_the_words_as_written() -> None:
    assert FIND("Đèn hư ở hẻm 7  Đồng Khởi nha").text == "hẻm 7 Đồng Khởi"


def test_every_street_is_found_by_each_of_its_names() -> None:
    wrong = {
        form: name
        for written, name in CITY.street_forms()
        for form in (written, written.upper())
        if FIND(f"đường {form} ngập").street != name
    }
    assert wrong == {}


@given(st.text(max_size=200))
def test_the_words_stand_in_the_text(text: str) -> None:
    said = FIND(text).text
    assert said is None or said.split()
