"""A photo that another ticket has too: moderators are asked, never on the photo alone."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from handlers import lookalikes
from handlers.context import Turn
from handlers.posts import Post
from storage.database import Database
from storage.models import Attachment, Message
from storage.states import AttachmentState, TicketStatus
from tests.handlers.desk import NOWHERE, ROOM, Desk, at_street, report

SEEN, ALIKE, OTHER = "f0f0f0f0f0f0f0f0", "f0f0f0f0f0f0f0f1", "0f0f0f0f0f0f0f0f"
ALLEY = replace(NOWHERE, text="hẻm 7 Lê Lợi", street="Lê Lợi", alley="7")
MEANINGS = {
    "đèn hư Lê Lợi": report("lighting", "Lê Lợi"),
    "tối quá trời": replace(report("lighting"), place=replace(at_street("Lê Lợi"), number="120")),
    "tắt ngúm": replace(report("lighting"), place=ALLEY),
    "tắt Lê Lai": report("lighting", "Lê Lai"),
    "rác Lê Lợi": report("waste", "Lê Lợi"),
}


@pytest.fixture
async def desk(database: Database) -> Desk:
    made = Desk(database, MEANINGS)
    await made.open()
    return made


async def arrive(desk: Desk, message: str, digits: str) -> None:
    """A message's photo is there, and is compared."""
    async with desk.database.write() as session:
        mine = select(col(Message.id)).where(col(Message.external_id) == message).scalar_subquery()
        await session.execute(
            update(Attachment)
            .where(col(Attachment.message_id) == mine)
            .values(state=AttachmentState.STORED, perceptual_hash=digits)
        )
        photos = select(Attachment).where(col(Attachment.message_id) == mine)
        turn = Turn(desk.services, session, "telegram", "telegram", desk.now, desk.now)
        for photo in (await session.scalars(photos)).all():
            await lookalikes.handle(turn, photo)


async def asked(desk: Desk) -> list[Post]:
    return [one.content for one in await desk.said("notice", ROOM) if isinstance(one.content, Post)]


async def told_twice(desk: Desk, second: str, digits: str) -> list[Post]:
    await arrive(desk, await desk.say("hoa", "tối quá trời", photos=1), SEEN)
    await arrive(desk, await desk.say("lan", second, photos=1), digits)
    return await asked(desk)


async def test_moderators_are_asked_and_may_merge(desk: Desk) -> None:
    (question,) = await told_twice(desk, "tắt ngúm", ALIKE)
    assert question.buttons[0][0].data == "m:2:1"
    await desk.press("mod", "m:2:1")
    assert [one.status for one in await desk.tickets()] == [TicketStatus.NEW, TicketStatus.MERGED]


async def test_another_photo_asks_nothing(desk: Desk) -> None:
    assert await told_twice(desk, "tắt ngúm", OTHER) == []


async def test_another_matter_asks_nothing(desk: Desk) -> None:
    assert await told_twice(desk, "rác Lê Lợi", ALIKE) == []
    assert len(await desk.tickets()) == 2


async def test_another_street_asks_nothing(desk: Desk) -> None:
    assert await told_twice(desk, "tắt Lê Lai", ALIKE) == []
    assert len(await desk.tickets()) == 2
