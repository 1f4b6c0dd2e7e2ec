"""The reference client of a bridge, as a process beside `congich run`."""

import asyncio
import json
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.process import COMMAND, READY, environment, free_port
from tests.fakes.bridge import SECRET, FakeBridge

CLIENT = Path(__file__).parents[2] / "docs" / "bridge_client.py"
PAGE = CLIENT.with_name("bridge.md")
CONFIG = """
data_dir = "{data}"
[web]
port = {port}
[quiet]
hours = "00:00-00:00"
[[bridges]]
name = "console"
secret_file = "{secret}"
[[chats]]
platform = "console"
id = "nhóm"
role = "community"
"""


class Console:
    """The client, its standard input, and all that it printed."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._root = f"http://127.0.0.1:{port}/bridge/console"
        self._process: asyncio.subprocess.Process | None = None
        self.printed = folder / "printed"
        self.printed.touch()

    async def start(self) -> None:
        with self.printed.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, str(CLIENT), self._root, "nhóm", str(self._folder / "secret"),
                str(self._folder / "memory"), stdin=asyncio.subprocess.PIPE, stdout=out, stderr=out,
                env=environment(),
            )  # fmt: skip

    async def say(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def kill(self) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def prints(self, words: str) -> None:
        async with asyncio.timeout(60):
            while words not in self.printed.read_text():
                await asyncio.sleep(0.05)


@pytest.mark.sqlite_only
async def test_a_line_becomes_a_ticket_and_nothing_is_lost_or_doubled_by_a_kill(tmp_path: Path) -> None:
    port, config, secret = free_port(), tmp_path / "config.toml", tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    config.write_text(CONFIG.format(data=tmp_path / "data", port=port, secret=secret))
    with (tmp_path / "log").open("wb") as log:
        city = await asyncio.create_subprocess_exec(
            str(COMMAND), "run", "-c", str(config), stdout=log, stderr=log, env=environment()
        )
    console, beside = Console(tmp_path, port), FakeBridge(f"http://127.0.0.1:{port}/bridge/console")
    try:
        await console.start()
        await console.say("Hoa: Đèn đường trước số 45 Hai Bà Trưng tắt ba bữa nay")
        await console.prints("#PA1001")
        console.signal(signal.SIGSTOP)  # what comes now is in its socket, and it does nothing of it
        await beside.post("nhóm", "Lan", "Rác đầy đầu hẻm 12 Lê Hồng Phong, mấy ngày chưa ai lấy")
        await until(lambda: sending(tmp_path) == 1)
        await console.kill()
        await console.start()
        await console.prints("#PA1002")
        await until(lambda: sending(tmp_path) == 0)
        began = asyncio.get_running_loop().time()
        city.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(city.wait(), 25) == 0
        assert asyncio.get_running_loop().time() - began < 4  # though somebody listens
    finally:
        await console.kill()
        if city.returncode is None:
            city.kill()
            await city.wait()
    printed = console.printed.read_text()
    assert [printed.count(f"ghi nhận #PA100{number}") for number in (1, 2)] == [1, 1]
    assert "Traceback" not in printed
    assert SECRET not in (tmp_path / "log").read_text()


@pytest.mark.sqlite_only
@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="needs curl and openssl")
async def test_the_steps_of_the_page_work_as_they_are_written(tmp_path: Path) -> None:
    port, page = free_port(), PAGE.read_text("utf-8").replace("\n   ", "\n")
    make_secret, _, by_hand = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    (settings,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    await shell(make_secret, tmp_path)
    (tmp_path / "config.toml").write_text(f"[web]\nport = {port}\n{settings}")
    with (tmp_path / "log").open("wb") as log:
        city = await asyncio.create_subprocess_exec(
            str(COMMAND), "run", stdout=log, stderr=log, env=environment(), cwd=tmp_path
        )
    try:
        await until(lambda: READY in (tmp_path / "log").read_text())
        told = await shell(by_hand.replace(":8080", f":{port}"), tmp_path)
    finally:
        city.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(city.wait(), 25) == 0
    assert json.loads(told) == {"kept": 1, "receipts": 0}


async def shell(words: str, folder: Path) -> str:
    """What a shell prints for them."""
    process = await asyncio.create_subprocess_exec(
        "sh", "-ec", words, stdout=asyncio.subprocess.PIPE, env=environment(), cwd=folder
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    return told.decode()


def sending(folder: Path) -> int:
    """How many deliveries are on their way."""
    with closing(sqlite3.connect(f"file:{folder / 'data' / 'congich.db'}?mode=ro", uri=True)) as database:
        found: int = database.execute("SELECT count(*) FROM outbox WHERE state = 'sending'").fetchone()[0]
        return found


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


def test_the_client_has_fifty_lines() -> None:
    lines = CLIENT.read_text("utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 50
