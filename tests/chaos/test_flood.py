"""Bar 7: very many messages at once, and one member who posts thousands.

All are kept, memory stays level, the group hears no more than twenty posts a minute, and somebody else's
report does not wait behind them.
"""

import asyncio
import time
from pathlib import Path

import pytest

from tests.chaos.history import findings
from tests.chaos.rig import FULL, SEED, Rig
from tests.chaos.script import Said, day
from tests.fakes.telegram import FakeTelegram

MESSAGES = 100_000 if FULL else 300
BY_ONE = 5_000 if FULL else 150
MEMORY = 400_000  # KiB at the most
A_MINUTE = 20
WAIT = 60.0  # seconds until another member's report has its ticket
PATIENCE = 120 + MESSAGES / 50
REPORT = "Nắp cống trước số 9001 Trần Hưng Đạo bị bể, nguy hiểm quá"
pytestmark = [pytest.mark.sqlite_only, pytest.mark.timeout(3 * PATIENCE)]


async def test_everything_at_once(tmp_path: Path) -> None:
    steps = [said for said in day(SEED, MESSAGES, int(time.time()) - 3600) if not said.photos]
    async with FakeTelegram() as server:
        rig = Rig(tmp_path, server)
        await rig.post(steps)
        began = time.monotonic()
        await rig.start()
        await rig.taken_in(PATIENCE)
        took, memory = time.monotonic() - began, rig.city.peak_memory()
        assert await rig.city.stop() == 0
        assert findings(await rig.records()) == []
        assert busiest_minute(server, rig.city.group.id) <= A_MINUTE
    assert memory <= MEMORY
    pace = f"{len(steps) / took:.0f} a second"
    print(f"\n{len(steps)} messages in {took:.0f} s ({pace}), {memory // 1024} MiB at most")


async def test_one_member_who_posts_thousands(tmp_path: Path) -> None:
    now = int(time.time()) - 600
    flood = [Said("Nhiều", f"Rác trước số {n} Nguyễn Huệ chưa ai gom", 0, now, False) for n in range(BY_ONE)]
    async with FakeTelegram() as server:
        rig = Rig(tmp_path, server, limits="")
        await rig.start()
        await rig.post(flood[: BY_ONE // 2])
        await rig.post([Said("Lan", REPORT, 0, now, False)])
        began = time.monotonic()
        posting = asyncio.create_task(rig.post(flood[BY_ONE // 2 :]))
        opened = f"SELECT count(*) FROM tickets WHERE summary = '{REPORT}'"
        await server.wait_for(lambda: rig.city.count(opened) == 1, WAIT)
        waited = time.monotonic() - began
        await posting
        await rig.taken_in(PATIENCE)
        held = rig.city.count("SELECT count(*) FROM submissions WHERE state = 'held'")
        tickets = rig.city.count("SELECT count(*) FROM tickets")
        assert await rig.city.stop() == 0
        assert findings(await rig.records()) == []
        assert busiest_minute(server, rig.city.group.id) <= A_MINUTE
    assert tickets <= 12
    assert held >= BY_ONE - 20
    print(
        f"\n{BY_ONE} posts of one member: another's report had its ticket after {waited:.1f} s; {held} held"
    )


def busiest_minute(server: FakeTelegram, group: int) -> int:
    """The most posts of ours that one group was sent within any minute."""
    sent = [
        call.at
        for call in server.calls
        if call.performed and call.method.startswith("send") and str(call.args.get("chat_id")) == str(group)
    ]
    return max((sum(at <= other < at + 60 for other in sent) for at in sent), default=0)
