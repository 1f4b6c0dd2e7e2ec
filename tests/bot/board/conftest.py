"""One city for all tests of a module that only look at it, on each kind of database."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests import template
from tests.bot.board.town import Town, running
from tests.conftest import new_database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the schema that is there for all tests of a module."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("board") / "congich.db"
        template.copy_to(path)
        return f"sqlite:///{path}"
    server: str = request.getfixturevalue("postgresql")
    return new_database(server, request.getfixturevalue("postgresql_template"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(kept_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The running board; who changes something puts it back."""
    async with running(tmp_path_factory.mktemp("town"), kept_url) as opened:
        yield opened
