"""The same thing told again, and things that only look like it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.understanding import Twin, find_twin
from tests.handlers.understanding.reader import NOW, READ, candidate

LAMP = "Trụ đèn đường trước số 45 Hai Bà Trưng tắt ngúm 3 bữa nay"
PHOTO = 0xF0F0_F0F0_F0F0_F0F0


def twin_of(text: str, told: str, photos: tuple[int, ...] = ()) -> Twin | None:
    return find_twin(text, READ(text), NOW, [candidate(told, photos=photos)], photos)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Den duong truoc nha 45 HBT van chua sang", LAMP),
        ("đèn 45 Hai Bà Trưng còn tắt nè", LAMP),
        ("rac don dong truoc hem 12 LHP", "Rác chất đống trước hẻm 12 Lê Hồng Phong, hôi quá"),
        ("ngap nuoc truoc cho Bong Sen", "Trước chợ Bông Sen ngập nước từ sáng"),
        ("ngập trước chùa Dơi", "Nước ngập đối diện chùa Dơi từ sáng"),
        ("Rác hẻm 9 Hai Bà Trưng 3 bữa rồi chưa gom", "Rác hẻm 9 Hai Bà Trưng 2 ngày chưa gom"),
        ("ổ gà trước nhà 15 đường THĐ sâu lắm", "Có ổ gà sâu trước 15 đường Trần Hưng Đạo"),
        ("duong cach mang thang 8 ngap nuoc", "Đường Cách Mạng Tháng 8 ngập nước"),
        ("Den hu so 15 duong Nguyen Thi Ly", "Đèn hư số 15 đường Nguyễn Thị Lý"),  # which no list has
    ],
)
def test_the_same_thing_told_twice(text: str, told: str) -> None:
    found = twin_of(text, told)
    assert found is not None
    assert found.sure


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("đèn đường số 120 Hai Bà Trưng tắt ngúm 3 bữa nay", LAMP),
        ("đèn đường trước số 45 Lê Lợi tắt ngúm 3 bữa nay", LAMP),
        ("rác chất đống trước số 45 Hai Bà Trưng", LAMP),
        ("Đèn hư số 15 đường Nguyễn Thị Lỳ", "Đèn hư số 15 đường Nguyễn Thị Lý"),
        ("den hem 9 Le Lai hu", "den hem 19 Le Lai hu"),
        (
            "Ổ gà trước nhà 15 đường Trần Hưng Đạo sâu lắm",
            "Có ổ gà to trước nhà 680 đường Trần Hưng Đạo, xe máy té hoài",
        ),
        ("nhà 27 đường Lê Hồng Phong mất nước", "nhà 215 đường Lê Hồng Phong mất nước"),
        ("45/12 đường Mạc Đĩnh Chi ngập nước", "300 đường Mạc Đĩnh Chi ngập nước"),
        ("hẻm 12 phường 9 đèn tắt tối thui", "hẻm 12 phường 1 đèn tắt tối thui"),  # of one ward today
        ("số 12 đường số 3 phường 3 cống nghẹt", "số 12 đường số 3 phường 2 cống nghẹt"),
    ],
)
def test_another_number_street_or_matter_is_another_thing(text: str, told: str) -> None:
    assert twin_of(text, told) is None


def test_a_numbered_street_of_another_housing_estate_is_not_surely_the_same() -> None:
    told = "số 12 đường số 3 khu dân cư Minh Châu cống nghẹt"
    found = twin_of("số 12 đường số 3 khu dân cư 5A cống nghẹt", told)
    assert found is None or not found.sure


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("đèn đường hư rồi", LAMP),  # no place
        ("đèn đầu hẻm hư", "đèn đầu hẻm tắt"),  # which alley?
        ("đèn hẻm 7 Lê Lợi tắt", "đèn trước số 120 Lê Lợi tắt"),  # off the street, or on it
        ("rác trước chùa Som Rong đường Lê Lợi", "rác trước chợ Bông Sen đường Lê Lợi"),
        ("ngập trước quán Bảy Mập đường Lê Lợi", "ngập trước quán Tám Lúa đường Lê Lợi"),
    ],
)
def test_where_the_place_is_not_told_nothing_is_sure(text: str, told: str) -> None:
    found = twin_of(text, told)
    assert found is None or not found.sure


def test_a_matter_of_unknown_category_needs_words_alike() -> None:
    seen = replace(READ(LAMP), category="other")
    words = "chỗ 45 Hai Bà Trưng sao chưa ai tới vậy"
    found = find_twin(words, seen, NOW, [candidate(LAMP)])
    assert found is None or not found.sure
    again = find_twin(LAMP, seen, NOW, [candidate(LAMP)])
    assert again is not None
    assert again.sure


def test_an_old_ticket_or_a_later_one_is_no_twin() -> None:
    for age in (timedelta(days=14, seconds=1), timedelta(days=-1)):
        assert find_twin(LAMP, READ(LAMP), NOW, [candidate(LAMP, age)]) is None


def test_the_fresher_ticket_is_likelier() -> None:
    old = candidate(LAMP, timedelta(days=10))
    fresh = replace(candidate(LAMP, timedelta(days=2)), ticket_id=2)
    found = find_twin("đèn 45 HBT tắt", READ("đèn 45 HBT tắt"), NOW, [old, fresh])
    assert found is not None
    assert found.ticket_id == 2


def test_a_photo_alone_never_decides() -> None:
    assert twin_of("rác ở chùa Dơi", "đèn đường hẻm 9 Lê Lai tắt", photos=(PHOTO,)) is None
    nothing_said = twin_of("coi nè", "đèn hẻm 9 Lê Lai tắt", photos=(PHOTO,))
    assert nothing_said is None or not nothing_said.sure


def test_a_photo_alike_strengthens_and_one_unlike_does_not() -> None:
    text, told = "đèn Lê Lai hư", candidate("đèn hẻm 9 Lê Lai tắt", photos=(PHOTO,))
    scores = [
        found.score
        for photo in (PHOTO ^ 0b111, ~PHOTO & (2**64 - 1))
        if (found := find_twin(text, READ(text), NOW, [told], (photo,)))
    ]
    assert scores[0] > scores[1]


def test_no_candidates_no_twin() -> None:
    assert find_twin(LAMP, READ(LAMP), NOW, []) is None
