"""A city as one file and in another database: row for row the same, or refused whole."""

import asyncio
import gzip
import json
import os
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.backup import archive, making, moving, restoring
from bot.backup.archive import ArchiveWriter, BrokenBackup, Manifest
from bot.progress import Show
from storage import chats, dump, erasure, lists, members, migrations, room, routes, sign_ins, web_answers
from storage.database import Database, DatabaseError
from storage.images import FolderStore
from storage.models import (
    Chat,
    Department,
    Digest,
    Member,
    RoomPost,
    Route,
    RouteOverride,
    SignInLink,
    Ticket,
    WebAnswer,
    WebSession,
)
from storage.states import TicketStatus
from tests.conftest import new_database
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import ROOM, Desk

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
LAMP = "đèn hư Hai Bà Trưng"


def quiet(*_: object) -> None:
    """Progress that nobody looks at."""


@pytest.fixture
async def city(database: Database) -> Desk:
    """A group with some days behind it: a merged ticket, a hidden one, strange words."""
    desk = Desk(database, MEANINGS)
    await desk.open()
    for who, words in (("hoa", LAMP), ("minh", "rác Lê Lợi"), ("lan", "đèn hư Lê Lợi")):
        await desk.say(who, words, photos=1)
    for words in ("/gop 1003 1001", "/giau 1002", "/tuchoi 1002 '; DROP TABLE tickets; --"):
        await desk.say("mod", words, chat=ROOM)
    strange = RoomPost(
        chat="cong-ich", key="k", author="hoa", author_name="Hoa 🙂 \u202e", text='"\\\n', at=NOW
    )
    said = {"text": "Đóng 2 phiếu? 🙂", "keyboard": [[["Đóng", "p:1:yes"]]], "then": None}
    async with desk.database.write() as session:
        await room.add(session, strange)
        await web_answers.keep(session, WebAnswer(token="t", member_id=1, said=said, created_at=NOW))
    return desk


@pytest.fixture
def other_url(tmp_path: Path, postgresql: str, database_url: str) -> str:
    """Where there is an empty database of the other kind."""
    if database_url.startswith("sqlite"):
        return new_database(postgresql, "template1")
    return f"sqlite:///{tmp_path / 'other' / 'congich.db'}"


@pytest.fixture
async def empty(other_url: str) -> AsyncIterator[Database]:
    """An empty database of the other kind."""
    opened = Database(other_url)
    opened.acquire()
    yield opened
    await opened.close()


async def rows_of(database: Database) -> dict[str, list[dump.Row]]:
    async with database.snapshot() as connection:
        return {
            table.name: [row async for batch in dump.batches(connection, table) for row in batch]
            for table in dump.described()
        }


async def backed_up(city: Desk, folder: Path) -> tuple[Path, Path]:
    """A backup and the data folder that it was made of."""
    data = folder / "data"
    store = FolderStore(data / "photos")
    content_hash = await store.put(b"an original")
    await store.put_rendition(content_hash, "thumb", b"a thumb")
    (data / "buttons.key").write_text("secret")
    (data / "outgoing").mkdir()
    (data / "outgoing" / "x.jpg").write_bytes(b"made anew when needed")
    for name in ("congich.db-wal", "congich-2.lock", "congich-door.lock"):
        (data / name).write_bytes(b"a running bot's own")
    path = folder / "city.tar"
    await making.make(city.database, store, data, path, NOW, quiet, {})
    return path, data


async def restored(path: Path, database: Database, data: Path, show: Show = quiet) -> Manifest:
    """Into a data folder with its photos."""
    return await restoring.restore(path, database, FolderStore(data / "photos"), data, show)


async def test_a_backup_comes_back_row_for_row_in_either_database(
    city: Desk, empty: Database, tmp_path: Path
) -> None:
    path, data = await backed_up(city, tmp_path)
    assert path.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.part"))
    there = tmp_path / "restored"
    manifest = await restored(path, empty, there)
    before, after = await rows_of(city.database), await rows_of(empty)
    assert after == before
    assert manifest.rows == {name: len(rows) for name, rows in before.items()}
    files = {str(one.relative_to(there)) for one in there.rglob("*") if one.is_file()}
    kept = {str(one.relative_to(data)) for one in (data / "photos").rglob("*") if one.is_file()}
    assert files == {*kept, "buttons.key"}
    assert len(kept) == 2


async def test_life_goes_on_after_it(city: Desk, empty: Database, tmp_path: Path) -> None:
    path, _ = await backed_up(city, tmp_path)
    await restored(path, empty, tmp_path / "restored")
    city.database = empty
    await city.say("hoa", "rác Lê Lợi", photos=1)
    assert (await city.tickets())[-1].code == "PA1004"
    async with empty.read() as session:
        wanted = lists.Filter(statuses=tuple(TicketStatus), words="hai ba trung")
        found = await lists.listed(session, wanted, 10)
        assert [one.code for one in found] == ["PA1001"]
        assert await sign_ins.invitations(session, NOW) == []


async def test_one_that_was_cut_off_or_changed_is_refused_whole(
    city: Desk, empty: Database, tmp_path: Path
) -> None:
    path, _ = await backed_up(city, tmp_path)
    whole = path.read_bytes()
    step = max(len(whole) // 12, 1)
    cut = [whole[:at] for at in range(0, len(whole) - 20_000, step)]
    changed = [
        whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        for at in range(600, len(whole), step)
        if whole[at]  # the rest is padding, which nobody reads
    ]
    for data in (*cut, *changed):
        path.write_bytes(data)
        with pytest.raises(BrokenBackup):
            await restored(path, empty, tmp_path / "restored")
    assert await migrations.current(empty) is None


async def test_a_restore_that_is_broken_off_can_be_begun_again(
    city: Desk, empty: Database, tmp_path: Path
) -> None:
    path, _ = await backed_up(city, tmp_path)
    steps = len(archive.checked(path).sums) + 1

    def ending_at(last: int) -> Show:
        def show(_: str, done: int, __: int) -> None:
            if done == last:
                raise KeyboardInterrupt

        return show

    for last in range(1, steps + 1, 4):
        with pytest.raises(KeyboardInterrupt):
            await restored(path, empty, tmp_path / "restored", ending_at(last))
        assert await migrations.current(empty) is None
    await restored(path, empty, tmp_path / "restored")
    assert await rows_of(empty) == await rows_of(city.database)


async def test_a_backup_that_fails_leaves_nothing(city: Desk, tmp_path: Path) -> None:
    def full(stage: str, *_: int) -> None:
        if stage == "photos":
            raise OSError("no space left on device")

    data = tmp_path / "data"
    store = FolderStore(data / "photos")
    await store.put(b"an original")
    with pytest.raises(OSError, match="no space"):
        await making.make(city.database, store, data, tmp_path / "city.tar", NOW, full, {})
    assert [one.name for one in tmp_path.iterdir() if "tar" in one.name or "backup" in one.name] == []


@pytest.mark.parametrize("last", ["rows", "photos"])
async def test_a_backup_that_is_broken_off_leaves_nothing(city: Desk, tmp_path: Path, last: str) -> None:
    data = tmp_path / "data"
    store = FolderStore(data / "photos")
    await store.put(b"an original")
    (data / "buttons.key").write_text("secret")

    def show(stage: str, done: int, total: int) -> None:
        if (stage, done) == (last, total):
            made.cancel()

    made = asyncio.create_task(making.make(city.database, store, data, tmp_path / "city.tar", NOW, show, {}))
    with pytest.raises(asyncio.CancelledError):
        await made
    assert [one.name for one in tmp_path.iterdir() if "tar" in one.name or "backup" in one.name] == []


async def test_a_database_is_closed_whole_whoever_is_told_to_end_meanwhile(
    database_url: str, tmp_path: Path
) -> None:
    lock = tmp_path / "congich.lock"
    database = Database(database_url, lock)
    database.acquire()
    await database.check()
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    other = Database(database_url, lock)
    other.acquire()
    await other.close()


async def test_what_a_killed_backup_left_goes_with_a_later_one(city: Desk, tmp_path: Path) -> None:
    day_before = (NOW - timedelta(days=1)).timestamp()
    for name in (".congich-backup-old", ".congich-backup-new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "00-chats.jsonl.gz").write_bytes(b"rows")
    for name in ("congich-old.tar.part", "congich-new.tar.part", "others.tar.part"):
        (tmp_path / name).write_bytes(b"begun")
    for path in tmp_path.iterdir():
        moment = NOW.timestamp() if "new" in path.name else day_before
        os.utime(path, (moment, moment))
    await backed_up(city, tmp_path)
    left = {one.name for one in tmp_path.iterdir() if one.name.endswith(("part", "old", "new"))}
    assert left == {".congich-backup-new", "congich-new.tar.part", "others.tar.part"}


async def test_a_database_with_something_in_it_is_left_alone(city: Desk, tmp_path: Path) -> None:
    path, _ = await backed_up(city, tmp_path)
    with pytest.raises(DatabaseError, match="not empty"):
        await restored(path, city.database, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


async def test_no_other_file_of_a_data_folder_is_written_over(
    city: Desk, empty: Database, tmp_path: Path
) -> None:
    path, _ = await backed_up(city, tmp_path)
    there = tmp_path / "restored"
    there.mkdir()
    (there / "buttons.key").write_text("another city's")
    with pytest.raises(FileExistsError, match=r"buttons\.key is there already, .*: move it away"):
        await restored(path, empty, there)
    assert [one.read_text() for one in there.iterdir()] == ["another city's"]
    assert await migrations.current(empty) is None
    (there / "buttons.key").write_text("secret")  # as in the backup
    await restored(path, empty, there)


async def test_what_an_earlier_congich_made_is_brought_to_this_ones_schema(
    city: Desk, empty: Database, tmp_path: Path
) -> None:
    path, _ = await backed_up(city, tmp_path)
    old = tmp_path / "old.tar"
    _as_of_0008(path, old)
    await restored(old, empty, tmp_path / "restored")
    assert await migrations.current(empty) == migrations.head()
    async with empty.read() as session:
        assert [one.hidden for one in (await session.scalars(select(Ticket))).all()] == [False] * 3


def _as_of_0008(path: Path, old: Path) -> None:
    """The same backup as a congich of that schema would have made it."""
    since = {
        "chats": {"paused_until"},
        "tickets": {"hidden"},
        "attachments": {"on_board", "lease_owner"},
        "inbox": {"lane"},
    }
    writer, counts = ArchiveWriter(old), dict(archive.checked(path).rows)
    for member in archive.members(path):
        data = member.content.readall()
        if not member.name.startswith("tables/"):
            continue
        first, *rows = gzip.decompress(data).decode().splitlines()
        table = json.loads(first)
        if table["name"] in ("sign_in_links", "web_answers", "web_sessions"):
            del counts[table["name"]]
            continue
        gone = since.get(table["name"], set())
        table["columns"] = {name: kind for name, kind in table["columns"].items() if name not in gone}
        lines = [json.dumps({k: v for k, v in json.loads(row).items() if k not in gone}) for row in rows]
        file = old.with_name("table.gz")
        file.write_bytes(gzip.compress("\n".join([json.dumps(table), *lines]).encode()))
        writer.add_file(member.name, file)
    writer.end("0008", NOW.isoformat(), counts)


@pytest.mark.parametrize("head", ['{"name": "members"}', "[]", "junk", ""])
async def test_a_table_that_does_not_say_what_it_is_is_refused(
    empty: Database, tmp_path: Path, head: str
) -> None:
    writer, table = ArchiveWriter(tmp_path / "odd.tar"), tmp_path / "table.gz"
    table.write_bytes(gzip.compress(head.encode()))
    writer.add_file("tables/01-members.jsonl.gz", table)
    writer.end(migrations.head(), NOW.isoformat(), {})
    with pytest.raises(BrokenBackup, match="what its rows are"):
        await restored(tmp_path / "odd.tar", empty, tmp_path / "a")


async def test_a_member_that_leads_out_of_the_folder_is_refused(empty: Database, tmp_path: Path) -> None:
    writer, secret = ArchiveWriter(tmp_path / "evil.tar"), tmp_path / "secret"
    secret.write_bytes(b"x")
    writer.add_file("files/../../evil", secret)
    writer.end(migrations.head(), NOW.isoformat(), {})
    with pytest.raises(BrokenBackup, match="leads out"):
        await restored(tmp_path / "evil.tar", empty, tmp_path / "a" / "b")
    assert not (tmp_path / "evil").exists()


@pytest.mark.sqlite_only
@pytest.mark.parametrize("names_a_link", [False, True])
async def test_a_database_of_another_name_is_no_file_beside_it(
    database_url: str, tmp_path: Path, names_a_link: bool
) -> None:
    data, path = tmp_path / "data", tmp_path / "city.tar"
    place = data / "city.db"
    if names_a_link:
        data.mkdir()
        place.symlink_to(data / "really.db")
    database = Database(f"sqlite:///{place}")
    await migrations.ensure(database)
    async with database.write() as session:
        await members.ensure(session, "telegram", "hoa", "Hoa", NOW)
    (data / "city.key").write_text("of the city's own")
    assert {f"{place.resolve().name}{end}" for end in ("", "-wal", "-shm")} < {
        one.name for one in data.iterdir()
    }
    await making.make(database, FolderStore(data / "photos"), data, path, NOW, quiet, {})
    await database.close()
    assert [one.name for one in archive.members(path) if one.name.startswith("files")] == ["files/city.key"]


async def test_what_an_earlier_backup_has_of_a_database_file_is_not_written_over_the_restored_one(
    city: Desk, tmp_path: Path
) -> None:
    path, there = tmp_path / "old.tar", tmp_path / "restored"
    await making.make(city.database, FolderStore(tmp_path / "photos"), tmp_path / "x", path, NOW, quiet, {})
    old, counts, raw = ArchiveWriter(tmp_path / "older.tar"), archive.checked(path).rows, tmp_path / "raw"
    for member in archive.members(path):
        if member.name.startswith("tables/"):
            raw.write_bytes(member.content.readall())
            old.add_file(member.name, raw)
    raw.write_bytes(b"as it was, later than the rows")
    for name in ("city.db", "city.db-wal", "city.db-shm", "city.db-journal", "city.key"):
        old.add_file(f"files/{name}", raw)
    old.end(migrations.head(), NOW.isoformat(), counts)
    database = Database(f"sqlite:///{there / 'city.db'}")
    await restored(tmp_path / "older.tar", database, there)
    await database.close()
    again = Database(f"sqlite:///{there / 'city.db'}")
    assert await rows_of(again) == await rows_of(city.database)
    await again.close()
    assert {one.name for one in there.iterdir() if b"as it was" in one.read_bytes()} == {"city.key"}


async def nobody() -> bool:
    """Nobody is at work on the city."""
    return True


def not_asked() -> None:
    raise AssertionError("nobody has to be asked to stop")


async def test_a_city_moves_to_the_other_kind_of_database(city: Desk, empty: Database) -> None:
    rows = await moving.move(city.database, empty, quiet, nobody, not_asked)
    before = await rows_of(city.database)
    assert await rows_of(empty) == before
    assert rows == {name: len(one) for name, one in before.items()}
    with pytest.raises(DatabaseError, match="not empty"):
        await moving.move(city.database, empty, quiet, nobody, not_asked)


class AtWork:
    """A bot that is at work until it has been asked to stop, and changes all sorts of rows meanwhile."""

    def __init__(self, city: Desk) -> None:
        self.asked = 0
        self._city = city

    async def stopped(self) -> bool:
        if self.asked:
            await self._work()
        return bool(self.asked)

    def ask(self) -> None:
        self.asked += 1

    async def _work(self) -> None:
        city = self._city
        await city.say("hoa", "đèn hư", photos=2)
        await city.say("lan", LAMP)
        await city.say("mod", "/gop 1004 1001", chat=ROOM)  # a new row that points into its own table
        await city.say("mod", "/noi 1002 Lê Lợi", chat=ROOM)
        async with city.database.write() as session:
            await chats.move(
                session, *[await chats.ensure(session, "x", name, "", NOW) for name in ("a", "b")]
            )
            await session.delete((await session.scalars(select(RoomPost))).one())
            erased = (await session.scalars(select(Member).where(col(Member.external_id) == "minh"))).one()
            await erasure.erase(session, erased)
            (await session.scalars(select(Department).limit(1))).one().name = "Đổi tên"


async def test_what_a_bot_at_work_changes_meanwhile_is_brought_after(city: Desk, empty: Database) -> None:
    keys = (
        "doan",
        "Doan",
        "do-thi",
        "áo",
        "ao",
        "a_o",
        "zoo",
        "a b",
    )  # each locale has them in another order
    async with city.database.write() as session:
        session.add_all([Department(key=key, name=key, days=3) for key in keys])
    was, bot, stages = await rows_of(city.database), AtWork(city), list[str]()
    rows = await moving.move(
        city.database, empty, lambda stage, *_: stages.append(stage), bot.stopped, bot.ask
    )
    now = await rows_of(city.database)
    assert bot.asked == 1
    assert {name for name in now if now[name] != was[name]} >= {
        "tickets", "ticket_events", "messages", "members", "chats", "outbox", "departments", "room_posts",
    }  # fmt: skip
    assert await rows_of(empty) == now
    assert rows == {name: len(one) for name, one in now.items()}
    assert stages.index("copying outbox") < stages.index("comparing outbox")
    async with empty.write() as session:  # new rows have numbers of their own
        await chats.ensure(session, "x", "one more", "", NOW)


class Shuffling(AtWork):
    """What one row alone may have goes to other rows meanwhile, of new numbers and of old ones."""

    async def begin(self) -> None:
        """What there is before."""
        async with self._city.database.write() as session:
            session.add_all([Department(key=key, name=key) for key in "ab"])
            await session.flush()
            await self._say(session, "a", ("lighting", "waste"), seen_by="phone")
            session.add(Digest(chat_id=1, period_start=NOW, period_end=NOW, created_at=NOW))

    async def _work(self) -> None:
        async with self._city.database.write() as session:
            await self._say(session, "b", ("waste", "trees", "lighting"), seen_by="kiosk")
            await chats.move(
                session, await session.get_one(Chat, 1), await chats.ensure(session, "x", "new", "", NOW)
            )

    async def _say(
        self, session: AsyncSession, department: str, categories: Sequence[str], seen_by: str
    ) -> None:
        """Routes as a start writes them, and a browser that came by a link, anew, from number 1 on."""
        for table in (Route, WebSession, SignInLink):
            await session.execute(delete(table))
        session.expunge_all()
        for number, category in enumerate(categories, start=1):
            session.add(Route(id=number, category=category, department=department))
            await routes.put(
                session, RouteOverride(category=category, department=department, member_id=1, at=NOW)
            )
        link = SignInLink(id=len(categories), created_at=NOW, expires_at=NOW)
        session.add(link)
        await session.flush()
        browser = WebSession(
            id=1,
            token_hash=seen_by,
            member_id=1,
            link_id=link.id,
            created_at=NOW,
            seen_at=NOW,
            expires_at=NOW,
            idle_seconds=9,
        )
        session.add(browser)


async def test_what_one_row_alone_may_have_is_another_ones_in_the_end(city: Desk, empty: Database) -> None:
    bot = Shuffling(city)
    await bot.begin()
    was = await rows_of(city.database)
    await moving.move(city.database, empty, quiet, bot.stopped, bot.ask)
    now = await rows_of(city.database)
    changed = {name for name in now if now[name] != was[name]}
    assert changed >= {"route_overrides", "routes", "web_sessions", "sign_in_links", "digests"}
    assert await rows_of(empty) == now


async def test_what_differs_in_the_end_is_named_and_nothing_is_kept(
    city: Desk, empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = AtWork(city)

    async def nothing(*_: object) -> None:
        """What has changed is not brought after."""

    monkeypatch.setattr(dump.Filling, "change", nothing)
    with pytest.raises(
        DatabaseError, match=r"\{'(id|key)': .+ is not the same in both databases: nothing was moved"
    ):
        await moving.move(city.database, empty, quiet, bot.stopped, bot.ask)
    assert await migrations.current(empty) is None


async def test_a_move_that_is_broken_off_leaves_nothing(city: Desk, empty: Database) -> None:
    def failing(stage: str, *_: int) -> None:
        if stage == "copying audit":
            raise AssertionError("a step failed in the middle")

    with pytest.raises(AssertionError):
        await moving.move(city.database, empty, failing, nobody, not_asked)
    assert await migrations.current(empty) is None


def test_postgresql_orders_keys_as_python_does_whatever_its_locale() -> None:
    (table,) = [one for one in dump.described() if one.name == "ticket_spots"]
    said = str(
        dump.by_key(table, is_postgresql=True).compile(
            dialect=make_url("postgresql+asyncpg://").get_dialect()()
        )
    )
    assert 'ORDER BY ticket_spots.chat_id, ticket_spots.spot COLLATE "C", ticket_spots.ticket_id' in said
    assert "COLLATE" not in str(dump.by_key(table, is_postgresql=False))
