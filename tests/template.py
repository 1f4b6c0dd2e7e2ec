"""A database with its schema, made once in each process and copied for each test: migrating takes a tenth of
a second, copying none."""

import asyncio
import atexit
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from alembic import command

from storage import migrations
from storage.database import Database
from storage.migrations import stepping


def copy_to(path: Path) -> None:
    """A new SQLite database with the schema."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_sqlite(), path)


def migrate(url: str) -> None:
    """Bring a database to the schema; may be called while an event loop runs."""
    with ThreadPoolExecutor(1) as other:
        other.submit(asyncio.run, _migrate(url)).result()


async def back_to(revision: str, database: Database) -> None:
    """Make a database what an earlier congich left."""
    async with database.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(stepping.config(sync), revision))


@cache
def _sqlite() -> Path:
    folder = tempfile.mkdtemp(prefix="congich-template-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "congich.db"
    migrate(f"sqlite:///{path}")
    return path


async def _migrate(url: str) -> None:
    opened = Database(url)
    opened.acquire()
    await migrations.ensure(opened)
    await opened.close()
