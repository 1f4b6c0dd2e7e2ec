"""Where a conversation is played: a whole congich on one platform, and what people there get to see."""

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from bot import config as configuration
from bot.app import App
from bot.clock import Stepped
from bot.platforms import webchat
from storage import members
from tests import template
from tests.conversations.script import (
    DESK,
    GROUP,
    ROOM,
    Conversation,
)


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


async def introduce(app: App, platform: str, ids: dict[str, str]) -> None:
    """Whoever has a role has spoken before: their names are known."""
    async with app.database.write() as session:
        for name, external_id in ids.items():
            await members.ensure(session, platform, external_id, name, app.clock())


def photo(number: int) -> bytes:
    """A photo unlike every other one."""
    luck = random.Random(number)
    image = Image.new("RGB", (8, 8))
    image.putdata([(luck.randrange(256), luck.randrange(256), luck.randrange(256)) for _ in range(64)])
    kept = BytesIO()
    image.resize((320, 240), Image.Resampling.NEAREST).save(kept, "JPEG")
    return kept.getvalue()
