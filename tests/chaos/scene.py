"""The small day of which each operation is broken in turn."""

import time

from tests.chaos.script import Said

NOW = int(time.time()) - 600
MORNING = (
    Said("Hoa", "Đèn đường trước số 45 Hai Bà Trưng bị hư 3 bữa nay", 0, NOW, False),
    Said("Lan", "Chào cả nhà", 0, NOW + 60, False),
)
NOON = (Said("Minh", "Ổ gà sâu trước số 12 Trần Hưng Đạo, xe té hoài", 2, NOW + 120, True),)
COMMAND = "/nhan 1001"
MESSAGES = 5
MODERATOR = "Hà"
