"""SIGKILL between any two steps of a message's way: nothing is lost, nothing is doubled."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot.demo.draw import draw
from tests.acceptance.process import City
from tests.chaos.rig import FULL, LONG
from tests.fakes.bridge import SECRET
from tests.fakes.telegram import FakeTelegram
from tests.serving import serving

STEPS = (
    "received",
    "stored",
    "confirmed",
    "handled",
    "committed",
    "taken",
    "delivered",
    "settled",
    "fetched",
    "pictured",
    "recorded",
)
TELLING = ("dispatching", "dispatched", "dispatch_settled")
RENEWING = ("renewing", "renewed", "kept")  # test_zalo_oa.py kills at these
REPORTS = (
    "Đèn đường trước số 45 Hai Bà Trưng tắt ngúm 3 bữa nay",
    "Đường Trần Hưng Đạo ổ gà sâu lắm, nguy hiểm quá",
    "Rác chất đống trước chợ Bông Sen, bốc mùi hôi thối",
)
MESSAGES = 6  # three reports, two more photos of an album, one greeting


async def post_everything(city: City) -> None:
    server, group = city.server, city.group
    await server.post(group, "Hoa", REPORTS[0])
    await server.post(group, "Linh", "Chào cả nhà")
    await server.post_photo(group, "Minh", draw("pothole"), REPORTS[1])
    photos = [draw("rubbish-pile", variant) for variant in range(3)]
    await server.post_album(group, "Dung", photos, REPORTS[2])


def check(city: City, kills: int = 1) -> None:
    """The platform's record against the database's."""
    codes = [code for (code,) in city.rows("SELECT code FROM tickets ORDER BY id")]
    summaries = [text for (text,) in city.rows("SELECT summary FROM tickets ORDER BY id")]
    assert (codes, summaries) == (["PA1001", "PA1002", "PA1003"], list(REPORTS))
    assert city.count("SELECT count(*) FROM messages") == MESSAGES
    assert city.count("SELECT count(*) FROM attachments WHERE state = 'stored'") == 4
    unconfirmed = {
        key for (key,) in city.rows("SELECT idempotency_key FROM outbox WHERE state = 'unconfirmed'")
    }
    assert len(unconfirmed) <= kills
    told = Counter(text for text in city.server.texts(city.group) if text.startswith("Dạ, đã ghi nhận"))
    assert all(count == 1 for count in told.values()), told
    for number, code in enumerate(codes, start=1):
        posted = any(f"#{code}:" in text for text in told)
        assert posted or f"ack:{number}" in unconfirmed
    cards = Counter(text.split(" ")[0] for text in city.server.texts(city.room) if text.startswith("#PA"))
    assert all(count == 1 for count in cards.values()), cards
    if unconfirmed:
        assert any("Chưa rõ tin này" in text for text in city.server.texts(city.room))


@pytest.mark.sqlite_only
@pytest.mark.parametrize("step", STEPS if FULL else ("committed",))
async def test_killed_at_a_step(tmp_path: Path, step: str) -> None:
    async with FakeTelegram() as server:
        server.longest_poll = 1  # where all posts came at once, "confirmed" comes when the next poll ends
        city = City(tmp_path, server)
        await city.start(kill_at=step)
        await post_everything(city)
        assert await city.ended() == -9
        await city.start()
        await city.settled(MESSAGES)
        assert await city.stop() == 0
        check(city)
        assert server.token not in city.log.read_text()


@pytest.mark.sqlite_only
@LONG
async def test_killed_again_and_again(tmp_path: Path) -> None:
    async with FakeTelegram() as server:
        city = City(tmp_path, server)
        await post_everything(city)
        for step in ("stored", "committed", "recorded", "handled"):
            await city.start(kill_at=step)
            try:
                await city.ended(seconds=5)
            except TimeoutError:
                await city.stop()
        await city.start()
        await city.settled(MESSAGES)
        assert await city.stop() == 0
        check(city, kills=4)


@asynccontextmanager
async def receiver(heard: list[str]) -> AsyncIterator[int]:
    """A system outside that keeps the id of whatever it is told; its port."""

    async def hear(request: web.Request) -> web.Response:
        heard.append(request.headers["webhook-id"])
        return web.Response(status=204)

    application = web.Application()
    application.add_routes([web.post("/", hear)])
    async with serving(application) as port:
        yield port


@LONG
@pytest.mark.sqlite_only
async def test_killed_while_a_system_outside_is_told(tmp_path: Path) -> None:
    heard: list[str] = []
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    async with FakeTelegram() as server, receiver(heard) as port:
        city = City(tmp_path, server)
        webhook = f'url = "http://127.0.0.1:{port}/"\nsecret_file = "{secret}"\nallow_private = true\n'
        city.config.write_text(f'{city.config.read_text()}\n[[webhooks]]\nname = "ioc"\n{webhook}')
        await server.post(city.group, "Hoa", REPORTS[0])
        for step in TELLING:
            await city.start(kill_at=step)
            assert await city.ended() == -9, step
        await city.start()
        await city.settled(1)
        assert await city.stop() == 0
        assert city.rows("SELECT state FROM dispatches") == [("sent",)]
    assert len(heard) == 2  # before and after the kill of which nobody could know
    assert len(set(heard)) == 1


def test_at_every_step_some_test_kills() -> None:
    folder = Path(__file__).parents[2] / "bot"
    named = {
        step
        for path in folder.rglob("*.py")
        for step in re.findall(r"\bself\._step\(\"(\w+)\"\)", path.read_text())
    }
    assert named == {*STEPS, *TELLING, *RENEWING}
