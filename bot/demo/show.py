"""The demo: congich on its embedded defaults, with the sample week played into it."""

import shutil
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import config as configuration
from bot.app import App
from bot.clock import Stepped, real
from bot.config import Config
from bot.demo import script
from bot.demo.player import ROOMS, Player, Understood, sample_monday
from bot.demo.script import Step
from bot.platforms.webchat import NAME
from bot.report import count
from bot.run import Process, prepare
from storage import chats, migrations, outbox, room
from storage.database import Database
from storage.models import row_id

Progress = Callable[[int, int], None]

TITLES = {"community": "Công ích đô thị Sóc Trăng", "moderation": "Điều hành công ích"}


class Show:
    """One demo in a folder: `once` plays and tells, `process` plays and stays."""

    def __init__(self, data: Path, port: int, progress: Progress) -> None:
        self._people = script.load_members()
        self._clock = Stepped()
        self._progress = progress
        self.app = App(_settings(data, port, self._people), {}, clock=self._clock)
        self.process = Process(self.app, before_loops=self._play)
        self._player = Player(self.app, self._clock, self._people)
        self._zone = ZoneInfo(self.app.config.time_zone)
        self._steps: Sequence[Step] = ()

    async def once(self) -> list[str]:
        """Play the week; what came of it, a line each."""
        try:
            await prepare(self.app)
            await self._play(lambda: False)
            return await self._summary()
        finally:
            await self.app.close()

    async def _play(self, is_stopping: Callable[[], bool]) -> None:
        monday = await self._monday()
        self._steps = script.load_steps(monday, self._zone)
        begin = datetime.combine(monday, time(5), self._zone)
        await self._player.begin(begin)
        left = await self._player.remaining(self._steps)
        done = len(self._steps) - len(left)
        self._tell(done)
        async for _ in self._player.play(left):
            done += 1
            self._tell(done)
            if is_stopping():
                return
        await self._player.end(monday, self._zone)

    def _tell(self, done: int) -> None:
        total = len(self._steps)
        self._progress(done, total)
        if self.app.webchat is not None:
            self.app.webchat.feed.say("progress", {"done": done, "total": total})

    async def _monday(self) -> date:
        """The sample's Monday: that of an earlier demo in this folder, or of the last whole week."""
        async with self.app.database.read() as session:
            posts = await room.latest(session, ROOMS["community"], before=2, limit=1)
        if not posts:
            return sample_monday(real(), self._zone)
        first_day = posts[0].at.astimezone(self._zone).date()
        return first_day - timedelta(days=first_day.weekday())

    async def _summary(self) -> list[str]:
        async with self.app.database.read() as session:
            totals = await count(session, real())
            group = await chats.find(session, NAME, ROOMS["community"])
            digests = await outbox.texts(session, row_id(group), "digest") if group else []
        understood = await self._player.understood(self._steps)
        return [*totals.lines(), _score(understood), "", *digests]


def forget(data: Path) -> None:
    """Remove what an earlier demo left in its folder. Raises DatabaseError while one still runs there."""
    if not (data / "congich.db").exists():
        return
    left = Database(f"sqlite:///{data / 'congich.db'}", data / "congich.lock")
    left.acquire()
    left.release()
    shutil.rmtree(data)


async def renew(data: Path) -> None:
    """Bring what an earlier congich's demo left to this one's schema. Raises DatabaseError."""
    if not (data / "congich.db").exists():
        return
    left = Database(f"sqlite:///{data / 'congich.db'}", data / "congich.lock")
    left.acquire()
    try:
        if migrations.is_known(await migrations.current(left) or ""):
            await migrations.upgrade(left)
    finally:
        await left.close()


def _score(understood: Sequence[Understood]) -> str:
    right = sum(one.expected == one.found for one in understood)
    return f"understood as meant: {right} of {len(understood)} messages"


def _settings(data: Path, port: int, people: dict[str, script.DemoMember]) -> Config:
    """The embedded defaults, with chat and board on, and the sample's people in their roles."""
    named = {
        role: [person for person in people if people[person].role == role]
        for role in ("moderator", "department")
    }
    return configuration.parse(
        {
            "data_dir": str(data),
            "web": {"port": port},
            "webchat": {"enabled": True, "sign_in": "none"},
            "board": {"enabled": True},
            "quiet": {"hours": "00:00-00:00"},  # whoever tries it at night wants an answer
            "chats": [
                {"platform": NAME, "id": external_id, "role": role, "title": TITLES[role]}
                for role, external_id in ROOMS.items()
            ],
            "roles": {"moderators": [f"{NAME}:{person}" for person in named["moderator"]]},
            "officers": [
                {"member": f"{NAME}:{person}", "department": people[person].department}
                for person in named["department"]
            ],
        }
    )
