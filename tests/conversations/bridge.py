"""Where a conversation is played behind a bridge: events and posts by signed calls, over real sockets."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from bot.app import App
from bot.clock import Stepped
from bot.run import prepare
from bot.web import server as web_server
from tests.acceptance.process import free_port
from tests.conversations.script import DESK, GROUP, PRIVATE, ROOM
from tests.conversations.stage import START, Sight, Stage, View, introduce, known, settings
from tests.fakes.bridge import SECRET, FakeBridge

NAME = "matrix"
ALONE = "talk:"  # before somebody's name: their talk with the bot


class BridgeStage(Stage):
    """A messenger that can do all that Telegram can, and sends several photos in one message."""

    CHATS: ClassVar = {GROUP: "!cong-ich", ROOM: "!dieu-hanh", DESK: "!chieu-sang"}

    def __init__(self, app: App, clock: Stepped, fake: FakeBridge) -> None:
        super().__init__(app, clock)
        self._fake = fake

    def _where(self, where: str, who: str) -> str:
        return f"{ALONE}{who}" if where == PRIVATE else self.CHATS[where]

    async def say(
        self,
        where: str,
        who: str,
        text: str,
        *,
        photos: Sequence[bytes],
        reply_to: str | None,
        location: tuple[float, float] | None,
    ) -> list[str]:
        made = await self._fake.post(
            self._where(where, who),
            who,
            text,
            photos=photos,
            reply_to=reply_to,
            place=location,
            at=self.clock(),
            private=where == PRIVATE,
        )
        return [made]

    async def edit(self, where: str, who: str, message: str, text: str) -> None:
        await self._fake.edit(self._where(where, who), who, message, text, self.clock())

    async def react(self, where: str, who: str, message: str, emoji: str) -> None:
        await self._fake.react(self._where(where, who), who, message, emoji, self.clock())

    async def press(self, where: str, who: str, message: str, data: str) -> None:
        await self._fake.press(self._where(where, who), who, message, data, self.clock())

    async def sight(self) -> Sight:
        posts = tuple(
            View(self._named(one.chat), one.id, one.text, tuple(one.buttons), one.photos, one.reply_to)
            for one in self._fake.posts
        )
        reactions = tuple(
            (self._named(chat), message, emoji) for chat, message, emoji in self._fake.reactions
        )
        told = tuple(f"riêng {press.partition(':')[2]}: {text}" for press, text in self._fake.answers if text)
        return Sight(posts, reactions, told)

    def _named(self, chat: str) -> str:
        names = {chat: where for where, chat in self.CHATS.items()}
        return names[chat] if chat in names else f"{PRIVATE} {chat.removeprefix(ALONE)}"


@asynccontextmanager
async def open_bridge(folder: Path, **more: Any) -> AsyncIterator[Stage]:
    """A congich behind a bridge."""
    async with FakeBridge() as fake:
        ids = {name: f"id-{name}" for name in known(more)}
        port = free_port()
        able: dict[str, Any] = {
            "edits": True,
            "buttons": True,
            "reactions": True,
            "albums": True,
            "text_limit": 4096,
        }
        able["link"] = "https://chat.example/{chat}/{message}"
        bridge = {"name": NAME, "deliver": "webhook", "url": fake.url, **able}
        web = {"port": port}
        config = settings(folder, NAME, BridgeStage.CHATS, ids, bridges=[bridge], web=web, **more)
        clock = Stepped()
        clock.set(START)
        app = App(config, {"CONGICH_BRIDGE_MATRIX_SECRET": SECRET}, clock=clock)
        runner = await web_server.start(app.web_application(lambda: True), "127.0.0.1", port)
        fake.root = f"http://127.0.0.1:{port}/bridge/{NAME}"
        try:
            await prepare(app)
            await introduce(app, NAME, ids)
            yield BridgeStage(app, clock, fake)
        finally:
            await runner.cleanup()
            await app.close()
