"""A city as one file: row for row the same afterwards, or refused whole."""

import asyncio
import gzip
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.backup import archive, making, restoring
from bot.backup.archive import ArchiveWriter, BrokenBackup, Manifest
from bot.progress import Show
from storage import lists, members, migrations, sign_ins
from storage.database import Database, DatabaseError
from storage.images import FolderStore
from storage.models import Ticket
from storage.states import TicketStatus
from tests.bot.backup.rows import NOW, quiet, rows_of
from tests.handlers.desk import Desk


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
