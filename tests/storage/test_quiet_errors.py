"""What somebody wrote is in no error of the database's, and so in no log and no column that keeps errors."""

import traceback
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.database import Database
from storage.models import Department

WORDS = "Bà Sáu, số 45 Hai Bà Trưng,\n\nđiện thoại 0909 123 456).\n[SQL: x"
REFUSED = {
    "a value that must be there": "INSERT INTO departments (key, name, days) VALUES (:words, :words, NULL)",
    "a key twice": "INSERT INTO departments (key, name, days) VALUES (:words, '', 1), (:words, '', 2)",
    "a table that is not there": "SELECT :words FROM nowhere",
}


def told(error: BaseException) -> str:
    """All that a log would have of it."""
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
async def test_what_was_refused_is_not_quoted(database: Database, statement: str) -> None:
    with pytest.raises(DBAPIError) as raised:
        async with database.write() as session:
            await session.execute(text(statement), {"words": WORDS})
    said = told(raised.value)
    assert statement.partition(":")[0] in said  # which statement it was
    assert not any(word in said for word in ("Sáu", "0909", "Hai Bà")), said


async def test_nor_is_a_row_of_ours(database: Database) -> None:
    row: dict[str, Any] = {"key": WORDS, "name": None, "days": 1}
    with pytest.raises(DBAPIError) as raised:
        async with database.write() as session:
            session.add(Department(**row))
    assert "Sáu" not in told(raised.value)


async def test_what_it_is_about_is_still_known(database: Database) -> None:
    with pytest.raises(DBAPIError, match="days"):
        async with database.write() as session:
            await session.execute(text(REFUSED["a value that must be there"]), {"words": WORDS})
