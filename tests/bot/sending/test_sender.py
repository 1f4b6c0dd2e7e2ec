"""The way out: order, pace, what is told to moderators, what a crash leaves."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.payloads import readable
from bot.platforms.albums import Album
from handlers.chart import Chart
from handlers.ports import Ambiguous, DeliveryError, NotSent, PlatformDown, Refused
from handlers.posts import Edit, Post, React, Toast
from storage import chats, claiming, outbox
from storage.database import Database
from storage.models import Outbox, row_id
from storage.states import ChatRole, OutboxState
from tests.bot.sending.office import NOW, Office
from tests.handlers.desk import ABILITIES


async def test_in_order_for_each_chat(office: Office) -> None:
    for number in range(5):
        await office.write(f"a{number}", Post(f"a{number}"))
        await office.write(f"b{number}", Post(f"b{number}"), chat="-2")
    await office.run()
    for letter in "ab":
        assert [text for text in office.platform.texts() if text[0] == letter] == [
            f"{letter}{n}" for n in range(5)
        ]


async def test_a_group_hears_at_most_twenty_posts_a_minute(office: Office) -> None:
    for number in range(25):
        await office.write(f"p{number}", Post(f"p{number}"))
    await office.run()
    assert len(office.platform.sent) == 20
    office.now += timedelta(seconds=59)
    await office.run()
    assert len(office.platform.sent) == 20
    office.now += timedelta(seconds=2)
    await office.run()
    assert len(office.platform.sent) == 25


async def test_a_clock_that_is_set_back_silences_no_group(office: Office) -> None:
    for number in range(25):
        await office.write(f"p{number}", Post(f"p{number}"))
    await office.run()
    office.now -= timedelta(hours=7)
    await office.write("next", Post("next"))
    for _ in range(3):
        office.now += timedelta(minutes=1)
        await office.run()
    assert office.platform.texts()[20:] == [*(f"p{number}" for number in range(20, 25)), "next"]


async def test_an_edit_knows_the_post_it_changes(office: Office) -> None:
    await office.write("post", Post("một"))
    await office.write("edit", Edit("hai"), target="post")
    await office.run()
    assert office.platform.sent[1].message == "m1"


async def test_too_many_requests_pause_the_whole_chat(office: Office) -> None:
    office.platform.errors = [NotSent("429", timedelta(seconds=30))]
    await office.write("one", Post("một"))
    await office.write("two", Post("hai"))
    await office.run()
    office.now += timedelta(seconds=29)
    await office.run()
    assert office.platform.texts() == []
    office.now += timedelta(seconds=5)
    await office.run()
    assert office.platform.texts() == ["một", "hai"]


async def test_they_pause_what_goes_out_ahead_of_others_too_and_what_is_written_meanwhile(
    office: Office,
) -> None:
    office.platform.errors = [NotSent("429", timedelta(seconds=30))]
    await office.write("card", Post("phiếu"))
    await office.run()
    await office.write("alarm", Post("khẩn"), order="alarm:1")
    await office.write("answer", Toast("press", "đã nhận"), order="toast:press")
    await office.write("elsewhere", Post("nơi khác"), chat="-3")
    office.now += timedelta(seconds=29)
    await office.run()
    assert [one.content for one in office.platform.sent] == [Toast("press", "đã nhận"), Post("nơi khác")]
    office.now += timedelta(seconds=5)
    await office.run()
    assert sorted(office.platform.texts()) == ["khẩn", "nơi khác", "phiếu"]


@pytest.mark.parametrize("error", [Ambiguous("no answer"), TimeoutError(), RuntimeError("a bug")])
async def test_a_post_that_may_have_arrived_is_shown_with_buttons_and_not_repeated(
    office: Office, error: Exception
) -> None:
    office.platform.errors = [error]
    await office.write("one", Post("một"))
    await office.run()
    office.now += timedelta(hours=2)
    await office.run()
    row = await office.row("one")
    assert row.state == OutboxState.UNCONFIRMED
    (notice,) = office.platform.sent
    assert notice.chat == "-2"
    assert isinstance(notice.content, Post)
    assert [button.data.partition("~")[0] for button in notice.content.buttons[0]] == [
        f"o:{row.id}:resend",
        f"o:{row.id}:drop",
    ]


async def test_a_refused_post_dies_is_told_and_blocks_nobody(office: Office) -> None:
    office.platform.errors = [Refused("bot was kicked")]
    await office.write("one", Post("một"))
    await office.write("two", Post("hai"))
    await office.run()
    assert (await office.row("one")).state == OutboxState.DEAD
    texts = office.platform.texts()
    assert "hai" in texts
    assert any("bot was kicked" in text for text in texts)


@pytest.mark.parametrize("error", [Refused("blocked"), Ambiguous("no answer")])
async def test_what_was_said_in_private_is_quoted_to_nobody(office: Office, error: Exception) -> None:
    async with office.database.write() as session:
        (await chats.ensure(session, "telegram", "7", "", NOW)).role = ChatRole.PRIVATE
    office.platform.errors = [error]
    await office.write("link", Post("mời vào: https://city.example/sign-in/1-secret"), chat="7")
    await office.run()
    (notice,) = office.platform.texts()
    assert "“7”" in notice
    assert "secret" not in notice


@pytest.mark.sqlite_in_short
@pytest.mark.parametrize("gone", [set(), {"a1"}])
async def test_an_albums_photos_are_all_taken_away(office: Office, gone: set[str]) -> None:
    office.platform.receipts = [Album("a1", has_pictures=True, rest=("a2", "a3"))]
    await office.write("album", Post("ảnh"))
    await office.run()
    await office.write("said", Edit("ảnh mới"), target="album")
    await office.run()
    assert [one.message for one in office.platform.sent] == [None, "a1"]
    office.platform.deleted = gone
    await office.write("bare", Edit("đã xóa", bare=True), target="album")
    await office.run()
    blanked = [(one.message, one.content) for one in office.platform.sent[2:] if one.message_has_pictures]
    first, rest = Edit("đã xóa", bare=True), Edit("", bare=True)
    there = [("a1", first), ("a2", rest), ("a3", rest)]
    assert blanked == [one for one in there if one[0] not in gone]
    assert (await office.row("bare")).state == (OutboxState.DEAD if gone else OutboxState.SENT)


async def test_a_platform_that_is_down_is_left_alone_until_it_works_again(office: Office) -> None:
    office.platform.errors = [PlatformDown("token"), PlatformDown("token")]
    await office.write("one", Post("một"))
    await office.run()
    await office.write("two", Post("hai"), chat="-2")
    office.now += timedelta(seconds=59)
    await office.run()
    assert len(office.platform.errors) == 1
    for seconds in (1, 60):
        row = await office.row("one")
        assert (row.state, row.attempts, office.platform.sent) == (OutboxState.PENDING, 0, [])
        office.now += timedelta(seconds=seconds)
        await office.run()
    assert sorted(office.platform.texts()) == ["hai", "một"]


async def test_moderators_elsewhere_hear_once_a_day_of_a_platform_that_takes_nothing(office: Office) -> None:
    async with office.database.write() as session:
        (await chats.ensure(session, "webchat", "room", "", NOW)).role = ChatRole.MODERATION
    office.platform.errors = [PlatformDown("no bridge is connected", for_good=False) for _ in range(9)]
    await office.write("one", Post("một"))
    for minutes in (0, 9, 2, 60):
        office.now += timedelta(minutes=minutes)
        await office.run(turns=1)
    async with office.database.read() as session:
        notices = (await session.scalars(select(Outbox).where(col(Outbox.purpose) == "notice"))).all()
    assert ["no bridge is connected" in one.payload["text"] for one in notices] == [True]
    assert (await office.row("one")).state == OutboxState.PENDING


async def test_it_gives_up_after_twelve_attempts_and_says_so_once(office: Office) -> None:
    errors: Sequence[DeliveryError] = [NotSent("unreachable") for _ in range(12)]
    office.platform.errors = list(errors)
    await office.write("one", Post("một"))
    for _ in range(40):
        await office.run(turns=1)
        office.now += timedelta(minutes=40)
    row = await office.row("one")
    assert row.state == OutboxState.DEAD
    assert row.attempts <= 12
    assert sum("không gửi được" in text for text in office.platform.texts()) == 1


async def test_what_a_crash_left_is_decided_at_the_start(office: Office) -> None:
    await office.write("post", Post("một"))
    await office.write("react", React("5", "👍"), chat="-2")
    async with office.database.write() as session:
        for row, _ in await outbox.ready(session, ["telegram"], NOW, 10):
            claiming.take(row, "me", NOW)
    assert await office.sender.recover() == 2
    assert (await office.row("post")).state == OutboxState.UNCONFIRMED
    assert (await office.row("react")).state == OutboxState.PENDING


async def unread(office: Office, state: OutboxState) -> None:
    """A row of a kind that a newer version wrote, on its way or waiting."""
    async with office.database.write() as session:
        chat = await chats.ensure(session, "telegram", "-1", "", NOW)
        row = outbox.NewDelivery("newer", "digest", row_id(chat), {"type": "poll", "text": "?"})
        await outbox.add(session, row, NOW)
        added = await outbox.by_key(session, "newer")
        assert added is not None
        added.state, added.lease_owner = state, "me"


@pytest.mark.parametrize("state", [OutboxState.PENDING, OutboxState.SENDING])
async def test_what_this_version_can_t_read_is_given_up_and_holds_up_nothing(
    office: Office, state: OutboxState
) -> None:
    await unread(office, state)
    await office.write("one", Post("một"), chat="-100")
    await office.sender.recover()
    await office.run()
    assert (await office.row("newer")).state == OutboxState.DEAD
    assert "một" in office.platform.texts()
    assert sum("không gửi được" in text for text in office.platform.texts()) == 1


async def test_a_process_that_hung_until_its_claim_ran_out_makes_no_call(office: Office) -> None:
    office.hangs = timedelta(minutes=3)
    picture = asdict(Chart("tuần", "", (), "", "", "", (), (), ""))
    await office.write("one", Post("một", chart=picture))
    await office.run(turns=1)
    assert office.platform.sent == []
    assert (await office.row("one")).state == OutboxState.PENDING


async def test_a_digest_is_told_though_nothing_draws_its_picture(office: Office) -> None:
    office.draws = False
    picture = asdict(Chart("tuần", "", (), "", "", "", (), (), ""))
    await office.write("one", Post("một", chart=picture))
    await office.run(turns=1)
    assert office.platform.texts() == ["một"]


def test_a_payload_can_be_kept_whatever_its_strings_hold() -> None:
    raw = {"a\0": ["x\ud83d", "đèn 😀", 5, None]}
    assert readable(raw) == {"a\ufffd": ["x\ufffd", "đèn 😀", 5, None]}


async def test_when_the_months_messages_are_used_up_a_post_is_not_sent(
    database: Database, tmp_path: Path
) -> None:
    office = Office(database, tmp_path, replace(ABILITIES, posts_per_month=2))
    await office.open()
    for number in range(3):
        await office.write(f"post{number}", Post("chào"))
        await office.run()
    states = [(await office.row(f"post{number}")).state for number in range(3)]
    assert states == [OutboxState.SENT, OutboxState.SENT, OutboxState.DEAD]
    office.now += timedelta(days=31)
    await office.write("next", Post("chào"))
    await office.run()
    assert (await office.row("next")).state == OutboxState.SENT


async def test_a_card_that_is_spared_costs_no_notice(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path, replace(ABILITIES, posts_per_month=40))
    await office.open()
    for number in range(39):
        await office.write(f"post{number}", Post("chào"))
    async with database.write() as session:
        await session.execute(update(Outbox).values(state=OutboxState.SENT, sent_at=NOW))
    office.now += timedelta(hours=1)
    await office.write("card", Post("phiếu"), chat="-2", purpose="card")
    await office.run()
    assert (await office.row("card")).state == OutboxState.DEAD
    assert office.platform.texts() == []


async def test_a_platform_that_refuses_a_post_is_not_down(office: Office) -> None:
    async with office.database.write() as session:
        (await chats.ensure(session, "other", "-3", "", NOW)).role = ChatRole.MODERATION
    away = PlatformDown("no bridge is connected", for_good=False)
    office.platform.errors = [away, Refused("gone"), away]
    for number in range(3):
        await office.write(f"post{number}", Post("chào"))
        await office.run(turns=1)
        office.now += timedelta(minutes=6)
    async with office.database.read() as session:
        told = await session.scalars(select(col(Outbox.idempotency_key)))
        assert not [key for key in told if key.startswith("down:")]
