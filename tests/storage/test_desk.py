"""What the moderators' room asks of the tables."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from storage import chats, desk, members, messages, submissions
from storage.database import Database
from storage.models import Chat, Member, Message, Submission, row_id
from storage.states import AttachmentState, MemberRole, SubmissionState

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


async def test_a_limit_leaves_out_those_with_fewer_rights(database: Database) -> None:
    async with database.write() as session:
        for number, role in enumerate(
            [MemberRole.DEPARTMENT] * 5 + [MemberRole.MODERATOR, MemberRole.ADMINISTRATOR]
        ):
            member = await members.ensure(session, "telegram", f"{number}", f"Officer {number}", NOW)
            member.role = role
    async with database.read() as session:
        found = await desk.people(session, list(MemberRole), 3, ids=None)
    assert [one.member.role for one in found] == [
        MemberRole.ADMINISTRATOR,
        MemberRole.MODERATOR,
        MemberRole.DEPARTMENT,
    ]
    assert found[-1].member.name == "Officer 0"


async def test_what_was_said_is_with_its_own_submission(database: Database) -> None:
    async with database.write() as session:
        chat = await chats.ensure(session, "telegram", "-1", "", NOW)
        member = await members.ensure(session, "telegram", "1", "Hoa", NOW)
        await session.flush()
        said = [await say(session, chat, member, f"{number}") for number in range(2)]
    async with database.read() as session:
        found = await desk.told(session, said[::-1])
    assert [[one.text for one in told.messages] for told in found] == [["1"], ["0"]]
    assert [[photo.external_ref for photo in told.photos] for told in found] == [["photo-1"], ["photo-0"]]


async def say(session: AsyncSession, chat: Chat, member: Member, words: str) -> Submission:
    whose: dict[str, Any] = {"chat_id": row_id(chat), "member_id": row_id(member)}
    told = Submission(**whose, state=SubmissionState.QUESTION, opened_at=NOW, open_until=NOW)
    await submissions.add(session, told)
    message = Message(
        **whose, external_id=words, submission_id=told.id, sent_at=NOW, received_at=NOW, text=words
    )
    await messages.add(session, message)
    (photo,) = await messages.attach(session, message, "telegram", [f"photo-{words}"], NOW)
    photo.state = AttachmentState.STORED
    return told
