"""Where a conversation is played on a Zalo Official Account: told by its webhook, over real sockets."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from bot.app import App
from bot.clock import Stepped
from bot.platforms.zalo_oa_tokens import TokenFile, TokenPair
from bot.platforms.zalo_oa_webhook import HOLD
from bot.run import prepare
from bot.web import server as web_server
from tests.acceptance.process import free_port
from tests.conversations.plain import plain_lines, tells_anew
from tests.conversations.script import DESK, GROUP, PRIVATE, ROOM, Action, Conversation, Said, Waited
from tests.conversations.stage import (
    START,
    Sight,
    Stage,
    View,
    introduce,
    known,
    settings,
)
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_SECRET, FakeZaloOa

NAME = "zalo_oa"
_CALL = re.compile(r"\[@(\d+)\]")


class ZaloOaStage(Stage):
    """An account's groups: everything is heard, nothing can be edited, choices are numbers."""

    CHATS: ClassVar = {GROUP: "oa-group", ROOM: "oa-room", DESK: "oa-desk"}

    @classmethod
    def can(cls, conversation: Conversation) -> bool:
        return not (conversation.needs or tells_anew(conversation)) and all(
            _is_heard(one.action) for one in conversation.steps
        )

    def __init__(self, app: App, clock: Stepped, server: FakeZaloOa) -> None:
        super().__init__(app, clock)
        self._server = server

    def shown(self, lines: Sequence[str]) -> list[str]:
        return plain_lines(lines)

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
        made = await self._say(where, who, text, photos, reply_to, location)
        self.clock.set(self.clock() + HOLD)  # what a webhook tells waits for what was said before it
        return made

    async def _say(
        self,
        where: str,
        who: str,
        text: str,
        photos: Sequence[bytes],
        reply_to: str | None,
        location: tuple[float, float] | None,
    ) -> list[str]:
        at = int(self.clock().timestamp() * 1000)
        oa = self.app.zalo_oa
        assert oa is not None
        if where == PRIVATE:
            made = [await self._server.talk(who, text, at=at)]
            await oa.people.ask(self._server.person(who))
            return made
        each: Sequence[bytes | None] = photos or [None]
        chat, quote = self.CHATS[where], reply_to or ""
        made = [
            await self._server.post(
                chat, who, "" if place else text, photo=one, place=location, quote=quote, at=at
            )
            for place, one in enumerate(each)
        ]
        await oa.people.read(chat)
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
                where=names[one.chat] if one.chat in names else self._private(one.chat),
                id=one.id,
                text=self._called(one.text),
                buttons=(),
                photos=1 if one.photo else 0,
                reply_to=None,
            )
            for one in self._server.sent
        ]
        return Sight(tuple(posts), (), ())

    def _private(self, chat: str) -> str:
        return f"{PRIVATE} {self._server.people[chat.removeprefix('user:')]}"

    def _called(self, text: str) -> str:
        """A text as people see it, with the names of those it calls."""
        return _CALL.sub(lambda found: self._server.people[found[1]], text)


def _is_heard(action: Action) -> bool:
    return isinstance(action, Waited | Said) and "@congich_bot" not in getattr(action, "text", "")


@asynccontextmanager
async def open_zalo_oa(folder: Path, **more: Any) -> AsyncIterator[Stage]:
    """A congich on an Official Account."""
    async with FakeZaloOa() as server:
        people = known(more)
        ids = {name: server.person(name) for name in people}
        for number in ZaloOaStage.CHATS.values():
            server.group(number, number, *people)
        port = free_port()
        oa = {
            "enabled": True,
            "app_id": APP_ID,
            "api_root": server.root,
            "oauth_root": server.root,
        }
        more = {"photos": {"trusted_hosts": ["127.0.0.1"]}, **more}
        web = {"port": port, "public_url": "https://city.example"}
        config = settings(folder, NAME, ZaloOaStage.CHATS, ids, zalo_oa=oa, web=web, **more)
        clock = Stepped()
        clock.set(START)
        secrets = {"CONGICH_ZALO_OA_APP_SECRET": APP_SECRET, "CONGICH_ZALO_OA_SECRET": OA_SECRET}
        app = App(config, secrets, clock=clock)
        assert app.zalo_oa is not None
        access, refresh = server.pair()
        until = datetime(2030, 1, 1, tzinfo=UTC)
        TokenFile(app.data / "zalo_oa.tokens").save(TokenPair(access, refresh, until, until))
        runner = await web_server.start(app.web_application(lambda: True), "127.0.0.1", port)
        server.hook = f"http://127.0.0.1:{port}/zalo-oa/webhook"
        try:
            await prepare(app)
            await introduce(app, NAME, ids)
            yield ZaloOaStage(app, clock, server)
        finally:
            await runner.cleanup()
            await app.close()
