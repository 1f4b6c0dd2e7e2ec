"""Thanks, and "here too", in which a danger is told: asked of a moderator, not taken for words only."""

from dataclasses import replace

import pytest

from handlers.understanding import Intent
from storage.database import Database
from tests.handlers.desk import GROUP, ROOM, Desk, intent

pytestmark = pytest.mark.sqlite_only  # it is about words
WORDS = "cám ơn nhưng cây vẫn chắn ngang đường"


@pytest.mark.parametrize("told", [Intent.THANKS, Intent.SAME_HERE, Intent.CHATTER])
async def test_a_danger_within_other_words_is_asked_about(database: Database, told: Intent) -> None:
    desk = Desk(database, {WORDS: replace(intent(told), urgent=True)})
    await desk.open()
    await desk.say("hoa", WORDS)
    assert [one.purpose for one in await desk.said(chat=ROOM)] == ["alarm", "question"]
    assert await desk.said(chat=GROUP) == []


async def test_thanks_alone_are_not_asked_about(database: Database) -> None:
    desk = Desk(database, {WORDS: intent(Intent.THANKS)})
    await desk.open()
    await desk.say("hoa", WORDS)
    assert await desk.said(chat=ROOM) == []
