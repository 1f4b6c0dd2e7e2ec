"""Who else may be at work on a database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.config import Config
from bot.opening import expect_nobody, owner
from storage import leases
from storage.database import Database, DatabaseError

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("who", "is_refused"),
    [("ours", False), ("ours, the second", False), ("elsewhere", True), ("the folder beside it", True)],
)
async def test_a_lease_of_somebody_elsewhere_is_a_process_at_work(
    database: Database, tmp_path: Path, who: str, is_refused: bool
) -> None:
    data = tmp_path / "data#1"
    names = {
        "ours": owner(data),
        "ours, the second": owner(data, 2),
        "elsewhere": "other-host:/srv/congich/data",
        "the folder beside it": owner(tmp_path / "data2"),
    }
    config = Config(data_dir=str(data))
    async with database.write() as session:
        await leases.acquire(session, "clock", names[who], NOW, timedelta(seconds=60))
    if is_refused:
        with pytest.raises(DatabaseError, match=r"another congich works on .*after 08:01:00 UTC"):
            await expect_nobody(database, config, NOW)
    else:
        await expect_nobody(database, config, NOW)
    await expect_nobody(database, config, NOW + timedelta(seconds=61))


async def test_an_empty_database_is_nobodys(database_url: str, tmp_path: Path) -> None:
    empty = Database(database_url)
    await expect_nobody(empty, Config(data_dir=str(tmp_path)), NOW)
    await empty.close()
