"""A seeded day of a group: who posts what and when. The same seed is the same day."""

from dataclasses import dataclass
from random import Random

PEOPLE = 400
SECONDS_BETWEEN = 7
ALBUMS, ALONE, CHATTER, REPEATS = 0.2, 0.1, 0.2, 0.05
_STREETS = ("Hai Bà Trưng", "Lý Tự Trọng", "Nguyễn Huệ", "Trần Hưng Đạo", "Lê Hồng Phong", "Phú Lợi")
_WRONG = (
    "Đèn đường trước số {n} {street} bị hư 3 bữa nay",
    "Rác chất đống trước số {n} {street} chưa ai gom",
    "Cống nghẹt, nước ngập trước số {n} {street}",
    "Nắp cống trước số {n} {street} bị bể, nguy hiểm quá",
    "Ổ gà sâu trước số {n} {street}, xe té hoài",
)
_CHATTER = (
    "Chào cả nhà",
    "Cảm ơn anh chị nhiều",
    "Chúc mọi người buổi sáng vui vẻ",
    "Ok anh",
    "Dạ em biết rồi",
)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a member posts; `again`: the platform tells it a second time."""

    person: str
    text: str
    photos: int
    at: int  # seconds since 1970, by the platform
    again: bool

    @property
    def messages(self) -> int:
        """How many messages of the platform's it is: an album is one for each photo."""
        return max(self.photos, 1)


def day(seed: int, messages: int, end: int, chatter: float = CHATTER) -> list[Said]:
    """So many messages, the last of them at `end`; no two reports are of one house. `chatter`: the share of
    what is no report."""
    luck = Random(seed)
    steps: list[Said] = []
    told = 0
    while told < messages:
        one = _one(luck, len(steps), messages - told, chatter)
        steps.append(one)
        told += one.messages
    start = end - SECONDS_BETWEEN * len(steps)
    return [
        Said(step.person, step.text, step.photos, start + SECONDS_BETWEEN * place, step.again)
        for place, step in enumerate(steps)
    ]


def _one(luck: Random, place: int, left: int, chatter: float) -> Said:
    person, again = f"Người {place % PEOPLE}", luck.random() < REPEATS
    if luck.random() < chatter:
        return Said(person, luck.choice(_CHATTER), 0, 0, again)
    street = _STREETS[place % len(_STREETS)]
    text = luck.choice(_WRONG).format(n=3 * place + 1, street=street)
    kind = luck.random()
    photos = luck.randint(2, 4) if kind < ALBUMS else int(kind < ALBUMS + ALONE)
    return Said(person, text, min(photos, left), 0, again)
