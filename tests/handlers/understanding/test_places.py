"""Where it is, in the ways that people write it."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.understanding import Place
from handlers.understanding.fold import strip_accents
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
        ("Ngập nước ở phường 1 thị xã Vĩnh Châu", {"ward": "1", "old_ward": None}),
        ("phường 1 thành phố Sóc Trăng ngập", {"ward": "Phú Lợi", "old_ward": "1"}),
        ("phường Phú Lợi cúp nước", {"ward": "Phú Lợi", "street": None}),
        ("đường Phú Lợi phường 2", {"street": "Phú Lợi", "ward": "Phú Lợi", "old_ward": "2"}),
        ("Đường Nguyễn Xí ngập", {"street": "Nguyễn Xí"}),
        ("trước trường Lê Hồng Phong", {"landmark": "trường Lê Hồng Phong", "street": None}),
        ("trước chùa Dơi", {"landmark": "chùa Dơi"}),
        ("gần chợ Bông Sen", {"landmark": "chợ Bông Sen"}),
        ("RÁC TRƯỚC CHỢ BÔNG SEN", {"landmark": "chợ Bông Sen", "street": None}),
        ("đối diện quán Bảy Mập hư rồi", {"landmark": "quán Bảy Mập"}),
        ("hố ga hẻm 12 Lê Hồng Phong", {"street": "Lê Hồng Phong", "alley": "12", "landmark": None}),
        ("hố ga trước số 182 Lê Lợi", {"street": "Lê Lợi", "number": "182", "landmark": None}),
        ("Cây ngã chắn ngang đường Lê Duẩn", {"street": "Lê Duẩn", "landmark": None}),
        ("nhà máy đường Sóc Trăng xả thải", {"landmark": "nhà máy đường Sóc Trăng", "street": None}),
        ("khóm 3 mất nước", {"text": "khóm 3", "street": None}),
    ],
)
def test_places(text: str, place: dict[str, str | None]) -> None:
    found = FIND(text)
    assert found.text
    assert {name: getattr(found, name) for name in place} == place


@pytest.mark.parametrize(
    ("text", "number", "street"),
    [
        ("Ổ gà trước nhà 15 đường Trần Hưng Đạo sâu lắm", "15", "Trần Hưng Đạo"),
        ("trước nhà 680 đường Trần Hưng Đạo, xe máy té hoài", "680", "Trần Hưng Đạo"),
        ("45/12 đường Mạc Đĩnh Chi ngập", "45/12", "Mạc Đĩnh Chi"),
        ("12B Đường Lê Lợi, phường 2 mất nước", "12b", "Lê Lợi"),
        ("nhà 5 đường Lê Lợi, phường 2 mất nước", "5", "Lê Lợi"),
        ("trước 27 đường Lê Lợi có ổ gà", "27", "Lê Lợi"),
        ("nhà em 27/5 đường Lê Lợi cúp điện", "27/5", "Lê Lợi"),
        ("nhà 27, đường Lê Lợi mất nước", "27", "Lê Lợi"),
        ("120 Đ.Lê Lợi, phường 2 ngập", "120", "Lê Lợi"),
        ("Địa chỉ: 27 Đại Lộ Hùng Vương hư đèn", "27", "Hùng Vương"),
        ("120 đường 30/4 ngập", "120", "30 Tháng 4"),
        ("120 đường 30 Tháng 4 ngập", "120", "30 Tháng 4"),
        ("45 quốc lộ 1 đầy rác", "45", "Quốc Lộ 1A"),
        ("45 tỉnh lộ 934 đầy rác", "45", "Tỉnh Lộ 934"),
        ("12 đường số 5 ngập", "12", "đường số 5"),
        ("nhà 15 hẻm 9 đường Lê Lợi mất nước", "15", "Lê Lợi"),
        ("đèn đường số 120 Hai Bà Trưng tắt", "120", "Hai Bà Trưng"),
        ("cả 3 đường Lê Lợi, Lê Lai, Hùng Vương đều ngập", None, "Lê Lợi"),
        ("3 đường Lê Lợi, Lê Lai, Hùng Vương đều ngập", None, "Lê Lợi"),
        ("2 tuyến đường Lê Lợi và Hùng Vương ngập", None, "Lê Lợi"),
        ("2 bên đường Trần Hưng Đạo đầy rác", None, "Trần Hưng Đạo"),
        ("hơn 100 mét đường Lê Lợi ngập", None, "Lê Lợi"),
        ("100m đường Lê Lợi ngập", None, "Lê Lợi"),
        ("ngày 20 đường Lê Lợi ngập", None, "Lê Lợi"),
        ("tối qua 15/11 đường Lê Lợi ngập", None, "Lê Lợi"),
        ("từ 2023 đường Lê Lợi hư hoài", None, "Lê Lợi"),
        ("thứ 3 đường Lê Lợi kẹt xe", None, "Lê Lợi"),
        ("lúc 7h 15 đường Lê Lợi kẹt xe", None, "Lê Lợi"),
        ("19:30 đường Lê Lợi kẹt xe", None, "Lê Lợi"),
        ("7h Lê Lợi kẹt xe", None, "Lê Lợi"),
        ("3 bữa nay đường Lê Lợi ngập", None, "Lê Lợi"),
        ("tốn 500 triệu đường Lê Lợi vẫn hư", None, "Lê Lợi"),
        ("gọi 0912 345 678 đường Lê Lợi ngập", None, "Lê Lợi"),
        ("gọi 0912-345-678 đường Lê Lợi ngập", None, "Lê Lợi"),
        ("gọi 1022 đường Lê Lợi vẫn ngập", None, "Lê Lợi"),
        ("Đèn tắt, gọi 0912 345 678\n5 Lê Lợi", "5", "Lê Lợi"),
        ("Đèn tắt, gọi 0912345678\n27 đường Lê Lợi", "27", "Lê Lợi"),
        ("Km 22 đường Lê Lợi ngập", None, "Lê Lợi"),
        ("Km 3+200 đường Lê Lợi ngập", None, "Lê Lợi"),
        ("số 136 chứ không phải 163 đường Lê Lợi", "136", "Lê Lợi"),
        ("ngã 5 đường Lê Hồng Phong kẹt xe", None, "Lê Hồng Phong"),
    ],
)
def test_a_house_number_before_the_street_and_what_is_none(
    text: str, number: str | None, street: str
) -> None:
    for typed in (text, strip_accents(text)):
        found = FIND(typed)
        assert (found.number, found.street) == (number, street)


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("rác hẻm 9 Hai Bà Trưng 2 ngày chưa gom", "Hai Bà Trưng"),
        ("hẻm 9 Lê Lợi - Hùng Vương 3 bữa nay ngập", "Lê Lợi"),
        ("đường Tô Hiến Thành 3 bữa nay ngập", "Tô Hiến Thành"),
        ("hẻm 9 Tô Hiến Thành 2 tuần chưa gom", "Tô Hiến Thành"),
        ("đường Hưng Phú 1 ngập", "Hưng Phú 1"),
        ("hẻm 9 Hưng Phú 1, phường 9", "Hưng Phú 1"),
        ("hẻm 9 đường Cách Mạng Tháng 8 2 ngày chưa gom", "Cách Mạng Tháng Tám"),
        ("hẻm 9 Cách Mạng Tháng 8 ngập", "Cách Mạng Tháng Tám"),
        ("hẻm 9 đường 30 Tháng 4 ngập", "30 Tháng 4"),
        ("đường 3/2 ngập", "3 Tháng 2"),
        ("quốc lộ 1 ngập", "Quốc Lộ 1A"),
        ("quốc lộ 60 ngập", "Quốc Lộ 60"),
        ("đường ĐT 605 con hẻm ngập", "ĐT 605"),
        ("hẻm 9 Tỉnh Lộ 934 2 ngày chưa gom", "Tỉnh Lộ 934"),
        ("lộ 2 ngập", "2"),
        ("Đường số 5 ngập", "đường số 5"),
        ("đường số 5, KDC Minh Châu mất nước", "đường số 5"),
        ("hẻm 9 Khóm 3 Phường 2 ngập", None),
    ],
)
def test_a_number_after_a_street_and_one_within_its_name(text: str, street: str | None) -> None:
    assert FIND(text).street == street
    bare = FIND(strip_accents(text)).street
    assert bare is None or strip_accents(bare) == strip_accents(street or "")


@pytest.mark.parametrize(
    "text",
    [
        "chào cả nhà",
        "2 đường này ngập",
        "nhà 15",
        "5 con đường bị ngập",
        "rac 2 ngay chua gom",
        "chua ai sua het",
        "cho hoi chut",
        "cảm ơn",
        "lễ lội lẽ lại",
        "ngày 30/4 nghỉ",
        "gần ngã tư đầu xóm",
        "rac gan cho k ai don",
        "hội trường lớn",
        "yêu cầu xử lý",
        "đường đang sửa mà không có rào",
        "đường bụi mù mịt",
        "đường do tỉnh làm",
        "đường cao hơn nhà",
    ],
)
def test_no_place(text: str) -> None:
    assert FIND(text) == Place()


def test_thousands_of_numbers_are_read_at_once() -> None:
    begun = process_time()
    FIND("1 " * 4000)
    assert process_time() - begun < 1  # it was two seconds, in which nobody else was heard


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
