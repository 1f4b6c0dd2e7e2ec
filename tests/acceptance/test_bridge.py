"""The reference client of a bridge, as a process beside `congich run`."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.acceptance.process import COMMAND, environment, free_port
from tests.fakes.bridge import SECRET

CLIENT = Path(__file__).parents[2] / "docs" / "bridge_client.py"
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
    console = Console(tmp_path, port)
    try:
        await console.start()
        await console.say("Hoa: Đèn đường trước số 45 Hai Bà Trưng tắt ba bữa nay")
        await console.prints("#PA1001")
        await console.say("Hoa: Rác đầy đầu hẻm 12 Lê Hồng Phong, mấy ngày chưa ai lấy")
        await asyncio.sleep(0.3)  # somewhere between its being told and its receipt
        await console.kill()
        await console.start()
        await console.prints("#PA1002")
    finally:
        await console.kill()
        city.send_signal(signal.SIGTERM)
        await asyncio.wait_for(city.wait(), 25)
    printed = console.printed.read_text()
    assert [printed.count(f"ghi nhận #PA100{number}") for number in (1, 2)] == [1, 1]
    assert SECRET not in (tmp_path / "log").read_text()


def test_the_client_has_fifty_lines() -> None:
    lines = [line.strip() for line in CLIENT.read_text("utf-8").splitlines()]
    code = lines[lines.index("import asyncio") :]
    assert len([line for line in code if line and not line.startswith(("import ", "from "))]) <= 50
