"""Write `tickets.json` anew: what comes of the sample week on the built-in chat."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from tests.conversations.stages import STAGES
from tests.week.player import WeekPlayer, cast, to_json

KEPT = Path(__file__).parent / "tickets.json"


async def main(platform: str) -> None:
    with tempfile.TemporaryDirectory(prefix="congich-week-") as folder:
        async with STAGES[platform](Path(folder), cast=cast()) as stage:
            week = await WeekPlayer(stage).play()
    written = json.dumps(to_json(week), indent=1, ensure_ascii=False) + "\n"
    await asyncio.to_thread(KEPT.write_text, written, "utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "webchat"))
