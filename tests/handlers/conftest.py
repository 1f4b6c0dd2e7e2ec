"""A desk for each test, with what the messages of these tests mean."""

from datetime import timedelta

import pytest

from handlers.policy import Policy
from handlers.understanding import Intent, Kind
from storage.database import Database
from tests.handlers.desk import Desk, intent, report

MEANINGS = {
    "đèn hư": report(),
    "đèn hư Hai Bà Trưng": report(street="Hai Bà Trưng"),
    "đèn hư Lê Lợi": report(street="Lê Lợi"),
    "rác Lê Lợi": report("waste", street="Lê Lợi"),
    "dây điện rớt": report("power", urgent=True),
    "hình như đèn hư": report(confidence=0.6),
    "gom rác trễ hoài": report("waste", kind=Kind.COMPLAINT),
    "đã xử lý": intent(Intent.DONE),
    "đã xử lý đèn Hai Bà Trưng": intent(Intent.DONE, "lighting", "Hai Bà Trưng"),
    "đang làm": intent(Intent.IN_PROGRESS),
    "vẫn chưa": intent(Intent.STILL_BROKEN),
    "chỗ em cũng vậy": intent(Intent.SAME_HERE),
    "cảm ơn": intent(Intent.THANKS),
}


@pytest.fixture
async def desk(database: Database) -> Desk:
    """An open desk."""
    made = Desk(database, MEANINGS)
    await made.open()
    return made


@pytest.fixture
async def strict(database: Database) -> Desk:
    """A city that takes two tickets an hour of one member."""
    desk = Desk(database, MEANINGS, Policy(most_an_hour=2))
    await desk.open()
    return desk


async def flood(desk: Desk, who: str = "hoa") -> None:
    """Four reports of one member within nine minutes."""
    for words in ("đèn hư Hai Bà Trưng", "rác Lê Lợi", "đèn hư Lê Lợi", "gom rác trễ hoài"):
        await desk.say(who, words, after=timedelta(minutes=3))
