"""A bot for figures: the real App on a database file, without a network, driven by hand."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot import run
from bot.app import App
from bot.config import Config
from bot.platforms import telegram_updates
from tests.bench.stream import GROUP, ROOM, Update


class Bench:
    """One bot whose clock is that of the messages it is told."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.now = datetime(2026, 11, 16, 1, tzinfo=UTC)
        config = Config.model_validate(
            {
                "data_dir": str(folder),
                "database": {"url": url},
                "web": {"enabled": False},
                "quiet": {"hours": "00:00-00:00"},
                "telegram": {"enabled": True, "api_root": "http://127.0.0.1:9"},
                "chats": [
                    {"platform": "telegram", "id": str(GROUP), "role": "community"},
                    {"platform": "telegram", "id": str(ROOM), "role": "moderation"},
                ],
            }
        )
        self.app = App(config, {"CONGICH_TELEGRAM_TOKEN": "123456:nobody-is-asked"}, clock=lambda: self.now)
        assert self.app.telegram is not None
        self._commit = self.app.pipeline.commit_for(self.app.telegram)

    async def take(self, batch: Sequence[Update]) -> None:
        """From a batch as the platform told it to everything that follows, queued to be sent."""
        self.now = datetime.fromtimestamp(batch[-1]["message"]["date"], UTC)
        await self._commit([telegram_updates.incoming(update) for update in batch])
        while await self.app.pipeline.work():
            pass


@asynccontextmanager
async def bench(folder: Path, url: str = "") -> AsyncIterator[Bench]:
    """An open bot in a folder, whose `congich.db` may be there already."""
    made = Bench(folder, url)
    await run.prepare(made.app)
    try:
        yield made
    finally:
        await made.app.close()
