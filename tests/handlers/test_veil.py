"""What the public board shows of a text: places are called after people and stay, people do not."""

import pytest

from handlers.redact import HIDDEN as X
from handlers.understanding.gazetteer import Gazetteer
from handlers.veil import Veil

CITY = Gazetteer.bundled()
VEIL = Veil([one.name for rows in (CITY.streets, CITY.landmarks, CITY.wards) for one in rows])


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Nhà chị Lan số 12 Lê Lợi bị ngập", f"Nhà chị {X} số 12 Lê Lợi bị ngập"),
        ("Ông Nguyễn Văn Tư lấn chiếm vỉa hè", f"Ông {X} lấn chiếm vỉa hè"),
        ("bà Sáu bán cá xả nước ra đường", f"bà {X} bán cá xả nước ra đường"),
        ("bà sáu bán cá xả nước ra đường", f"bà {X} bán cá xả nước ra đường"),
        ("nhờ chú bảy kêu người tới", f"nhờ chú {X} kêu người tới"),
        ("nhà anh tuấn đổ rác", f"nhà anh {X} đổ rác"),
        ("NHÀ ÔNG TUẤN ĐỔ RÁC RA ĐƯỜNG", f"NHÀ ÔNG {X} ĐỔ RÁC RA ĐƯỜNG"),
        ("quán cô Ba Nhỏ, trước nhà anh Hai Lúa", f"quán cô {X}, trước nhà anh {X}"),
        ("Nha ong Tuan do rac, goi anh Minh", f"Nha ong {X} do rac, goi anh {X}"),
        ("em tên Hồng ở hẻm 20", f"em tên {X} ở hẻm 20"),
        ("Đã báo @Lâm Minh Khang và @minh.khang", f"Đã báo {X} và {X}"),
        ("Xem facebook.com/lan.nguyen.98 hoặc https://zalo.me/0912345678", f"Xem {X} hoặc {X}"),
        ("gọi chị Thu Hà 0912 345 678", f"gọi chị {X} {X}"),
        ("xe 83P1-123.45 của ông Út đậu chắn hẻm", f"xe {X} của ông {X} đậu chắn hẻm"),
        ("Thầy Hùng với cô Mai dạy ở đó", f"Thầy {X} với cô {X} dạy ở đó"),
        ("nhà bác Lý Văn Thành Công đốt rác", f"nhà bác {X} đốt rác"),
        ("Chi\u0323 Lan, 0912\u200b345\u200b678, ０９１２３４５６７８", f"Chị {X}, {X}, {X}"),
        ("\u202eanh Tuấn\u202c", f"anh {X}"),
    ],
)
def test_people_are_hidden(written: str, shown: str) -> None:
    assert VEIL.over(written, ()) == shown


@pytest.mark.parametrize(
    "written",
    [
        "Đèn đường Bà Triệu hư", "trước số 45 Hai Bà Trưng", "gần chợ Bà Chiểu", "cầu Ông Lãnh sập lan can",
        "đường Cô Giang ngập", "chùa Ông Bổn", "kênh Bà Phủ nghẹt rác", "hẻm bà Tư cuối xóm ngập",
        "Nhờ anh chị Công ích xem giúp", "mấy anh Điện lực tới rồi", "chị em Khóm 3 cảm ơn", "cô chú ơi",
        "anh chị ba bữa nay chưa ai sửa", "cô năm nay chưa sửa", "ông bà mình đi bộ", "ANH CHỊ XEM GIÚP VỚI",
        "Bà con Phường 2 phản ánh", "mấy anh Công an phường", "Dạ em ơi, đèn hư", "den duong Ba Trieu hu",
        "Nguyễn Huệ giao Lê Lợi kẹt xe", "45 Bà Triệu, phường Phú Lợi", "ngã tư Trần Hưng Đạo",
        "tổng đài 1900 1234", "Ba trụ đèn tắt", "bác sĩ trực ở bệnh viện Hoàng Tuấn",
    ],
)  # fmt: skip
def test_places_and_offices_stay(written: str) -> None:
    assert VEIL.over(written, ()) == written


@pytest.mark.parametrize(
    ("name", "written", "shown"),
    [
        ("Nguyễn Thị Hoa", "nguyen thi hoa nhờ xem", f"{X} nhờ xem"),
        ("Nguyễn Thị Hoa", "NGUYỄN THỊ HOA nhờ xem", f"{X} nhờ xem"),
        ("Hoa", "Hoa cảm ơn, hoa kiểng lấn vỉa hè", f"{X} cảm ơn, hoa kiểng lấn vỉa hè"),
        (
            "Nguyễn Văn Sang (Chiếu sáng)",
            "Nguyễn Văn Sang đã thay bóng chiếu sáng",
            f"{X} đã thay bóng chiếu sáng",
        ),
        ("Cấp nước Sóc Trăng", "Cấp nước Sóc Trăng đã tới", "Cấp nước Sóc Trăng đã tới"),
        ("Nguyễn Huệ", "đèn đường Nguyễn Huệ hư", "đèn đường Nguyễn Huệ hư"),
        ("", "không ai cả", "không ai cả"),
        ("🙂", "🙂 vui quá", "🙂 vui quá"),
        ("Bảy Xe Ôm", "kêu Bảy xe ôm tới", f"kêu {X} tới"),
    ],
)
def test_the_tickets_own_people_are_hidden(name: str, written: str, shown: str) -> None:
    assert VEIL.over(written, [name]) == shown


def test_long_and_strange_texts_are_no_trouble() -> None:
    for written in ("", " ", "a" * 500, "\u202e" + "ש" * 40, "🙂" * 300, "anh " * 900, "@", "anh"):
        assert VEIL.over(written, ["Lan"]).replace(X, "") is not None
