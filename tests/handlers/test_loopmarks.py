"""The mark by which our own words are known when they come back."""

from handlers.loopmarks import code_in, mark
from handlers.seals import Seal

OURS, THEIRS = Seal(b"a key of thirty-two bytes length"), Seal(b"another key of thirty-two bytes!")


def test_our_own_mark_is_known_among_other_words() -> None:
    assert code_in(OURS, f"Đèn hư\n{mark(OURS, 'PA1042')}\nđã thay") == "PA1042"


def test_another_citys_mark_is_not_ours() -> None:
    assert code_in(OURS, mark(THEIRS, "PA1042")) is None


def test_a_mark_is_good_for_its_own_ticket_alone() -> None:
    assert code_in(OURS, mark(OURS, "PA1042").replace("1042", "1043")) is None


def test_a_forged_mark_before_ours_does_not_hide_it() -> None:
    assert code_in(OURS, f"{mark(THEIRS, 'PA1')} {mark(OURS, 'PA1042')}") == "PA1042"
    assert code_in(OURS, "không có dấu nào") is None
