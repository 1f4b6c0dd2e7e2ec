"""A stop waits for nobody who may never answer."""

import time
from datetime import timedelta

import pytest

from bot import clock
from bot.lease import Lease
from bot.run import _given_back
from storage.database import Database
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
