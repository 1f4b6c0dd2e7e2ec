"""Writes conversations with what comes of them: `python -m tests.conversations FILE [webchat|telegram]`.

For whoever writes a new one: the people's lines are enough; what is printed is then read line by line.
"""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from tests.conversations import script
from tests.conversations.play import Player, tickets
from tests.conversations.stages import STAGES

_PERCENT = re.compile(r"( · | \()\d+%.*")


async def _write(conversation: script.Conversation, platform: str) -> None:
    print(f"# {conversation.title}")
    if conversation.needs:
        print(f"{script.NEEDS}{', '.join(sorted(conversation.needs))}")
    for option in conversation.options:
        print(f"> {option}")
    print()
    with tempfile.TemporaryDirectory() as folder:
        async with STAGES[platform](Path(folder), **script.options(conversation)) as stage:
            player = Player(stage)
            for place, step in enumerate(conversation.steps):
                if place in conversation.days:
                    print(conversation.days[place])
                print(step.written)
                for line in await player.step(step):
                    print(f"    {_short(line)}")
            opened = await tickets(stage)
    if opened:
        print("\nPhiếu:\n" + "\n".join(f"    {line}" for line in opened))
    print()


def _short(line: str) -> str:
    """A card by its first words, without the model's confidence, which another model changes."""
    told = ("điều hành", "sửa [", "[đ")
    return _PERCENT.sub("…", line) if any(word in line for word in told) else line


def main() -> None:
    """Play the conversations of a file."""
    platform = sys.argv[2] if len(sys.argv) > 2 else "webchat"
    for conversation in script.read(Path(sys.argv[1])):
        try:
            asyncio.run(_write(conversation, platform))
        except AssertionError as error:
            print(f"!!! {error}\n")


if __name__ == "__main__":
    main()
