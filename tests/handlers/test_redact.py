"""What everybody may read of what somebody wrote."""

import time

import pytest

from handlers.redact import HIDDEN, redacted


@pytest.mark.parametrize(
    "personal",
    [
        "0912345678", "0912 345 678", "0912.345.678", "+84 912 345 678", "0084912345678", "(028) 3822 1234",
        "lan.nguyen@example.com", "83A1-123.45", "83P1 12345", "59-A1 1234", "30A-123.45", "094123456789",
        "362123456", "84912345678", "0912,345,678", "0912 - 345 - 678", "0912  345  678",
        "0912\u00a0345\u00a0678", "0912\u2011345\u2011678", "0912\u2009345 678", "0912\t345\t678",
        "0912\n345678", "0912/345/678", "0912•345•678", "0912|345|678", "+84(912)345678", "lan＠x.vn",
        "(+84) 912 345 678", "09\u200d12345678", "0️⃣9️⃣1️⃣2️⃣345678️⃣", "０９１２３４５６７８", "83P1 – 123.45",
        "0912\u00ad345678", "09.12.34.56.78", "098/765/4321",
        "0 912 345 678", "0.912.345.678", "0 9 1 2 3 4 5 6 7 8",
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
        "12/11/2026", "từ 08/12/2026 09h30", "hạn 05/10/26 08:30", "1.500.000 đ", "số 123/45/6",
        "hẻm 01/234/567", "08/12 - 09/12/2026", "gia đình 👨\u200d👩\u200d👧, số 5️⃣", "@lan", "a@b",
    ],
)  # fmt: skip
def test_what_names_a_place_or_a_time_stays(words: str) -> None:
    assert redacted(words) == words


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Liên hệ ĐT0912345678", f"Liên hệ ĐT{HIDDEN}"),
        ("sđt0912345678nhé", f"sđt{HIDDEN}nhé"),
        ("gọi 0912345678\n45 Lê Lợi", f"gọi {HIDDEN}\n45 Lê Lợi"),
        ("gọi 0912345678 - 45 Lê Lợi", f"gọi {HIDDEN} - 45 Lê Lợi"),
        ("CCCD094123456789", f"CCCD{HIDDEN}"),
    ],
)
def test_letters_may_touch_it(written: str, read: str) -> None:
    assert redacted(written) == read


@pytest.mark.parametrize("word", ["đ", "a.", "a@", "0 ", "0/", "84", "+84 ", "1" * 9 + ".", "12A", "\u200d0"])
def test_no_text_takes_long(word: str) -> None:
    assert _spent(word, 64_000) < 40 * _spent(word, 4_000)  # 16 times as long; 256 times where it's squared


def _spent(word: str, length: int) -> float:
    text = word * (length // len(word))
    times = []
    for _ in range(3):
        began = time.process_time()
        redacted(text)
        times.append(time.process_time() - began)
    return min(times)


def test_each_of_several_is_hidden() -> None:
    assert redacted("0912345678 hoặc 0987654321") == f"{HIDDEN} hoặc {HIDDEN}"
