"""Where a conversation is played: a whole congich on one platform, and what people there get to see."""

import asyncio
import random
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

from PIL import Image
from sqlalchemy import select
from sqlmodel import col

from bot import config as configuration
from bot.app import App
from bot.clock import Stepped
from bot.platforms import webchat
from bot.platforms.webchat import NewPost
from bot.run import prepare
from handlers.events import Location, Person
from handlers.ports import Incoming
from storage import members, pictures
from storage.models import RoomPost
from tests import template
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
from tests.fakes.telegram import FakeTelegram, Group
from tests.fakes.zalo_bot import FakeZaloBot


@dataclass(frozen=True, slots=True)
class Cast:
    """Who has a role, by name; officers with their departments."""

    moderators: tuple[str, ...] = ("Hà", "Khang")
    officers: Mapping[str, str] = field(default_factory=lambda: {"Sang": "chieusang", "Định": "moitruong"})
    administrators: tuple[str, ...] = ("Vân",)

    @property
    def everybody(self) -> list[str]:
        return [*self.moderators, *self.officers, *self.administrators]


CAST = Cast()
START = datetime(2026, 11, 16, tzinfo=UTC)
ROLES = {GROUP: "community", ROOM: "moderation", DESK: "department"}


@dataclass(frozen=True, slots=True)
class View:
    """A post of the bot as people see it."""

    where: str  # the chat, as conversations name it; a private one with its owner: "riêng Lan"
    id: str
    text: str
    buttons: tuple[tuple[str, str], ...]  # words, data
    photos: int
    reply_to: str | None


@dataclass(frozen=True, slots=True)
class Sight:
    """All that the bot has made to be seen: posts, its reactions by message, answers to presses."""

    posts: tuple[View, ...]
    reactions: tuple[tuple[str, str, str], ...]  # where, message, emoji
    toasts: tuple[str, ...]


class Stage(ABC):
    """A congich on one platform, driven by hand."""

    @classmethod
    def can(cls, conversation: Conversation) -> bool:
        """Whether all of it can be done here and is heard."""
        return True

    def __init__(self, app: App, clock: Stepped) -> None:
        self.app = app
        self.clock = clock

    @abstractmethod
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
        """Somebody posts; the ids of the messages that it became."""

    @abstractmethod
    async def edit(self, where: str, who: str, message: str, text: str) -> None:
        """Somebody changes a message of their own."""

    @abstractmethod
    async def react(self, where: str, who: str, message: str, emoji: str) -> None:
        """Somebody reacts to a message."""

    @abstractmethod
    async def press(self, where: str, who: str, message: str, data: str) -> None:
        """Somebody presses a button."""

    def shown(self, lines: Sequence[str]) -> list[str]:
        """The lines of a conversation as this platform can show them."""
        return list(lines)

    @abstractmethod
    async def sight(self) -> Sight:
        """What is to be seen now."""


def settings(folder: Path, platform: str, chats: dict[str, str], ids: dict[str, str], **more: Any) -> Any:
    """A city with one group, one moderators' room, one department's chat."""
    cast = more.pop("cast", CAST)
    template.copy_to(folder / "congich.db")
    return configuration.parse(
        {
            "data_dir": str(folder),
            "web": more.pop("web", {"enabled": platform == webchat.NAME}),
            "acknowledge": more.pop("acknowledge", {}),
            "chats": [
                {
                    "platform": platform,
                    "id": chats[where],
                    "role": role,
                    "department": "chieusang" if where == DESK else "",
                }
                for where, role in ROLES.items()
            ],
            "roles": {
                "moderators": [f"{platform}:{ids[name]}" for name in cast.moderators],
                "administrators": [f"{platform}:{ids[name]}" for name in cast.administrators],
            },
            "officers": [
                {"member": f"{platform}:{ids[name]}", "department": department}
                for name, department in cast.officers.items()
            ],
            **more,
        }
    )


def known(more: Mapping[str, Any]) -> list[str]:
    """Everybody with a role."""
    cast: Cast = more.get("cast", CAST)
    return cast.everybody


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


async def introduce(app: App, platform: str, ids: dict[str, str]) -> None:
    """Whoever has a role has spoken before: their names are known."""
    async with app.database.write() as session:
        for name, external_id in ids.items():
            await members.ensure(session, platform, external_id, name, app.clock())


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


_SEVERAL = re.compile(r"\[\d+ hình\]")
_BUTTON = re.compile(r" \{([^}]+)\}")
_QUOTE = re.compile(r"^(\[đ?\d+\] )(?:(\S+(?: \S+)??) )?trả lời [^:]+:")


def _by_name(line: str) -> str:
    """A post whose choices are named by a ticket or a question says so; by which, is its end."""
    is_about_one = re.match(r"(\[đ?\d+\] )?[^:]*: (\[\d+ hình\] )?(#PA|Nhờ anh/chị xem giúp)", line)
    return line.replace(HOW, " ⏎ Anh/chị nhắn số, ví dụ: …") if is_about_one else line


HOW = " ⏎ Anh/chị trả lời bài này bằng số."


# Edits elsewhere that tell people something, and are one more post here: its numbers would differ.
ANEW = ("được mở lại, đang xử lý tiếp", "điều hành đang xem lại", "đã chuyển cho đơn vị khác")


def tells_anew(conversation: Conversation) -> bool:
    """Whether something in it is posted anew where nothing can be edited."""
    return any(words in line for step in conversation.steps for line in step.seen for words in ANEW)


def plain_lines(lines: Sequence[str]) -> list[str]:
    """Without edits, reactions and quotes; choices as numbered lines; several photos as one."""
    told = [line.replace(" ⏎ (liên kết)", "") for line in lines]
    posts = [line for line in told if not line.startswith(("sửa [", "thả ", "báo "))]
    return [_QUOTE.sub(_unquoted, _numbered(_SEVERAL.sub("[1 hình]", line))) for line in posts]


def _unquoted(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2] or 'nhóm'}:"


def _numbered(line: str) -> str:
    words = _BUTTON.findall(line)
    if not words:
        return line
    choices = "".join(f" ⏎ {place}. {word}" for place, word in enumerate(words, start=1))
    return _BUTTON.sub("", line) + choices + HOW


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


def photo(number: int) -> bytes:
    """A photo unlike every other one."""
    luck = random.Random(number)
    image = Image.new("RGB", (8, 8))
    image.putdata([(luck.randrange(256), luck.randrange(256), luck.randrange(256)) for _ in range(64)])
    kept = BytesIO()
    image.resize((320, 240), Image.Resampling.NEAREST).save(kept, "JPEG")
    return kept.getvalue()
