"""Databases and days that the bars share."""

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import make_url

from tests.chaos.history import Opened
from tests.conftest import drop_database, new_database


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of a new database on PostgreSQL; empty for the rig's own SQLite file."""
    if request.param == "sqlite":
        yield ""
        return
    server: str = request.getfixturevalue("postgresql")
    made = new_database(server, "template1")
    yield made
    drop_database(server, str(make_url(made).database))


@pytest.fixture(scope="session")
def known_days() -> dict[str, Sequence[Opened]]:
    """The tickets of undisturbed days by the bar that plays them: on both databases they are the same."""
    return {}
