"""A city on several machines: one PostgreSQL and one bucket are all that its processes share."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot import clock, config
from bot.app import App
from bot.config import Config, ConfigError
from bot.opening import expect_nobody
from bot.roles import ProcessRole
from bot.run import Process
from storage import leases
from storage.database import DatabaseError
from storage.images import FolderStore
from tests import objects
from tests.acceptance.process import free_port, run
from tests.bot.test_decoder import picture
from tests.bot.test_roles import at_work
from tests.conftest import new_database
from tests.fakes.bridge import SECRET, FakeBridge
from tests.objects import Server

LAMP = "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay"
ENVIRON = {"CONGICH_BRIDGE_MATRIX_SECRET": SECRET, **objects.ENVIRONMENT}


class Machines:
    """What the machines share, the messenger, and where the one with the web listens."""

    def __init__(self, folder: Path, url: str, bridge: FakeBridge, server: Server) -> None:
        self.folder = folder
        self.bridge = bridge
        self.port = free_port()
        self._url = url
        self._store = objects.section(server.bucket())
        bridge.root = f"http://127.0.0.1:{self.port}/bridge/matrix"

    def app(self, name: str, *without: str, kind: str = "s3", key: str = "6b" * 32) -> App:
        """One machine's, with a data folder of its own."""
        settings = {
            "data_dir": str(self.folder / name),
            "database": {"url": self._url, "lease_seconds": 6},
            "web": {"port": self.port, "public_url": "https://city.example"},
            "quiet": {"hours": "00:00-00:00"},
            "photos": {"store": self._store | {"kind": kind}},
            "bridges": [{"name": "matrix", "deliver": "webhook", "url": self.bridge.url}],
            "webchat": {"enabled": True},
            "chats": [
                {"platform": "matrix", "id": "g", "role": "community"},
                {"platform": "matrix", "id": "r", "role": "moderation"},
            ],
        }
        return App(config.parse(settings), ENVIRON | {"CONGICH_BUTTONS_KEY": key}, without=without)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not holds():
                await asyncio.sleep(0.05)

    def posts(self, chat: str) -> int:
        return sum(post.chat == chat for post in self.bridge.posts)


@pytest.fixture
def url(postgresql: str) -> str:
    """An empty database, which they bring to its schema together."""
    return new_database(postgresql, "template1")


@pytest.fixture
async def machines(tmp_path: Path, url: str, object_server: Server) -> AsyncIterator[Machines]:
    async with FakeBridge() as bridge:
        yield Machines(tmp_path, url, bridge, object_server)


async def test_a_photo_goes_over_three_machines_in_and_out_again(machines: Machines) -> None:
    async with AsyncExitStack() as stack:
        apps = {
            role: machines.app(role.value) for role in (ProcessRole.WEB, ProcessRole.WORK, ProcessRole.SEND)
        }
        starts = [stack.enter_async_context(at_work(app, (role,))) for role, app in apps.items()]
        await asyncio.gather(*starts)
        await machines.bridge.post("g", "Hoa", LAMP, photos=[picture()])
        await machines.until(lambda: machines.posts("r"))
        (card,) = [one for one in machines.bridge.deliveries if one["chat"] == "r"]
        address = urlsplit(card["photos"][0]["url"]).path
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"http://127.0.0.1:{machines.port}{address}") as answer,
        ):
            assert (answer.status, answer.content_type) == (200, "image/jpeg")
            assert (await answer.read()).startswith(b"\xff\xd8")
    lying = {
        path.name for role in apps for path in (machines.folder / role.value).rglob("*") if path.is_dir()
    }
    assert not lying & {"bridges", "outgoing", "photos"}


async def test_a_photo_that_came_before_the_city_had_a_bucket_is_fetched_into_it(machines: Machines) -> None:
    async with at_work(machines.app("one", kind="folder"), (ProcessRole.WEB,)):
        await machines.bridge.post("g", "Hoa", LAMP, photos=[picture()])
    app = machines.app("one")
    async with at_work(app, (ProcessRole.WORK, ProcessRole.SEND)):
        await machines.until(lambda: machines.posts("r"))
        assert len([form async for form in app.images.forms()]) == 3
    assert [form async for form in FolderStore(machines.folder / "one" / "photos").forms()] == []


async def test_a_platform_is_left_to_the_machines_that_have_it(machines: Machines) -> None:
    """Nothing of it is handled, fetched, asked or sent here; what is done elsewhere is shown there."""
    async with AsyncExitStack() as stack:
        elsewhere = machines.app("elsewhere", "matrix")
        assert [one.name for one in elsewhere.here] == ["webchat"]
        await stack.enter_async_context(at_work(elsewhere, (ProcessRole.ALL,)))
        await machines.bridge.post("g", "Hoa", LAMP, photos=[picture()])
        await asyncio.sleep(1.5)  # longer than anybody looks away
        assert machines.bridge.posts == []
        await stack.enter_async_context(at_work(machines.app("there"), (ProcessRole.WORK, ProcessRole.SEND)))
        await machines.until(lambda: machines.posts("g") and machines.posts("r"))


async def test_a_process_with_another_key_does_not_start_beside_the_others(machines: Machines) -> None:
    """What it posts they could not open, and the other way round."""
    other = machines.app("two", key="7c" * 32)
    async with at_work(machines.app("one"), (ProcessRole.CLOCK,)):
        with pytest.raises(ConfigError, match="same CONGICH_BUTTONS_KEY") as raised:
            await Process(other, roles=(ProcessRole.SEND,)).run()
        assert "6b6b" not in str(raised.value)
        async with at_work(machines.app("three"), (ProcessRole.SEND,)):
            pass
    async with at_work(machines.app("two", key="7c" * 32), (ProcessRole.CLOCK,)):
        pass  # nobody else is there: the city has a new key


@pytest.mark.parametrize("role", ProcessRole)
async def test_whoever_is_at_work_is_seen_whatever_their_share(machines: Machines, role: ProcessRole) -> None:
    """By who starts with another key, and by `db move`; also once the first lease would have run out."""
    one, elsewhere = machines.app("one"), Config(data_dir=str(machines.folder / "two"))
    async with at_work(one, (role,)):
        await asyncio.sleep(one.lease_duration.total_seconds() + 0.5 if role is ProcessRole.WEB else 0)
        with pytest.raises(ConfigError, match="same CONGICH_BUTTONS_KEY"):
            await Process(machines.app("two", key="7c" * 32), roles=(ProcessRole.SEND,)).run()
        with pytest.raises(DatabaseError, match=r"another congich works on this database: .*/one"):
            await expect_nobody(one.database, elsewhere, clock.real())
    looking = machines.app("two").database
    await expect_nobody(looking, elsewhere, clock.real())  # it was given back at the stop
    async with looking.read() as session:
        assert await leases.running(session, clock.real()) == []
    await looking.close()


async def test_of_machines_that_are_gone_nothing_stays(machines: Machines) -> None:
    app, long_ago = machines.app("one"), clock.real() - timedelta(days=2)
    async with at_work(app, (ProcessRole.SEND,)), app.database.write() as session:
        for name in ("at-work:gone:/data", "clock"):
            await leases.acquire(session, name, "gone:/data", long_ago, timedelta(seconds=6))
    async with at_work(app := machines.app("one"), (ProcessRole.SEND,)), app.database.read() as session:
        assert await leases.holder(session, "at-work:gone:/data") is None
        assert await leases.holder(session, "clock") is not None  # whose fence goes on from there


async def test_what_can_not_be_left_is_said(machines: Machines, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match="--without telegram: no such platform is on; there are webchat, matrix"
    ):
        machines.app("one", "telegram")
    file = tmp_path / "config.toml"
    file.write_text(f'data_dir = "{tmp_path}"\n[webchat]\nenabled = true\nsign_in = "none"\n')
    code, _, error = await run("run", "-c", str(file), "--without", "webchat")
    assert (code, "--without: SQLite has one process for all" in error) == (2, True)
