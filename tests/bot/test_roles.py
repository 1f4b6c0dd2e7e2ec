"""A city whose work several processes share: pages in one, thinking in another, posting in a third."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot import config, run
from bot.app import App
from bot.lease import Lease
from bot.receiving import Receiving
from bot.roles import ProcessRole, shares
from bot.run import Process
from handlers.ports import Commit, PlatformDown
from storage.database import Database
from tests.acceptance.process import free_port
from tests.bot.sending.office import Recorder
from tests.bot.test_decoder import picture
from tests.bot.test_web import Page
from tests.conftest import new_database

LAMP = "Đèn đường trước số 45 Hai Bà Trưng hư 3 bữa nay"
SHARES = ((ProcessRole.WEB,), (ProcessRole.WORK, ProcessRole.CLOCK), (ProcessRole.SEND,))


@pytest.fixture
def url(postgresql: str) -> str:
    """An empty database, which they bring to its schema together."""
    return new_database(postgresql, "template1")


def settings(folder: Path, url: str, port: int) -> config.Config:
    return config.parse(
        {
            "data_dir": str(folder / "data"),
            "database": {"url": url, "lease_seconds": 6},
            "web": {"port": port},
            "webchat": {"enabled": True, "sign_in": "none"},
            "quiet": {"hours": "00:00-00:00"},
            "chats": [
                {"platform": "webchat", "id": "cong-ich", "role": "community", "title": "Công ích"},
                {"platform": "webchat", "id": "dieu-hanh", "role": "moderation", "title": "Điều hành"},
            ],
            "roles": {"moderators": ["webchat:hoa"]},
        }
    )


@asynccontextmanager
async def at_work(app: App, roles: tuple[ProcessRole, ...]) -> AsyncIterator[Process]:
    process = Process(app, roles=roles)
    running = asyncio.create_task(process.run())
    async with asyncio.timeout(30):
        while not process.is_ready:
            assert not running.done(), running.exception()
            await asyncio.sleep(0.02)
    yield process
    process.stop()
    await running


async def first_of_bot(client: aiohttp.ClientSession, root: str) -> str:
    """What the live line of a page tells first of a post of ours."""
    async with client.get(f"{root}/api/stream?chat=cong-ich&after=0") as stream:
        async for line in stream.content:
            if line.startswith(b"data:"):
                post = json.loads(line.removeprefix(b"data:"))
                if post.get("author", {}).get("bot"):
                    return str(post["text"])
    raise AssertionError("the line ended")


async def test_nobody_waits_for_the_first_look_of_the_clock_and_a_stop_lets_it_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, said = App(settings(tmp_path, "", free_port()), {}), list[str]()
    go_on = asyncio.Event()

    async def look(_: Lease | None = None) -> int:
        said.append("begun")
        await go_on.wait()
        said.append("ended")
        return 0

    monkeypatch.setattr(app.pipeline, "tick", look)
    async with at_work(app, (ProcessRole.ALL,)) as process, asyncio.timeout(10):
        while not said:
            await asyncio.sleep(0.02)
        process.stop()
        asyncio.get_running_loop().call_later(0.2, go_on.set)
    assert said == ["begun", "ended"]


class Named(Recorder):
    """A platform that tells us our name, or never does."""

    is_named = False

    def __init__(self, *, answers: bool) -> None:
        super().__init__("named", "named")
        self.answers = answers

    async def introduce(self) -> None:
        await (asyncio.sleep(0.05) if self.answers else asyncio.Event().wait())
        self.is_named = True


async def test_names_are_known_before_anything_is_read_and_no_silent_platform_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "NAMES_GRACE", 0.5)
    app, found = App(settings(tmp_path, "", free_port()), {}), list[bool]()
    told, silent = Named(answers=True), Named(answers=False)
    app.here += [told, silent]

    async def work() -> int:
        found.append(told.is_named)
        return 0

    monkeypatch.setattr(app.pipeline, "work", work)
    monkeypatch.setattr(Receiving, "go_on", lambda *_: asyncio.Event().wait())  # another process listens
    async with at_work(app, (ProcessRole.ALL,)):
        pass
    assert found[0]


class Deaf(Recorder):
    """A platform that refuses our account."""

    async def receive(self, commit: Commit) -> None:
        raise PlatformDown("terminated by other getUpdates request")


async def test_who_hears_nothing_is_not_ready(database: Database, tmp_path: Path) -> None:
    app = App(settings(tmp_path, "", free_port()), {})
    lease = Lease(database, "receive:telegram", "me", app.clock, timedelta(minutes=1))
    listening = asyncio.create_task(Receiving(app).go_on(Deaf(), lease))
    async with asyncio.timeout(5):
        while app.pipeline.health.is_well:
            await asyncio.sleep(0.02)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await app.close()


async def test_a_post_goes_through_three_processes_and_back_to_the_page(tmp_path: Path, url: str) -> None:
    port = free_port()
    async with AsyncExitStack() as stack:
        apps = [App(settings(tmp_path, url, port), {}) for _ in SHARES]
        starts = [
            stack.enter_async_context(at_work(app, roles)) for app, roles in zip(apps, SHARES, strict=True)
        ]
        await asyncio.gather(*starts)
        assert sorted(app.database.slot for app in apps) == [1, 2, 3]
        assert len({app.owner() for app in apps}) == 3
        client = await stack.enter_async_context(aiohttp.ClientSession())
        page = Page(apps[0], client, f"http://127.0.0.1:{port}")
        heard = asyncio.create_task(first_of_bot(client, page.root))
        assert (await page.post(LAMP, picture())).status == 201
        async with asyncio.timeout(20):
            assert "PA1001" in await heard


async def test_a_process_without_pages_tells_of_its_health(tmp_path: Path, url: str) -> None:
    port = free_port()
    app = App(settings(tmp_path, url, 1), {})
    process = Process(app, roles=(ProcessRole.WORK,), port=port)
    running = asyncio.create_task(process.run())
    async with aiohttp.ClientSession() as client, asyncio.timeout(30):
        while not process.is_ready:
            await asyncio.sleep(0.02)
        for path, status in (("/readyz", 200), ("/metrics", 200), ("/", 404), ("/board", 404)):
            async with client.get(f"http://127.0.0.1:{port}{path}") as answer:
                assert answer.status == status, path
    process.stop()
    await running


def test_which_shares_are_meant() -> None:
    everything = {ProcessRole.RECEIVE, ProcessRole.WORK, ProcessRole.SEND, ProcessRole.CLOCK, ProcessRole.WEB}
    assert shares(()) == shares([ProcessRole.ALL]) == shares([ProcessRole.ALL, ProcessRole.WEB]) == everything
    assert shares([ProcessRole.SEND, ProcessRole.CLOCK]) == {ProcessRole.SEND, ProcessRole.CLOCK}
