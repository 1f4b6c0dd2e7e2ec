"""Neither one member nor very many take the built-in chat from the others: live lines, posts on their way."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.platforms.bodies import SMALL
from bot.platforms.webchat_feed import EACH, Feed, TooManyListeners
from bot.web.pace import A_MINUTE, Burden
from bot.web.room_api import body_limit
from tests.bot.test_decoder import picture
from tests.bot.webchat_site import Person, Site, a_site

pytestmark = pytest.mark.sqlite_only  # nothing of it is in a database


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with a_site(tmp_path, database_url) as made:
        yield made


def test_of_a_member_the_newest_line_ends_the_oldest() -> None:
    feed = Feed(lambda *_: None)
    minh, lines = feed.listen(2), [feed.listen(1) for _ in range(EACH)]
    feed.say("changed", {})
    last = feed.listen(1)
    assert lines[0].get_nowait() == ("elsewhere", {})
    assert [line.qsize() for line in (lines[0], *lines[1:], last, minh)] == [0, *[1] * (EACH - 1), 0, 1]
    feed.say("changed", {})
    assert (lines[0].qsize(), last.qsize(), minh.qsize()) == (0, 1, 2)


def test_where_nobody_signs_in_only_all_are_counted() -> None:
    feed = Feed(lambda *_: None, most=EACH + 2)
    lines = [feed.listen() for _ in range(EACH + 2)]
    with pytest.raises(TooManyListeners):
        feed.listen()
    feed.leave(lines[0])
    feed.listen(1)


async def test_a_page_hears_that_its_member_listens_elsewhere_and_others_are_let_alone(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    others = asyncio.create_task(minh.heard("cong-ich", 1))
    await site.listened(1)
    lines = []
    for number in range(EACH + 1):
        lines.append(asyncio.create_task(hoa.heard("cong-ich", 1)))
        await site.listened(min(number, EACH - 1) + 2)
    assert await lines[0] == [("elsewhere", {})]
    await minh.post("chào cả nhà")
    for line in (*lines[1:], others):
        assert [event for event, _ in await line] == ["post"]


async def test_beyond_what_a_process_serves_a_page_is_told_to_come_again(site: Site) -> None:
    assert site.app.webchat is not None
    hoa = await site.joined("Hoa")
    site.app.webchat.feed._most = 0
    ((status, told),) = await hoa.heard("cong-ich", 1)
    assert (status, list(told)) == ("503", ["error"])


def test_posts_on_their_way_take_no_more_than_they_may() -> None:
    burden = Burden(10 * SMALL)
    assert burden.add(1, SMALL) == 0
    assert burden.add(1, 6 * SMALL) == 6 * SMALL
    assert burden.add(1, 6 * SMALL) is None
    assert burden.add(1, 4 * SMALL) == 4 * SMALL
    assert [burden.add(who, None) for who in (2, 3, 4)] == [10 * SMALL, 10 * SMALL, None]
    burden.remove(1, 6 * SMALL)
    assert (burden.add(1, 99 * SMALL), burden.add(4, 6 * SMALL)) == (None, 6 * SMALL)
    assert burden.add(None, SMALL) == 0


async def _begun(site: Site, person: Person, size: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A post of which only the head has come."""
    cookie = next(iter(person.client.cookie_jar))
    host = site.root.removeprefix("http://")
    reader, writer = await asyncio.open_connection(*host.split(":"))
    writer.write(
        f"POST /api/posts HTTP/1.1\r\nHost: {host}\r\nOrigin: {site.root}\r\n"
        f"Cookie: {cookie.key}={cookie.value}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {size}\r\n\r\n--b\r\n".encode()
    )
    await writer.drain()
    await asyncio.sleep(0.2)
    return reader, writer


async def test_a_member_with_large_posts_on_their_way_waits_with_the_next(site: Site) -> None:
    hoa, minh = await site.joined("Hoa"), await site.joined("Minh")
    photo = picture(400, 400, kind="PNG", compress_level=0)
    assert len(photo) > SMALL
    _, begun = await _begun(site, hoa, body_limit(site.app.config.photos.max_bytes))
    status, told = await hoa.post("đèn hư", photo, client_id="the-same-id")
    assert (status, list(told)) == (503, ["error"])  # after which the page tries again
    assert (await hoa.post("chỉ có chữ"))[0] == 201
    assert (await minh.post("đèn hư", photo))[0] == 201
    begun.close()
    await asyncio.sleep(0.2)
    assert (await hoa.post("đèn hư", photo, client_id="the-same-id"))[0] == 201


async def test_whoever_posts_too_fast_is_told_so_before_their_photos_are_read(site: Site) -> None:
    hoa = await site.joined("Hoa")
    for _ in range(A_MINUTE):
        assert (await hoa.post("chào"))[0] == 201
    reader, writer = await _begun(site, hoa, 10_000_000)
    async with asyncio.timeout(5):
        assert b" 429 " in await reader.readline()
    writer.close()
