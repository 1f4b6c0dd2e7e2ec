"""What is compared: all rows of a database."""

from datetime import UTC, datetime

from storage import dump
from storage.database import Database

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
LAMP = "đèn hư Hai Bà Trưng"


def quiet(*_: object) -> None:
    """Progress that nobody looks at."""


async def rows_of(database: Database) -> dict[str, list[dump.Row]]:
    async with database.snapshot() as connection:
        return {
            table.name: [row async for batch in dump.batches(connection, table) for row in batch]
            for table in dump.described()
        }
