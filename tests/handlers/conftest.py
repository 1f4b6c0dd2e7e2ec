"""A desk for each test, with what the messages of these tests mean."""

import pytest

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
