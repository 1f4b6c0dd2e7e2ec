"""Which words of something done leave it open."""

import pytest

from handlers.half_done import is_open, only_looked


@pytest.mark.parametrize(
    "words",
    [
        "đã xong chưa anh?",
        "da xong chua",
        "đã có nước lại chưa",
        "sắp xong rồi",
        "phấn đấu hoàn thành trong tuần",
        "chưa có vật tư nên chưa thay xong",
        "đã rào chắn tạm, mai thay nắp",
        "đã xong 1 bóng, mai làm tiếp",
        "da thay 1 bong, chieu sua tiep",
        "da kiem tra, cho kinh phi",
        "đã xử lý xong một phần, còn 2 bóng chưa có vật tư",
        "đã sửa nhưng hư lại",
        "đã cắt điện, đang xử lý",
        "ok anh để em qua hẻm 45 xong rồi qua",
        "đã thay bóng mà đèn không lên",
        "da thay bong ma den van khong sang",
        "đã sửa nhưng lại hư rồi",
        "đã thông nhưng vẫn còn ngập",
        "sửa không được, phải thay mới",
        "đã xong phần thay bóng, còn phần dây",
        "da thay 2 bong con 3 bong nua",
        "xong 1 nửa rồi",
        "đã xử lý tạm",
        "xong em báo",
        "xử lý xong em chụp hình gửi",
        "hoàn thành trước 25/11",
        "hoan thanh trong ngay",
        "sẽ hoàn thành sớm",
        "đợi bên nước sửa xong tụi em trám",
        "thôi xong rồi, bể ống luôn rồi",
        "nghe nói xong rồi",
        "đã xử lý bao nhiêu phiếu rồi chị",
        "đã xử lý xong 1/2",
        "da xong 50%",
        "xong 80 phần trăm rồi",
        "xong đợt 1",
        "xong giai đoạn 1",
        "xong phần đào, phần lấp chiều nay",
        "xong hết 2 bóng, 1 bóng hết hàng",
        "báo cáo đã chuyển điện lực xử lý",
        "đã gửi văn bản cho điện lực",
        "đã nhận, hoàn thành trong ngày",
        "hoàn thành trong sáng nay",
        "đã thay mà đèn không sáng",
        "đã sửa rồi hả chị",
        "xong rồi à",
        "đã thay 1 bóng, nếu còn hư báo lại em, mai làm tiếp",
        "nếu có hàng mai em thay xong em báo",
        "nếu mai không mưa thì xong, em báo lại",
        "đã tháo ra, nếu mai có bóng em thay rồi báo",
    ],
)
def test_what_is_asked_to_come_or_done_in_part_is_open(words: str) -> None:
    assert is_open(words)


@pytest.mark.parametrize(
    "words",
    [
        "đã xử lý xong",
        "xong rồi anh",
        "đã thay bóng xong, đèn sáng rồi",
        "da sua chua xong",
        "Đã sửa chữa xong nhà chờ xe buýt",
        "đã làm xong sáng nay ở đường Mai Thanh Thế",
        "Đã chống cột xong, mai thay cột mới",
        "chị Mai báo đã có nước lại rồi",
        "xong rồi em gửi hình nè",
        "đã dọn xong trước nhà 45 Hai Bà Trưng",
        "đã sửa xong trước 22/5 Phú Lợi",
        "đã dọn sạch sẽ",
        "da don sach se",
        "đã phải thay trụ mới, xong rồi",
        "đã thông cống, mưa lớn nhưng không còn ngập",
        "đã gom hết, không còn 1 bịch",
        "xong hết rồi, 100%",
        "đã sửa xong hẻm 12/5",
        "đã gom rác chuyển đi xong",
        "Bên em đã thay xong trong sáng nay",
        "da hoan thanh trong 2 gio",
        "vá xong trong tối qua",
        "Đã sửa xong nhưng em không chụp hình được",
        "Đã dọn sạch, mà không thấy ai",
        "Đã xong, không phải thay trụ",
        "thay xong rồi à nha",
        "đã khắc phục xong lúc 8h30, nếu còn vấn đề gì, anh chị báo lại em nhé",
        "đã thông cống xong, tụi em sẽ tiếp tục theo dõi",
        "đã thay bóng rồi, khi nào hư lại chị nhắn em",
        "đã xử lý xong, nếu còn vấn đề gì anh chị phản ánh lại giúp em",
        "da gom xong roi, neu con sot chi chup hinh gui em",
        "đã xử lý xong. Có gì anh chị báo em nha",
        "đã thay bóng, em sẽ theo dõi thêm",
    ],
)
def test_what_is_done_is_done(words: str) -> None:
    assert not is_open(words)


@pytest.mark.parametrize(
    ("words", "does"),
    [
        *((words, True) for words in ("đã kiểm tra, do nhà dân câu điện", "da kiem tra thuc te")),
        *((words, True) for words in ("đã kiểm tra xong rồi", "đã cắt điện khu vực này để sửa")),
        ("đã yêu cầu nhà thầu khắc phục trước 30/11", True),
        *((words, True) for words in ("đã cử anh em xuống xử lý", "ok rồi nha")),
        ("ok rồi chị, đèn sáng rồi", False),
        *((words, False) for words in ("đã kiểm tra và xử lý", "da kiem tra va thay bong", "đã gom")),
        *((words, False) for words in ("đã báo điện lực, đã sửa xong", "đã nhắc nhở hộ kinh doanh")),
        *((words, False) for words in ("đã kiểm tra, đèn sáng lại rồi", "đã cử anh em xuống làm xong")),
        ("đã cử hai xe xuống dọn sạch bãi đất", False),
    ],
)
def test_who_only_looked_or_asked_others_tells_of_no_end(words: str, does: bool) -> None:
    assert only_looked(words) == does
