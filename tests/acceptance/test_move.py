"""A city at work moves from SQLite to PostgreSQL by the command of docs/backup.md."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests import asking
from tests.acceptance.process import COMMAND, City, environment, run
from tests.conftest import new_database
from tests.fakes.telegram import FakeTelegram

LAMP = "Đèn đường trước số 45 Hai Bà Trưng tắt ngúm 3 bữa nay"
HOLE = "Đường Trần Hưng Đạo ổ gà sâu lắm, nguy hiểm quá"
PILE = "Rác chất đống trước chợ Bông Sen, bốc mùi hôi thối"


@pytest.fixture
def url(postgresql: str) -> str:
    return new_database(postgresql, "template1")


@pytest.mark.sqlite_only
async def test_nothing_is_lost_and_nothing_doubled_while_it_moves(tmp_path: Path, url: str) -> None:
    async with FakeTelegram() as server:
        city = City(tmp_path, server)
        await city.start()
        await server.post(city.group, "Hoa", LAMP)
        await city.settled(1)
        moving = await asyncio.create_subprocess_exec(
            str(COMMAND), "db", "move", "--to", url, "-c", str(city.config),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment(),
        )  # fmt: skip
        assert moving.stdout is not None
        assert moving.stderr is not None
        async with asyncio.timeout(30):
            while b"Now stop the bot" not in await moving.stderr.readline():
                assert moving.returncode is None
        await server.post(city.group, "Minh", HOLE)  # the bot is at work, and hears it
        await city.settled(2)
        assert await city.stop() == 0
        await server.post(city.group, "Lan", PILE)  # nobody is there
        said, _ = await moving.communicate()
        assert (moving.returncode, "2 tickets" in said.decode()) == (0, True)

        code, _, error = await run("run", "-c", str(city.config), **city.environ)
        assert (code, "congich db keep" in error) == (2, True)  # nobody goes on with the old one unawares
        await city.start(CONGICH_DATABASE_URL=url)
        there = asking.OfPostgresql(url)
        with contextlib.closing(there):
            await server.wait_for(lambda: len(server.texts(city.group)) == 3)
            assert await city.stop() == 0
            told = there.rows("SELECT code, summary FROM tickets ORDER BY id")
            assert told == [("PA1001", LAMP), ("PA1002", HOLE), ("PA1003", PILE)]
        assert all(f"#PA100{number}" in text for number, text in enumerate(server.texts(city.group), 1))
