"""What a transaction reads once, and when it reads it anew."""

import contextlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import event, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import chats, members, messages, names, routes, submissions
from storage.database import Database
from storage.models import Chat, Department, Member, Message, RouteOverride, Submission, row_id
from storage.states import ChatRole, SubmissionState

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)
WINDOW = timedelta(minutes=2)
GROUP, OTHER = ("telegram", "-1"), ("telegram", "-2")


class Statements:
    """Counts what a database is asked."""

    def __init__(self, database: Database) -> None:
        self.count = 0
        event.listen(database._writer.sync_engine, "before_cursor_execute", self._heard)

    def _heard(self, *_: object) -> None:
        self.count += 1


async def test_a_transaction_asks_once(database: Database) -> None:
    async with database.write() as session:
        chat = await chats.ensure(session, *GROUP, "Công ích", NOW)
        asked = Statements(database)
        assert await chats.find(session, *GROUP) is chat
        assert await chats.with_role(session, ChatRole.UNKNOWN) == [chat]
        assert await chats.with_role(session, ChatRole.UNKNOWN) == [chat]
        assert asked.count == 1
    async with database.write() as session:
        again = await chats.find(session, *GROUP)
        assert again is not None
        assert again is not chat


async def test_who_was_not_there_is_found_once_they_are(database: Database) -> None:
    async with database.write() as session:
        assert await members.find(session, "telegram", "7") is None
        made = await members.ensure(session, "telegram", "7", "Lan", NOW)
        assert await members.find(session, "telegram", "7") is made
        assert await chats.find(session, *GROUP) is None
        assert await chats.with_role(session, ChatRole.UNKNOWN) == []
        chat = await chats.ensure(session, *GROUP, "Công ích", NOW)
        assert await chats.find(session, *GROUP) is chat
        assert await chats.with_role(session, ChatRole.UNKNOWN) == [chat]


async def test_several_that_were_asked_for_together_need_no_look_of_their_own(database: Database) -> None:
    async with database.write() as session:
        await members.create(session, {("telegram", "7"): "Lan", ("telegram", "8"): "Ba"}, NOW)
        found = await names.find_all(session, Member, [("telegram", "7"), ("telegram", "8")])
        asked = Statements(database)
        assert await members.ensure(session, "telegram", "8", "Ba", NOW) is found["telegram", "8"]
        assert asked.count == 0


async def test_a_chat_that_changes_its_role_is_among_others_then(database: Database) -> None:
    async with database.write() as session:
        chat, new = [await chats.ensure(session, *name, "", NOW) for name in (GROUP, OTHER)]
        person = await members.ensure(session, "telegram", "7", "Lan", NOW)
        assert await chats.with_role(session, ChatRole.UNKNOWN) == [chat, new]
        await chats.private(session, new, person.id or 0)
        assert await chats.with_role(session, ChatRole.UNKNOWN) == [chat]
        third = await chats.ensure(session, "telegram", "-3", "", NOW)
        assert await chats.with_role(session, ChatRole.UNKNOWN) == [chat, third]
        await chats.move(session, chat, third)
        assert await chats.with_role(session, ChatRole.UNKNOWN) == [third]


async def test_a_rule_said_in_a_command_holds_at_once(database: Database) -> None:
    async with database.write() as session:
        session.add(Department(key="moitruong", name="Môi trường"))
        person = await members.ensure(session, "telegram", "7", "Lan", NOW)
        assert await routes.overrides(session) == []
        rule = RouteOverride(category="rac", department="moitruong", member_id=person.id or 0, at=NOW)
        await routes.put(session, rule)
        assert await routes.overrides(session) == [rule]
        await routes.remove(session, "rac", "", urgent=False)
        assert await routes.overrides(session) == []


async def test_nobody_is_asked_for_what_is_known_not_to_be_there(database: Database) -> None:
    async with database.write() as session:
        chat, person = await _in_group(session)
        later = NOW + WINDOW
        submissions.note_none_open(session, chat, person, NOW, later)
        submissions.note_none_waits(session, chat)
        messages.note_unknown(session, chat, "5")
        asked = Statements(database)
        for at in (NOW, later):
            assert await submissions.recent(session, chat, person, at, WINDOW) == []
        assert await submissions.due(session, later, chat) == []
        assert await messages.find(session, chat, "5") is None
        assert asked.count == 0


async def test_what_came_meanwhile_is_found(database: Database) -> None:
    async with database.write() as session:
        chat, person = await _in_group(session)
        submissions.note_none_open(session, chat, person, NOW, NOW + WINDOW)
        submissions.note_none_waits(session, chat)
        messages.note_unknown(session, chat, "5")
        begun = _begun(chat, person, NOW)
        await submissions.add(session, begun)
        message = Message(chat_id=chat, external_id="5", member_id=person, sent_at=NOW, received_at=NOW)
        await messages.add(session, message)
        assert await submissions.recent(session, chat, person, NOW, WINDOW) == [begun]
        assert await submissions.due(session, NOW + WINDOW, chat) == [begun]
        assert await messages.find(session, chat, "5") is message


async def test_what_is_known_of_a_while_holds_for_no_other_moment(database: Database) -> None:
    async with database.write() as session:
        chat, person = await _in_group(session)
        begun = _begun(chat, person, NOW + WINDOW)
        await submissions.add(session, begun)
        submissions.note_none_open(session, chat, person, NOW + 2 * WINDOW, NOW + 3 * WINDOW)
        assert await submissions.recent(session, chat, person, NOW + 2 * WINDOW, WINDOW) == []
        assert await submissions.recent(session, chat, person, NOW, WINDOW) == [begun]


async def _in_group(session: AsyncSession) -> tuple[int, int]:
    """Our ids of a group and of somebody in it."""
    chat = await chats.ensure(session, *GROUP, "Công ích", NOW)
    return row_id(chat), row_id(await members.ensure(session, "telegram", "7", "Lan", NOW))


def _begun(chat: int, person: int, until: datetime) -> Submission:
    waits = SubmissionState.WAITING
    return Submission(chat_id=chat, member_id=person, state=waits, opened_at=NOW, open_until=until)


async def test_what_was_undone_is_not_remembered(database: Database) -> None:
    async with database.write() as session:
        chat = await chats.ensure(session, *GROUP, "Công ích", NOW)
        assert await chats.with_role(session, ChatRole.UNKNOWN) == [chat]
        with contextlib.suppress(ZeroDivisionError):
            async with session.begin_nested():
                chat.title = "khác"
                await chats.ensure(session, *OTHER, "", NOW)
                assert len(await chats.with_role(session, ChatRole.UNKNOWN)) == 2
                raise ZeroDivisionError
        found = await chats.with_role(session, ChatRole.UNKNOWN)
        assert [one.title for one in found] == ["Công ích"]
        assert await chats.find(session, *OTHER) is None


async def test_another_transaction_sees_what_was_changed_meanwhile(database: Database) -> None:
    async with database.write() as session:
        await chats.ensure(session, *GROUP, "", NOW)
    async with database.write() as session:
        await session.execute(update(Chat).values(role=ChatRole.COMMUNITY))
    async with database.write() as session:
        assert len(await chats.with_role(session, ChatRole.COMMUNITY)) == 1
