"""What the public board may show is a moderator's word, and can be taken back."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from handlers.posts import Post
from storage.models import Attachment, TicketEvent
from storage.states import AttachmentState
from tests.handlers.desk import PRIVATE_OF, ROOM, Desk

LAMP = "đèn hư Hai Bà Trưng"


async def stored(desk: Desk) -> None:
    async with desk.database.write() as session:
        for number, photo in enumerate(
            await session.scalars(select(Attachment).order_by(col(Attachment.id)))
        ):
            photo.state, photo.content_hash = AttachmentState.STORED, f"{number:064x}"


async def shown(desk: Desk) -> list[bool | None]:
    async with desk.database.read() as session:
        rows = await session.scalars(select(Attachment).order_by(col(Attachment.id)))
        return [photo.on_board for photo in rows]


async def test_a_ticket_is_taken_off_and_put_back(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/giau 1001", chat=ROOM)
    assert (await desk.ticket()).hidden
    await desk.say("mod", "/giau 1001", chat=ROOM)
    await desk.say("mod", "/hien #PA1001", chat=ROOM)
    assert not (await desk.ticket()).hidden
    assert (await desk.history())[-2:] == ["hidden", "shown"]


@pytest.mark.parametrize("words", ["/tracuu 1001", "#PA1001 sao rồi"])
async def test_what_is_hidden_is_unknown_to_strangers(desk: Desk, words: str) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/giau 1001", chat=ROOM)
    for who in ("stranger", "hoa", "officer"):
        await desk.say(who, words, chat=f"{PRIVATE_OF}{who}")
    told = {one.chat: one.content.text for one in await desk.said("reply") if isinstance(one.content, Post)}
    assert told[f"{PRIVATE_OF}stranger"] == "Không có phiếu #PA1001."
    assert "Hai Bà Trưng" in told[f"{PRIVATE_OF}hoa"]
    assert "Hai Bà Trưng" in told[f"{PRIVATE_OF}officer"]


async def test_hiding_is_undone_like_anything_else(desk: Desk) -> None:
    await desk.say("hoa", LAMP)
    await desk.say("mod", "/hide 1001", chat=ROOM)
    await desk.say("mod", "/hoantac 1001", chat=ROOM)
    assert not (await desk.ticket()).hidden


async def test_no_photo_is_public_until_somebody_has_looked(desk: Desk) -> None:
    await desk.say("hoa", LAMP, photos=2)
    await stored(desk)
    assert await shown(desk) == [None, None]
    await desk.say("mod", "/anh 1001", chat=ROOM)
    assert await shown(desk) == [True, True]
    await desk.say("mod", "/anh 1001 thôi", chat=ROOM)
    assert await shown(desk) == [False, False]
    assert (await desk.history())[-2:] == ["photos_shown", "photos_hidden"]


async def test_photos_that_are_not_there_can_not_be_shown(desk: Desk) -> None:
    await desk.say("hoa", LAMP, photos=1)
    await desk.say("mod", "/anh 1001", chat=ROOM)
    assert await shown(desk) == [None]
    assert "chưa có hình" in await desk.only("reply", ROOM)


async def test_history_names_photos_by_number_and_nothing_that_somebody_wrote(desk: Desk) -> None:
    await desk.say("hoa", LAMP, photos=1)
    await stored(desk)
    await desk.say("mod", "/anh 1001", chat=ROOM)
    async with desk.database.read() as session:
        row = (
            await session.scalars(select(TicketEvent).where(col(TicketEvent.action) == "photos_shown"))
        ).one()
    assert row.detail == {"photos": [1]}


async def test_one_photo_of_several_and_back_to_be_judged(desk: Desk) -> None:
    await desk.say("hoa", LAMP, photos=3)
    await stored(desk)
    await desk.say("mod", "/anh 1001 1 3", chat=ROOM)
    assert await shown(desk) == [True, None, True]
    await desk.say("mod", "/anh 1001 id1 thôi", chat=ROOM)
    assert await shown(desk) == [False, None, True]
    await desk.say("mod", "/anh 1001 xem lại", chat=ROOM)
    assert await shown(desk) == [None, None, None]
    await desk.say("mod", "/anh 1001 9", chat=ROOM)
    assert await shown(desk) == [None, None, None]
    assert (await desk.history())[-3:] == ["photos_shown", "photos_hidden", "photos_unjudged"]
