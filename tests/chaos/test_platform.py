"""Bar 2: a platform of which three calls in ten fail, each in its way, and which tells things twice."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from tests.chaos.history import Opened, findings
from tests.chaos.rig import BOTH_IN_FULL, FULL, LONG, SEED, Rig, undisturbed
from tests.chaos.script import day
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import UNKNOWABLE

MESSAGES = 2_000 if FULL else 50
SENDING = 240.0 if FULL else 3.0  # seconds of posts, of which a group hears twenty a minute
FAILS = 0.3
POSTS = ("sendMessage", "sendPhoto", "sendMediaGroup")
PATIENCE = 60 + MESSAGES / 2
END = int(time.time()) - 3600
pytestmark = pytest.mark.timeout(6 * PATIENCE)


@LONG  # each single fault: tests/bot/sending/test_sender.py, in every run
@BOTH_IN_FULL
async def test_what_fails_is_neither_lost_nor_doubled(
    tmp_path: Path, url: str, known_days: dict[str, Sequence[Opened]]
) -> None:
    steps = day(SEED, MESSAGES, END)
    expected = known_days.get("platform") or await undisturbed(tmp_path / "undisturbed", steps, PATIENCE)
    known_days["platform"] = expected
    async with FakeTelegram() as server:
        rig = Rig(tmp_path / "failing", server, url)
        await rig.start()
        server.faults.rate, server.faults.luck = FAILS, Random(SEED)
        await rig.post(steps)
        await rig.taken_in(PATIENCE)
        await asyncio.sleep(SENDING)
        assert await rig.city.stop() == 0
        unknowable = sum(fault in UNKNOWABLE for method, fault in server.faults.happened if method in POSTS)
        records = await rig.records()
        found = findings(records, kills=unknowable, expected=expected)
        assert found == [], f"seed {SEED}"
        assert server.faults.too_early == [], f"seed {SEED}"
        assert len(server.faults.happened) > MESSAGES / 10, "hardly anything failed"
    kinds = dict(Counter(fault.value for _, fault in server.faults.happened))
    most = max(row.attempts for row in records.sent)
    unsure = sum(row.state == "unconfirmed" for row in records.sent)
    print(
        f"\nbar 2, {'postgresql' if url else 'sqlite'}, seed {SEED}: {MESSAGES} messages,"
        f" {len(server.calls)} calls, {len(server.faults.happened)} of them faulty {kinds};"
        f" lost 0, doubled 0, calls in a 429's window 0, at most {most} attempts;"
        f" {unsure} unconfirmed of {unknowable} unknowable posts, all shown"
    )
