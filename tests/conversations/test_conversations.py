"""Every conversation, on every platform that can show it: exactly these posts, edits and reactions. In short
all are on Telegram, and every second one on one of the others, too."""

from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import pytest

from tests.chaos.rig import FULL
from tests.conversations import script
from tests.conversations.play import Player, differences
from tests.conversations.script import Conversation
from tests.conversations.stages import CAN, STAGES

FOLDER = Path(__file__).parent / "texts"
ALL = [one for path in sorted(FOLDER.glob("*.md")) for one in script.read(path)]


def _platforms(conversation: Conversation) -> Sequence[str]:
    able = [platform for platform in STAGES if CAN[platform](conversation)]
    others = [platform for platform in able if platform != "telegram"]
    if FULL or others == able or not others:
        return able
    drawn = crc32(conversation.title.encode()) % (2 * len(others))
    return ["telegram", *others[drawn : drawn + 1]]


PLAYED = [(one, platform) for one in ALL for platform in _platforms(one)]


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("conversation", "platform"),
    PLAYED,
    ids=[f"{one.file}: {one.title} ({platform})" for one, platform in PLAYED],
)
async def test_conversation(conversation: Conversation, platform: str, tmp_path: Path) -> None:
    async with STAGES[platform](tmp_path, **script.options(conversation)) as stage:
        played = await Player(stage).play(conversation)
    told: list[str] = []
    for step, seen in zip(conversation.steps, played.seen, strict=True):
        told += _told(step.written, differences(stage.shown(step.seen), seen))
    told += _told(script.TICKETS, differences(conversation.tickets, played.tickets))
    assert not told, "\n".join(["", *told])


def _told(what: str, lines: Sequence[str]) -> list[str]:
    return [what, *(f"    {line}" for line in lines)] if lines else []


def test_there_are_at_least_forty() -> None:
    titles = [one.title for one in ALL]
    assert len(set(titles)) == len(titles) >= 40


def test_a_line_that_says_nothing_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Chuyện\n\n08:00 Lan đi chợ\n", encoding="utf-8")
    with pytest.raises(script.Unreadable, match=r"a\.md:3"):
        script.read(tmp_path / "a.md")
