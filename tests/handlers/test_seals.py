"""Seals: nobody makes up a button, moves it to another chat, or keeps it for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.seals import LIFETIME, MOST_BYTES, BrokenSeal, ExpiredSeal, Seal

NOW = datetime(2026, 11, 16, tzinfo=UTC)
SEAL = Seal(b"ours")


def test_what_was_sealed_opens_in_its_chat() -> None:
    assert SEAL.open(SEAL.close("t:5:accept", 7, NOW), 7, NOW + timedelta(days=59)) == "t:5:accept"


@pytest.mark.parametrize("chat", [6, 8, 70])
def test_not_in_another_chat(chat: int) -> None:
    with pytest.raises(BrokenSeal):
        SEAL.open(SEAL.close("t:5:accept", 7, NOW), chat, NOW)


def test_not_for_another_ticket_or_by_another_key() -> None:
    sealed = SEAL.close("t:5:accept", 7, NOW)
    with pytest.raises(BrokenSeal):
        SEAL.open(sealed.replace("t:5", "t:6"), 7, NOW)
    with pytest.raises(BrokenSeal):
        SEAL.open(Seal(b"theirs").close("t:5:accept", 7, NOW), 7, NOW)


def test_not_after_its_time_and_not_with_a_later_day() -> None:
    sealed = SEAL.close("t:5:accept", 7, NOW)
    with pytest.raises(ExpiredSeal):
        SEAL.open(sealed, 7, NOW + LIFETIME + timedelta(days=2))
    data, _, seal = sealed.rpartition("~")
    day, _, mac = seal.partition(".")
    with pytest.raises(BrokenSeal):
        SEAL.open(f"{data}~{int(day, 16) + 400:x}.{mac}", 7, NOW)


@given(st.text(max_size=64))
def test_anything_else_is_broken_and_no_error(text: str) -> None:
    with pytest.raises(BrokenSeal):
        SEAL.open(text, 7, NOW)


@given(ticket=st.integers(1, 10**9), into=st.integers(1, 10**9), chat=st.integers(1, 10**9))
def test_the_longest_fit_into_a_button(ticket: int, into: int, chat: int) -> None:
    for data in (f"m:{ticket}:{into}", f"c:{ticket}:administration", f"q:{ticket}:suggestion"):
        assert len(SEAL.close(data, chat, NOW).encode()) <= MOST_BYTES
