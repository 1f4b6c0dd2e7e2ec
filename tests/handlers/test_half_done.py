"""Which words of something done leave it open."""

import pytest

from handlers.half_done import is_open


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
    ],
)
def test_what_is_done_is_done(words: str) -> None:
    assert not is_open(words)
