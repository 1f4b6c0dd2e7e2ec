"""Photos from the folder into a bucket and back, with breaks in between; a backup of one; its findings."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import photo_moving
from bot.backup import making, restoring
from bot.cli import application
from bot.doctor import photos as doctor
from bot.doctor.findings import Level
from storage.database import Database
from storage.images import FolderStore, ImageStore, PhotoForm, hashed
from tests import objects, template
from tests.bot.backup.rows import NOW, quiet
from tests.objects import KEY, SECRET, Server

ORIGINALS = [f"photo {number}".encode() * 100 for number in range(20)]


async def filled(store: ImageStore) -> dict[PhotoForm, bytes]:
    """A store with photos, and all that it holds."""
    for data in ORIGINALS:
        content_hash = await store.put(data)
        await store.put_rendition(content_hash, "thumb", data[:10])
    return await everything(store)


async def everything(store: ImageStore) -> dict[PhotoForm, bytes]:
    found = sorted([form async for form in store.forms()])
    return {form: data async for form, data in photo_moving.contents(store, found) if data is not None}


async def test_a_copy_that_is_broken_off_goes_on_and_comes_back_the_same(
    tmp_path: Path, object_server: Server
) -> None:
    folder, bucket = FolderStore(tmp_path / "photos"), objects.store(object_server.bucket())
    before = await filled(folder)

    def ending(_: str, done: int, __: int) -> None:
        if done > 16:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await photo_moving.copy(folder, bucket, ending)
    part = len(await everything(bucket))
    assert 16 <= part < len(before)
    assert await photo_moving.copy(folder, bucket, quiet) == Counter(copied=len(before) - part, there=part)
    assert await everything(bucket) == before
    assert await photo_moving.forget(folder, bucket, quiet) == len(ORIGINALS)
    assert await everything(folder) == {}
    await photo_moving.copy(bucket, folder, quiet)
    assert await everything(folder) == before


async def test_a_broken_original_stays_where_it_is(tmp_path: Path, object_server: Server) -> None:
    folder, bucket = FolderStore(tmp_path / "photos"), objects.store(object_server.bucket())
    before = await filled(folder)
    broken = PhotoForm(hashed(ORIGINALS[0]), "original")
    (tmp_path / "photos" / broken.place).write_bytes(b"rotten")
    counts = await photo_moving.copy(folder, bucket, quiet)
    assert counts == Counter(copied=len(before) - 1, broken=1)
    assert await bucket.get(*broken) is None
    assert await photo_moving.forget(folder, bucket, quiet) == len(ORIGINALS) - 1
    assert await folder.get(*broken) == b"rotten"


def test_the_command(tmp_path: Path, object_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = object_server.bucket()
    before = asyncio.run(filled(FolderStore(tmp_path / "data" / "photos")))
    told = asyncio.run(FolderStore(tmp_path / "data" / "bridges" / "matrix").put(b"told inside an event"))
    config = tmp_path / "config.toml"
    config.write_text(
        f'data_dir = "{tmp_path / "data"}"\n[photos.store]\n'
        f'endpoint = "{bucket.endpoint}"\nbucket = "{bucket.name}"\nprefix = "{bucket.prefix}"\n'
        '[[bridges]]\nname = "matrix"\n'
    )
    words = ["photos", "move", "--to", "s3", "-c", str(config)]
    missing = CliRunner().invoke(application, words)
    assert "CONGICH_S3_ACCESS_KEY_ID is not set" in str(missing.exception)
    for name, value in objects.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    moved = CliRunner().invoke(application, [*words, "--remove"])
    assert f"{len(before) + 1} files copied and compared, 0 were there; 21 photos taken out" in moved.stdout
    assert 'now set photos.store.kind = "s3"' in moved.stdout
    assert asyncio.run(everything(objects.store(bucket))) == before
    beside = objects.store(replace(bucket, prefix=f"{bucket.prefix}/bridges/matrix"))
    assert asyncio.run(beside.get(told)) == b"told inside an event"
    database = Database(f"sqlite:///{tmp_path / 'data' / 'congich.db'}", tmp_path / "data" / "congich.lock")
    database.acquire()  # as a bot at work does
    asyncio.run(database.check())
    refused = CliRunner().invoke(application, [*words, "--remove"])
    asyncio.run(database.close())
    assert "already running" in str(refused.exception)


@pytest.mark.sqlite_only
async def test_a_backup_of_a_bucket_comes_back_into_a_folder_and_into_another_bucket(
    database: Database, tmp_path: Path, object_server: Server
) -> None:
    bucket, data, path = objects.store(object_server.bucket()), tmp_path / "data", tmp_path / "city.tar"
    data.mkdir(exist_ok=True)
    before = await filled(bucket)
    passing = objects.store(object_server.bucket())  # a bridge's, whose photos are still to be fetched
    name_of_it = await passing.put(b"told inside an event")
    await making.make(database, bucket, data, path, NOW, quiet, {"bridges/matrix": passing})
    for name, store in (
        ("folder", FolderStore(tmp_path / "restored" / "photos")),
        ("bucket", objects.store(object_server.bucket())),
    ):
        empty = Database(f"sqlite:///{tmp_path / name / 'congich.db'}")
        empty.acquire()
        await restoring.restore(path, empty, store, tmp_path / name, quiet)
        await empty.close()
        assert await everything(store) == before
        found = await FolderStore(tmp_path / name / "bridges" / "matrix").get(name_of_it)
        assert found == b"told inside an event"


async def test_doctor_tells_what_is_wrong_with_a_bucket(object_server: Server) -> None:
    there = object_server.bucket()

    async def finding(key: str, secret: str, **changed: str) -> tuple[Level, str, str]:
        bucket = replace(there, access_key=key, secret_key=secret, **changed)
        found = await doctor.tried(objects.store(bucket, seconds=2), "it", b"probe")
        assert secret not in found.says + found.remedy
        return found.level, found.says, found.remedy

    assert (await finding(KEY, SECRET))[0] is Level.OK
    assert await everything(objects.store(there)) == {}
    for key, secret, changed, remedy in (
        (KEY, "another-one", {}, "copy the secret anew"),
        ("nobody", SECRET, {}, "copy the key's id anew"),
        (objects.READER, objects.READER_SECRET, {}, "allow the key to list this bucket"),
        (KEY, SECRET, {"endpoint": "http://127.0.0.1:9"}, "see that photos.store.endpoint is right"),
        (objects.READER, objects.READER_SECRET, {"name": "none-such"}, "make it at your provider"),
    ):
        level, _, todo = await finding(key, secret, **changed)
        assert (level, remedy in todo) == (Level.WRONG, True), todo


def test_what_a_bucket_needs_is_not_imported_without_one() -> None:
    root = Path(photo_moving.__file__).parents[1]
    sources = [path for room in ("bot", "handlers", "storage") for path in (root / room).rglob("*.py")]
    naming = {
        path.name: path.read_text("utf-8") for path in sources if "object_images import" in path.read_text()
    }
    assert set(naming) == {"photo_store.py"}
    assert "\n    from storage.object_images import" in naming["photo_store.py"]  # inside a function
    assert {path.name for path in sources if "from obstore" in path.read_text("utf-8")} == {
        "object_images.py"
    }


def test_photos_that_nothing_names_are_counted_and_taken(tmp_path: Path) -> None:
    data, config = tmp_path / "data", tmp_path / "config.toml"
    config.write_text(f'data_dir = "{data}"\n')
    asyncio.run(filled(FolderStore(data / "photos")))

    def unnamed(*given: str) -> tuple[int, str]:
        done = CliRunner().invoke(application, ["photos", "unnamed", *given, "-c", str(config)])
        return done.exit_code, done.stdout

    assert unnamed("--yes")[0] != 0  # there is no database: nobody can say what is named
    template.copy_to(data / "congich.db")
    counted = "20 of 20 photos are named by nothing in this database"
    assert unnamed() == (0, f"{counted}\nnothing was taken: say --yes to take them away\n")
    assert unnamed("--yes")[1].endswith("they are gone\n")
    assert unnamed("--yes") == (0, "0 of 0 photos are named by nothing in this database\n")
