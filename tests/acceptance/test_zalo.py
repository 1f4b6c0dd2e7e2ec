"""`congich run` on Zalo's Bot Platform, as an operator starts it."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.demo.draw import draw
from tests.acceptance.process import COMMAND, environment
from tests.fakes.zalo_bot import FakeZaloBot

CONFIG = """
data_dir = "{data}"
[web]
enabled = false
[quiet]
hours = "00:00-00:00"
[photos]
trusted_hosts = ["127.0.0.1"]
[zalo_bot]
enabled = true
api_root = "{root}"
[[chats]]
platform = "zalo_bot"
id = "group"
role = "community"
[[chats]]
platform = "zalo_bot"
id = "room"
role = "moderation"
[roles]
moderators = ["zalo_bot:id-Hà"]
"""


@pytest.mark.sqlite_only
async def test_a_mention_with_a_photo_becomes_a_ticket_that_numbers_work(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    async with FakeZaloBot() as server:
        config.write_text(CONFIG.format(data=tmp_path / "data", root=server.root))
        with (tmp_path / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                str(COMMAND), "run", "-c", str(config), stdout=log, stderr=log,
                env=environment(CONGICH_ZALO_BOT_TOKEN=server.token),
            )  # fmt: skip
        words = "@Công ích Đèn đường trước số 45 Hai Bà Trưng tắt ba bữa nay"
        await server.post("group", "Hoa", words, photo=draw("lamp-dark"), times=3)
        await until(lambda: len(server.sent) == 3)  # the welcome, the acknowledgement, the card
        told = {one.chat: one.text for one in server.sent}
        assert "#PA1001" in told["group"]
        assert "1. Tiếp nhận" in told["room"]
        await server.post("room", "Hoa", "@Công ích 1")
        await until(lambda: len(server.sent) == 4)
        assert "điều hành" in server.sent[3].text
        await server.post("room", "Hà", "@Công ích 1001 1")
        await until(lambda: len(server.sent) == 5)
        assert server.sent[4].text == "#PA1001: Đã tiếp nhận."
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 25) == 0
    assert server.token not in (tmp_path / "log").read_text()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.05)
