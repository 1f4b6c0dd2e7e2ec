"""Bar 1: messages while the process is killed again and again, at every step of their way."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import median

import pytest

from tests.chaos.history import Opened, findings
from tests.chaos.rig import BOTH_IN_FULL, FULL, PHOTO_STEPS, SEED, STEPS, Rig, undisturbed
from tests.chaos.script import day
from tests.fakes.telegram import FakeTelegram

MESSAGES, KILLS = (10_000, 50) if FULL else (60, 2)
READY_WITHIN = 3.0 if FULL else 10.0  # other tests share the machine in the short form
PATIENCE = 60 + MESSAGES / 4
END = int(time.time()) - 3600
EVERY = (*reversed(STEPS), *PHOTO_STEPS)  # the sender's first, while the group may hear posts
pytestmark = pytest.mark.timeout(6 * PATIENCE)

Kill = tuple[str, int, float]  # a step, how often it is reached, the most seconds until then


def kills(luck: Random) -> list[Kill]:
    """In full once at every named step, and then at any step or moment."""
    at_each = [(step, 1, 90.0) for step in EVERY] if FULL else []
    more = [
        (luck.choice(EVERY), luck.randint(1, 3), luck.uniform(0.1, 2)) for _ in range(KILLS - len(at_each))
    ]
    return at_each + more


@BOTH_IN_FULL
async def test_nothing_is_lost_or_doubled(
    tmp_path: Path, url: str, known_days: dict[str, Sequence[Opened]]
) -> None:
    luck, steps = Random(SEED), day(SEED, MESSAGES, END)
    expected = known_days.get("kills") or await undisturbed(tmp_path / "undisturbed", steps, PATIENCE)
    known_days["kills"] = expected
    async with FakeTelegram() as server:
        rig, portion, reached = Rig(tmp_path / "killed", server, url), len(steps) // KILLS, set[str]()
        for place, (step, count, moment) in enumerate(kills(luck)):
            posting = asyncio.create_task(rig.post(steps[place * portion : (place + 1) * portion]))
            if await rig.killed(step, count, moment):
                reached.add(step)
            await posting
        await rig.post(steps[KILLS * portion :])
        await rig.start()
        await rig.taken_in(PATIENCE)
        assert await rig.city.stop() == 0
        records = await rig.records()
    found = findings(records, kills=KILLS, expected=expected)
    assert found == [], f"seed {SEED}"
    assert max(rig.starts) <= READY_WITHIN, f"seed {SEED}: {sorted(rig.starts)[-5:]}"
    if FULL:
        assert reached == set(EVERY)
    unsure = sum(row.state == "unconfirmed" for row in records.sent)
    print(
        f"\nbar 1, {'postgresql' if url else 'sqlite'}, seed {SEED}: {MESSAGES} messages, {KILLS} kills"
        f" (at {len(reached)} of {len(EVERY)} steps), {len(expected)} tickets, {len(records.seen)} posts;"
        f" lost 0, doubled 0, unconfirmed {unsure}, all shown;"
        f" ready in {median(rig.starts):.2f} s, at most {max(rig.starts):.2f} s"
    )
