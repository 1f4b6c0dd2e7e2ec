"""What is taken by its age: which rows, that no figure changes, and that the clock does it in turns."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot import purging
from handlers import digest, periods
from handlers.digest import DigestReader
from handlers.policy import HOME
from handlers.posts import Post
from handlers.pseudonyms import PREFIX, Pseudonyms
from handlers.retention import Retention
from storage import chats, dispatches, erasure, inbox, retention, web_answers
from storage.database import Database
from storage.dispatches import NewDispatch
from storage.models import (
    Attachment,
    Audit,
    Dispatch,
    Inbox,
    Member,
    Message,
    Outbox,
    RoomPost,
    SignInLink,
    Submission,
    TicketEvent,
    WebAnswer,
    WebSession,
    row_id,
)
from storage.retention import RetentionKind
from storage.states import AttachmentState, InboxState, OutboxState, TicketStatus
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import GROUP, MONDAY, ROOM, Desk

EVERYTHING = Retention(dict.fromkeys(RetentionKind, 30), "20 3 * * *")
LATER = timedelta(days=40)


@pytest.fixture
async def desk(database: Database) -> Desk:
    """A group with a ticket that has ended, one that is open, and talk."""
    made = Desk(database, MEANINGS)
    await made.open()
    made.services = replace(made.services, policy=replace(made.services.policy, retention=EVERYTHING))
    await made.say("hoa", "đèn hư Hai Bà Trưng", photos=1)
    await made.say("lan", "rác Lê Lợi", photos=1)
    await made.say("minh", "chào cả nhà", photos=1, location=(9.6, 105.9))
    await made.say("mod", "/xong 1001 đã thay bóng", chat=ROOM, photos=1)
    await made.say("mod", "/dong 1001", chat=ROOM)
    await _store_photos(made)
    await made.deliver()
    return made


async def _store_photos(desk: Desk) -> None:
    async with desk.database.write() as session:
        for photo in await session.scalars(select(Attachment)):
            photo.state, photo.content_hash = AttachmentState.STORED, f"{photo.id:064x}"


async def purge(
    desk: Desk, kinds: Sequence[RetentionKind] = tuple(RetentionKind)
) -> dict[RetentionKind, int]:
    befores = {kind: desk.now - timedelta(days=30) for kind in kinds}
    wanted = purging.cuts(befores, Pseudonyms(b"a city's key"))
    return await purging.at_once(desk.database, wanted, lambda *_: None)


async def test_what_led_to_nothing_goes_and_what_a_ticket_is_made_of_stays(desk: Desk) -> None:
    assert sum((await purge(desk)).values()) == 0  # nothing is old enough
    await desk.say("mod", "đặt ở hẻm 12", chat=ROOM)
    async with desk.database.write() as session:  # as an answer to "where?" is
        said = (await session.scalars(select(Message).order_by(col(Message.id).desc()).limit(1))).one()
        session.add(TicketEvent(ticket_id=2, at=desk.now, action="placed", message_id=row_id(said)))
    desk.now += LATER
    assert (await purge(desk, [RetentionKind.CHATTER]))[
        RetentionKind.CHATTER
    ] == 2  # the talk, and a bare command
    async with desk.database.read() as session:
        texts = {row.text for row in await session.scalars(select(Message))}
        told = {row.text for row in await session.scalars(select(Submission))}
        empty = (await session.scalars(select(Message).where(col(Message.text) == ""))).all()
        photos = {row.message_id: row.state for row in await session.scalars(select(Attachment))}
    assert {"đèn hư Hai Bà Trưng", "rác Lê Lợi", "/xong 1001 đã thay bóng", "đặt ở hẻm 12"} < texts
    assert "chào cả nhà" not in texts | told
    assert [row.latitude for row in empty] == [None, None]
    assert [number for number, state in photos.items() if state == AttachmentState.ERASED] == [empty[0].id]
    assert (await purge(desk, [RetentionKind.CHATTER]))[RetentionKind.CHATTER] == 0


async def test_photos_go_with_tickets_that_have_ended_before_and_after_alike(desk: Desk) -> None:
    desk.now += LATER
    assert (await purge(desk, [RetentionKind.PHOTOS]))[RetentionKind.PHOTOS] == 2
    async with desk.database.read() as session:
        rows = await session.execute(
            select(col(Message.text), col(Attachment.state)).join(
                Attachment, col(Attachment.message_id) == col(Message.id)
            )
        )
        left = {text for text, state in rows if state == AttachmentState.STORED}
        assert len(await erasure.files_to_remove(session, 10)) == 2
    assert left == {"rác Lê Lợi", "chào cả nhà"}  # an open ticket's; the other one goes with the talk


async def test_what_was_merged_into_an_open_ticket_is_part_of_it(desk: Desk) -> None:
    await desk.say("hoa", "đèn hư Lê Lợi", photos=1)
    await desk.say("mod", "/gop 1003 1002", chat=ROOM)
    desk.now += LATER
    assert (await desk.tickets())[2].status == TicketStatus.MERGED
    assert (await purge(desk, [RetentionKind.PHOTOS]))[RetentionKind.PHOTOS] == 2


async def test_a_ticket_to_which_something_happened_lately_is_alive(desk: Desk) -> None:
    await desk.say("mod", "/molai 1001", chat=ROOM, after=LATER)
    await desk.say("mod", "/dong 1001", chat=ROOM)
    assert (await purge(desk, [RetentionKind.PHOTOS]))[RetentionKind.PHOTOS] == 0
    await purge(desk, [RetentionKind.POSTS])
    async with desk.database.read() as session:
        rows = await session.scalars(select(Outbox).where(col(Outbox.ticket_id).is_not(None)))
        assert [row for row in rows if row.payload.get("text") == ""] == []


async def test_a_name_gives_its_place_to_a_pseudonym_and_comes_back_with_its_owner(desk: Desk) -> None:
    desk.now += LATER
    assert (await purge(desk, [RetentionKind.NAMES]))[RetentionKind.NAMES] == 2
    assert (await purge(desk, [RetentionKind.NAMES]))[RetentionKind.NAMES] == 0
    names = await _names(desk)
    assert names["hoa"].startswith(PREFIX)
    assert names["hoa"] != names["minh"]
    assert (names["lan"], names["mod"], names["officer"]) == ("Lan", "Mod", "Officer")  # open, at work
    await desk.say("hoa", "chào cả nhà")
    assert (await _names(desk))["hoa"] == "Hoa"


async def _names(desk: Desk) -> dict[str, str]:
    async with desk.database.read() as session:
        return {row.external_id: row.name for row in await session.scalars(select(Member))}


async def test_an_emptied_event_still_absorbs_its_repeat(desk: Desk) -> None:
    told = inbox.NewEvent("m:1", {"text": "đèn hư", "from": {"id": "hoa"}})
    async with desk.database.write() as session:
        await inbox.store(session, "telegram", "telegram", [told, replace(told, key="m:2")], desk.now)
        first, _ = (await session.scalars(select(Inbox).order_by(col(Inbox.id)))).all()
        await inbox.mark_done(session, [row_id(first)])
    desk.now += LATER
    assert (await purge(desk, [RetentionKind.RAW]))[RetentionKind.RAW] == 1
    async with desk.database.write() as session:
        assert await inbox.store(session, "telegram", "telegram", [told], desk.now) == 0
        rows = (await session.scalars(select(Inbox).order_by(col(Inbox.id)))).all()
    assert [(row.payload, row.state) for row in rows] == [
        ({}, InboxState.DONE),
        (told.payload, InboxState.PENDING),  # what is not handled yet is needed
    ]


async def test_our_posts_lose_their_words_where_no_ticket_is_alive(desk: Desk) -> None:
    told = NewDispatch("k", "ioc", {}, ticket_id=1)
    async with desk.database.write() as session:
        await dispatches.add(session, told, desk.now)
        await session.execute(update(Dispatch).values(state=OutboxState.DEAD, error="what is đèn hư?"))
        await session.execute(update(Outbox).values(error="what is đèn hư?"))
    desk.now += LATER
    taken = (await purge(desk, [RetentionKind.POSTS]))[RetentionKind.POSTS]
    async with desk.database.read() as session:
        rows = (await session.scalars(select(Outbox))).all()
        assert [row.error for row in await session.scalars(select(Dispatch))] == [None]
    emptied = [row for row in rows if row.payload.get("text") == ""]
    assert taken == len(emptied) > 2
    assert {row.error for row in emptied} == {None}
    assert [row for row in rows if row.ticket_id == 2 and row.payload.get("text") == ""] == []
    first = next(row for row in emptied if row.purpose == "acknowledgement")
    assert first.platform_message_id  # edits and replies still find it


async def test_posts_of_the_built_in_chat_browsers_and_links_go(desk: Desk) -> None:
    async with desk.database.write() as session:
        member = (await session.scalars(select(Member).limit(1))).one()
        link = SignInLink(member_id=row_id(member), created_at=desk.now, expires_at=desk.now)
        session.add(link)
        photos = [{"hash": "a"}]
        post = RoomPost(chat="1", key="k", author="7", author_name="Hoa", photos=photos, at=desk.now)
        session.add(post)
        await session.flush()
        session.add(
            WebSession(
                token_hash="x", member_id=row_id(member), link_id=link.id, created_at=desk.now,
                seen_at=desk.now, expires_at=desk.now, idle_seconds=60,
            )
        )  # fmt: skip
    desk.now += LATER
    taken = await purge(desk, [RetentionKind.ROOM, RetentionKind.BROWSERS, RetentionKind.LINKS])
    assert taken == {RetentionKind.ROOM: 1, RetentionKind.BROWSERS: 1, RetentionKind.LINKS: 1}
    async with desk.database.read() as session:
        left = (await session.scalars(select(RoomPost))).one()
        assert (left.text, left.photos, left.author_name, left.key) == ("", [], "", "k")
        assert (await session.scalars(select(WebSession))).all() == []
        assert (await session.scalars(select(SignInLink))).all() == []


async def test_answers_of_the_room_that_no_page_has_shown_go(desk: Desk) -> None:
    async with desk.database.write() as session:
        for token, days in (("old", 31), ("new", 29)):
            at = desk.now - timedelta(days=days)
            await web_answers.keep(session, WebAnswer(token=token, member_id=1, said={}, created_at=at))
    assert await purge(desk, [RetentionKind.ANSWERS]) == {RetentionKind.ANSWERS: 1}
    async with desk.database.read() as session:
        assert [one.token for one in await session.scalars(select(WebAnswer))] == ["new"]


async def test_a_purge_changes_no_digest_no_figure_and_no_history(desk: Desk) -> None:
    before = await _figures(desk)
    desk.now += LATER
    assert sum((await purge(desk)).values()) > 8
    assert await _figures(desk) == before
    await desk.say("mod", "/molai 1001", chat=ROOM)
    await desk.say("mod", "/hoantac 1001", chat=ROOM)
    assert [ticket.status for ticket in await desk.tickets()] == [TicketStatus.CLOSED, TicketStatus.NEW]
    await desk.say("mod", "/timkiem hai ba trung", chat=ROOM)
    await desk.say("mod", "/lichsu 1001", chat=ROOM)
    said = [one.content for one in await desk.said("reply", ROOM)][-2:]
    assert all(isinstance(one, Post) and "PA1001" in one.text for one in said)


async def _figures(desk: Desk) -> tuple[str, object, object]:
    reader = DigestReader(desk.services.say, "vi", 10_000, lambda *_: None)
    period = periods.week(MONDAY.date(), HOME)
    async with desk.database.read() as session:
        chat = await chats.ensure(session, "telegram", GROUP, "", desk.now)
        subject = await digest.subject_of(session, chat, systems=True)
        made = await digest.of_period(session, period, subject, reader)
    rows = [asdict_of(ticket) for ticket in await desk.tickets()]
    return made.text, asdict(made.found), rows


def asdict_of(row: object) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


async def look(desk: Desk, days: int = 0) -> int:
    """How much the clock takes, so many days later."""
    desk.now += timedelta(days=days)
    return await purging.by_the_clock(desk.database, desk.services, desk.now)


@pytest.fixture
async def night(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The first in which something is taken: a row at once, three in a turn."""
    monkeypatch.setattr(purging, "AT_ONCE", 1)
    monkeypatch.setattr(purging, "BATCHES", 3)
    desk.now += LATER
    assert await look(desk) == 0  # only marks its begin
    desk.now += timedelta(days=1)
    return desk


async def test_the_clock_does_it_once_a_night_in_turns_and_puts_it_on_record(night: Desk) -> None:
    turns = [await look(night) for _ in range(12)]
    assert turns[:2] == [3, 3]
    assert turns[-1] == 0
    async with night.database.read() as session:
        (noted,) = (await session.scalars(select(Audit).where(col(Audit.action) == "purge"))).all()
    assert (noted.allowed, noted.member_id, noted.detail["by"]) == (True, None, "clock")
    assert sum(noted.detail["taken"].values()) == sum(turns)
    assert await look(night, days=1) == 0


async def test_a_clock_that_is_a_year_ahead_takes_nothing_and_ends_no_purge(desk: Desk) -> None:
    """Nothing brings back what it takes by mistake, and a mark of next year would be the last for a year."""
    assert [await look(desk, days) for days in (0, 1, 400, 0)] == [0, 0, 0, 0]
    assert [await look(desk, -400), await look(desk)] == [0, 0]
    desk.now += LATER
    assert await look(desk) == 0  # after weeks of being off, too
    assert await look(desk, days=1) > 0


async def test_a_purge_that_was_broken_off_does_not_go_on_by_a_clock_a_year_ahead(night: Desk) -> None:
    """After a loss of power, on a machine whose clock has no battery."""
    assert await look(night) == 3
    assert [await look(night, 400), await look(night, -400)] == [0, 0]
    assert await look(night, days=1) == 3


async def test_a_kill_between_two_batches_loses_no_count(
    night: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark moves in the transaction that takes the rows."""
    real, calls = retention.take, 0

    async def dies(*given: object) -> int:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise RuntimeError
        return await real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(retention, "take", dies)
    with pytest.raises(RuntimeError):
        await look(night)
    while await look(night):
        pass
    async with night.database.read() as session:
        (noted,) = (await session.scalars(select(Audit).where(col(Audit.action) == "purge"))).all()
    assert sum(noted.detail["taken"].values()) == calls - 1
