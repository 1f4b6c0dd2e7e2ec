"""A seeded stream of attempts to do what one may not, as Telegram would tell of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot.platforms.telegram_updates import parse
from handlers.commands import COMMANDS, Command, read
from handlers.events import Event
from handlers.seals import Seal
from tests.handlers.test_authority import words_for

GROUP, ROOM, DESK, ELSEWHERE = -100, -200, -300, -900
MEMBER, NEIGHBOUR, OFFICER, OTHER_OFFICER, MODERATOR, CHIEF, DEMOTED = 31, 32, 33, 34, 35, 36, 37
STRANGERS = range(40, 60)
# Said once more here, not read from the table: what a role may command anywhere.
FREE = {"help", "report", "lookup", "mine", "erase"}
OFFICERS = FREE | {
    "list", "search", "history", "accept", "start", "done", "pause", "resume", "digest", "export",
}  # fmt: skip
CHIEFS = {"grant", "revoke"}
_SLASHES = ("⁄", "∕", "／", "\\", "/\u200b", "/\u2060", "\u202e/", "÷", "／/")  # like a slash
_CYRILLIC = str.maketrans("aceoxyp", "асеохур")
_ORIGINS: tuple[Mapping[str, Any], ...] = (
    {"type": "user", "sender_user": {"id": MODERATOR, "is_bot": False, "first_name": "Hà"}},
    {"type": "hidden_user", "sender_user_name": "Hà"},
    {"type": "chat", "sender_chat": {"id": ROOM, "type": "supergroup", "title": "Điều hành"}},
    {"type": "channel", "chat": {"id": -800, "type": "channel", "title": "Tin"}, "message_id": 7},
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: what is told, and as what it must be on record; None: it is nothing that could be, or is
    said where nobody listens."""

    kind: str
    event: Event | None
    recorded: str | None
    platform: str = "telegram"


@dataclass(slots=True)
class Attacker:
    """Draws attempts. `sealed` are buttons that we posted: their data with the seal of the room."""

    luck: Random
    seal: Seal
    chats: Mapping[int, int]  # a chat's number at the platform -> ours
    now: datetime
    posts: list[int] = field(default_factory=list)  # our own, that can be replied to
    _count: int = 100_000

    def one(self) -> Attempt:
        """Any attempt."""
        kinds: tuple[Callable[[], Attempt], ...] = (
            self.plainly, self.plainly, self.forwarded, self.edited, self.anonymously, self.by_bot,
            self.in_channel, self.alike, self.pressed, self.pressed, self.moved, self.forged, self.expired,
        )  # fmt: skip
        return self.luck.choice(kinds)()

    # commands

    def plainly(self) -> Attempt:
        """Somebody gives a command that is not theirs: in any words, with a photo, in answer to a post."""
        who, chat, command = self._not_theirs()
        return Attempt("plainly", self._message(chat, who, self._text(command)), command.action)

    def forwarded(self) -> Attempt:
        """A moderator passes a command on."""
        command = self._any()
        origin = dict(self.luck.choice(_ORIGINS), date=int(self.now.timestamp()))
        event = self._message(
            self.luck.choice((GROUP, ROOM)), CHIEF, self._text(command), forward_origin=origin
        )
        return Attempt("forwarded", event, command.action)

    def edited(self) -> Attempt:
        """An old post of a moderator's, which we know or do not, says a command of late."""
        command = self._any()
        event = self._message(self.luck.choice((GROUP, ROOM)), CHIEF, self._text(command), edited=True)
        return Attempt("edited in", event, command.action)

    def anonymously(self) -> Attempt:
        """In the name of a chat: who it is nobody knows."""
        command = self._of(FREE)
        chat = self.luck.choice((GROUP, ROOM))
        name = self.luck.choice((chat, -800, ROOM))
        event = self._message(
            chat,
            1087968824,
            self._text(command),
            sender_chat={"id": name, "type": "supergroup", "title": "Hà"},
        )
        return Attempt("anonymous", event, command.action)

    def by_bot(self) -> Attempt:
        event = self._message(self.luck.choice((GROUP, ROOM)), 99, self._text(self._any()), is_bot=True)
        return Attempt("by a bot", event, None)

    def in_channel(self) -> Attempt:
        message = self._raw(-800, MODERATOR, self._text(self._any()))
        message["chat"]["type"] = "channel"
        return Attempt("in a channel", parse({"update_id": self._number(), "channel_post": message}), None)

    def alike(self) -> Attempt:
        """What only looks like a command."""
        command = self._of(FREE)
        words = f"{command.words[0].translate(_CYRILLIC)} {words_for(command.action)}"
        text = self.luck.choice(
            (f"/{words}", f"{self.luck.choice(_SLASHES)}{self._text(command).lstrip(' /')}")
        )
        given = read(text)  # some are read as the command after all
        event = self._message(GROUP, self.luck.choice(STRANGERS), text, reply_to_message=None)
        return Attempt("alike", event, given[0].action if given else None)

    # buttons

    def pressed(self) -> Attempt:
        """A button of ours, pressed by somebody who may not."""
        data, action = self.luck.choice(BUTTONS)
        who, chat = self.luck.choice(STRANGERS), self.luck.choice((GROUP, ROOM))
        if action in ("press.move", "press.decline"):
            who = self.luck.choice((who, MEMBER, OTHER_OFFICER))
        elif action not in ("press.rate", "press.confirm", "press.page"):
            who = self.luck.choice((who, MEMBER, OFFICER, OTHER_OFFICER))
        elif action == "press.rate":
            who, chat = self.luck.choice((who, NEIGHBOUR, MODERATOR, CHIEF)), GROUP
        return Attempt("pressed", self._press(chat, who, self._sealed(data, chat)), action)

    def moved(self) -> Attempt:
        """A button of one chat, pressed in another one."""
        data, _ = self.luck.choice(BUTTONS)
        there, here = self.luck.sample((GROUP, ROOM, DESK), 2)
        event = self._press(here, self.luck.choice((MODERATOR, CHIEF)), self._sealed(data, there))
        return Attempt("moved", event, "press.unsealed")

    def forged(self) -> Attempt:
        """A button that we never made."""
        data, _ = self.luck.choice(BUTTONS)
        sealed = self._sealed(data, ROOM)
        body, _, seal = sealed.rpartition("~")
        expiry, _, mac = seal.partition(".")
        other = self.luck.choice(
            (
                body, "", "~", "~.", f"{body}~", f"{body}~ffff.{mac}", f"t:2:resolve~{seal}",
                f"{body}~{expiry}.",
                f"{body}~{expiry}.{'A' * 12}", f"{body}~{expiry}.{mac[:-1]}", f"{body} ~{seal}", f"{sealed}x",
                "b:1:yes~zz.é", "'; DROP TABLE tickets; --", "\u202et:1:accept", "t:1:accept~" + "9" * 50,
            )
        )  # fmt: skip
        return Attempt("forged", self._press(ROOM, CHIEF, other), "press.unsealed")

    def expired(self) -> Attempt:
        """A button of ours that is too old."""
        data, _ = self.luck.choice(BUTTONS)
        old = self.now - timedelta(days=self.luck.randint(62, 900))
        event = self._press(ROOM, CHIEF, self.seal.close(data, self.chats[ROOM], old))
        return Attempt("expired", event, "press.unsealed")

    # what they are made of

    def _not_theirs(self) -> tuple[int, int, Command]:
        who = self.luck.choice((*STRANGERS, MEMBER, OFFICER, MODERATOR))
        chat = self.luck.choice((GROUP, ROOM, who))
        if who == MODERATOR:
            return who, self.luck.choice((GROUP, ROOM)), self._only(CHIEFS)
        if who == OFFICER:
            return who, chat, self._of(OFFICERS)
        if self.luck.random() < 0.2:  # in a department's chat everybody is of the department
            return who, DESK, self._of(OFFICERS)
        return who, chat, self._of(FREE)

    def _any(self) -> Command:
        return self.luck.choice(COMMANDS)

    def _of(self, but: set[str]) -> Command:
        return self.luck.choice([one for one in COMMANDS if one.name not in but])

    def _only(self, names: set[str]) -> Command:
        return self.luck.choice([one for one in COMMANDS if one.name in names])

    def _text(self, command: Command) -> str:
        word = self.luck.choice(command.words)
        word = self.luck.choice(
            (word, word.upper(), word.title(), f"{word}@congich_bot", f"{word}@other_bot")
        )
        return f"{self.luck.choice(('', ' ', chr(10)))}/{word} {words_for(command.action)}"

    def _sealed(self, data: str, chat: int) -> str:
        return self.seal.close(data, self.chats[chat], self.now)

    def _number(self) -> int:
        self._count += 1
        return self._count

    def _raw(self, chat: int, who: int, text: str, *, is_bot: bool = False) -> dict[str, Any]:
        name = self.luck.choice(("Hà", "Mod", "Điều hành", "congich", "admin", "Hoa\u202e", "x" * 60))
        kind = "private" if chat > 0 else "supergroup"
        message: dict[str, Any] = {
            "message_id": self._number(),
            "date": int(self.now.timestamp()),
            "chat": {"id": chat, "type": kind, "title": "Công ích", "first_name": name},
            "from": {"id": who, "is_bot": is_bot, "first_name": name, "username": "ha_dieu_hanh"},
        }
        if self.luck.random() < 0.2:
            size = {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9, "file_size": 9}
            return message | {"caption": text, "photo": [size]}
        if self.posts and self.luck.random() < 0.3 and chat != DESK:
            original = {"message_id": self.luck.choice(self.posts), "date": 1, "chat": message["chat"]}
            message["reply_to_message"] = original
        return message | {"text": text}

    def _message(
        self, chat: int, who: int, text: str, *, edited: bool = False, is_bot: bool = False, **more: Any
    ) -> Event:
        message = self._raw(chat, who, text, is_bot=is_bot) | more
        if edited:
            message |= {"edit_date": int(self.now.timestamp()) + 60}
            if self.luck.random() < 0.5:
                message["message_id"] = KNOWN[chat]
                message["edit_date"] += self._count  # the newest counts
                message.pop("reply_to_message", None)
        event = parse({"update_id": self._number(), "edited_message" if edited else "message": message})
        assert event is not None
        return event

    def _press(self, chat: int, who: int, data: str) -> Event | None:
        query = {
            "id": f"q{self._number()}",
            "from": {"id": who, "is_bot": False, "first_name": "Hà"},
            "message": {
                "message_id": self.luck.choice(self.posts or [1]),
                "date": int(self.now.timestamp()),
                "chat": {"id": chat, "type": "supergroup", "title": "Công ích"},
            },
            "chat_instance": "1",
            "data": data,
        }
        return parse({"update_id": self._number(), "callback_query": query})


KNOWN = {GROUP: 11, ROOM: 12}  # posts of the chief's that we know
# What our buttons ask for: ticket 1 is lighting's and Hoa's, 3 is settled, 4 turned down; the prompts are the
# moderator's.
BUTTONS = (
    ("t:1:accept", "press.move"), ("t:1:start", "press.move"), ("t:1:resolve", "press.move"),
    ("t:1:reject", "press.overturn"), ("t:3:reopen", "press.overturn"), ("t:3:close", "press.overturn"),
    ("t:4:reopen", "press.overturn"), ("n:1:kind", "press.menu"), ("c:1:waste", "press.set"),
    ("d:1:moitruong", "press.set"), ("k:1:complaint", "press.set"), ("e:1:1", "press.due"),
    ("r:1:unclear", "press.reason"), ("x:1:urgent", "press.act"), ("u:1:1", "press.undo"),
    ("m:1:2", "press.merge"), ("y:1:decline", "press.decline"), ("q:1:report", "press.kind"),
    ("h:1:drop", "press.held"), ("o:1:drop", "press.delivery"), ("o:1:resend", "press.delivery"),
    ("s:3:yes", "press.rate"), ("s:3:no", "press.rate"), ("p:1:1", "press.page"),
    ("b:2:yes", "press.confirm"), ("b:2:no", "press.confirm"), ("b:3:yes", "press.confirm"),
)  # fmt: skip
