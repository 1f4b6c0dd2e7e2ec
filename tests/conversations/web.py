"""Where a conversation is played on the built-in chat."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import select
from sqlmodel import col

from bot.app import App
from bot.clock import Stepped
from bot.platforms import webchat
from bot.platforms.webchat import NewPost
from bot.run import prepare
from handlers.events import Location, Person
from storage.models import RoomPost
from tests.conversations.script import (
    DESK,
    GROUP,
    PRIVATE,
    ROOM,
)
from tests.conversations.stage import START, Sight, Stage, View, introduce, known, settings


class WebStage(Stage):
    """The built-in chat."""

    CHATS: ClassVar = {GROUP: "cong-ich", ROOM: "dieu-hanh", DESK: "chieu-sang"}

    def __init__(self, app: App, clock: Stepped) -> None:
        super().__init__(app, clock)
        assert app.webchat is not None
        self._chat = app.webchat
        self._chat.listen(app.pipeline.commit_for(self._chat))
        self._toasts = self._chat.feed.listen()
        self._told: list[str] = []
        self._count = 0

    def _where(self, where: str, who: str) -> str:
        return f"{webchat.PRIVATE}{who}" if where == PRIVATE else self.CHATS[where]

    def _id(self) -> str:
        self._count += 1
        return f"client-{self._count}"

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
        return await self._chat.post(
            NewPost(
                client_id=self._id(),
                chat=self._where(where, who),
                author=Person(who, who),
                text=text,
                photos=tuple(photos),
                reply_to=reply_to,
                location=Location(*location) if location else None,
            )
        )

    async def edit(self, where: str, who: str, message: str, text: str) -> None:
        assert await self._chat.edit(self._where(where, who), message, Person(who, who), text)

    async def react(self, where: str, who: str, message: str, emoji: str) -> None:
        await self._chat.react(self._where(where, who), message, Person(who, who), emoji, self._id())

    async def press(self, where: str, who: str, message: str, data: str) -> None:
        await self._chat.press(self._where(where, who), message, Person(who, who), data, self._id())

    async def sight(self) -> Sight:
        async with self.app.database.read() as session:
            rows = (await session.scalars(select(RoomPost).order_by(col(RoomPost.id)))).all()
        while not self._toasts.empty():
            event, data = self._toasts.get_nowait()
            if event == "toast" and data["text"]:
                self._told.append(f"riêng {data['member']}: {data['text']}")
        names = {chat: where for where, chat in self.CHATS.items()}
        return Sight(
            posts=tuple(self._view(row, names) for row in rows if row.from_bot),
            reactions=tuple(
                (names.get(row.chat, row.chat), str(row.id), emoji)
                for row in rows
                for emoji, who in row.reactions.items()
                if webchat.BOT in who
            ),
            toasts=tuple(self._told),
        )

    def _view(self, row: RoomPost, names: dict[str, str]) -> View:
        owner = row.chat.removeprefix(webchat.PRIVATE)
        return View(
            where=names.get(row.chat) or (GROUP if row.chat in names else f"{PRIVATE} {owner}"),
            id=str(row.id),
            text=row.text,
            buttons=tuple((button["text"], button["data"]) for line in row.buttons for button in line),
            photos=len(row.photos),
            reply_to=row.reply_to,
        )


@asynccontextmanager
async def open_web(folder: Path, **more: Any) -> AsyncIterator[Stage]:
    """A congich with the built-in chat."""
    ids = {name: name for name in known(more)}
    config = settings(folder, webchat.NAME, WebStage.CHATS, ids, webchat={"enabled": True}, **more)
    clock = Stepped()
    clock.set(START)
    app = App(config, {}, clock=clock)
    try:
        await prepare(app)
        await introduce(app, webchat.NAME, ids)
        yield WebStage(app, clock)
    finally:
        await app.close()
