"""From the command to ready, with an empty database, beside the libraries' own imports."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.acceptance.process import COMMAND, READY, environment, free_port
from tests.bench.figure import Figure, Size
from tests.fakes.telegram import FakeTelegram

BAR = 2.5  # times the imports
IMPORTS = "import telegram.ext, sqlmodel, aiohttp.web"


async def measure(size: Size) -> list[Figure]:
    """In turn, warm, medians; the first start of all, which makes the database, is told apart."""
    with tempfile.TemporaryDirectory() as made:
        async with FakeTelegram() as server:
            config = _config(Path(made), server)
            first = await _start(config, server.token)
            await _imports()
            rounds = [(await _start(config, server.token), await _imports()) for _ in range(size.starts)]
    ours, libraries = (median(side) for side in zip(*rounds, strict=True))
    note = f"{ours:.2f} s beside {libraries:.2f} s; the very first, which makes the tables: {first:.2f} s"
    ratio = median(one / other for one, other in rounds)
    return [Figure("start to ready, in imports of its libraries", ratio, "times", BAR, note)]


def _config(folder: Path, server: FakeTelegram) -> Path:
    path = folder / "config.toml"
    path.write_text(
        f"""
data_dir = "{folder / "data"}"
[web]
port = {free_port()}
[telegram]
enabled = true
api_root = "{server.root}"
[[chats]]
platform = "telegram"
id = "{server.group().id}"
role = "community"
"""
    )
    return path


async def _start(config: Path, token: str) -> float:
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        str(COMMAND), "run", "-c", str(config),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env=environment(CONGICH_TELEGRAM_TOKEN=token),
    )  # fmt: skip
    assert process.stdout is not None
    said = []
    async for line in process.stdout:
        said.append(line.decode())
        if READY in said[-1]:
            break
    else:
        raise AssertionError(f"it ended before it was ready: {''.join(said)}")
    spent = time.perf_counter() - begun
    process.terminate()
    await process.communicate()
    return spent


async def _imports() -> float:
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", IMPORTS)
    await process.wait()
    return time.perf_counter() - begun
