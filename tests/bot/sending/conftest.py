"""An office for each test."""

from pathlib import Path

import pytest

from storage.database import Database
from tests.bot.sending.office import Office


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    made = Office(database, tmp_path)
    await made.open()
    return made
