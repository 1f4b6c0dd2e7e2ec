"""An outbox and what empties it, without a platform behind it."""

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.locale import Texts
from bot.sender import Sender
from bot.steps import nothing
from handlers.chart import Chart
from handlers.context import Services
from handlers.policy import Policy
from handlers.ports import (
    Abilities,
    Commit,
    JsonObject,
    Outgoing,
    Receipt,
    Refused,
)
from handlers.posts import Content, Edit, Post, Toast, to_json
from handlers.seals import Seal
from handlers.understanding import Classifier
from storage import chats, outbox
from storage.database import Database
from storage.images import FolderStore
from storage.models import Outbox, row_id
from storage.pictures import BadPicture
from storage.states import ChatRole
from tests.handlers.desk import ABILITIES

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


@dataclass
class Recorder:
    """A platform that takes everything, or goes wrong as it is told to."""

    name: str = "telegram"
    source: str = "telegram"
    abilities: Abilities = ABILITIES
    sent: list[Outgoing] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)  # posts that somebody deleted

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        if outgoing.message in self.deleted:
            raise Refused("message to edit not found")
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(outgoing)
        if self.receipts:
            return self.receipts.pop(0)
        return Receipt(f"m{len(self.sent)}" if isinstance(outgoing.content, Post) else None)

    def texts(self) -> list[str]:
        return [one.content.text for one in self.sent if isinstance(one.content, Post | Edit)]

    async def receive(self, commit: Commit) -> None:
        raise AssertionError("nothing is received here")

    def parse(self, payload: JsonObject) -> None:
        raise AssertionError("nothing is parsed here")

    async def fetch(self, ref: str, limit: int) -> bytes:
        raise AssertionError("nothing is fetched here")

    async def administrators(self, chat: str) -> frozenset[str]:
        return frozenset()

    def link(self, chat: str, message: str) -> None:
        return None

    async def close(self) -> None:
        return None


class Office:
    """An outbox, a sender, and a clock that the test sets."""

    def __init__(self, database: Database, folder: Path, abilities: Abilities = ABILITIES) -> None:
        self.database = database
        self.platform = Recorder()
        self.now = NOW
        self.hangs = timedelta(0)  # while a picture is drawn
        self.draws = True  # else no process that looks at photos begins
        services = Services(
            policy=Policy(),
            understand=Classifier.bundled(),
            say=Texts.bundled().say,
            link=lambda *_: None,
            abilities=lambda _: abilities,
            seal=Seal(b"key"),
        )
        self.sender = Sender(
            database,
            services,
            {"telegram": self.platform},
            FolderStore(folder),
            lambda: self.now,
            nothing,
            owner=lambda: "me",
            luck=lambda: 0.5,
            together=self._together,
            draw=self._draw,
        )

    async def _draw(self, chart: Chart) -> bytes:
        self.now += self.hangs
        self._expect_child()
        if not chart.tiles:
            raise BadPicture("nothing to draw")
        return b"a chart of " + chart.title.encode()

    async def _together(self, pictures: Sequence[bytes]) -> bytes:
        self._expect_child()
        return b"|".join(pictures)

    def _expect_child(self) -> None:
        if not self.draws:
            raise OSError(errno.EAGAIN, "no process that looks at photos begins")

    async def open(self) -> None:
        async with self.database.write() as session:
            for external_id, role in (("-1", ChatRole.COMMUNITY), ("-2", ChatRole.MODERATION)):
                (await chats.ensure(session, "telegram", external_id, role.value, NOW)).role = role

    async def write(
        self,
        key: str,
        content: Content,
        chat: str = "-1",
        target: str | None = None,
        order: str = "",
        purpose: str = "digest",
    ) -> None:
        async with self.database.write() as session:
            where = await chats.ensure(session, "telegram", chat, "", NOW)
            purpose = "edit" if target else "toast" if isinstance(content, Toast) else purpose
            row = outbox.NewDelivery(
                key, purpose, row_id(where), to_json(content), target_key=target, ordering_key=order
            )
            await outbox.add(session, row, self.now)

    async def row(self, key: str) -> Outbox:
        async with self.database.read() as session:
            found = await outbox.by_key(session, key)
        assert found is not None
        return found

    async def run(self, until: Callable[[], bool] = lambda: False, turns: int = 60) -> None:
        for _ in range(turns):
            if until() or not await self.sender.send():
                return
