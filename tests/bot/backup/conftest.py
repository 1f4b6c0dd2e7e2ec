"""A city with something in everything, and an empty database of the other kind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import room, web_answers
from storage.database import Database
from storage.models import RoomPost, WebAnswer
from tests.bot.backup.rows import LAMP, NOW
from tests.conftest import new_database
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import ROOM, Desk


@pytest.fixture
async def city(database: Database) -> Desk:
    """A group with some days behind it: a merged ticket, a hidden one, strange words."""
    desk = Desk(database, MEANINGS)
    await desk.open()
    for who, words in (("hoa", LAMP), ("minh", "rác Lê Lợi"), ("lan", "đèn hư Lê Lợi")):
        await desk.say(who, words, photos=1)
    for words in ("/gop 1003 1001", "/giau 1002", "/tuchoi 1002 '; DROP TABLE tickets; --"):
        await desk.say("mod", words, chat=ROOM)
    strange = RoomPost(
        chat="cong-ich", key="k", author="hoa", author_name="Hoa 🙂 \u202e", text='"\\\n', at=NOW
    )
    said = {"text": "Đóng 2 phiếu? 🙂", "keyboard": [[["Đóng", "p:1:yes"]]], "then": None}
    async with desk.database.write() as session:
        await room.add(session, strange)
        await web_answers.keep(session, WebAnswer(token="t", member_id=1, said=said, created_at=NOW))
    return desk


@pytest.fixture
def other_url(tmp_path: Path, postgresql: str, database_url: str) -> str:
    """Where there is an empty database of the other kind."""
    if database_url.startswith("sqlite"):
        return new_database(postgresql, "template1")
    return f"sqlite:///{tmp_path / 'other' / 'congich.db'}"


@pytest.fixture
async def empty(other_url: str) -> AsyncIterator[Database]:
    """An empty database of the other kind."""
    opened = Database(other_url)
    opened.acquire()
    yield opened
    await opened.close()
