"""Bar 2: a platform of which three calls in ten fail, each in its way, and which tells things twice."""

import asyncio
import time
from pathlib import Path
from random import Random

import pytest

from tests.chaos.history import findings
from tests.chaos.rig import FULL, SEED, Rig, undisturbed
from tests.chaos.script import day
from tests.fakes.telegram import UNKNOWABLE, FakeTelegram

MESSAGES = 2_000 if FULL else 50
SENDING = 240.0 if FULL else 3.0  # seconds of posts, of which a group hears twenty a minute
FAILS = 0.3
POSTS = ("sendMessage", "sendPhoto", "sendMediaGroup")
PATIENCE = 60 + MESSAGES / 5
pytestmark = [pytest.mark.sqlite_only, pytest.mark.timeout(6 * PATIENCE)]


async def test_what_fails_is_neither_lost_nor_doubled(tmp_path: Path) -> None:
    steps = day(SEED, MESSAGES, int(time.time()) - 3600)
    expected = await undisturbed(tmp_path / "undisturbed", steps, PATIENCE)
    async with FakeTelegram() as server:
        rig = Rig(tmp_path / "failing", server)
        await rig.start()
        server.rate, server.luck = FAILS, Random(SEED)
        await rig.post(steps)
        await rig.taken_in(PATIENCE)
        await asyncio.sleep(SENDING)
        assert await rig.city.stop() == 0
        unknowable = sum(fault in UNKNOWABLE for method, fault in server.happened if method in POSTS)
        found = findings(await rig.records(), kills=unknowable, expected=expected)
        assert found == [], f"seed {SEED}"
        assert server.too_early == [], f"seed {SEED}"
        assert len(server.happened) > MESSAGES / 10, "hardly anything failed"
    print(
        f"\nseed {SEED}: {MESSAGES} messages, {len(server.happened)} faults, {unknowable} of them unknowable"
    )
