"""Which reply is of the ticket that it answers, and which of something else."""

from dataclasses import replace

import pytest

from handlers.matters import is_a_sigh, is_another, is_neighbours_own, says_nothing_of_one
from handlers.understanding import Intent, Kind, Understanding
from storage.database import Database
from storage.states import TicketStatus
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import ROOM, Desk, at_street, intent, report

DRAIN = "cống trước nhà em cũng nghẹt"
SURE, UNSURE = 0.8, 0.4
ALLEY = replace(at_street("Lê Lợi"), alley="12", text="hẻm 12 Lê Lợi")  # where the ticket is, of waste
OTHER_ALLEY = replace(ALLEY, alley="30", text="hẻm 30 Lê Lợi")
HOUSE = at_street("Lê Lợi", "77")
PERHAPS = report("waste", confidence=0.6)
SAME = replace(intent(Intent.SAME_HERE, "drainage"), category_confidence=0.95)


@pytest.mark.parametrize(
    ("seen", "reporters", "neighbours"),
    [
        (replace(PERHAPS, place=OTHER_ALLEY), False, True),
        (replace(PERHAPS, place=replace(OTHER_ALLEY, street=None, text="hẻm 30")), False, True),
        (replace(report("waste"), place=OTHER_ALLEY), True, True),
        (replace(report("waste"), place=HOUSE), False, True),
        (replace(report("waste"), place=ALLEY), False, False),
        (report("waste"), False, False),
        (report("road", "Lê Lợi"), True, True),
        (report("road"), False, True),
        (report("road", confidence=0.6), False, True),
        (replace(report("road"), category_confidence=0.7), False, False),
        (report("power", urgent=True), False, False),
        (SAME, False, True),
        (replace(SAME, category="waste"), False, False),
        (replace(SAME, category_confidence=0.3), False, False),
    ],
)
def test_another_matter(seen: Understanding, *, reporters: bool, neighbours: bool) -> None:
    assert is_another(seen, "waste", ALLEY, SURE) == reporters
    assert is_neighbours_own(DRAIN, seen, "waste", ALLEY, UNSURE) == neighbours


def test_what_is_told_in_each_others_words_is_one_matter() -> None:
    assert not is_neighbours_own(DRAIN, SAME, "road", ALLEY, UNSURE)


def test_few_words_name_no_matter_whatever_they_sound_like() -> None:
    assert not is_neighbours_own("me too", SAME, "waste", ALLEY, UNSURE)


@pytest.mark.parametrize(
    ("seen", "nothing"),
    [
        (replace(PERHAPS, kind=Kind.COMPLAINT, category_confidence=0.1), True),
        (replace(PERHAPS, kind=Kind.SUGGESTION, category="other"), True),
        (replace(PERHAPS, kind=Kind.COMPLAINT), False),
        (replace(PERHAPS, category_confidence=0.1), False),
        (replace(PERHAPS, kind=Kind.COMPLAINT, category_confidence=0.1, feedback=SURE), False),
        (replace(PERHAPS, kind=Kind.COMPLAINT, category="other", place=HOUSE), False),
        (replace(PERHAPS, kind=Kind.COMPLAINT, category="other", intent=Intent.STILL_BROKEN), False),
    ],
)
def test_discontent_with_nothing_of_the_city_is_no_follow_up(seen: Understanding, *, nothing: bool) -> None:
    assert says_nothing_of_one("bà dọn nhà đi", seen, SURE) == nothing
    assert not says_nothing_of_one("mong xử lý gấp giùm", seen, SURE)


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        ("ghê quá", True),
        ("Trời ơi chán quá!", True),
        ("bo tay", True),
        ("hôi quá", False),
        ("cháy", False),
        ("", False),
    ],
)
def test_a_sigh_says_nothing_else(words: str, *, is_one: bool) -> None:
    assert is_a_sigh(words) == is_one


async def test_no_moderator_is_asked_about_a_sigh(database: Database) -> None:
    desk = Desk(database, {**MEANINGS, "chán quá": PERHAPS, "rác quá": PERHAPS})
    await desk.open()
    await desk.say("hoa", "chán quá")
    assert await desk.said("question", ROOM) == []
    await desk.say("minh", "rác quá")
    assert len(await desk.said("question", ROOM)) == 1


WIRE = report("power", urgent=True)
WIRE_TOO = report("power", urgent=True, confidence=0.8)
TREE = report("tree", "Nguyễn Du", urgent=True)


async def test_a_danger_of_another_sort_rings_under_an_urgent_ticket_too_and_once(database: Database) -> None:
    said = {"cây đè nhà": TREE, "mà dây điện đứt kìa": WIRE, "dây điện kìa": WIRE_TOO, "cây đè": TREE}
    desk = Desk(database, {**MEANINGS, **said})
    await desk.open()
    post = await desk.say("hoa", "cây đè nhà")
    await desk.say("hoa", "cây đè", reply_to=post)
    assert len(await desk.said("alarm", ROOM)) == 1
    await desk.say("hoa", "mà dây điện đứt kìa", reply_to=post)
    await desk.say("minh", "dây điện kìa", reply_to=post)
    assert len(await desk.said("alarm", ROOM)) == 2
    assert len(await desk.tickets()) == 1


QUARREL = replace(PERHAPS, kind=Kind.SUGGESTION, category="other")


async def test_a_quarrel_reopens_nothing_and_is_no_voice(database: Database) -> None:
    desk = Desk(database, {**MEANINGS, "dọn nhà đi": QUARREL})
    await desk.open()
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("minh", "dọn nhà đi", reply_to=post)
    assert (await desk.ticket()).voices == 1
    await desk.say("officer", "đã xử lý", reply_to=post)
    await desk.say("minh", "dọn nhà đi", reply_to=post)
    assert (await desk.ticket()).status == TicketStatus.RESOLVED


async def test_a_neighbours_other_matter_is_no_voice_but_a_question(database: Database) -> None:
    desk = Desk(database, {**MEANINGS, DRAIN: SAME})
    await desk.open()
    post = await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("minh", DRAIN, reply_to=post)
    assert (await desk.ticket()).voices == 1
    assert DRAIN in await desk.only("question", ROOM)
