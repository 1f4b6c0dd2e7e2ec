"""A city for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.room.site import Site, opened


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """An open city, on both databases."""
    async with opened(database_url, tmp_path) as made:
        yield made
