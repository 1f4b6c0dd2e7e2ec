"""The demo's sample week, played through every door end to end: the same tickets as on the built-in chat.

What came of it there stands in `tickets.json` (`python -m tests.week` writes it anew). A door may differ in
what its messenger can't do, and in nothing else; each such difference is named here.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.chaos.rig import FULL
from tests.conversations.stages import STAGES
from tests.week.__main__ import KEPT
from tests.week.player import Week, WeekPlayer, cast, from_json, lines

# The doors that hear everything; Zalo's Bot Platform hears mentions only and has a test of its own.
LONG = pytest.mark.skipif(not FULL, reason="make chaos plays the week through this door too")
DOORS = [
    door if door == "telegram" else pytest.param(door, marks=LONG)
    for door in sorted(STAGES.keys() - {"zalo_bot"})
]
# Who got a place wrong can neither change it there nor say so under it: a moderator has to.
UNCHANGED = {"lamp2": "hẻm 20 Mạc Đĩnh Chi"}
# By replies to a post officers settle and neighbours join; that door does not tell replies.
UNTOLD = ("code", "status", "voices", "photos")


@pytest.fixture(scope="session")
def expected() -> Week:
    return from_json(json.loads(KEPT.read_text("utf-8")))


def difference(wanted: Sequence[str], found: Sequence[str]) -> str:
    """What differs, line by line; nothing where all is the same."""
    return "\n".join(unified_diff(wanted, found, "wanted", "found", n=0, lineterm=""))


@pytest.mark.sqlite_only
@pytest.mark.parametrize("door", DOORS)
async def test_the_same_tickets_come_of_it(door: str, tmp_path: Path, expected: Week) -> None:
    async with STAGES[door](tmp_path, cast=cast()) as stage:
        week = await WeekPlayer(stage).play()
    assert not (told := difference(lines(expected.tickets), lines(week.tickets))), told
    assert week.figures == expected.figures


@LONG
@pytest.mark.sqlite_only
async def test_where_mentions_are_heard_only_those_tickets_that_were_mentioned(
    tmp_path: Path, expected: Week
) -> None:
    async with STAGES["zalo_bot"](tmp_path, cast=cast()) as stage:
        week = await WeekPlayer(stage, only=expected.telling).play()
    meant = [replace(one, place=UNCHANGED.get(one.step, one.place)) for one in expected.tickets]
    wanted, found = (lines(tickets, without=UNTOLD) for tickets in (meant, week.tickets))
    assert not (told := difference(wanted, found)), told


def test_the_week_is_worth_playing(expected: Week) -> None:
    assert len(expected.tickets) > 20
    assert {one.status for one in expected.tickets} >= {"new", "resolved", "in_progress"}
    assert expected.figures["totals"]["received"] > 20
