"""A stop waits for nobody who may never answer; a start that can't be is one sentence."""

import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot import clock
from bot.app import App
from bot.config import ConfigError, parse
from bot.lease import Lease
from bot.run import Process, _given_back
from storage.database import Database
from tests.acceptance.process import free_port
from tests.conftest import new_database
from tests.silent import way_to


@pytest.fixture
def address(postgresql: str, postgresql_template: str) -> str:
    return new_database(postgresql, postgresql_template)


async def test_a_silent_database_is_not_waited_for(address: str) -> None:
    async with way_to(address) as (there, way):
        database = Database(there)
        lease = Lease(database, "clock", "me", clock.real, timedelta(seconds=60))
        assert await lease.renew()
        way.is_silent, begun = True, time.monotonic()
        await _given_back(lease)
        assert time.monotonic() - begun < 2
        way.is_silent = False
        await database.close()


@pytest.mark.sqlite_only
async def test_a_start_says_in_one_sentence_that_its_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = parse({"data_dir": str(tmp_path), "web": {"port": port}, "webchat": {"enabled": True}})
        with pytest.raises(ConfigError) as raised:
            await Process(App(settings, {})).run()
    told = f"can't listen on 127.0.0.1:{port} (Address already in use): choose another port"
    assert str(raised.value) == told


@pytest.mark.parametrize("host", ["192.0.2.1", "http://0.0.0.0"])
@pytest.mark.sqlite_only
async def test_a_start_says_that_the_host_is_wrong_and_not_the_port(tmp_path: Path, host: str) -> None:
    web = {"host": host, "port": free_port()}
    settings = parse({"data_dir": str(tmp_path), "web": web, "webchat": {"enabled": True}})
    with pytest.raises(ConfigError, match=r"can't listen .*: name an address of this machine in web\.host$"):
        await Process(App(settings, {})).run()
