"""What a department's words say of its ticket, decided by themselves."""

import unicodedata
from datetime import datetime, timedelta

import pytest

from handlers.desk_answers import numbered, spoken_of
from handlers.desk_words import (
    Answer,
    Begun,
    Declined,
    Done,
    PerhapsDone,
    Remark,
    TakenBack,
    decide,
    once_settled,
    without_signs,
)
from handlers.understanding import Intent
from tests.handlers.desk import MONDAY, ZONE


def alike(meant: Intent, answer: Answer, *words: str) -> list[tuple[str, Intent, Answer]]:
    """Words that are understood and answered as one another."""
    return [(one, meant, answer) for one in words]


@pytest.mark.parametrize(
    ("words", "meant", "answer"),
    [
        ("đã xử lý", Intent.DONE, Done()),
        ("mai làm", Intent.CHATTER, Begun(datetime(2026, 11, 17, 17, tzinfo=ZONE))),
        ("Chiều nay 15h xuống kiểm tra", Intent.CHATTER, Begun(datetime(2026, 11, 16, 15, tzinfo=ZONE))),
        ("thu 6 xong nha, em se lam", Intent.CHATTER, Begun(datetime(2026, 11, 20, 17, tzinfo=ZONE))),
        ("đang cho anh em xuống", Intent.CHATTER, Begun(None)),
        ("ok em, đã nhận, sẽ xử lý", Intent.CHATTER, Begun(None)),
        ("đang xử lý", Intent.IN_PROGRESS, Begun(None)),
        ("không phải của bên em", Intent.CHATTER, Declined()),
        ("cai nay ko thuoc don vi minh", Intent.NEW, Declined()),
        ("nhầm đơn vị rồi", Intent.CHATTER, Declined()),
        ("không thuộc thẩm quyền của phòng", Intent.DONE, Declined()),
        ("chỗ này khó làm quá", Intent.CHATTER, Remark()),
        ("mai họp nha", Intent.CHATTER, Remark()),
        ("", Intent.CHATTER, Remark()),
        ("không phải bóng hư, bên em thay dây rồi", Intent.DONE, Done()),
        ("bên em không quản lý tuyến này", Intent.CHATTER, Declined()),
        ("đã xong chưa anh?", Intent.DONE, Remark()),
        ("đã kiểm tra, chờ kinh phí", Intent.DONE, Remark()),
        ("dự kiến hoàn thành 20/11", Intent.DONE, Remark()),
        ("đã thay bóng mà đèn không lên", Intent.DONE, Remark()),
        *alike(Intent.CHATTER, Done(), "xử lý rồi em", "thay bóng rồi nha chị", "ok xong"),
        *alike(Intent.CHATTER, Remark(), "ok rồi", "xử lý chưa em", "xử lý rồi hả"),
        *alike(Intent.DONE, Declined(), "trả lại điều hành", "giao lộn đơn vị rồi"),
        *alike(Intent.CHATTER, Declined(), "không thuộc địa bàn", "đường này do tỉnh quản lý"),
        ("thuộc quản lý của sở xây dựng", Intent.IN_PROGRESS, Declined()),
        *alike(
            Intent.CHATTER,
            Declined(),
            "cái này của điện lực",
            "dạ trụ này của bên viễn thông chị ơi",
            "cay nay cua xa ma",
        ),
        *alike(
            Intent.CHATTER,
            Remark(),
            "cái này của bên em",
            "trụ này của nhà dân",
            "cái này của ai vậy",
            "đèn của chợ hư",
        ),
        ("không phải lỗi bên em, dây bị trộm cắt", Intent.CHATTER, Remark()),
        ("thuộc quản lý của bên em, để em coi", Intent.IN_PROGRESS, Begun(None)),
        *alike(
            Intent.CHATTER,
            Begun(datetime(2026, 11, 16, 17, tzinfo=ZONE)),
            "Dạ thuộc địa bàn em quản lý, chiều nay em qua làm",
            "Trụ này do công ty em quản lý, chiều nay em cho người xuống",
            "Chỗ đó xí nghiệp khu vực quản lý, chiều nay em sửa",
        ),
        ("Đoạn đó do công ty mình quản lý, em đã thay bóng xong", Intent.DONE, Done()),
        ("thuộc địa bàn chúng tôi quản lý", Intent.CHATTER, Remark()),
        ("thuộc quản lý của công ty em", Intent.CHATTER, Remark()),
        ("thuộc quản lý của điện lực em ạ", Intent.CHATTER, Declined()),
        ("Đã xử lý xong, trả phiếu cho điều hành", Intent.DONE, Done()),
        ("Đã thay bóng xong, em trả phiếu", Intent.DONE, Done()),
        *alike(
            Intent.DONE,
            Declined(),
            "trả phiếu cho điều hành",
            "đã kiểm tra, em trả lại phiếu cho điều hành xử lý",
        ),
        *alike(Intent.DONE, PerhapsDone(), "đã kiểm tra rồi", "đã cắt điện để sửa"),
        ("đã yêu cầu sửa trước 20/11", Intent.DONE, Begun(datetime(2026, 11, 20, 17, tzinfo=ZONE))),
        *alike(Intent.CHATTER, Remark(), "thay bóng rồi à", "thay bong roi a", "sang rồi nha chị"),
        *alike(Intent.CHATTER, Done(), "thay bóng rồi ạ", "sáng rồi nha chị", "done"),
        ("cái này do ai quản lý vậy chị", Intent.CHATTER, Remark()),
        ("tra phiếu giùm em", Intent.CHATTER, Remark()),
        *alike(
            Intent.DONE,
            Remark(),
            "tối nay thay xong",
            "trong sáng nay xong",
            "cuoi tuan thay xong",
            "lát nữa xong",
        ),
        *alike(
            Intent.DONE,
            Begun(datetime(2026, 11, 16, 17, tzinfo=ZONE)),
            "17h xong",
            "17h thay xong",
            "chiều nay thay xong rồi em báo",
        ),
        *alike(
            Intent.DONE,
            Done(),
            "7h thay xong",
            "17h đã thay xong",
            "tối nay thay xong rồi",
            "22/5 Phú Lợi xong",
        ),
    ],
)
def test_decide(words: str, meant: Intent, answer: Answer) -> None:
    assert decide(words, meant, MONDAY, ZONE) == answer


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        *((words, Done()) for words in ("tối qua 20h thay xong", "hôm qua 17h thay xong", "7h30 thay xong")),
        *((words, PerhapsDone()) for words in ("9h sáng nay thay xong", "Sáng nay bên em thay xong bóng")),
        ("hôm qua mưa, chiều nay 15h thay xong", Begun(datetime(2026, 11, 16, 15, tzinfo=ZONE))),
        ("thứ sáu 17.30 thay xong", Begun(datetime(2026, 11, 20, 17, 30, tzinfo=ZONE))),
        ("tối nay thay xong", Remark()),
        *((words, Done()) for words in ("đã xong 2/2 bóng", "thay xong 3/3 bóng")),
        *((words, Done()) for words in ("theo công văn số 5 đã thay xong", "thiếu vật tư đã mua, xong")),
        ("đã có công văn gửi điện lực", Remark()),
    ],
)
def test_an_end_by_its_time_at_half_past_ten(words: str, answer: Answer) -> None:
    assert decide(words, Intent.DONE, MONDAY + timedelta(hours=2, minutes=30), ZONE) == answer


@pytest.mark.parametrize(
    ("words", "is_back"),
    [
        *((words, False) for words in ("chờ em gửi hình", "nếu cần gì anh gọi em", "sẽ theo dõi thêm")),
        *((words, False) for words in ("phiếu bên kia đang xử lý", "công văn trả lời em gửi qua mail rồi")),
        *((words, False) for words in ("tưởng ai làm, hóa ra tụi em làm rồi", "sửa chữa xong rồi à")),
        *(
            (words, True)
            for words in ("chưa sửa được", "đèn lại tắt rồi", "dạ bên em vẫn đang thay", "hư lại rồi")
        ),
    ],
)
def test_only_a_denial_takes_an_end_back(words: str, is_back: bool) -> None:
    for answer in (Remark(), Begun(None)):
        assert (once_settled(answer, words) == TakenBack()) is is_back


def test_signs_go_and_accents_stay() -> None:
    assert without_signs(unicodedata.normalize("NFD", "đã thay bóng 👍🏻1️⃣")) == "đã thay bóng 1"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("PA1001, PA1002 đã xử lý xong", {1001: "đã xử lý xong", 1002: "đã xử lý xong"}),
        ("Đã xong #PA1001 và pa 1002", {1001: "Đã xong", 1002: "Đã xong"}),
        ("PA1001 xong, PA1002 mai làm", {1001: "xong", 1002: "mai làm"}),
        ("PA1001 đã thay bóng", {1001: "đã thay bóng"}),
        ("đã thay bóng #PA1001 rồi, PA1001 nha", {1001: "đã thay bóng  rồi,  nha"}),
        ("trưa nay ăn gì", {}),
    ],
)
def test_words_are_about_the_codes_before_them(words: str, told: dict[int, str]) -> None:
    assert spoken_of(words, "PA") == told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("1001 xong, 1002 mai thay", {1001: "xong", 1002: "mai thay"}),
        ("1001, 1002 đã xong hết", {1001: "đã xong hết", 1002: "đã xong hết"}),
        ("1001 va 1002: da gom", {1001: "da gom", 1002: "da gom"}),
        ("#1002 sáng lại rồi, có gì gọi 0912345678", {1002: "sáng lại rồi, có gì gọi 0912345678"}),
        *((words, {}) for words in ("1001 hộ đã có điện", "1001 Trần Hưng Đạo xong", "xong 1001", "12 xong")),
    ],
)
def test_mere_numbers_are_codes_only_before_an_answer(words: str, told: dict[int, str]) -> None:
    assert numbered(words) == told
