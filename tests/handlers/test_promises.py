"""The day that a department promises, in its own words; and what promises none."""

from datetime import datetime, timedelta

import pytest

from handlers.desk_words import Begun, PerhapsDone, Remark, decide
from handlers.promises import End, end
from handlers.understanding import Intent
from tests.handlers.desk import MONDAY, ZONE

AFTERNOON = MONDAY + timedelta(hours=6)  # 14:00


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("mai làm nha", "17/11 17:00"),
        ("mai lam", "17/11 17:00"),
        ("Mai em qua", "17/11 17:00"),
        ("Dạ chị mai em qua", "17/11 17:00"),
        ("EM MAI LÀM", "17/11 17:00"),
        ("sang mai em xuong sua", "17/11 17:00"),
        ("mốt em thay bóng", "18/11 17:00"),
        ("ngay mot em thay", "18/11 17:00"),
        ("chiều nay 4h em qua", "16/11 16:00"),
        ("3 ngày nữa em sửa xong", "19/11 17:00"),
        ("25/11 em thay bóng", "25/11 17:00"),
        ("ngày 25/11 em qua nhà số 12/5 kiểm tra", "25/11 17:00"),
        ("Hôm nay mưa chưa thay được, mai em thay", "17/11 17:00"),
        ("3 ngày nay mưa, thứ sáu em ra sửa", "20/11 17:00"),
        ("hôm nay bận, mai em làm", "17/11 17:00"),
        ("không sao, mai em làm", "17/11 17:00"),
        ("mai em xuống sửa chữa", "17/11 17:00"),
        ("mai anh Tuấn qua sửa", "17/11 17:00"),
        ("tuần sau bên em làm", "27/11 17:00"),
        ("mai em mới qua được", "17/11 17:00"),
        ("tối nay cắt cây, mai gắn bóng", "17/11 17:00"),
        ("mai thông cống", "17/11 17:00"),
        ("mai thong cong", "17/11 17:00"),
        ("chắc chắn mai làm", "17/11 17:00"),
        ("bên em hẹn mai 9h xuống", "17/11 09:00"),
        ("Chị ơi mai 8h em xuống làm giúp chị nha", "17/11 08:00"),
        ("mai em qua sửa cho chị, chị báo bà con giùm", "17/11 17:00"),
    ],
)
def test_a_promise(words: str, expected: str) -> None:
    by = datetime.strptime(f"2026/{expected}", "%Y/%d/%m %H:%M").replace(tzinfo=ZONE)
    assert decide(words, Intent.CHATTER, MONDAY, ZONE) == Begun(by)


@pytest.mark.parametrize(
    "words",
    [
        "Một lát em qua",
        "mot lat em qua",
        "Em cử một anh xuống kiểm tra nha",
        "em cu mot anh xuong kiem tra nha",
        "Chưa thay được, một bóng bị cháy",
        "chua thay duoc, mot bong bi chay",
        "thay ngay mot bong",
        "Chị Mai sẽ xuống kiểm tra",
        "chi mai se xuong kiem tra",
        "Em cử Mai xuống kiểm tra",
        "em xử lý cây mai ngã",
        "em sửa mái nhà",
        "làm mãi mới sửa được",
        "mai mốt em làm",
        "em qua nhà số 12/5 kiểm tra",
        "em qua nha so 12/5 kiem tra",
        "em qua hẻm 12/5 kiểm tra",
        "em qua hẽm 12/5 sửa",
        "em ra đường 30/4 kiểm tra",
        "em ra đường 3 tháng 2 kiểm tra",
        "em ra kiệt 12/5, ngõ 3/6 kiểm tra",
        "kiểm tra 12/5 Hai Bà Trưng nha",
        "em làm được 1/2 đường rồi",
        "trực 24/7, em qua liền",
        "2-3 anh em xuống",
        "mai 9h chị cho người ra chỉ chỗ giùm em",
        "mai 9h chị cho anh em ra chỉ chỗ giùm",
        "bên nước nói mai sửa",
        "có lẽ mai làm",
        "mai cắt điện khu đó",
        "3 ngày nay mưa, em chưa ra sửa được",
        "3 ngay nay mua, em chua ra sua duoc",
        "mấy ngày nay em ra kiểm tra",
        "hôm qua 9h em ra kiểm tra",
        "hom qua 9h em ra kiem tra",
        "đã 3 ngày em sửa",
        "thứ hai tuần trước em ra sửa",
        "hôm thứ ba em ra kiểm tra",
        "ngày 14 em thay rồi nha",
        "em ra kiểm tra 10/11",
        "lần thứ ba em ra kiểm tra",
        "em thay bóng thứ hai",
        "mai không mưa em làm",
        "mai chưa làm được",
        "mai em chua lam duoc",
        "mai ko lam",
        "mai em qua, chưa chắc kịp",
        "nếu mai nắng em làm",
        "mai bên mình xuống sửa hả?",
        "mai họp ở chỗ cũ",
        "tối mai họp nha",
        "mai họp đông lắm",
        "kẹt quá, thứ sáu họp",
        "tuần tới họp",
        "cho cn xuống làm",
        "7h em qua",
    ],
)
def test_no_promise(words: str) -> None:
    assert decide(words, Intent.CHATTER, MONDAY, ZONE) in (Remark(), Begun(None))


@pytest.mark.parametrize(
    ("words", "when"),
    [
        *((words, End.PERHAPS) for words in ("xong chiều nay", "sửa xong lúc 17h", "hoàn thành ngày 20/11")),
        *((words, End.PERHAPS) for words in ("xong trước thứ 5", "xong tối nay", "hoàn thành tuần sau")),
        *(
            (words, End.PERHAPS)
            for words in ("17h có điện lại", "đã khóa van, 16h có nước lại", "16h co nuoc")
        ),
        *((words, End.OVER) for words in ("xong lúc 8h", "làm xong sáng nay", "sửa xong, mai em gửi hình")),
        *((words, End.OVER) for words in ("đã thay xong lúc 17h", "thay xong 3 bóng hẻm 12/12")),
        *((words, End.OVER) for words in ("9h có nước lại", "sáng nay có điện lại", "đã có nước lại")),
    ],
)
def test_a_moment_to_come_makes_an_end_doubtful(words: str, when: End) -> None:
    assert end(words, AFTERNOON, ZONE) is when


def test_what_is_well_again_later_is_for_a_moderator() -> None:
    for words in ("đã khóa van, 16h có nước lại", "hoàn thành ngày 20/11"):
        assert decide(words, Intent.DONE, AFTERNOON, ZONE) == PerhapsDone()
