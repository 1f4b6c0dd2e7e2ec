"""The table of rights, walked: every command and button x role x chat x own or another's ticket."""

from collections.abc import Iterator
from itertools import product

import pytest
from sqlalchemy import update
from sqlmodel import col

from handlers import authority, buttons, presses
from handlers.authority import RULES, Scope, Standing, Verdict, standing, verdict
from handlers.commands import COMMANDS
from storage import chats, members, outbox
from storage.models import Chat, Member, Ticket
from storage.states import ChatRole, MemberRole, TicketStatus
from tests.chaos import effects
from tests.handlers.desk import GROUP, MONDAY, ROOM, Desk

DESK_CHAT, PRIVATE_CHAT = "-300", "own"
CHATS = {
    GROUP: ChatRole.COMMUNITY,
    ROOM: ChatRole.MODERATION,
    DESK_CHAT: ChatRole.DEPARTMENT,
    PRIVATE_CHAT: ChatRole.PRIVATE,
}
PEOPLE = {
    "hoa": MemberRole.MEMBER,
    "lan": MemberRole.MEMBER,
    "officer": MemberRole.DEPARTMENT,
    "stranger-officer": MemberRole.DEPARTMENT,
    "mod": MemberRole.MODERATOR,
    "chief": MemberRole.ADMINISTRATOR,
}
PRESSES = {
    "press.move": "t:1:accept",
    "press.overturn": "t:1:reopen",
    "press.menu": "n:1:kind",
    "press.set": "c:1:waste",
    "press.due": "e:1:1",
    "press.reason": "r:1:unclear",
    "press.act": "x:1:urgent",
    "press.undo": "u:1:1",
    "press.merge": "m:1:2",
    "press.decline": "y:1:decline",
    "press.kind": "q:1:report",
    "press.held": "h:1:drop",
    "press.delivery": "o:1:drop",
    "press.rate": "s:1:yes",
    "press.page": "p:1:1",
    "press.confirm": "b:1:yes",
}


def test_every_command_and_button_has_a_row() -> None:
    pressed = {action for action, _ in presses._ACTS.values()}
    assert set(RULES) == {command.action for command in COMMANDS} | pressed
    assert set(PRESSES) == pressed


def test_the_table_gives_no_role_more_than_the_one_above_it() -> None:
    order = [Scope.NONE, Scope.OWN, Scope.DEPARTMENT, Scope.ALL]
    for action, rule in RULES.items():
        ranks = [order.index(rule.scope(role)) for role in MemberRole]
        assert ranks == sorted(ranks), action


def test_members_command_nothing_but_their_own_matters() -> None:
    free = {action for action, rule in RULES.items() if rule.member is not Scope.NONE}
    assert free == {
        *(f"command.{name}" for name in ("help", "report", "lookup", "mine", "erase")),
        *("press.rate", "press.page", "press.confirm"),
    }


def a_ticket(department: str | None = None, reporter: int = 1) -> Ticket:
    return Ticket(
        number=1001,
        code="PA1001",
        chat_id=1,
        origin="1",
        reporter_id=reporter,
        kind="report",
        category="lighting",
        status=TicketStatus.NEW,
        department=department,
        opened_at=MONDAY,
    )


@pytest.mark.parametrize(
    ("action", "role", "chat", "ticket", "expected"),
    [
        ("command.done", MemberRole.DEPARTMENT, ChatRole.COMMUNITY, a_ticket("chieusang"), Verdict.ALLOWED),
        ("command.done", MemberRole.DEPARTMENT, ChatRole.COMMUNITY, a_ticket(None), Verdict.ALLOWED),
        (
            "command.done",
            MemberRole.DEPARTMENT,
            ChatRole.COMMUNITY,
            a_ticket("moitruong"),
            Verdict.DEPARTMENT,
        ),
        ("command.done", MemberRole.MEMBER, ChatRole.COMMUNITY, a_ticket(reporter=7), Verdict.ROLE),
        ("command.assign", MemberRole.DEPARTMENT, ChatRole.MODERATION, a_ticket("chieusang"), Verdict.ROLE),
        ("command.assign", MemberRole.MODERATOR, ChatRole.DEPARTMENT, a_ticket(), Verdict.CHAT),
        ("command.report", MemberRole.MEMBER, ChatRole.PRIVATE, None, Verdict.GROUP),
        ("command.grant", MemberRole.MODERATOR, ChatRole.MODERATION, None, Verdict.ADMINISTRATOR),
        ("command.grant", MemberRole.ADMINISTRATOR, ChatRole.MODERATION, None, Verdict.ALLOWED),
        ("press.rate", MemberRole.ADMINISTRATOR, ChatRole.COMMUNITY, a_ticket(reporter=8), Verdict.OWN),
        ("press.rate", MemberRole.MEMBER, ChatRole.COMMUNITY, a_ticket(reporter=7), Verdict.ALLOWED),
    ],
)
def test_verdict(
    action: str, role: MemberRole, chat: ChatRole, ticket: Ticket | None, expected: Verdict
) -> None:
    who = Standing(7, role, "chieusang" if role is MemberRole.DEPARTMENT else None)
    assert verdict(action, who, chat, ticket) is expected


def test_whoever_sits_in_a_departments_chat_is_of_that_department() -> None:
    chat = Chat(
        platform="t", external_id="1", role=ChatRole.DEPARTMENT, department="moitruong", created_at=MONDAY
    )
    member = Member(platform="t", external_id="2", name="Lan", created_at=MONDAY)
    assert standing(member, chat) == Standing(None, MemberRole.DEPARTMENT, "moitruong")
    member.role = MemberRole.MODERATOR
    assert standing(member, chat).role is MemberRole.MODERATOR


async def _open(desk: Desk) -> None:
    """All kinds of chats, people of all roles, and two tickets: lighting's, reported by Hoa, and another."""
    async with desk.database.write() as session:
        for external_id, kind in CHATS.items():
            chat = await chats.ensure(session, "telegram", external_id, kind.value, desk.now)
            chat.role = kind
            chat.department = "moitruong" if kind is ChatRole.DEPARTMENT else None
        for name, role in PEOPLE.items():
            member = await members.ensure(session, "telegram", name, name.title(), desk.now)
            member.role = role
            member.department = {"officer": "chieusang", "stranger-officer": "moitruong"}.get(name)
    await desk.say("hoa", "đèn hư Hai Bà Trưng")
    await desk.say("lan", "rác Lê Lợi")


def _expected(action: str, name: str, chat: ChatRole) -> bool:
    """The table, read the long way round for ticket 1: Hoa's, of the lighting department."""
    if action in ("press.page", "press.confirm"):
        return (name, chat) == ("mod", ChatRole.MODERATION)  # who was asked, and where
    rule = RULES[action]
    role, department = PEOPLE[name], {"officer": "chieusang", "stranger-officer": "moitruong"}.get(name)
    if chat is ChatRole.DEPARTMENT and role is MemberRole.MEMBER:
        role, department = MemberRole.DEPARTMENT, "moitruong"
    scope = rule.scope(role)
    if scope is Scope.NONE or chat not in rule.chats:
        return False
    about_ticket = action.startswith("press.") and PRESSES[action][0] in "tncdrxmsy"
    about_ticket = about_ticket or _command_about_ticket(action)
    if not about_ticket or scope is Scope.ALL:
        return True
    return name == "hoa" if scope is Scope.OWN else department == "chieusang"


def _command_about_ticket(action: str) -> bool:
    return action.startswith("command.") and any(text.startswith("1001") for text in (words_for(action),))


def words_for(action: str) -> str:
    name = action.partition(".")[2]
    rest = {
        "help": "",
        "report": "đèn hư",
        "mine": "",
        "erase": "",
        "list": "",
        "search": "den",
        "assign": "1001 chieusang",
        "deadline": "1001 mai 17h",
        "reject": "1001 trùng",
        "pause": "1001 chờ",
        "classify": "1001 kiến nghị",
        "place": "1001 đâu đó",
        "split": "1001 rác",
        "merge": "1001 1002",
        "mute": "Nobody",
        "unmute": "Nobody",
        "flood": "Nobody",
        "stats": "",
        "digest": "",
        "route": "chiếu sáng: dienluc",
        "export_names": "",
        "grant": "điều phối",
        "revoke": "",
    }
    return rest.get(name, "1001")


def _attempts(action: str) -> Iterator[tuple[str, str]]:
    yield from product(PEOPLE, CHATS)


@pytest.mark.sqlite_in_short  # who may is decided before a table is asked
@pytest.mark.parametrize("action", [command.action for command in COMMANDS])
async def test_commands(desk: Desk, action: str) -> None:
    await _open(desk)
    command = next(one for one in COMMANDS if one.action == action)
    before = await effects.city(desk.database)
    for name, chat in _attempts(action):
        await desk.say(name, f"/{command.words[0]} {words_for(action)}", chat=chat)
        allowed, after = _expected(action, name, CHATS[chat]), await effects.city(desk.database)
        assert (await desk.audit())[-1] == (action, allowed), (name, chat)
        assert allowed or effects.changed(before, after) == [], (name, chat)
        before = after


@pytest.mark.sqlite_in_short  # who may is decided before a table is asked
@pytest.mark.parametrize("action", PRESSES)
async def test_buttons(desk: Desk, action: str) -> None:
    await _open(desk)
    await desk.say("mod", "/danhsach" if action == "press.page" else "/xoadulieu", chat=ROOM)
    for name, chat in _attempts(action):
        async with desk.database.write() as session:  # whoever may decline it has done so
            await session.execute(update(Ticket).where(col(Ticket.id) == 1).values(department="chieusang"))
        before = await effects.city(desk.database)
        await desk.press(name, PRESSES[action], chat=chat)
        allowed, after = _expected(action, name, CHATS[chat]), await effects.city(desk.database)
        assert (await desk.audit())[-1] == (action, allowed), (name, chat)
        assert allowed or effects.changed(before, after) == [], (name, chat)


async def test_a_role_is_read_when_the_button_is_pressed(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    async with desk.database.write() as session:
        mod = await members.find(session, "telegram", "mod")
        assert mod is not None
        mod.role = MemberRole.MEMBER
    await desk.press("mod", "t:1:accept")
    assert (await desk.ticket()).status == TicketStatus.NEW


async def test_a_button_made_up_or_moved_or_old_does_nothing(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư")
    await desk.press_raw("mod", "t:1:accept")
    of_the_group = desk.services.seal.close("t:1:accept", 1, desk.now)
    await desk.press_raw("mod", of_the_group)
    old = desk.services.seal.close("t:1:accept", 2, desk.now.replace(year=2025, day=1))
    await desk.press_raw("mod", old.replace("accept", "resolve"))
    await desk.press_raw("mod", old)
    assert (await desk.ticket()).version == 1
    assert await desk.audit() == [("press.unsealed", False)] * 4
    async with desk.database.read() as session:
        card = await outbox.by_key(session, "card:1:2")
    assert card is not None
    await desk.press_raw("mod", card.payload["buttons"][0][0]["data"])
    assert (await desk.ticket()).status == TicketStatus.ACCEPTED


def test_data_of_buttons_fits() -> None:
    widest = ["t:1234567890:in_progress", "c:1234567890:administration", "m:1234567890:1234567890"]
    from handlers.seals import Seal

    assert all(len(Seal(b"k").close(data, 10**9, MONDAY)) <= 64 for data in widest)
    assert buttons.read("c:1:waste") == buttons.SetPressed(1, "category", "waste")


def test_ranks() -> None:
    assert authority.may(MemberRole.ADMINISTRATOR, MemberRole.MODERATOR)
    assert not authority.may(MemberRole.DEPARTMENT, MemberRole.MODERATOR)
