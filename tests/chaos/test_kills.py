"""Bar 1: messages while the process is killed again and again, at every step of their way."""

import asyncio
import time
from pathlib import Path
from random import Random
from statistics import median

import pytest

from tests.chaos.history import findings
from tests.chaos.rig import FULL, SEED, Rig, undisturbed
from tests.chaos.script import day
from tests.fakes.telegram import FakeTelegram

MESSAGES, KILLS = (10_000, 50) if FULL else (60, 2)
READY_WITHIN = 3.0 if FULL else 10.0  # other tests share the machine in the short form
PATIENCE = 60 + MESSAGES / 10
pytestmark = [pytest.mark.sqlite_only, pytest.mark.timeout(6 * PATIENCE)]


async def test_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    luck, steps = Random(SEED), day(SEED, MESSAGES, int(time.time()) - 3600)
    expected = await undisturbed(tmp_path / "undisturbed", steps, PATIENCE)
    async with FakeTelegram() as server:
        rig, portion = Rig(tmp_path / "killed", server), len(steps) // KILLS
        for kill in range(KILLS):
            posting = asyncio.create_task(rig.post(steps[kill * portion : (kill + 1) * portion]))
            await rig.killed(luck)
            await posting
        await rig.post(steps[KILLS * portion :])
        await rig.start()
        await rig.taken_in(PATIENCE)
        assert await rig.city.stop() == 0
        found = findings(await rig.records(), kills=KILLS, expected=expected)
    assert found == [], f"seed {SEED}"
    assert max(rig.starts) <= READY_WITHIN, f"seed {SEED}: {sorted(rig.starts)[-5:]}"
    ready = f"ready in {median(rig.starts):.2f} s, at most {max(rig.starts):.2f} s"
    print(f"\nseed {SEED}: {MESSAGES} messages, {KILLS} kills, {len(expected)} tickets; {ready}")
