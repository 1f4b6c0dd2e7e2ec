"""What everybody may read of what somebody wrote."""

import pytest

from handlers.redact import HIDDEN, redacted


@pytest.mark.parametrize(
    "personal",
    [
        "0912345678", "0912 345 678", "0912.345.678", "+84 912 345 678", "0084912345678", "(028) 3822 1234",
        "lan.nguyen@example.com", "83A1-123.45", "83P1 12345", "59-A1 1234", "30A-123.45", "094123456789",
        "362123456", "84912345678", "0912,345,678", "0912 - 345 - 678", "0912  345  678",
    ],
)  # fmt: skip
def test_what_names_a_person_is_hidden(personal: str) -> None:
    assert redacted(f"gọi {personal} nha") == f"gọi {HIDDEN} nha"


@pytest.mark.parametrize(
    "words",
    [
        "trước số 45 Hai Bà Trưng", "hẻm 12/34/5 Lê Lợi", "ngày 24/11/2026 lúc 17h30", "tổng đài 1900 1234",
        "gọi 113 hoặc 1800 6601", "#PA1042", "QL60 km 12", "3 bữa nay, 2 cột đèn", "từ 05.10.2026 đến nay",
        "từ ngày 05-10-2026", "mất 1.000.000.000 đồng", "nhà số 05, 06, 07, 08", "84 Trần Hưng Đạo",
    ],
)  # fmt: skip
def test_what_names_a_place_or_a_time_stays(words: str) -> None:
    assert redacted(words) == words


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Liên hệ ĐT0912345678", f"Liên hệ ĐT{HIDDEN}"),
        ("sđt0912345678nhé", f"sđt{HIDDEN}nhé"),
        ("CCCD094123456789", f"CCCD{HIDDEN}"),
    ],
)
def test_letters_may_touch_it(written: str, read: str) -> None:
    assert redacted(written) == read


def test_each_of_several_is_hidden() -> None:
    assert redacted("0912345678 hoặc 0987654321") == f"{HIDDEN} hoặc {HIDDEN}"
