"""A city that is killed, starved and lied to, and the people who go on posting meanwhile."""

import asyncio
import contextlib
import io
import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from bot.demo.draw import draw
from storage.database import Database
from tests.acceptance.process import READY, City
from tests.chaos import records
from tests.chaos.history import Opened, Records
from tests.chaos.script import Said
from tests.fakes.telegram import FakeTelegram, Group

FULL = os.environ.get("CONGICH_CHAOS") == "full"
SEED = int(os.environ.get("CONGICH_CHAOS_SEED", "1"))
LONG = pytest.mark.skipif(not FULL, reason="a part of make chaos")
BOTH_IN_FULL = pytest.mark.parametrize(
    "url", ["sqlite", pytest.param("postgresql", marks=LONG)], indirect=True
)
STEPS = ("received", "stored", "confirmed", "handled", "committed", "taken", "delivered", "settled")
PHOTO_STEPS = ("fetched", "pictured", "recorded")
_MANY = "\n[limits]\ntickets_an_hour = 100000\n"  # one member's: here they are all of the city's


def _small(picture: bytes) -> bytes:
    """A fraction of it, so that thousands are decoded in a minute."""
    with Image.open(io.BytesIO(picture)) as opened:
        made = io.BytesIO()
        opened.resize((96, 72)).save(made, "JPEG")
        return made.getvalue()


_PHOTOS = tuple(_small(draw(scene)) for scene in ("pothole", "rubbish-pile", "open-manhole"))


class Rig:
    """One city with its Telegram."""

    def __init__(
        self, folder: Path, server: FakeTelegram, database_url: str = "", limits: str = _MANY
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.server = server
        self.city = City(folder, server, database_url)
        self.city.config.write_text(self.city.config.read_text() + limits)
        self.data = folder / "data"
        self.url = database_url or f"sqlite:///{self.data / 'congich.db'}"
        self.starts: list[float] = []  # seconds until ready

    async def post(self, day: Sequence[Said], group: Group | None = None) -> None:
        """Everybody posts into one group, as fast as the server takes it."""
        for place, said in enumerate(day):
            await self._one(said, group or self.city.group)
            if place % 20 == 0:
                await asyncio.sleep(0)

    async def _one(self, said: Said, group: Group) -> None:
        photos = [_PHOTOS[place % len(_PHOTOS)] for place in range(said.photos)]
        if len(photos) > 1:
            number = (await self.server.post_album(group, said.person, photos, said.text, at=said.at))[-1]
        elif photos:
            number = await self.server.post_photo(group, said.person, photos[0], said.text, at=said.at)
        else:
            number = await self.server.post(group, said.person, said.text, at=said.at)
        if said.again:
            await self.server.inject({"message": group.messages[number]})

    async def start(self) -> None:
        """Start it and see how long that takes."""
        began = time.monotonic()
        await self.city.start()
        self.starts.append(time.monotonic() - began)

    async def killed(self, step: str, count: int, moment: float) -> bool:
        """Let it work until a step is reached for the `count`-th time, or for a moment, and end it with
        SIGKILL; whether the step was reached."""
        began, ready = time.monotonic(), self._readies()
        await self.city.start(kill_at=f"{step}:{count}")
        await asyncio.wait_for(self._ready_or_ended(ready), 30)
        if self.city.running:
            self.starts.append(time.monotonic() - began)
            with contextlib.suppress(TimeoutError):
                await self.city.ended(seconds=moment)
        reached = not self.city.running
        await self.city.kill()
        return reached

    async def _ready_or_ended(self, before: int) -> None:
        while self._readies() == before and self.city.running:
            await asyncio.sleep(0.02)

    def _readies(self) -> int:
        return self.city.log.read_text().count(READY) if self.city.log.exists() else 0

    async def taken_in(self, seconds: float) -> None:
        """Until every message is handled and every photo fetched; posts may still wait for their minute."""

        def quiet() -> bool:
            count = self.city.count
            return (
                self.server.unconfirmed() == 0
                and count("SELECT count(*) FROM inbox WHERE state = 'pending'") == 0
                and count("SELECT count(*) FROM attachments WHERE state = 'pending'") == 0
            )

        async with asyncio.timeout(seconds):
            while not quiet():
                await asyncio.sleep(0.1)

    async def records(self) -> Records:
        """What is known, once it has stopped."""
        database = Database(self.url, looks_only=True)
        try:
            groups = (self.city.group, self.city.room)
            return await records.read(self.server, groups, database, self.data / "photos")
        finally:
            await database.close()
            self.city.forget()


async def undisturbed(folder: Path, day: Sequence[Said], seconds: float) -> Sequence[Opened]:
    """The tickets of a day on which nothing went wrong."""
    async with FakeTelegram() as server:
        rig = Rig(folder, server)
        await rig.start()
        await rig.post(day)
        await rig.taken_in(seconds)
        await rig.city.stop()
        return (await rig.records()).tickets
