"""One form for what people type, and the phrases found in it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.understanding import fold
from handlers.understanding.fold import spelling
from handlers.understanding.phrases import PhraseBook, Phrases, TextWords


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đèn ĐƯỜNG  hưuuu", "den duong hu"),
        ("ko dc đâu mn", "khong duoc dau moi nguoi"),
        ("hok bít, k biết, hông biết", "khong bit khong biet khong biet"),
        ("p.2 q3 P 10", "phuong 2 quan 3 phuong 10"),
        ("a/c ơi, ae đâu", "anh chi oi anh em dau"),
        ("Lê Hồng Phong", "le hong phong"),
        ("hẻm 45/12, nhà 7a", "hem 45/12 nha 7a"),
        ("quáaaa trờiii", "qua troi"),
        ("boong tàu, xoong", "boong tau xoong"),
        ("kkkk hahaha", "haha haha"),
        ("tracuu", "tracuu"),
        ("30-4, 1.5 km", "30-4 1.5 km"),
        ("", ""),
        ("👍!!!", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert fold("ngập nước") == fold("nga\u0323\u0302p nu\u031bo\u031b\u0301c")


@given(st.text(max_size=120))
@example("kó hồng p2 a/c İ ß ﬁ 각 kkk")
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"), [("hòa", "hoà"), ("lý", "lí"), ("ngã", "ngả"), ("xử", "xữ"), ("thúy", "thuý")]
)
def test_spellings_that_are_one(one: str, other: str) -> None:
    assert spelling(one) == spelling(other)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("chó cắn người", True),
        ("cho cán bộ xem", False),  # with accents written, only the accented word is meant
        ("mẹ đưa cho cắn thử một miếng", False),  # "cho", meant without accents
        ("cho can hoi sang ne", True),  # without any, the neighbour decides
        ("chó", True),
        ("cho em hoi", False),
    ],
)
def test_a_word_is_not_taken_for_another(text: str, found: bool) -> None:
    dogs = Phrases[None]({"chó": None, "chó cắn": None}, ambiguous={"chó"})
    assert bool(list(dogs.found(TextWords.of(text)))) is found


def test_the_longest_phrase_wins() -> None:
    lamps = Phrases[str]({"đèn": "lamp", "đèn đỏ": "signal"})
    assert [hit.says for hit in lamps.found(TextWords.of("đèn đỏ với đèn hẻm"))] == ["signal", "lamp"]


@given(
    st.lists(st.sampled_from(["đèn", "den", "đỏ", "hư", "cắn", "chó", "cho", "xe"]), max_size=12).map(
        " ".join
    )
)
def test_many_tables_in_one_pass_find_what_each_would_alone(text: str) -> None:
    tables = {
        "a": {"đèn": "lamp", "đèn đỏ": "signal", "xe": "car"},
        "b": {"đèn đỏ hư": "broken", "chó": "dog", "hư": "broken"},
        "c": {"đỏ": "red", "chó cắn": "bite"},
    }
    words = TextWords.of(text)
    alone = {name: list(Phrases(says, {"chó"}).found(words)) for name, says in tables.items()}
    assert PhraseBook(tables, {"chó"}).found(words) == {name: hits for name, hits in alone.items() if hits}
