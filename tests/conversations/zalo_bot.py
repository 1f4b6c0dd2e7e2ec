"""Where a conversation is played on Zalo's Bot Platform, over real sockets to a fake server."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from bot.app import App
from bot.clock import Stepped
from bot.run import prepare
from tests.conversations.plain import HOW, plain_lines, tells_anew
from tests.conversations.script import (
    DESK,
    GROUP,
    PRIVATE,
    ROOM,
    Action,
    Conversation,
    Said,
    Waited,
)
from tests.conversations.stage import START, Sight, Stage, View, introduce, known, settings
from tests.fakes.zalo_bot import FakeZaloBot


class ZaloStage(Stage):
    """Zalo's Bot Platform: every message mentions the bot, for no other is heard."""

    CHATS: ClassVar = {GROUP: "zalo-group", ROOM: "zalo-room", DESK: "zalo-desk"}

    @classmethod
    def can(cls, conversation: Conversation) -> bool:
        heard = all(_is_plain(step.action) for step in conversation.steps)
        return heard and not (conversation.needs or tells_anew(conversation))

    def __init__(self, app: App, clock: Stepped, server: FakeZaloBot) -> None:
        super().__init__(app, clock)
        self._server = server
        self._welcome = app.texts.say("vi", "welcome.mentions_only")  # once in each group, before all else

    def shown(self, lines: Sequence[str]) -> list[str]:
        return [_by_name(line) for line in plain_lines(lines)]

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
        private = where == PRIVATE
        chat = f"id-{who}" if private else self.CHATS[where]
        words = text if private else f"@Công ích {text}"
        at = int(self.clock().timestamp() * 1000)
        kind = "PRIVATE" if private else "GROUP"
        each: Sequence[bytes | None] = photos or [None]
        before = self._server.handed
        made = [
            await self._server.post(
                chat, who, words if not place else "@Công ích", photo=one, at=at, chat_type=kind
            )
            for place, one in enumerate(each)
        ]
        await self._server.wait_for(before + len(made))
        return made

    async def edit(self, where: str, who: str, message: str, text: str) -> None:
        raise NotImplementedError

    async def react(self, where: str, who: str, message: str, emoji: str) -> None:
        raise NotImplementedError

    async def press(self, where: str, who: str, message: str, data: str) -> None:
        raise NotImplementedError

    async def sight(self) -> Sight:
        names = {chat: where for where, chat in self.CHATS.items()}
        posts = [
            View(
                where=names[one.chat] if one.chat in names else f"{PRIVATE} {one.chat.removeprefix('id-')}",
                id=str(place),
                text=one.text,
                buttons=(),
                photos=1 if one.photo else 0,
                reply_to=None,
            )
            for place, one in enumerate(self._server.sent)
            if not one.text.startswith(self._welcome)
        ]
        return Sight(tuple(posts), (), ())


def _is_plain(action: Action) -> bool:
    """Words and photos; what they answer is not told there, and the mention is not in them."""
    said = isinstance(action, Said) and action.target is None and action.location is None
    return isinstance(action, Waited) or (said and "@congich_bot" not in getattr(action, "text", ""))


def _by_name(line: str) -> str:
    """A post whose choices are named by a ticket or a question says so; by which, is its end."""
    begins = r"#PA|\w+ xin rút lại #PA|Nhờ anh/chị xem giúp"
    is_about_one = re.match(rf"(\[đ?\d+\] )?[^:]*: (\[\d+ hình\] )?({begins})", line)
    return line.replace(HOW, " ⏎ Anh/chị nhắn số, ví dụ: …") if is_about_one else line


@asynccontextmanager
async def open_zalo(folder: Path, **more: Any) -> AsyncIterator[Stage]:
    """A congich on Zalo's Bot Platform."""
    async with FakeZaloBot() as server:
        ids = {name: f"id-{name}" for name in known(more)}
        zalo = {"enabled": True, "api_root": server.root}
        more = {"photos": {"trusted_hosts": ["127.0.0.1"]}, **more}
        config = settings(folder, "zalo_bot", ZaloStage.CHATS, ids, zalo_bot=zalo, **more)
        clock = Stepped()
        clock.set(START)
        app = App(config, {"CONGICH_ZALO_BOT_TOKEN": server.token}, clock=clock)
        assert app.zalo_bot is not None
        app.zalo_bot.between_polls = 0.0
        app.zalo_bot.offer = server.take
        try:
            await prepare(app)
            await introduce(app, "zalo_bot", ids)
            commit = app.pipeline.commit_for(app.zalo_bot)
            task = asyncio.create_task(app.zalo_bot.receive(server.counting(commit)))
            yield ZaloStage(app, clock, server)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        finally:
            await app.close()
