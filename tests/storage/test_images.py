"""What both stores must do alike: a folder, and a bucket of a real S3-compatible server."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.database import is_outage
from storage.images import (
    ORIGINAL,
    UNFINISHED,
    FolderStore,
    ImageStore,
    PhotoForm,
    StoreError,
    Succession,
    hashed,
)
from storage.object_images import Bucket, ObjectStore
from tests import objects
from tests.objects import Line, Server

PHOTO = bytes(range(256)) * 400
NOBODY = "0" * 64
HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)
KINDS = ("folder", "s3")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ImageStore:
    """An empty store of each kind, with a folder beside it."""
    beside = FolderStore(tmp_path / "beside")
    if request.param == "folder":
        return FolderStore(tmp_path / "photos", beside=[beside])
    server: Server = request.getfixturevalue("object_server")
    return objects.store(server.bucket(), beside=[beside])


async def all_of(store: ImageStore) -> set[PhotoForm]:
    return {form async for form in store.forms()}


async def test_what_was_put_is_there_byte_for_byte(store: ImageStore) -> None:
    content_hash = await store.put(PHOTO)
    assert content_hash == hashed(PHOTO)
    assert await store.get(content_hash) == PHOTO
    await store.put_rendition(content_hash, "thumb", b"small")
    assert await store.get(content_hash, "thumb") == b"small"
    assert await all_of(store) == {PhotoForm(content_hash, ORIGINAL), PhotoForm(content_hash, "thumb")}


async def test_what_is_not_there_is_none(store: ImageStore) -> None:
    assert await store.get(NOBODY) is None
    await store.put(PHOTO)
    assert await store.get(hashed(PHOTO), "served") is None


async def test_what_a_killed_process_began_is_removed_and_nothing_else(tmp_path: Path) -> None:
    folder = FolderStore(tmp_path)
    content_hash = await folder.put(PHOTO)
    left, writing = (tmp_path / UNFINISHED / name for name in ("left", "writing"))
    for path in (left, writing):
        path.write_bytes(b"half of a pho")
    os.utime(left, (HOUR_AGO.timestamp(), HOUR_AGO.timestamp()))
    assert await folder.tidy(HOUR_AGO + timedelta(minutes=1)) == 1
    assert [path.name for path in (tmp_path / UNFINISHED).iterdir()] == ["writing"]
    assert await folder.get(content_hash) == PHOTO
    assert await all_of(folder) == {PhotoForm(content_hash, ORIGINAL)}


async def test_a_store_without_anything_unfinished_is_tidy(store: ImageStore) -> None:
    assert await store.tidy(HOUR_AGO) == 0
    await store.put(PHOTO)
    assert await store.tidy(HOUR_AGO) == 0


async def test_what_is_old_goes_and_what_was_put_anew_stays(store: ImageStore) -> None:
    old = await store.put(PHOTO)
    await store.put_rendition(old, "thumb", b"small")
    assert await store.expire(HOUR_AGO) == 0
    step = 1.0 if isinstance(store, ObjectStore) else 0.05  # a bucket dates by the second
    await asyncio.sleep(2 * step)
    between = datetime.now(UTC) - timedelta(seconds=step)
    new = await store.put(b"another")
    assert await store.expire(between) == 2
    assert await all_of(store) == {PhotoForm(new, ORIGINAL)}


async def test_a_photo_of_before_yesterday_is_kept_from_now_on(tmp_path: Path) -> None:
    folder = FolderStore(tmp_path)
    old = PhotoForm(await folder.put(PHOTO), ORIGINAL)
    os.utime(tmp_path / old.place, (0, 0))
    await folder.put(PHOTO)
    assert await folder.expire(HOUR_AGO) == 0


async def test_what_an_earlier_store_has_is_found_and_removed_and_nothing_is_added_to_it(
    store: ImageStore, tmp_path: Path
) -> None:
    earlier = FolderStore(tmp_path / "earlier")
    old, both = await earlier.put(b"old"), await earlier.put(PHOTO)
    now = Succession(store, earlier)
    new = await now.put(b"new")
    assert await now.put(PHOTO) == both
    await now.put_rendition(new, "thumb", b"small")
    assert [await now.get(one) for one in (old, both, new)] == [b"old", PHOTO, b"new"]
    assert await now.get(NOBODY) is None
    assert len(await all_of(now)) == 4
    assert await all_of(earlier) == {PhotoForm(old, ORIGINAL), PhotoForm(both, ORIGINAL)}
    for one in (old, both):
        await now.remove(one)
    assert await all_of(now) == {PhotoForm(new, ORIGINAL), PhotoForm(new, "thumb")}
    assert await all_of(earlier) == set()


async def test_eight_megabytes_in_one_piece(store: ImageStore) -> None:
    data = PHOTO * 80
    assert await store.get(await store.put(data)) == data


async def test_a_photo_is_removed_with_all_its_forms_and_no_other(store: ImageStore, tmp_path: Path) -> None:
    mine, other = await store.put(PHOTO), await store.put(b"another")
    await store.put_rendition(mine, "served", b"a")
    await store.put_rendition(mine, "thumb", b"b")
    beside = FolderStore(tmp_path / "beside")
    await beside.put(PHOTO)
    await store.remove(mine)
    await store.remove(mine)  # once more costs nothing
    assert await all_of(store) == {PhotoForm(other, ORIGINAL)}
    assert await store.get(mine) is None
    assert await beside.get(mine) is None


async def test_the_same_photo_from_many_at_once(store: ImageStore) -> None:
    hashes = await asyncio.gather(*(store.put(PHOTO) for _ in range(8)))
    assert set(hashes) == {hashed(PHOTO)}
    assert await store.get(hashes[0]) == PHOTO
    assert len(await all_of(store)) == 1


async def test_what_is_there_stays_as_it_is(store: ImageStore) -> None:
    content_hash = await store.put(PHOTO)
    await store.put_rendition(content_hash, "thumb", b"first")
    await store.put_rendition(content_hash, "thumb", b"second")
    assert await store.get(content_hash, "thumb") == b"first"


@pytest.mark.parametrize("wrong", ["", "../../etc/passwd", "g" * 64, "A" * 64, "a" * 63, f"{'a' * 64}\n"])
async def test_what_is_no_hash_is_refused(store: ImageStore, wrong: str) -> None:
    for call in (store.get(wrong), store.remove(wrong), store.put_rendition(wrong, "thumb", b"x")):
        with pytest.raises(ValueError, match="not a content hash"):
            await call
    for name in ("", "../x", "a.b", "Thumb"):
        with pytest.raises(ValueError, match="not a content hash"):
            await store.get(NOBODY, name)


async def test_a_bucket_of_its_own_and_folders_in_it(object_server: Server) -> None:
    whole = object_server.nowhere()
    stores = [objects.store(replace(whole, prefix=prefix)) for prefix in ("", "/city/photos/", "city/photo")]
    for number, store in enumerate(stores):
        await store.put(b"%d" % number)
    for number, store in enumerate(stores):
        assert await all_of(store) == {PhotoForm(hashed(b"%d" % number), ORIGINAL)}
        await store.remove(hashed(b"%d" % number))
        assert await all_of(store) == set()


# From here on: what only a bucket far away can do to us.


@pytest.fixture
async def far(object_server: Server) -> AsyncIterator[tuple[Line, Bucket]]:
    """A line to the server, and a bucket by it in which there is a photo."""
    async with objects.line(object_server) as line:
        bucket = object_server.bucket()
        await objects.store(bucket).put(PHOTO)
        yield line, line.of(bucket)


async def refused(store: ObjectStore, why: str, *, read: bool = True) -> None:
    """All that is asked of it is an outage whose text says why and shows no secret."""
    calls = [store.put(b"new"), store.remove(hashed(PHOTO))] + ([store.get(hashed(PHOTO))] if read else [])
    for call in calls:
        with pytest.raises(StoreError) as raised:
            await call
        assert is_outage(raised.value)
        assert why in str(raised.value)
        assert raised.value.strerror == str(raised.value)
        assert raised.value.__suppress_context__
        assert not {"Signature=", "AWS4", objects.SECRET, objects.KEY} & set(str(raised.value).split())


async def test_a_server_that_is_down(object_server: Server) -> None:
    with socket.socket() as taken:  # and nobody else can listen there meanwhile
        taken.bind(("127.0.0.1", 0))
        bucket = replace(object_server.bucket(), endpoint=f"http://127.0.0.1:{taken.getsockname()[1]}")
        await refused(objects.store(bucket), "does not answer")


async def test_a_wrong_key_a_wrong_secret_and_one_that_may_only_read(far: tuple[Line, Bucket]) -> None:
    _, bucket = far
    wrong = objects.store(replace(bucket, secret_key="not the secret"))
    for call in (wrong.get(hashed(PHOTO)), wrong.remove(hashed(PHOTO))):
        with pytest.raises(StoreError, match="the secret key is not the access key's"):
            await call
    with pytest.raises(StoreError, match="it answers 403"):  # a HEAD has no words
        await wrong.put(b"new")
    unknown = objects.store(replace(bucket, access_key="nobody"))
    with pytest.raises(StoreError, match="does not know the access key"):
        await unknown.get(hashed(PHOTO))
    reader = objects.store(replace(bucket, access_key=objects.READER, secret_key=objects.READER_SECRET))
    assert await reader.get(hashed(PHOTO)) == PHOTO
    with pytest.raises(StoreError, match="can't be written: the access key may not do that"):
        await reader.put(b"new")
    with pytest.raises(StoreError, match="can't be removed"):
        await reader.remove(hashed(PHOTO))
    assert await objects.store(bucket).get(hashed(PHOTO)) == PHOTO


async def test_a_bucket_that_is_not_there_is_no_missing_photo(object_server: Server) -> None:
    reader = replace(object_server.nowhere(), access_key=objects.READER, secret_key=objects.READER_SECRET)
    with pytest.raises(StoreError, match="there is no such bucket"):
        await objects.store(reader).get(hashed(PHOTO))


async def test_an_upload_that_is_cut_leaves_nothing(far: tuple[Line, Bucket], object_server: Server) -> None:
    line, bucket = far
    data = PHOTO * 20
    store, near = (
        objects.store(bucket),
        objects.store(replace(bucket, endpoint=object_server.bucket().endpoint)),
    )
    for allowed in (3_000, 500_000, len(data)):
        line.up = allowed
        with pytest.raises(StoreError, match="written: it does not answer, or not to the end"):
            await store.put(data)
        assert await near.get(hashed(data)) is None
    line.up = 1 << 40
    await store.put(data)
    assert await near.get(hashed(data)) == data


async def test_a_download_that_is_cut_is_no_photo(far: tuple[Line, Bucket]) -> None:
    line, bucket = far
    for allowed in (100, 50_000):
        line.down = allowed
        with pytest.raises(StoreError, match="can't be read: it does not answer, or not to the end"):
            await objects.store(bucket).get(hashed(PHOTO))
    line.down = 1 << 40
    assert await objects.store(bucket).get(hashed(PHOTO)) == PHOTO


async def test_a_server_that_stands_still_is_waited_for_no_longer_than_agreed(
    far: tuple[Line, Bucket],
) -> None:
    line, bucket = far
    line.is_held = True
    loop = asyncio.get_running_loop()
    begun = loop.time()
    store = objects.store(bucket, seconds=0.3)
    found = await asyncio.gather(store.get(hashed(PHOTO)), store.put(b"new"), return_exceptions=True)
    assert [type(one) for one in found] == [StoreError, StoreError]
    assert loop.time() - begun < 3
    line.is_held = False
    assert await store.get(hashed(PHOTO)) == PHOTO


async def test_what_is_there_costs_a_look_and_counts_as_new_for_a_day(far: tuple[Line, Bucket]) -> None:
    line, bucket = far
    line.up = 20_000  # far fewer than the photo has
    assert await objects.store(bucket).put(PHOTO) == hashed(PHOTO)
    in_two_days = ObjectStore(bucket, lambda: datetime.now(UTC) + timedelta(days=2))
    with pytest.raises(StoreError):  # it would be written, and so dated, anew
        await in_two_days.put(PHOTO)


async def test_no_secret_is_shown(
    far: tuple[Line, Bucket], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    _, bucket = far
    assert objects.SECRET not in repr(bucket)
    assert objects.KEY not in repr(bucket)
    wrong = f"{objects.SECRET} no more"
    try:
        await objects.store(replace(bucket, secret_key=wrong)).get(NOBODY)
    except StoreError:
        logging.getLogger().exception("as the bot logs it")
    said = caplog.text + "".join(capfd.readouterr())
    assert "the secret key is not" in said
    for word in (objects.KEY, objects.SECRET, "Signature", "AWS4-HMAC"):
        assert word not in said
