"""Photos are looked at where they can do no harm."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from bot.decoder import Decoder
from storage.pictures import BadPicture, Picture, inspect


def picture(width: int = 400, height: int = 300, kind: str = "JPEG", **options: object) -> bytes:
    """A photo with some detail in it."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def crash(data: bytes, max_pixels: int, width: int) -> Picture:
    """Ends its process the first time, and looks the second."""
    if data == b"crash":
        os.abort()
    if data == b"hang":
        time.sleep(60)
    return inspect(data, max_pixels, width)


def slow(data: bytes, max_pixels: int, width: int) -> Picture:
    """Takes its time for one of them."""
    if data == b"slow":
        time.sleep(0.5)
    return inspect(data, max_pixels, width)


@pytest.fixture
async def decoder() -> AsyncIterator[Decoder]:
    made = Decoder(max_pixels=40_000_000, width=1600)
    yield made
    await made.close()


async def test_a_photo_is_looked_at_in_a_child(decoder: Decoder) -> None:
    seen = await decoder.decode(picture())
    assert (seen.type_found, seen.width, seen.height) == ("image/jpeg", 400, 300)
    with Image.open(io.BytesIO(seen.thumb)) as thumb:
        assert thumb.size == (320, 240)


def test_a_child_loads_no_more_than_it_needs() -> None:
    """It loads these two: the second too, because it is what the command's process began with."""
    found = (
        "import sys, bot.decoder, bot.__main__; print({'sqlalchemy', 'typer', 'numpy'} & sys.modules.keys())"
    )
    assert subprocess.check_output([sys.executable, "-c", found], text=True).strip() == "set()"


@pytest.mark.parametrize("data", [b"crash", b"hang"])
async def test_a_photo_that_breaks_the_child_breaks_nothing_else(data: bytes) -> None:
    decoder = Decoder(max_pixels=40_000_000, width=1600, look=crash, timeout=3.0)
    try:
        with pytest.raises(BadPicture):
            await decoder.decode(data)
        assert (await decoder.decode(picture())).width == 400
    finally:
        await decoder.close()


async def test_a_child_that_begins_slowly_costs_no_photo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine that was just started; its first photo would be given up for good."""
    (tmp_path / "sitecustomize.py").write_text("import time\ntime.sleep(2)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    decoder = Decoder(max_pixels=40_000_000, width=1600, timeout=1.5)
    try:
        assert (await decoder.decode(picture())).width == 400
    finally:
        await decoder.close()


async def test_where_a_thread_does_the_looking_a_photo_that_hangs_is_given_up_as_well() -> None:
    thread = partial(ThreadPoolExecutor, 1)
    decoder = Decoder(max_pixels=40_000_000, width=1600, look=slow, timeout=0.2, child=thread)
    try:
        with pytest.raises(BadPicture, match="too long"):
            await decoder.decode(b"slow")
        assert (await decoder.decode(picture(40, 30))).width == 40
        assert await decoder._in_child(os.getpid) == os.getpid()
    finally:
        await decoder.close()


async def test_no_child_sees_more_than_so_many_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.decoder.PHOTOS_A_CHILD", 2)
    decoder = Decoder(max_pixels=40_000_000, width=1600)
    try:
        seen = [await decoder._in_child(os.getpid) for _ in range(3)]
    finally:
        await decoder.close()
    assert seen[0] == seen[1] != seen[2]


async def test_where_no_child_begins_no_photo_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.decoder.START", 0.01)
    decoder = Decoder(max_pixels=40_000_000, width=1600)
    try:
        with pytest.raises(OSError, match="no process that looks at photos begins"):
            await decoder.decode(picture())
    finally:
        await decoder.close()


async def test_a_photo_that_nobody_waits_for_any_more_holds_up_nothing() -> None:
    decoder = Decoder(max_pixels=40_000_000, width=1600, look=crash, timeout=5.0)
    async with asyncio.timeout(30):
        try:
            for _ in range(2):
                await decoder.decode(picture())
                given_up = asyncio.create_task(decoder.decode(b"hang"))
                await asyncio.sleep(0.1)
                given_up.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await given_up
        finally:
            await decoder.close()


def bomb() -> bytes:
    """A small PNG that says it has 144 million pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    side = (12000).to_bytes(4, "big")
    rows = zlib.compress(bytes(1501 * 12000), 9)
    header = chunk(b"IHDR", side + side + bytes([1, 0, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"GIF is what it says", "not a picture"),
        (os.urandom(2000), "not a picture"),
        (picture()[:200], "damaged|not a picture"),
        (bomb(), "pixels"),
    ],
    ids=["empty", "words", "noise", "cut", "bomb"],
)
def test_what_is_no_picture_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(BadPicture, match=reason):
        inspect(data, 40_000_000, 1600)


def test_bytes_flipped_anywhere_never_do_more_than_fail() -> None:
    original = picture(kind="PNG")
    for place in range(0, len(original), max(1, len(original) // 60)):
        damaged = bytearray(original)
        damaged[place] ^= 0xFF
        try:
            inspect(bytes(damaged), 40_000_000, 1600)
        except BadPicture:
            continue


def test_nothing_that_is_served_says_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (9.0, 36.0, 0.0)}  # GPS
    exif[0x0112] = 6  # turned
    seen = inspect(picture(exif=exif.tobytes()), 40_000_000, 1600)
    assert (seen.width, seen.height) == (300, 400)
    for served in (seen.served, seen.thumb):
        with Image.open(io.BytesIO(served)) as shown:
            assert not shown.getexif()
        assert b"Exif" not in served


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def test_alike_pictures_have_near_hashes() -> None:
    wide, small = inspect(picture(800, 600), 40_000_000, 1600), inspect(picture(200, 150), 40_000_000, 1600)
    image = Image.radial_gradient("L").resize((400, 300)).convert("RGB")
    out = io.BytesIO()
    image.save(out, "JPEG")
    other = inspect(out.getvalue(), 40_000_000, 1600)
    assert distance(wide.perceptual_hash, small.perceptual_hash) <= 6
    assert distance(wide.perceptual_hash, other.perceptual_hash) > 16


@pytest.mark.parametrize(("count", "size"), [(2, (1932, 720)), (3, (1452, 1092)), (5, (2184, 1092))])
async def test_several_photos_become_one(decoder: Decoder, count: int, size: tuple[int, int]) -> None:
    whole = await decoder.together([picture()] * count)
    with Image.open(io.BytesIO(whole)) as seen:
        assert seen.format == "JPEG"
        assert seen.size == size


async def test_of_two_the_first_is_on_the_left(decoder: Decoder) -> None:
    def plain(colour: str) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", (400, 300), colour).save(out, "JPEG")
        return out.getvalue()

    whole = await decoder.together([plain("red"), plain("blue")])
    with Image.open(io.BytesIO(whole)) as seen:
        left, right = seen.getpixel((10, 10)), seen.getpixel((seen.width - 10, 10))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 200 > 100 > left[2]
    assert right[2] > 200 > 100 > right[0]


async def test_what_is_no_picture_is_not_put_together(decoder: Decoder) -> None:
    with pytest.raises(BadPicture):
        await decoder.together([picture(), b"no picture"])


ORPHAN = """
import asyncio, os, signal
from bot.decoder import Decoder
from tests.bot.test_decoder import picture

async def main():
    decoder = Decoder(max_pixels=1_000_000, width=320)
    await decoder.decode(picture())
    print(*(decoder._pool._processes or {}), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_the_child_of_a_killed_bot_ends_too(tmp_path: Path) -> None:
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN)
    root = Path(__file__).parents[2]
    bot = await asyncio.create_subprocess_exec(
        sys.executable, str(script), cwd=root, env={"PYTHONPATH": str(root)}, stdout=asyncio.subprocess.PIPE
    )
    assert bot.stdout is not None
    child = int(await bot.stdout.readline())
    assert await bot.wait() == -signal.SIGKILL
    async with asyncio.timeout(10):
        while Path(f"/proc/{child}").exists():
            await asyncio.sleep(0.05)
