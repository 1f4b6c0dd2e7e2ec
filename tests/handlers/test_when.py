"""Deadlines as people write them."""

import random
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from handlers.promises import promised
from handlers.when import deadline, is_of_next_year, names_no_hour, names_time
from tests.handlers.desk import ZONE

NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)  # Wednesday, 10:00 there


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("mai 17h", "2026-11-19 17:00"),
        ("ngày mai", "2026-11-19 17:00"),
        ("hôm nay 15h30", "2026-11-18 15:30"),
        ("17h", "2026-11-18 17:00"),
        ("25/11", "2026-11-25 17:00"),
        ("25/11 9h", "2026-11-25 09:00"),
        ("5/1", "2027-01-05 17:00"),
        ("25.11 9h", "2026-11-25 09:00"),
        ("mai 8.30", "2026-11-19 08:30"),
        ("5.1.2027", "2027-01-05 17:00"),
        ("1/6 năm sau", "2027-06-01 17:00"),
        ("25.12 năm sau", "2027-12-25 17:00"),
        ("25/12 năm tới", "2027-12-25 17:00"),
        ("9h ngày 25.11", "2026-11-25 09:00"),
        ("3 ngày", "2026-11-21 17:00"),
        ("mùng 6 Tết, 11/2 17h", "2027-02-11 17:00"),
        ("30/4 17h, trước lễ", "2027-04-30 17:00"),
        ("mùng 2 tháng 9", "2027-09-02 17:00"),
        ("chiều nay 15h dọn chợ Tết", "2026-11-18 15:00"),
        ("cuối ngày 17h", "2026-11-18 17:00"),
        ("17h thứ sáu cuối tuần", "2026-11-20 17:00"),
        ("thứ 6", "2026-11-20 17:00"),
        ("thu 4", "2026-11-25 17:00"),
        ("chủ nhật", "2026-11-22 17:00"),
        ("thứ sáu 17h", "2026-11-20 17:00"),
        ("thu bay", "2026-11-21 17:00"),
        ("t3 9h", "2026-11-24 09:00"),
        ("thứ hai tuần sau 9h", "2026-11-23 09:00"),
        ("thứ sáu tuần sau", "2026-11-27 17:00"),
        ("friday", "2026-11-20 17:00"),
        ("12h đêm nay", "2026-11-19 00:00"),
        ("12h dem nay", "2026-11-19 00:00"),
        ("12 giờ khuya mai", "2026-11-20 00:00"),
        ("đầu tuần sau", "2026-11-23 17:00"),
        ("giua tuan sau", "2026-11-25 17:00"),
        ("thứ hai tuần này", "2026-11-16 17:00"),  # over, which whoever asks is told
        ("thứ tư tuần này", "2026-11-18 17:00"),
        ("ngày 20-21", "2026-11-20 17:00"),
        ("3 ngày làm việc", "2026-11-23 17:00"),
        ("10 ngay lam viec", "2026-12-02 17:00"),
    ],
)
def test_deadline(words: str, expected: str) -> None:
    assert deadline(words, NOW, ZONE) == datetime.strptime(expected, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    "words",
    [
        *("", "gấp giùm", "99/99", "sớm nha", "31.11 9h", "5.1 9h", "-1 ngày"),
        *("ngày 31/11", "ngày 31 tháng 11"),
        *(
            "mùng 6",
            "mùng 6 17h",
            "mùng 6 Tết 17h",
            "mung 6 tet 17h",
            "ngày mồng năm 17h",
            "thứ năm mùng 6 tết 17h",
        ),
        *("sau Tết 17h", "sau tết 3 ngày", "trước Tết 2 ngày", "28 Tết 17h", "ra giêng 17h", "rằm 17h"),
        *("sau kỳ nghỉ lễ 17h", "10/3 âm lịch", "15/1 âl 17h", "rằm tháng giêng 17h"),
        *("cuối tháng 17h", "cuoi thang 17h", "cuối tuần 17h", "hết tháng 17h", "cuối năm 17h"),
        *("đầu tháng sau 17h", "tháng sau 17h", "đầu năm sau 17h", "tháng 3 17h", "quý 1 17h", "1 tháng 17h"),
    ],
)
def test_no_deadline(words: str) -> None:
    assert deadline(words, NOW, ZONE) is None


@pytest.mark.parametrize(
    "words", ["mùng 6 tết 15h em qua sửa", "sau Tết 15h em qua sửa", "cuối tháng 15h em sửa"]
)
def test_no_promise_for_today_in_words_of_another_day(words: str) -> None:
    assert promised(words, NOW, ZONE) is None


@pytest.mark.parametrize(
    ("words", "does"),
    [*((words, True) for words in ("24h mai", "mai 25h", "mai 17h60")), ("mai 8.30", False), ("mai", False)],
)
def test_an_hour_that_there_is_not(words: str, does: bool) -> None:
    assert names_no_hour(words) is does


@pytest.mark.parametrize(
    ("words", "is_far"),
    [
        ("17/11", True),
        ("10.11 9h", True),
        ("17/11/2027", False),
        ("25/11", False),
        ("300 ngày", False),
        ("17/11 năm sau", False),
    ],
)
def test_a_day_just_past_is_hardly_meant_for_next_year(words: str, is_far: bool) -> None:
    due = deadline(words, NOW, ZONE)
    assert due is not None
    assert is_of_next_year(words, due, NOW) is is_far


def test_a_day_of_last_december_is_hardly_meant_for_the_next_one() -> None:
    new_year = datetime(2027, 1, 4, 9, tzinfo=ZONE)
    for words, is_far in (("31/12 17h", True), ("1/1", True), ("31/12/2027", False), ("5/2", False)):
        due = deadline(words, new_year, ZONE)
        assert due is not None
        assert is_of_next_year(words, due, new_year) is is_far


def test_a_far_day_of_this_year_is_none_of_the_next() -> None:
    new_year = NOW.replace(month=1)
    due = deadline("1/12", new_year, ZONE)
    assert due is not None
    assert not is_of_next_year("1/12", due, new_year)


@pytest.mark.parametrize(
    ("words", "does"),
    [
        ("cuối tuần", True),
        ("toi nay", True),
        ("hôm qua", True),
        ("gấp giùm em", False),
        ("mang thang", False),
        ("đội tuần tra lo giúp", False),
        ("việc hằng ngày", False),
        ("dân báo hôm trước", False),
        ("trong tuần", True),
        ("sau Tết", True),
        ("cuối năm", True),
        ("dọn chợ Tết giùm", False),
    ],
)
def test_words_that_speak_of_time(words: str, does: bool) -> None:
    assert names_time(words) is does


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("đường 30 tháng 4", None),
        ("duong 30 thang 4", None),
        ("Đường 3/2", None),
        ("phố 19-8", None),
        ("hẻm 12/5", None),
        ("đường 30/4 ngày 25/11", "2026-11-25 17:00"),
        ("đường 30 tháng 4 mai 9h", "2026-11-19 09:00"),
        ("sửa đường 25/11", "2026-11-25 17:00"),
        ("thay đèn đường 25/11 9h", "2026-11-25 09:00"),
        ("xong đường 2-3 ngày nữa", "2026-11-21 17:00"),
        ("ra đường 8.30", "2026-11-18 08:30"),
        ("báo thành phố 25/11", "2026-11-25 17:00"),
    ],
)
def test_a_street_that_is_called_by_a_date_is_no_deadline(words: str, expected: str | None) -> None:
    due = deadline(words, NOW, ZONE)
    assert (due and f"{due:%Y-%m-%d %H:%M}") == expected


MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("một tuần", "23/11 17:00"),
        ("mot tuan", "23/11 17:00"),
        ("1 tuần", "23/11 17:00"),
        ("2 tuần", "30/11 17:00"),
        ("hai tuần nữa", "30/11 17:00"),
        ("2 weeks", "30/11 17:00"),
        ("một ngày", "17/11 17:00"),
        ("mot ngay", "17/11 17:00"),
        ("1 ngày", "17/11 17:00"),
        ("ba ngày nữa", "19/11 17:00"),
        ("2-3 ngày", "19/11 17:00"),
        ("mốt", "18/11 17:00"),
        ("Mốt 9h", "18/11 09:00"),
        ("ngày mốt", "18/11 17:00"),
        ("sáng mốt 8h30", "18/11 08:30"),
        ("ngay mot", "18/11 17:00"),
        ("mot 17h", "18/11 17:00"),
        ("ngày kia", "18/11 17:00"),
        ("day after tomorrow", "18/11 17:00"),
        ("Mai 17h", "17/11 17:00"),
        ("17h Mai", "17/11 17:00"),
        ("MAI 9H", "17/11 09:00"),
        ("sang mai 9h", "17/11 09:00"),
        ("hôm nay không kịp thì mai", "17/11 17:00"),
        ("5h chiều mai", "17/11 17:00"),
        ("5h chieu mai", "17/11 17:00"),
        ("chiều mai 5h", "17/11 17:00"),
        ("chiều nay 4h", "16/11 16:00"),
        ("chieu nay 4h", "16/11 16:00"),
        ("chiều nay", "16/11 17:00"),
        ("4 giờ chiều", "16/11 16:00"),
        ("chiều thứ sáu lúc 3h", "20/11 15:00"),
        ("3h chiều 25/11", "25/11 15:00"),
        ("8h tối nay", "16/11 20:00"),
        ("tối mai 7h", "17/11 19:00"),
        ("8h toi mai", "17/11 20:00"),
        ("toi mai 7h", "17/11 19:00"),
        ("11h trưa mai", "17/11 11:00"),
        ("12h trưa", "16/11 12:00"),
        ("1h trưa mai", "17/11 13:00"),
        ("8h sáng mai", "17/11 08:00"),
        ("17h chiều", "16/11 17:00"),
        ("thứ sáu tuần tới 8h", "27/11 08:00"),
        ("thu sau tuan toi 8h", "27/11 08:00"),
        ("mai 8:30", "17/11 08:30"),
        ("16:30", "16/11 16:30"),
        ("17:00 25/11", "25/11 17:00"),
        ("mai 8h30", "17/11 08:30"),
        ("mai 8h 30", "17/11 08:30"),  # what `/giao` makes of "8h30"
        ("9h 30 25/11", "25/11 09:30"),
        ("8 giờ 30 phút mai", "17/11 08:30"),
        ("9h rưỡi mai", "17/11 09:30"),
        ("4 giờ rưỡi chiều", "16/11 16:30"),
        ("17h30p", "16/11 17:30"),
        ("17h 25/11", "25/11 17:00"),
        ("17h 25 tháng 11", "25/11 17:00"),
        ("17h ngày 25 tháng 11", "25/11 17:00"),
        ("17h ngay 25 thang 11", "25/11 17:00"),
        ("17h30 ngày 25/11", "25/11 17:30"),
        ("17 giờ 30 ngày 25 tháng 11 năm 2026", "25/11 17:30"),
        ("25 tháng 11", "25/11 17:00"),
        ("25/11/26", "25/11 17:00"),
        ("25-27/11", "27/11 17:00"),
        ("ngày 25", "25/11 17:00"),
        ("ngay 25", "25/11 17:00"),
        ("17h ngày 25", "25/11 17:00"),
        ("ngày 5", "5/12 17:00"),
        ("ngày 20 tháng sau", "20/12 17:00"),
        ("thứ sáu tuần tới", "27/11 17:00"),
        ("thu sau tuan toi", "27/11 17:00"),
        ("thứ 6 tuần sau", "27/11 17:00"),
        ("thứ hai tuần sau nữa", "30/11 17:00"),
        ("thu 6 tuần này nhé", "20/11 17:00"),
        ("tuần tới", "27/11 17:00"),
        ("tuần sau", "27/11 17:00"),
        ("tuan sau", "27/11 17:00"),
        ("next week", "27/11 17:00"),
    ],
)
def test_deadline_from_a_monday(words: str, expected: str) -> None:
    due = deadline(words, MONDAY, ZONE)
    assert due == datetime.strptime(f"2026/{expected}", "%Y/%d/%m %H:%M").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    "words",
    [
        "mot",
        "một",
        "Một lát",
        "mot lat",
        "một anh",
        "ngày một nặng",
        "hai mươi mốt bóng",
        "mai mốt",
        "nay mai",
        "chị Mai",
        "chi mai",
        "Gặp Mai",
        "đường Mai Thanh Thế",
        "mãi",
        "mái tôn",
        "cây mai",
        "ngay 2 bóng",
        "mang 2 thang 12 bậc",
        "anh Tuấn tới",
        "anh tuan toi",
        "3 ngày nay",
        "3 ngay nay",
        "mấy ngày nay",
        "hôm qua",
        "3 ngày trước",
        "một ngày 2 lần",
        "2 tháng 1 lần",
        "12/5/3",
        "31/11 17h",
        "ngày 45",
        "cuối tuần",
        "trong 2h",
        "2 giờ nữa",
        "25:99",
    ],
)
def test_words_that_only_look_like_a_day(words: str) -> None:
    assert deadline(words, MONDAY, ZONE) is None


@pytest.mark.parametrize(
    ("today", "expected"),
    [("2028-03-01", None), ("2028-02-28", "2028-02-29"), ("2027-03-01", "2028-02-29"), ("2026-11-16", None)],
)
def test_the_29th_of_february(today: str, expected: str | None) -> None:
    now = datetime.fromisoformat(today).replace(hour=8, tzinfo=ZONE)
    due = deadline("29/2", now, ZONE)
    assert (due and f"{due:%Y-%m-%d}") == expected


TOLD = (
    "mai Mai mốt một mot ngày ngay tháng thang tuần tuan tới toi tối sau nay này kia thứ thu t7 cn chủ nhật "
    "hai ba tư sáu bảy 0 1 2 5 12 24 25 29 30 31 99 999 29/2 31/11 0/0 1/1/0001 31/12/9999 25-11-26 8:30 "
    "24:60 5h 5h30 99h 12h 0h giờ phút rưỡi sáng trưa chiều tối đêm hôm qua nữa chị anh 3 days weeks "
    "next friday tomorrow năm 2028 9999 / - : , . ? ٣/٥ ² ½ ﬁ İ \n \x00 🙂"
)


@pytest.mark.parametrize("text", ["sáng ", "chiều 12 12 ", "mai ", "1/", "số 1/2/", "mai, ", ",.;!?", "3/3 "])
def test_a_long_text_is_read_soon(text: str) -> None:
    long, begun = text * (8000 // len(text)), perf_counter()
    deadline(long, NOW, ZONE)
    promised(long, NOW, ZONE)
    assert perf_counter() - begun < 1


def test_no_text_makes_it_raise() -> None:
    told, chance = TOLD.split(" "), random.Random(29)
    for _ in range(1500):
        words = chance.choice((" ", "", ", ")).join(chance.choices(told, k=chance.randint(1, 7)))
        day = datetime(2024, 1, 1, 23, 30, tzinfo=UTC) + timedelta(days=chance.randrange(2000))
        due = deadline(words, day, ZONE)
        assert due is None or due.astimezone(UTC).year >= 2000
