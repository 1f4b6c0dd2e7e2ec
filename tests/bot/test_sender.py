"""The way out: order, pace, what is told to moderators, what a crash leaves."""

import errno
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.locale import Texts
from bot.payloads import readable
from bot.platforms.albums import Album
from bot.sender import Sender
from bot.steps import nothing
from handlers.chart import Chart
from handlers.context import Services
from handlers.policy import Policy
from handlers.ports import (
    Abilities,
    Ambiguous,
    Commit,
    DeliveryError,
    JsonObject,
    NotSent,
    Outgoing,
    PlatformDown,
    Receipt,
    Refused,
)
from handlers.posts import Content, Edit, Post, React, Toast, to_json
from handlers.seals import Seal
from handlers.understanding import Classifier
from storage import chats, claiming, outbox
from storage.database import Database
from storage.images import FolderStore
from storage.models import Outbox, row_id
from storage.pictures import BadPicture
from storage.states import ChatRole, OutboxState
from tests.handlers.desk import ABILITIES

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


@dataclass
class Recorder:
    """A platform that takes everything, or goes wrong as it is told to."""

    name: str = "telegram"
    source: str = "telegram"
    abilities: Abilities = ABILITIES
    sent: list[Outgoing] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)  # posts that somebody deleted

    async def deliver(self, outgoing: Outgoing) -> Receipt:
        if outgoing.message in self.deleted:
            raise Refused("message to edit not found")
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(outgoing)
        if self.receipts:
            return self.receipts.pop(0)
        return Receipt(f"m{len(self.sent)}" if isinstance(outgoing.content, Post) else None)

    def texts(self) -> list[str]:
        return [one.content.text for one in self.sent if isinstance(one.content, Post | Edit)]

    async def receive(self, commit: Commit) -> None:
        raise AssertionError("nothing is received here")

    def parse(self, payload: JsonObject) -> None:
        raise AssertionError("nothing is parsed here")

    async def fetch(self, ref: str, limit: int) -> bytes:
        raise AssertionError("nothing is fetched here")

    async def administrators(self, chat: str) -> frozenset[str]:
        return frozenset()

    def link(self, chat: str, message: str) -> None:
        return None

    async def close(self) -> None:
        return None


class Office:
    """An outbox, a sender, and a clock that the test sets."""

    def __init__(self, database: Database, folder: Path, abilities: Abilities = ABILITIES) -> None:
        self.database = database
        self.platform = Recorder()
        self.now = NOW
        self.hangs = timedelta(0)  # while a picture is drawn
        self.draws = True  # else no process that looks at photos begins
        services = Services(
            policy=Policy(),
            understand=Classifier.bundled(),
            say=Texts.bundled().say,
            link=lambda *_: None,
            abilities=lambda _: abilities,
            seal=Seal(b"key"),
        )
        self.sender = Sender(
            database,
            services,
            {"telegram": self.platform},
            FolderStore(folder),
            lambda: self.now,
            nothing,
            owner=lambda: "me",
            luck=lambda: 0.5,
            together=self._together,
            draw=self._draw,
        )

    async def _draw(self, chart: Chart) -> bytes:
        self.now += self.hangs
        self._expect_child()
        if not chart.tiles:
            raise BadPicture("nothing to draw")
        return b"a chart of " + chart.title.encode()

    async def _together(self, pictures: Sequence[bytes]) -> bytes:
        self._expect_child()
        return b"|".join(pictures)

    def _expect_child(self) -> None:
        if not self.draws:
            raise OSError(errno.EAGAIN, "no process that looks at photos begins")

    async def open(self) -> None:
        async with self.database.write() as session:
            for external_id, role in (("-1", ChatRole.COMMUNITY), ("-2", ChatRole.MODERATION)):
                (await chats.ensure(session, "telegram", external_id, role.value, NOW)).role = role

    async def write(
        self,
        key: str,
        content: Content,
        chat: str = "-1",
        target: str | None = None,
        order: str = "",
        purpose: str = "digest",
    ) -> None:
        async with self.database.write() as session:
            where = await chats.ensure(session, "telegram", chat, "", NOW)
            purpose = "edit" if target else "toast" if isinstance(content, Toast) else purpose
            row = outbox.NewDelivery(
                key, purpose, row_id(where), to_json(content), target_key=target, ordering_key=order
            )
            await outbox.add(session, row, self.now)

    async def row(self, key: str) -> Outbox:
        async with self.database.read() as session:
            found = await outbox.by_key(session, key)
        assert found is not None
        return found

    async def run(self, until: Callable[[], bool] = lambda: False, turns: int = 60) -> None:
        for _ in range(turns):
            if until() or not await self.sender.send():
                return


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    made = Office(database, tmp_path)
    await made.open()
    return made


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


async def test_a_chat_that_moved_takes_its_posts_along(office: Office) -> None:
    office.platform.errors = [Refused("migrated", moved_to="-100")]
    await office.write("one", Post("một"))
    await office.write("two", Post("hai"))
    await office.run()
    assert [(one.chat, one.content) for one in office.platform.sent] == [
        ("-100", Post("một")),
        ("-100", Post("hai")),
    ]


async def test_what_is_still_unsent_when_a_group_moves_is_no_reply_there(office: Office) -> None:
    office.platform.errors = [Refused("migrated", moved_to="-100")]
    await office.write("one", Post("một", reply_to="5"))
    await office.write("two", Post("hai", reply_to="6"))
    await office.write("edit", Edit("hai, sửa lại"), target="two")
    await office.run()
    assert [(one.chat, one.content) for one in office.platform.sent] == [
        ("-100", Post("một")),
        ("-100", Post("hai")),
        ("-100", Edit("hai, sửa lại")),
    ]
    assert office.platform.sent[2].message == "m2"


async def move(office: Office, old: str, new: str) -> None:
    async with office.database.write() as session:
        await chats.move(
            session, *[await chats.ensure(session, "telegram", one, "", NOW) for one in (old, new)]
        )


async def test_what_is_written_to_a_group_that_has_moved_goes_where_it_is_now(office: Office) -> None:
    await office.write("card", Post("phiếu"), chat="-2")
    await office.run()
    await move(office, "-2", "-100")
    await move(office, "-100", "-200")
    await office.write("photos", Post("ảnh", reply_to="m1"), chat="-2")
    await office.write("answer", Toast("press", "đã nhận"), chat="-2", order="toast:press")
    await office.run()
    assert sorted((one.chat, str(one.content)) for one in office.platform.sent[1:]) == [
        ("-200", str(Post("ảnh"))),
        ("-200", str(Toast("press", "đã nhận"))),
    ]


async def test_nothing_in_a_group_that_has_moved_is_changed_and_nobody_told(office: Office) -> None:
    await office.write("card", Post("phiếu"), chat="-2")
    await office.run()
    await move(office, "-2", "-100")
    await office.write("edit", Edit("phiếu, đã nhận"), chat="-2", target="card")
    await office.write("react", React("5", "👍"), chat="-2")
    await office.write("next", Post("phiếu mới"), chat="-2")
    await office.run()
    assert office.platform.texts() == ["phiếu", "phiếu mới"]
    for key in ("edit", "react"):
        row = await office.row(key)
        assert (row.state, row.attempts) == (OutboxState.SUPERSEDED, 0)


async def test_a_group_that_has_moved_is_asked_once(office: Office) -> None:
    await office.write("card", Post("phiếu"), chat="-2")
    await office.run()
    office.platform.errors = [Refused("migrated", moved_to="-100")]
    await office.write("edit", Edit("phiếu, đã nhận"), chat="-2", target="card")
    await office.run()
    assert office.platform.texts() == ["phiếu"]
    assert (await office.row("edit")).state == OutboxState.SUPERSEDED


async def test_where_a_group_is_now_its_pause_holds(office: Office) -> None:
    await office.write("first", Post("một"), chat="-2")
    await move(office, "-2", "-100")
    async with office.database.write() as session:
        new = await chats.ensure(session, "telegram", "-100", "", NOW)
        await chats.pause(session, row_id(new), NOW + timedelta(seconds=30))
    await office.run()
    assert office.platform.sent == []
    office.now += timedelta(seconds=31)
    await office.run()
    assert [one.chat for one in office.platform.sent] == ["-100"]


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
