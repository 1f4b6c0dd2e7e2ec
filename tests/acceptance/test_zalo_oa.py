"""`congich run` and `congich zalo` on an Official Account, as an operator starts them."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.demo.draw import draw
from tests.acceptance.process import COMMAND, environment, free_port, run
from tests.chaos.rig import FULL, LONG
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_SECRET, PROXY, FakeZaloOa

CONFIG = """
data_dir = "{data}"
[web]
port = {port}
public_url = "https://city.example"
[quiet]
hours = "00:00-00:00"
[photos]
trusted_hosts = ["127.0.0.1"]
[zalo_oa]
enabled = true
app_id = "{app}"
api_root = "{root}"
oauth_root = "{root}"
[webchat]
enabled = true
[[chats]]
platform = "zalo_oa"
id = "group"
role = "community"
[[chats]]
platform = "zalo_oa"
id = "room"
role = "moderation"
[[chats]]
platform = "webchat"
id = "dieu-hanh"
role = "moderation"
[roles]
moderators = ["zalo_oa:{moderator}"]
administrators = ["zalo_oa:{administrator}"]
"""
SECRETS = {"CONGICH_ZALO_OA_APP_SECRET": APP_SECRET, "CONGICH_ZALO_OA_SECRET": OA_SECRET}
LAMP = "Đèn đường trước số 45 Hai Bà Trưng tắt ba bữa nay"


class Town:
    """One installation beside the fake servers."""

    def __init__(self, folder: Path, server: FakeZaloOa) -> None:
        self.server = server
        self.port = free_port()
        self.config = folder / "config.toml"
        self.log = folder / "log"
        self.log.touch()
        self.data = folder / "data"
        server.group("group", "Công ích đô thị", "Hoa", "Hà")
        server.group("room", "Điều hành", "Hà", "Vân")
        self.config.write_text(
            CONFIG.format(
                data=self.data, port=self.port, app=APP_ID, root=server.root,
                moderator=server.person("Hà"), administrator=server.person("Vân"),
            )
        )  # fmt: skip
        self.process: asyncio.subprocess.Process | None = None
        self._starts = 0

    async def log_in(self) -> str:
        """What an operator does: open the address, allow, paste what the browser shows."""
        process = await asyncio.create_subprocess_exec(
            str(COMMAND), "zalo", "login", "-c", str(self.config),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env=environment(**SECRETS),
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        said = (await process.stdout.readuntil(b"Paste it here")).decode()
        address = next(word for word in said.split() if word.startswith("http"))
        process.stdin.write(f"{self.server.consent(address)}\n".encode())
        rest, _ = await process.communicate()
        assert process.returncode == 0, rest
        return rest.decode()

    async def start(self, **more: str) -> None:
        self._starts = self._count_ready()
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                str(COMMAND), "run", "-c", str(self.config), stdout=log, stderr=log,
                env=environment(**SECRETS, **more),
            )  # fmt: skip
        self.server.hook = f"http://127.0.0.1:{self.port}/zalo-oa/webhook"

    async def ready(self) -> None:
        """Until the process that was started last works."""
        await until(lambda: self._count_ready() > self._starts)

    def _count_ready(self) -> int:
        return self.log.read_text().count("process.ready")

    async def stop(self) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 25)

    def told(self, chat: str) -> list[str]:
        return [one.text for one in self.server.sent if one.chat == chat]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with FakeZaloOa() as server:
        made = Town(tmp_path, server)
        yield made
        if made.process is not None and made.process.returncode is None:
            await made.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.05)


@pytest.mark.sqlite_only
async def test_from_the_login_to_a_ticket_that_numbers_work_with_a_gap_in_between(town: Town) -> None:
    assert "logged in to Công ích" in await town.log_in()
    await town.start()
    await town.ready()
    begun = int(time.time() * 1000) - 60_000  # the first look finds nothing, or all: from it on gaps are read
    await town.server.post("group", "Hoa", "", photo=draw("lamp-dark"), at=begun, times=2)
    await town.server.post("group", "Hoa", LAMP, at=begun + 5_000, times=3)
    await until(lambda: len(town.server.sent) == 2)
    assert "#PA1001" in town.told("group")[0]
    card = next(one for one in town.server.sent if one.chat == "room")
    assert "1. Tiếp nhận" in card.text
    assert card.photo is not None
    await town.server.post("room", "Hà", "1", quote=card.id, at=begun + 6_000)
    await until(lambda: "#PA1001: Đã tiếp nhận." in town.told("room"))
    assert await town.stop() == 0
    missed = "Rác đầy đầu hẻm 12 Lê Hồng Phong, mấy ngày chưa ai lấy"
    await town.server.post("group", "Hoa", missed, at=begun + 7_000, times=0)
    await town.start()
    await until(lambda: any("#PA1002" in text for text in town.told("group")))
    assert await town.stop() == 0
    assert "access-" not in town.log.read_text()


@LONG  # most of it a wait for the account's next try
@pytest.mark.sqlite_only
async def test_without_a_login_administrators_are_told_once_and_the_rest_goes_on(town: Town) -> None:
    for _ in range(2):
        await town.start()
        await town.ready()
        await until(lambda: "chưa đăng nhập" in _rooms(town))
        await town.stop()
    assert _rooms(town).count("chưa đăng nhập") == 1
    await town.log_in()
    await town.start()
    await until(lambda: any("chưa đăng nhập" in text for text in town.told("room")))
    calls = town.told("room")[0]
    assert calls.endswith(f"[@{town.server.person('Vân')}]")
    assert await town.stop() == 0


def _rooms(town: Town) -> str:
    """What the built-in room's page shows."""
    import sqlite3

    path = town.data / "congich.db"
    if not path.exists():
        return ""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return "\n".join(text for (text,) in connection.execute("SELECT text FROM room_posts"))
    except sqlite3.OperationalError:
        return ""
    finally:
        connection.close()


@pytest.mark.sqlite_only
@pytest.mark.parametrize("step", ["renewing", "renewed", "kept"] if FULL else ["renewed"])
async def test_a_kill_during_a_renewal_leaves_an_account_that_works(town: Town, step: str) -> None:
    town.server.expires_in = 11 * 3600  # so that it is due at once
    await town.log_in()
    town.server.expires_in = 90_000
    await town.start(CONGICH_KILL_AT=f"{step}:1")
    assert town.process is not None
    assert await asyncio.wait_for(town.process.wait(), 25) == -signal.SIGKILL
    await town.start()
    await town.ready()
    await town.server.post("group", "Hoa", LAMP, times=1)
    await until(lambda: any("#PA1001" in text for text in town.told("group")))
    lost = [text for text in town.told("room") if "đăng nhập lại" in text]
    if step == "renewed":
        await until(lambda: any("đăng nhập lại" in text for text in town.told("room")))
    else:
        assert lost == []
    assert await town.stop() == 0


@pytest.mark.sqlite_only
async def test_groups_are_listed_with_the_lines_to_add(town: Town) -> None:
    await town.log_in()
    town.server.group("new", "Phường 2", "Lan")
    code, out, _ = await run("zalo", "groups", "-c", str(town.config), **SECRETS)
    assert code == 0
    assert "Công ích đô thị: 2 members, enabled (in the configuration)" in out
    assert 'Phường 2: 1 members, enabled\n  [[chats]]\n  platform = "zalo_oa"\n  id = "new"' in out


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("pasted", "told"),
    [
        ("https://city.example/?error=denied", "no code"),
        ("https://city.example/?code=abc&state=other", "another login"),
        ("abc", "Invalid code"),
        (" ", "nothing was pasted"),
    ],
)
async def test_a_login_that_fails_says_what_to_do(town: Town, pasted: str, told: str) -> None:
    code, _, err = await run(
        "zalo", "login", "-c", str(town.config), "--code", pasted, "--verifier", "v" * 43, **SECRETS
    )
    assert code == 2
    assert told in err
    assert "Traceback" not in err


@pytest.mark.sqlite_only
async def test_a_login_is_made_though_zalo_does_not_tell_the_account_s_name(town: Town) -> None:
    town.server.fail("getoa", PROXY)
    assert "logged in to the account" in await town.log_in()


@pytest.mark.sqlite_only
async def test_what_is_missing_is_named(town: Town) -> None:
    code, _, err = await run("zalo", "groups", "-c", str(town.config))
    assert (code, "CONGICH_ZALO_OA_APP_SECRET is not set" in err) == (2, True)
    code, _, err = await run("zalo", "groups", "-c", str(town.config), **SECRETS)
    assert (code, "run 'congich zalo login'" in err) == (2, True)
