"""Bar 7: very many messages at once, and one member who posts thousands.

All are kept, memory stays level, the group hears no more than twenty posts a minute, and somebody else's
report does not wait behind them.
"""

import asyncio
import time
from pathlib import Path

import pytest

from tests.chaos.history import findings
from tests.chaos.rig import BOTH_IN_FULL, FULL, SEED, Rig
from tests.chaos.script import Said, day
from tests.fakes.telegram import FakeTelegram

MESSAGES = 100_000 if FULL else 300
BY_ONE = 5_000 if FULL else 150
MEMORY = 400_000  # KiB at the most
CHATTER = 0.9  # of a flood: each tenth message is a report of its own
A_MINUTE = 20
WAIT = 60.0  # seconds until another member's report has its ticket
PATIENCE = 120 + MESSAGES / 50
REPORT = "Nắp cống trước số 9001 Trần Hưng Đạo bị bể, nguy hiểm quá"
pytestmark = pytest.mark.timeout(3 * PATIENCE)


@BOTH_IN_FULL
async def test_everything_at_once(tmp_path: Path, url: str) -> None:
    told = day(SEED, 2 * MESSAGES, int(time.time()) - 3600, CHATTER)
    steps = [said for said in told if not said.photos][:MESSAGES]
    async with FakeTelegram() as server:
        rig = Rig(tmp_path, server, url)
        await rig.post(steps)
        began = time.monotonic()
        await rig.start()
        await rig.taken_in(PATIENCE)
        took, memory = time.monotonic() - began, rig.city.peak_memory()
        assert await rig.city.stop() == 0
        records = await rig.records()
        assert findings(records) == []
        most = busiest_minute(server, rig.city.group.id)
    assert most <= A_MINUTE
    assert memory <= MEMORY
    print(
        f"\nbar 7, {'postgresql' if url else 'sqlite'}, seed {SEED}: {len(steps)} messages at once,"
        f" all stored and handled in {took:.0f} s ({len(steps) / took:.0f} a second),"
        f" {len(records.tickets)} tickets, {memory // 1024} MiB at most, {most} posts in the busiest minute"
    )


@BOTH_IN_FULL
async def test_one_member_who_posts_thousands(tmp_path: Path, url: str) -> None:
    now = int(time.time()) - 600
    flood = [Said("Nhiều", f"Rác trước số {n} Nguyễn Huệ chưa ai gom", 0, now, False) for n in range(BY_ONE)]
    async with FakeTelegram() as server:
        rig = Rig(tmp_path, server, url, limits="")
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
        f"\nbar 7, {'postgresql' if url else 'sqlite'}: {BY_ONE} posts of one member, {held} held,"
        f" {tickets} tickets; another's report had its ticket after {waited:.1f} s"
    )


def busiest_minute(server: FakeTelegram, group: int) -> int:
    """The most posts of ours that one group was sent within any minute."""
    sent = [
        call.at
        for call in server.calls
        if call.performed and call.method.startswith("send") and str(call.args.get("chat_id")) == str(group)
    ]
    return max((sum(at <= other < at + 60 for other in sent) for at in sent), default=0)
