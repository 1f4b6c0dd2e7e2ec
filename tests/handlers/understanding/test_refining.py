"""A place told in two messages is one place; another street is another one."""

import pytest

from handlers.understanding import Place, corrected, refined
from tests.handlers.understanding.reader import READ

STREET = "đèn hư đường Hai Bà Trưng phường 1"


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        (STREET, "trước số 45 đường Hai Bà Trưng", ("Hai Bà Trưng", "45", None, "Phú Lợi")),
        (STREET, "hẻm 12 nha", ("Hai Bà Trưng", None, "12", "Phú Lợi")),
        ("đèn hư 45 Hai Bà Trưng", "gần chợ Bông Sen", ("Hai Bà Trưng", "45", None, None)),
        ("đèn hư 45 Hai Bà Trưng", "dạ 47 Hai Bà Trưng mới đúng", ("Hai Bà Trưng", "47", None, None)),
        ("đèn hư 45 Hai Bà Trưng", "dạ ở đường Lê Lợi", ("Lê Lợi", None, None, None)),
        ("đèn hư quá", "45 Hai Bà Trưng", ("Hai Bà Trưng", "45", None, None)),
        ("đèn hư 45 Hai Bà Trưng", "hư 3 bữa rồi", ("Hai Bà Trưng", "45", None, None)),
    ],
)
def test_what_is_added(first: str, then: str, expected: tuple[str | None, ...]) -> None:
    place = refined(READ(first).place, READ(then).place)
    assert (place.street, place.number, place.alley, place.ward) == expected
    assert place.street
    assert place.street in str(place.text)


@pytest.mark.parametrize(
    ("first", "then", "text"),
    [
        ("đèn hư trước số 12 Lê Lai", "Lê Lợi mới đúng", "trước số 12 Lê Lợi"),
        ("den hu truoc so 12 Le Lai", "Lê Lợi mới đúng", "truoc so 12 Lê Lợi"),
        ("rác đầu hẻm 12 Mạc Đĩnh Chi", "hẻm 21 nha", "đầu hẻm 21 Mạc Đĩnh Chi"),
        ("đèn hư trước số 12 Lê Lai", "số 54 Hai Bà Trưng", "trước số 54 Hai Bà Trưng"),
        ("đèn hư đường Lê Lai", "hẻm 12 Lê Lợi", "hẻm 12 Lê Lợi"),
        ("đèn hư quá", "đường Lê Lợi", "đường Lê Lợi"),
    ],
)
def test_what_was_named_wrongly_is_named_right(first: str, then: str, text: str) -> None:
    place = corrected(READ(first).place, READ(then).place)
    assert place.text == text
    assert str(place.street) in text


def test_words_of_both_are_kept_once() -> None:
    place = Place(text="45 Hai Bà Trưng", street="Hai Bà Trưng", number="45")
    beside = Place(text="gần chợ Bông Sen", landmark="chợ Bông Sen")
    both = refined(place, beside)
    assert both.text == "gần chợ Bông Sen, 45 Hai Bà Trưng"
    assert both.landmark == "chợ Bông Sen"
    assert refined(both, beside).text == both.text
