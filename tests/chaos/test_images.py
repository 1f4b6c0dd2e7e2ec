"""Bar 5: pictures that are none, too large, damaged or more than a picture.

Nothing crashes or hangs, the bot's own memory stays, whoever reported with one has their ticket, and nothing
that is shown to anybody says where, when, by whom or with what it was taken.
"""

import io
import re
import time
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from PIL import Image

from bot.decoder import Decoder
from storage.pictures import BadPicture
from tests.bot.room.site import LAMP, opened
from tests.chaos.badpictures import KINDS, MARK, SORTS, bad, flips, good
from tests.chaos.rig import BOTH_IN_FULL, FULL, SEED, Rig
from tests.chaos.script import Said
from tests.fakes.telegram import FakeTelegram

LONGEST = 5.5  # seconds for one picture: the child's five, and its end
FLIPS = 2_000 if FULL else 100
PICTURES = 200 if FULL else 3
_HEAVY = (
    "as large as may be",
    "scans",
    "text bomb",
    "frames in a gif",
    "frames in a png",
    "frames in a webp",
)
MEMORY = 50 * 1024  # KiB that the bot may grow by
FIRST = 2  # good pictures before the bad ones
TICKETS = "SELECT count(*) FROM tickets"
_TRACES = (
    MARK.encode(),
    b"Exif",
    b"ICC_PROFILE",
    b"ns.adobe.com",
    b"Photoshop",
    b"<script",
    b"GPS",
    b"PK\x03\x04",
)
_OF_A_PLAIN_JPEG = {0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDA, 0xDD}  # JFIF, tables, frame, scan
pytestmark = [pytest.mark.sqlite_in_short, pytest.mark.timeout(1800)]


def traces(data: bytes) -> list[str]:
    """What a JPEG says beside its pixels, each as a word."""
    found = [one.decode("latin-1") for one in _TRACES if one in data]
    place = 2
    while place < len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        found += [] if data[place + 1] in _OF_A_PLAIN_JPEG else [f"marker {data[place + 1]:x}"]
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    found += [] if data.endswith(b"\xff\xd9") else ["something behind its end"]
    with Image.open(io.BytesIO(data)) as shown:
        said = set(shown.info) - {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "progressive",
            "progression",
        }
        return found + sorted(map(str, said)) + (["exif"] if shown.getexif() else [])


async def test_no_picture_breaks_or_holds_up_the_child() -> None:
    luck, decoder = Random(SEED), Decoder(max_pixels=40_000_000, width=1600)
    pictures = [one for one in bad(luck, max(PICTURES, len(SORTS))) if FULL or one[0] not in _HEAVY]
    taken, slowest = 0, 0.0
    for name, data in (*pictures, *(("flips", data) for data in flips(luck, FLIPS))):
        began = time.monotonic()
        try:
            picture = await decoder.decode(data)
        except BadPicture:
            continue
        finally:
            slowest = max(slowest, time.monotonic() - began)
        taken += 1
        for served in (picture.served, picture.thumb):
            assert traces(served) == [], (SEED, name)
    assert slowest < LONGEST, f"seed {SEED}"
    await decoder.close()
    print(
        f"\nseed {SEED}: {len(pictures)} pictures, {FLIPS} flips, {taken} shown; {slowest:.2f} s at the most"
    )


def test_whatever_is_written_into_a_picture_would_be_found() -> None:
    for kind in KINDS:
        assert MARK.encode() in good(kind)
    assert {"Exif", "ICC_PROFILE", "exif", "marker fe", "something behind its end"} <= {*traces(good("JPEG"))}


@BOTH_IN_FULL
async def test_a_report_with_a_bad_picture_has_its_ticket(tmp_path: Path, url: str) -> None:
    """The whole bot, as a process."""
    luck, now = Random(SEED), int(time.time()) - 3600
    some = ("cut", "exif in a circle", "a page")
    pictures = [data for _, data in bad(luck, PICTURES)] if FULL else [SORTS[name](luck) for name in some]
    async with FakeTelegram() as server:
        rig = Rig(tmp_path, server, url)
        await rig.start()
        await rig.post(
            [
                Said("Hoa", f"Rác trước số {2 * n + 1} Nguyễn Huệ chưa ai gom", 1, now, False)
                for n in range(FIRST)
            ]
        )
        await rig.taken_in(60)
        before = resident(rig)
        for place, data in enumerate(pictures):
            text = f"Đèn đường trước số {3 * place + 1} Hai Bà Trưng bị hư 3 bữa nay"
            await server.post_photo(rig.city.group, f"Người {place}", data, text, at=now + 60 * place)
        await rig.taken_in(120 + 3 * len(pictures))
        grown = rig.city.peak_memory() - before
        assert rig.city.running
        assert rig.city.count(TICKETS) == FIRST + len(pictures), f"seed {SEED}"
        states = {str(one[0]) for one in rig.city.rows("SELECT DISTINCT state FROM attachments")}
        assert states <= {"stored", "failed"}
        await server.wait_for(lambda: any("photo" in one for one in rig.city.room.messages.values()), 30)
        assert await rig.city.stop() == 0
        log = rig.city.log.read_text()
        posted = [
            server.file(one["photo"][-1]["file_id"])
            for one in rig.city.room.messages.values()
            if "photo" in one
        ]
    assert grown <= MEMORY, f"seed {SEED}: {grown} KiB"
    assert "Traceback" not in log, log[-4000:]
    kept = [
        path.read_bytes()
        for path in (tmp_path / "data" / "photos").rglob("*/*.*")
        if path.suffix != ".original"
    ]
    assert kept
    assert [found for data in (*kept, *posted) if (found := traces(data))] == []
    where = "postgresql" if url else "sqlite"
    print(
        f"\n{where}, seed {SEED}: {len(pictures)} bad pictures, all with tickets;"
        f" the bot grew by {grown // 1024} MiB"
    )


def resident(rig: Rig) -> int:
    """The memory that the bot's process has now, in KiB."""
    assert rig.city._process is not None
    status = Path(f"/proc/{rig.city._process.pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0])


async def test_nothing_that_is_served_says_where_it_was_taken(database_url: str, tmp_path: Path) -> None:
    """By every way in which a photo leaves the web: chat, board, room, Open311, links for messengers."""
    more: dict[str, Any] = {
        "board": {"enabled": True},
        "open311": {"enabled": True, "open_reading": True},
    }
    async with opened(database_url, tmp_path, **more) as site:
        photos = [good(kind) for kind in KINDS]
        await site.say("hoa", LAMP, *photos)
        await site.say("ha", "/anh 1001", chat="dieu-hanh")
        async with site.browser("ha") as browser:
            pages = [
                await browser.get(path) for path in ("/room/tickets/PA1001", "/room/photos", "/board/PA1001")
            ]
            state = await browser.get("/api/state")
            found = {
                one
                for page in (*pages, state)
                for one in re.findall(r"/(?:board/)?photos/[0-9a-f]{64}", page.text)
            }
            assert {one.split("/")[1] for one in found} == {"photos", "board"}
            assert len(found) >= 2 * len(KINDS)
            served = [
                await fetched(browser.client, site.root + path + size)
                for path in found
                for size in ("", "?size=thumb")
            ]
        hashes = {path.rsplit("/", 1)[-1] for path in found}
        media = [
            site.app.media_links.address(one).replace("http://127.0.0.1:8080", site.root) for one in hashes
        ]
        async with aiohttp.ClientSession() as client:
            served += [await fetched(client, address) for address in media]
    assert [said for data in served if (said := traces(data))] == []
    print(f"\n{len(served)} served pictures of {len(hashes)} photos: no trace")


async def fetched(client: aiohttp.ClientSession, address: str) -> bytes:
    async with client.get(address) as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg"), address
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return await answer.read()
