"""Long texts: within the messenger's limit, whole words, whole letters, nothing lost."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.lengths import cut, pieces, utf16_length

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("một hai", 7, "một hai"),
        ("một hai ba", 8, "một hai…"),
        ("một hai ba", 7, "một…"),
        ("mộthaiba", 5, "mộth…"),
        ("😀😀😀", 4, "😀…"),
        ("a 😀😀", 4, "a…"),
    ],
)
def test_a_text_is_cut_between_words(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


@given(text=TEXTS, limit=st.integers(1, 50))
def test_a_cut_text_is_within_the_limit_and_a_beginning(text: str, limit: int) -> None:
    found = cut(text, limit)
    assert utf16_length(found) <= limit
    assert found == text or text.startswith(found.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("ngắn", 10, ["ngắn"]),
        ("", 10, [""]),
        ("dòng một\ndòng hai", 10, ["dòng một", "dòng hai"]),
        ("một hai ba bốn", 8, ["một hai", "ba bốn"]),
        ("mộthaibabốn", 4, ["mộth", "aiba", "bốn"]),
    ],
)
def test_pieces(text: str, limit: int, expected: list[str]) -> None:
    assert pieces(text, limit) == expected


@given(text=TEXTS, limit=st.integers(8, 60))
def test_nothing_is_lost_but_space_where_it_was_broken(text: str, limit: int) -> None:
    found = pieces(text, limit)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(utf16_length(part) <= limit or len(part) == 1 for part in found) or _has_marks(text)


@given(st.text("tiếngViệtđườngphốƯỡửữ ", max_size=120), st.integers(4, 20))
def test_a_vietnamese_letter_is_never_broken(text: str, limit: int) -> None:
    apart = unicodedata.normalize("NFD", text)
    for part in pieces(apart, limit):
        assert not part or not unicodedata.combining(part[0])
        assert utf16_length(part) <= limit


def _has_marks(text: str) -> bool:
    return any(unicodedata.combining(letter) or letter in "\u200d\ufe0f" for letter in text)
