"""Whose a ticket is: the most exact rule holds, and an operator is told why."""

from dataclasses import replace

import pytest

from handlers.policy import Policy
from handlers.posts import Post
from handlers.routing import Hours, Routed, RoutingCase, Rule, explained, route
from handlers.understanding import Classifier
from handlers.worktime import WorkTime
from storage import routes
from storage.database import Database
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import MONDAY, NOWHERE, ROOM, Desk, Said

LAMP = RoutingCase("lighting", "Phường 2", urgent=False, working=True)
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
        (RoutingCase("waste", "", urgent=False, working=True), "moitruong"),
        (RoutingCase("waste", "", urgent=True, working=True), "tructhi"),
        (RoutingCase("waste", "", urgent=True, working=False), "trucdem"),
        (replace(LAMP, ward="", urgent=True), "chieusang"),  # names as much as the other, and is told first
    ],
)
def test_the_rule_that_names_most_holds(case: RoutingCase, department: str) -> None:
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
    case = RoutingCase("waste", "", urgent=True, working=False)
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


STRIP = Policy(routes=(Rule("moitruong", "lighting", hours=Hours.OFF),))


async def test_a_moderator_routes_by_command(database: Database) -> None:
    ward = replace(MEANINGS["đèn hư"], place=replace(NOWHERE, ward="Phường 2"))
    meanings = {
        **MEANINGS,
        "chiếu sáng Phường 2": ward,
        "đèn hư Phường 2": ward,
        "dây điện rớt Phường 2": replace(ward, category="power", urgent=True),
    }
    desk = Desk(database, meanings, STRIP)
    await desk.open()
    await desk.say("mod", "/tuyen chiếu sáng Phường 2: moi truong", chat=ROOM)
    await desk.say("mod", "/route khẩn: chieusang", chat=ROOM)
    await desk.say("hoa", "đèn hư Lê Lợi")
    await desk.say("minh", "đèn hư Phường 2")
    await desk.say("lan", "dây điện rớt Phường 2")
    assert [one.department for one in await desk.tickets()] == ["chieusang", "moitruong", "chieusang"]
    await desk.say("mod", "/tuyen chiếu sáng Phường 2: bỏ", chat=ROOM)
    await desk.say("tam", "đèn hư Phường 2")
    assert [one.department for one in await desk.tickets()][1:] == ["moitruong", "chieusang", "chieusang"]


async def test_what_holds_is_listed_and_what_is_not_understood_says_how(database: Database) -> None:
    desk = Desk(database, MEANINGS, STRIP)
    await desk.open()
    for words in (
        "",
        "đèn",
        "gì đó: chieusang",
        "rác thải: nobody",
        "rác thải: bỏ",
        "rác thải: chieusang",
        "rác thải: chieusang",
        "",
    ):
        await desk.say("mod", f"/tuyen {words}", chat=ROOM)
    answers = [_first_line(one) for one in await desk.said("reply", ROOM)]
    assert answers[0].startswith("Phiếu mới được giao như sau")
    assert answers[1].startswith("Ghi lĩnh vực hoặc phường")
    assert answers[2].startswith("Anh/chị ghi rõ lĩnh vực hoặc phường. Các lĩnh vực: Rác thải")
    assert "chieusang, moitruong" in answers[3]
    assert answers[4].startswith("Không có lệnh nào về")
    assert answers[5:7] == ["Từ nay: Rác thải → Chiếu sáng đô thị. Phiếu đang có giữ nguyên đơn vị."] * 2
    listed = (await desk.said("reply", ROOM))[-1].content
    assert isinstance(listed, Post)
    assert (
        listed.text.count("→") == 3
    )  # by command, the special rule, lighting's own; waste's own is replaced
    assert "(theo lệnh)" in listed.text
    assert "ngoài giờ làm việc" in listed.text
    await desk.say("officer", "/tuyen rác thải: moitruong", chat=ROOM)
    assert (await desk.audit())[-1] == ("command.route", False)


@pytest.mark.parametrize(
    "words",
    ["rác Phường 2: moitruong", "chiếu sáng Lê Lợi: moitruong", "khẩn gì đó: moitruong", "rác Phường 2: bỏ"],
)
async def test_words_that_are_left_over_change_nothing(database: Database, words: str) -> None:
    ward = replace(MEANINGS["đèn hư"], place=replace(NOWHERE, text="Phường 2", ward="Phường 2"))
    street = replace(ward, place=replace(NOWHERE, text="Lê Lợi", street="Lê Lợi"))
    desk = Desk(database, {"rác Phường 2": ward, "chiếu sáng Lê Lợi": street})
    await desk.open()
    await desk.say("mod", f"/tuyen {words}", chat=ROOM)
    (answer,) = await desk.said("reply", ROOM)
    assert _first_line(answer).startswith("Anh/chị ghi rõ lĩnh vực hoặc phường")
    async with desk.database.read() as session:
        assert list(await routes.overrides(session)) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Rác thải, phường Phú Lợi", "Rác thải, Phú Lợi"),
        ("chiếu sáng ở P. Phú Lợi", "Chiếu sáng, Phú Lợi"),
        ("khẩn và chiếu sáng xã Mỹ Xuyên", "Chiếu sáng, Mỹ Xuyên, KHẨN: có thể nguy hiểm đến người"),
        ("phường 2", "Phú Lợi"),  # as it was called before
        ("lighting in ward 2", "Chiếu sáng, Phú Lợi"),
    ],
)
async def test_a_ward_is_read_as_people_write_it(database: Database, words: str, told: str) -> None:
    desk = Desk(database, {})
    desk.services = replace(desk.services, understand=Classifier.bundled())
    await desk.open()
    await desk.say("mod", f"/tuyen {words}: moitruong", chat=ROOM)
    (answer,) = await desk.said("reply", ROOM)
    assert _first_line(answer).startswith(f"Từ nay: {told} → Môi trường.")


def _first_line(said: Said) -> str:
    assert isinstance(said.content, Post)
    return said.content.text.splitlines()[0]


def test_working_hours() -> None:
    work = WorkTime(Policy().work.zone)
    held = [work.holds(MONDAY.replace(hour=hour)) for hour in (0, 1, 5, 7, 12)]
    assert held == [False, True, False, True, False]
