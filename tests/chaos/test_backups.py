"""Bar 12: a backup that is killed midway is refused or whole; a restored city's history is clean."""

import asyncio
import contextlib
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from storage.database import Database
from tests.acceptance.process import COMMAND, environment, run
from tests.acceptance.test_backup import written
from tests.chaos import records
from tests.chaos.history import Records, findings
from tests.chaos.rig import FULL, LONG, SEED, Rig
from tests.chaos.script import day
from tests.conftest import new_database
from tests.fakes.telegram import FakeTelegram

MESSAGES, KILLS = (600, 25) if FULL else (20, 1)
SIDE = (
    (200, 400_000) if FULL else (20, 100_000)
)  # files beside, so that a backup takes its time, and their size
PATIENCE = 60 + MESSAGES / 4
pytestmark = [pytest.mark.sqlite_only, pytest.mark.timeout(1800 if FULL else 120)]


@dataclass
class Source:
    """A city that is backed up: its configuration, where its files go, what its processes are told."""

    config: Path
    folder: Path
    more: dict[str, str] = field(default_factory=dict)
    count: int = 0

    async def backup(self, kill_after: float | None = None) -> tuple[Path, float]:
        """One backup, killed some seconds after it began to write; the file, and how long it wrote."""
        self.count += 1
        file = self.folder / f"{self.count}.tar"
        part, quiet = file.with_name(f"{file.name}.part"), asyncio.subprocess.DEVNULL
        command = (str(COMMAND), "backup", str(file), "-c", str(self.config))
        process = await asyncio.create_subprocess_exec(
            *command, stdout=quiet, stderr=quiet, env=environment(**self.more)
        )
        while not part.exists() and not file.exists() and process.returncode is None:
            await asyncio.sleep(0.002)
        began = time.monotonic()
        if kill_after is not None:
            with contextlib.suppress(TimeoutError, ProcessLookupError):
                async with asyncio.timeout(kill_after):
                    await process.wait()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        return file, time.monotonic() - began


async def _restored(file: Path, there: Path, **more: str) -> tuple[int, str]:
    """Take a file into an empty city: exit code and what was wrong."""
    code, _, error = await run("restore", str(file), "-c", str(written(there)), **more)
    return code, error


async def _survives(source: Source, luck: Random, elsewhere: Path) -> Counter[str]:
    """Kill backups at any moment of their writing: what is left is refused, or whole."""
    took = await _duration(source) if FULL else 0.3
    left: Counter[str] = Counter()
    for number in range(KILLS):
        after = took * luck.uniform(0, 0.8)
        file, _ = await source.backup(kill_after=after)
        where = f"seed {SEED}, kill {number} after {after:.3f} of {took:.3f} s"
        there = elsewhere / f"{source.count}"
        found = file if file.exists() else file.with_name(f"{file.name}.part")
        if not found.exists():
            left["nothing"] += 1
            continue
        code, error = await _restored(found, there)
        assert code == 0 or (code == 1 and "older" in error), f"{where}: {error}"
        assert code == 0 or found != file, f"{where}: it has its name and is refused: {error}"
        assert found.stat().st_mode & 0o077 == 0, where
        left["whole" if code == 0 else "refused"] += 1
        shutil.rmtree(there)
    return left


@pytest.fixture
def other(request: pytest.FixtureRequest) -> str:
    """An empty PostgreSQL database; none in the short form."""
    return new_database(request.getfixturevalue("postgresql"), "template1") if FULL else ""


async def _duration(source: Source) -> float:
    """How long a whole one is written."""
    whole, took = await source.backup()
    code, _, error = await run("backup", str(whole), "--check", "-c", str(source.config))
    assert code == 0, error
    return took


@LONG
async def test_a_backup_that_is_killed(tmp_path: Path, other: str) -> None:
    luck = Random(SEED)
    async with FakeTelegram() as server:
        rig = Rig(tmp_path, server)
        await rig.start()
        await rig.post(day(SEED, MESSAGES, int(time.time()) - 3600))
        for number in range(SIDE[0]):
            (rig.data / f"side-{number}").write_bytes(luck.randbytes(SIDE[1]))
        source = Source(rig.city.config, tmp_path / "backups")
        source.folder.mkdir()
        left = await _survives(source, luck, tmp_path / "elsewhere")
        await rig.taken_in(PATIENCE)
        assert await rig.city.stop() == 0
        assert findings(await rig.records()) == [], f"seed {SEED}"
        file, _ = await source.backup()
        for url in ("", other) if other else ("",):
            there = tmp_path / ("postgresql" if url else "sqlite")
            code, error = await _restored(file, there, **_at(url))
            assert code == 0, error
            assert findings(await _records(rig, server, there, url)) == [], f"seed {SEED}, {there.name}"
        print(f"\nseed {SEED}: {MESSAGES} messages; {KILLS} kills: {dict(left)}", end=" ")
        if not other:
            return
        again = Source(tmp_path / "postgresql" / "config.toml", tmp_path / "again", _at(other))
        again.folder.mkdir()
        print(f"PostgreSQL {dict(await _survives(again, luck, tmp_path / 'elsewhere'))}")


def _at(url: str) -> dict[str, str]:
    return {"CONGICH_DATABASE_URL": url} if url else {}


async def _records(rig: Rig, server: FakeTelegram, there: Path, url: str) -> Records:
    url = url or f"sqlite:///{there / 'data' / 'congich.db'}"
    database = Database(url, looks_only=True)
    try:
        return await records.read(
            server, (rig.city.group, rig.city.room), database, there / "data" / "photos"
        )
    finally:
        await database.close()
