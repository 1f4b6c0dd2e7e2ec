"""A seeded stream of a group's messages as Telegram tells them: mostly talk, some of it feedback."""

from collections.abc import Iterator
from random import Random
from typing import Any

Update = dict[str, Any]

GROUP, ROOM = -1001000, -1002000
PEOPLE = 2000
SECONDS_BETWEEN = 20
# Of a hundred messages: talk, defects, complaints and suggestions, words about what was told already.
TALK, DEFECTS, OPINIONS = 70, 18, 5
PHOTOS = 0.3  # of the defects
REPLIES = 0.2  # of the talk

STREETS = (
    "Hai Bà Trưng", "Lý Tự Trọng", "Nguyễn Huệ", "Trần Hưng Đạo", "Lê Hồng Phong", "Phú Lợi",
    "Nguyễn Trung Trực", "Lê Duẩn", "Hùng Vương", "Mạc Đĩnh Chi", "Điện Biên Phủ", "30 Tháng 4",
)  # fmt: skip
_DEFECTS = (
    "Đèn đường trước số {n} {street} bị hư 3 bữa nay",
    "Rác chất đống trước số {n} {street} chưa ai gom",
    "Cống nghẹt, nước ngập trước số {n} {street}",
    "Nắp cống trước số {n} {street} bị bể",
    "Ổ gà sâu trước số {n} {street}, xe té hoài",
    "Cây xanh trước nhà {n} {street} nghiêng sắp đổ, nhờ anh chị xem giúp",
    "den duong truoc so {n} {street} tat may dem nay roi",
    "Cho em phản ánh nước máy yếu ở khu vực {n} {street} từ sáng tới giờ",
)
_OPINIONS = (
    "Xe gom rác đường {street} tới trễ hoài, cả xóm phải để rác ngoài đường",
    "Đề nghị gắn thêm đèn ở đoạn cuối đường {street} cho bà con đi lại ban đêm",
    "Nhân viên thu tiền rác ở {street} nói chuyện khó nghe quá",
)
_ABOUT = (
    "Tới giờ vẫn chưa thấy ai xuống làm",
    "Cảm ơn anh chị, đèn sáng lại rồi",
    "Chỗ em cũng bị y vậy",
    "Đã nhận được tin, để tụi em kiểm tra",
)
_TALK = (
    "Chào cả nhà, chúc mọi người buổi sáng vui vẻ",
    "Dạ em biết rồi",
    "Ok anh",
    "Chiều nay mấy giờ họp tổ dân phố vậy mọi người?",
    "Mai có ai đi chợ sớm không cho em quá giang với",
    "Hôm qua đội mình đá hay thiệt",
    "Trời mưa dữ quá",
    "Anh Ba gửi em xin số điện thoại của tổ trưởng nha",
    "Dạ vâng ạ",
    "👍👍",
    "Có ai biết chỗ nào sửa xe uy tín ở gần chợ không?",
    "Em nghe nói tuần sau cúp nước khu mình phải không?",
    "Tối nay nhà văn hóa có chiếu phim cho mấy cháu nhỏ đó bà con",
    "haha dung roi",
    "Giá rau bữa nay mắc hơn tuần trước nhiều",
    "Cô Tư ơi con gửi tiền đóng quỹ rồi nha",
    "Lớp học thêm của thầy Minh còn nhận không chị?",
    "Chúc mừng sinh nhật chị Lan, chúc chị luôn vui khỏe",
)


class Stream:
    """Messages one after the other, each with a number of its own; the same seed is the same stream."""

    def __init__(self, seed: int, begin: int, first: int = 1, between: int = SECONDS_BETWEEN) -> None:
        """`begin`: seconds since 1970 of the first one; `first`: its number."""
        self._luck = Random(seed)
        self._begin, self._first, self._between = begin, first, between
        self._number = first

    @property
    def at(self) -> int:
        """When the next one is said."""
        return self._begin + self._between * (self._number - self._first)

    def batch(self, size: int) -> list[Update]:
        """The next so many."""
        return [self._next() for _ in range(size)]

    def batches(self, count: int, size: int) -> Iterator[list[Update]]:
        """The next so many batches."""
        return (self.batch(size) for _ in range(count))

    def _next(self) -> Update:
        luck, number = self._luck, self._number
        message = {
            "message_id": number,
            "from": _person(luck.randrange(PEOPLE)),
            "chat": {"id": GROUP, "title": "Công ích đô thị", "type": "supergroup"},
            "date": self.at,
        }
        self._number += 1
        return {"update_id": 500_000_000 + number, "message": message | self._said(luck.randrange(100))}

    def _said(self, drawn: int) -> Update:
        luck = self._luck
        place = {"street": luck.choice(STREETS), "n": self._number % 997 + 1}
        if drawn < TALK:
            return {"text": luck.choice(_TALK)} | self._reply()
        if drawn < TALK + DEFECTS:
            text = luck.choice(_DEFECTS).format(**place)
            return _photo(self._number) | {"caption": text} if luck.random() < PHOTOS else {"text": text}
        words = _OPINIONS if drawn < TALK + DEFECTS + OPINIONS else _ABOUT
        return {"text": luck.choice(words).format(**place)}

    def _reply(self) -> Update:
        answered = self._number - self._luck.randint(1, 20)
        if answered < self._first or self._luck.random() >= REPLIES:
            return {}
        message = {
            "message_id": answered,
            "from": _person(answered % PEOPLE),
            "chat": {"id": GROUP, "title": "Công ích đô thị", "type": "supergroup"},
            "date": self.at - 60,
            "text": "Ok anh",
        }
        return {"reply_to_message": message}


def _person(number: int) -> Update:
    names = {"first_name": "Người", "last_name": str(number), "username": f"nguoi{number}"}
    return {"id": 10_000 + number, "is_bot": False, "language_code": "vi", **names}


def _photo(number: int) -> Update:
    sizes = ((90, 67, 1_500), (320, 240, 21_000), (1280, 960, 160_000))
    return {
        "photo": [
            {
                "file_id": f"f{number}x{w}",
                "file_unique_id": f"u{number}x{w}",
                "width": w,
                "height": h,
                "file_size": size,
            }
            for w, h, size in sizes
        ]
    }
