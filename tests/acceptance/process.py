"""The installed `congich` command, started as a process beside a fake Telegram server."""

import asyncio
import os
import re
import signal
import socket
import sys
from pathlib import Path

from tests import asking
from tests.acceptance import forked
from tests.fakes.telegram import FakeTelegram, Group

COMMAND = Path(sys.executable).with_name("congich")


READY = "action=process.ready"


def environment(**more: str) -> dict[str, str]:
    """What the process may see of the machine."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **more}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class City:
    """One installation: its folder, its configuration, its Telegram."""

    def __init__(self, folder: Path, server: FakeTelegram, database_url: str = "") -> None:
        self.folder = folder
        self.server = server
        self.group: Group = server.group("Công ích đô thị", -1001000)
        self.room: Group = server.group("Điều hành", -1002000)
        self.group.administrators = [server.person_id("Hà")]
        self.log = folder / "congich.log"
        self._database_url = database_url
        self._asked = asking.OfPostgresql(database_url) if database_url.startswith("postgresql") else None
        self._process: asyncio.subprocess.Process | None = None
        self.config = folder / "config.toml"
        self.config.write_text(
            f"""
data_dir = "{folder / "data"}"
[web]
enabled = false
[quiet]
hours = "00:00-00:00"
[telegram]
enabled = true
api_root = "{server.root}"
[[chats]]
platform = "telegram"
id = "{self.group.id}"
role = "community"
[[chats]]
platform = "telegram"
id = "{self.room.id}"
role = "moderation"
"""
        )

    @property
    def environ(self) -> dict[str, str]:
        """What its process is told beside its configuration."""
        told = {"CONGICH_TELEGRAM_TOKEN": self.server.token}
        return told | ({"CONGICH_DATABASE_URL": self._database_url} if self._database_url else {})

    async def start(self, kill_at: str = "", **more: str) -> None:
        """Start it; `kill_at` names a step at which it ends itself with SIGKILL."""
        more |= self.environ
        if kill_at:
            more["CONGICH_KILL_AT"] = kill_at
        starts = self.log.read_text().count(READY) if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(COMMAND), "run", "-c", str(self.config), stdout=log, stderr=log, env=environment(**more)
            )
        if not kill_at:
            await self.server.wait_for(lambda: self.log.read_text().count(READY) > starts, 30)

    async def ended(self, seconds: float = 30) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        assert self._process is not None
        async with asyncio.timeout(seconds):
            return await self._process.wait()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.returncode is None

    def peak_memory(self) -> int:
        """The most memory that the process has had, in KiB."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])

    def taken(self) -> tuple[int, int]:
        """How many handles and threads the process has now."""
        assert self._process is not None
        of = Path(f"/proc/{self._process.pid}")
        return len(list((of / "fd").iterdir())), len(list((of / "task").iterdir()))

    async def kill(self) -> None:
        """End it with SIGKILL, wherever it is."""
        await self.stop(signal.SIGKILL)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it; the exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self.ended()

    def rows(self, query: str) -> asking.Rows:
        """What its database says."""
        if self._asked is not None:
            return self._asked.rows(query)
        return asking.of_sqlite(self.folder / "data" / "congich.db", query)

    def count(self, query: str) -> int:
        """One number out of it; -1 while there is none."""
        found = self.rows(query)
        return int(found[0][0]) if found else -1

    def forget(self) -> None:
        """Nothing more is asked of its database."""
        if self._asked is not None:
            self._asked.close()

    async def settled(self, messages: int, seconds: float = 40) -> None:
        """Until all messages are handled, all photos fetched, and nothing is left to send."""

        def quiet() -> bool:
            return (
                self.server.unconfirmed() == 0
                and self.count("SELECT count(*) FROM messages") >= messages
                and self.count("SELECT count(*) FROM inbox WHERE state = 'pending'") == 0
                and self.count("SELECT count(*) FROM attachments WHERE state = 'pending'") == 0
                and self.count("SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')") == 0
            )

        try:
            await self.server.wait_for(quiet, seconds)
        except TimeoutError:
            raise AssertionError(f"never settled; its log:\n{self.log.read_text()[-4000:]}") from None


async def run(*arguments: str, **more: str) -> tuple[int, str, str]:
    """A command of congich's, to its end: exit code, output, errors."""
    return await forked.run(arguments, environment(**more))
