"""Where a conversation is played on Telegram, over real sockets to a fake server."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from bot.app import App
from bot.clock import Stepped
from bot.run import prepare
from handlers.ports import Incoming
from storage import pictures
from tests.conversations.script import (
    DESK,
    GROUP,
    PRIVATE,
    ROOM,
)
from tests.conversations.stage import ROLES, START, Sight, Stage, View, introduce, known, settings
from tests.fakes.telegram import FakeTelegram, Group


class TelegramStage(Stage):
    """Telegram, over real sockets to a fake server."""

    IDS: ClassVar = {GROUP: -1001, ROOM: -1002, DESK: -1003}

    def __init__(self, app: App, clock: Stepped, server: FakeTelegram) -> None:
        super().__init__(app, clock)
        self._server = server
        self._blank = pictures.blank()
        self._heard = 0
        self._more = asyncio.Condition()

    def shown(self, lines: Sequence[str]) -> list[str]:
        """Several photos and buttons in one post are one picture here."""
        cards = re.compile(r"\[\d+ hình\](?=.*(?:#PA\d+ · |\{))")
        return [cards.sub("[1 hình]", line) for line in lines]

    async def listen(self) -> None:
        """Ask the server for updates until cancelled."""
        telegram = self.app.telegram
        assert telegram is not None
        commit = self.app.pipeline.commit_for(telegram)

        async def counted(events: Sequence[Incoming]) -> None:
            await commit(events)
            async with self._more:
                self._heard += len(events)
                self._more.notify_all()

        await telegram.receive(counted)

    async def _heard_more(self, count: int) -> None:
        async with asyncio.timeout(20), self._more:
            await self._more.wait_for(lambda: self._heard >= count)

    def _group(self, where: str, who: str) -> Group:
        if where != PRIVATE:
            return self._server.groups[self.IDS[where]]
        number = self._server.person_id(who)
        found = self._server.groups.get(number)
        return found or self._server.group("", number, type="private")

    def _at(self) -> int:
        return int(self.clock().timestamp())

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
        group, at, before = self._group(where, who), self._at(), self._heard
        fields: dict[str, Any] = {"at": at}
        if reply_to:
            fields["reply_to"] = int(reply_to)
        if len(photos) > 1:
            made = await self._server.post_album(group, who, list(photos), text, **fields)
        elif photos:
            made = [await self._server.post_photo(group, who, photos[0], text, **fields)]
        elif location:
            place = {"latitude": location[0], "longitude": location[1]}
            made = [await self._server.post(group, who, location=place, **fields)]
        else:
            if "@congich_bot" in text:
                at_letter = len(text[: text.index("@congich_bot")].encode("utf-16-le")) // 2
                fields["entities"] = [{"type": "mention", "offset": at_letter, "length": len("@congich_bot")}]
            made = [await self._server.post(group, who, text, **fields)]
        await self._heard_more(before + len(made))
        return [str(number) for number in made]

    async def edit(self, where: str, who: str, message: str, text: str) -> None:
        before = self._heard
        await self._server.edit(self._group(where, who), int(message), text, at=self._at())
        await self._heard_more(before + 1)

    async def react(self, where: str, who: str, message: str, emoji: str) -> None:
        before = self._heard
        await self._server.react(self._group(where, who), who, int(message), emoji, at=self._at())
        await self._heard_more(before + 1)

    async def press(self, where: str, who: str, message: str, data: str) -> None:
        before = self._heard
        await self._server.press(self._group(where, who), who, int(message), data)
        await self._heard_more(before + 1)

    async def sight(self) -> Sight:
        names = {number: where for where, number in self.IDS.items()}
        posts: list[tuple[int, View]] = []
        reactions: list[tuple[str, str, str]] = []
        for number, group in self._server.groups.items():
            where = names[number] if number in names else f"{PRIVATE} {self._server.name_of(number)}"
            posts += [(one["sequence"], self._view(where, one)) for one in self._server.posts(group)]
            reactions += [
                (where, str(message), emoji) for message, all_ in group.reactions.items() for emoji in all_
            ]
        return Sight(
            posts=tuple(view for _, view in sorted(_albums(posts), key=lambda one: one[0])),
            reactions=tuple(reactions),
            toasts=tuple(f"riêng {who}: {text}" for who, text in self._server.told() if text),
        )

    def _view(self, where: str, message: dict[str, Any]) -> View:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        shown = [self._server.file(size["file_id"]) for size in message.get("photo", ())]
        reply = message.get("reply_to_message")
        return View(
            where=where,
            id=str(message["message_id"]),
            text=message.get("text") or message.get("caption", ""),
            buttons=tuple((button["text"], button["callback_data"]) for row in rows for button in row),
            photos=0 if not shown or shown == [self._blank] else 1,
            reply_to=str(reply["message_id"]) if reply else None,
        )


def _albums(posts: list[tuple[int, View]]) -> list[tuple[int, View]]:
    """Photos that were sent as one album are one post: those after the first have neither words nor reply."""
    whole: list[tuple[int, View]] = []
    for sequence, view in sorted(posts, key=lambda one: one[0]):
        last = whole[-1][1] if whole else None
        if last and view.photos and not view.text and view.where == last.where and last.photos:
            joined = View(last.where, last.id, last.text, last.buttons, last.photos + 1, last.reply_to)
            whole[-1] = (whole[-1][0], joined)
        else:
            whole.append((sequence, view))
    return whole


@asynccontextmanager
async def open_telegram(folder: Path, **more: Any) -> AsyncIterator[Stage]:
    """A congich on Telegram."""
    async with FakeTelegram() as server:
        for where, number in TelegramStage.IDS.items():
            server.group(ROLES[where], number)
        ids = {name: str(server.person_id(name)) for name in known(more)}
        chats = {where: str(number) for where, number in TelegramStage.IDS.items()}
        telegram = {"enabled": True, "api_root": server.root, "platform_administrators": False}
        config = settings(folder, "telegram", chats, ids, telegram=telegram, **more)
        clock = Stepped()
        clock.set(START)
        app = App(config, {"CONGICH_TELEGRAM_TOKEN": server.token}, clock=clock)
        try:
            await prepare(app)
            await introduce(app, "telegram", ids)
            stage = TelegramStage(app, clock, server)
            task = asyncio.create_task(stage.listen())
            yield stage
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        finally:
            await app.close()
