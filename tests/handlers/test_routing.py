"""Whose a ticket is: the most exact rule holds, and an operator is told why."""

from dataclasses import replace

import pytest

from handlers.policy import Policy
from handlers.routing import Case, Hours, Routed, Rule, explained, route
from handlers.worktime import WorkTime
from storage.database import Database
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import MONDAY, Desk

LAMP = Case("lighting", "Phường 2", urgent=False, working=True)
RULES = [
    Rule("chieusang", "lighting"),
    Rule("phuong2", ward="Phường 2"),
    Rule("tructhi", urgent=True),
    Rule("trucdem", urgent=True, hours=Hours.OFF),
    Rule("chieusang2", "lighting", "Phường 2"),
]


@pytest.mark.parametrize(
    ("case", "department"),
    [
        (LAMP, "chieusang2"),
        (replace(LAMP, ward=""), "chieusang"),
        (replace(LAMP, category="waste"), "phuong2"),
        (Case("waste", "", urgent=False, working=True), "moitruong"),
        (Case("waste", "", urgent=True, working=True), "tructhi"),
        (Case("waste", "", urgent=True, working=False), "trucdem"),
        (replace(LAMP, ward="", urgent=True), "chieusang"),  # names as much as the other, and is told first
    ],
)
def test_the_rule_that_names_most_holds(case: Case, department: str) -> None:
    assert route(RULES, case, "moitruong").department == department


def test_without_a_rule_and_a_default_it_is_nobodys() -> None:
    routed = route([], LAMP)
    assert routed == Routed(None, None)
    assert "moderators hand it over" in explained(LAMP, routed, {})[-1]


def test_why() -> None:
    lines = explained(LAMP, route(RULES, LAMP), {"chieusang2": "Chiếu sáng P2"})
    assert lines == [
        "category lighting, ward Phường 2, not urgent, working hours",
        "goes to chieusang2 (Chiếu sáng P2), by the rule: lighting, in Phường 2 -> chieusang2",
        "rather than: lighting -> chieusang",
        "rather than: in Phường 2 -> phuong2",
    ]
    case = Case("waste", "", urgent=True, working=False)
    assert "urgent, outside working hours -> trucdem" in explained(case, route(RULES, case), {})[1]
    assert "routing.default" in explained(LAMP, route([], LAMP, "moitruong"), {})[1]


async def test_a_ticket_follows_the_rules_and_the_default(database: Database) -> None:
    rules = (Rule("moitruong", "lighting", hours=Hours.WORKING),)
    policy = Policy(routes=rules, default_department="chieusang")
    desk = Desk(database, {**MEANINGS, "ồn quá": replace(MEANINGS["đèn hư"], category="noise")}, policy)
    await desk.open()
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("minh", "ồn quá")
    assert [one.department for one in await desk.tickets()] == ["moitruong", "chieusang"]


def test_working_hours() -> None:
    work = WorkTime(Policy().work.zone)
    held = [work.holds(MONDAY.replace(hour=hour)) for hour in (0, 1, 5, 7, 12)]
    assert held == [False, True, False, True, False]
