"""A desk that a synchronous state machine can drive: a loop of its own, a database copied from a template."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from storage import migrations
from storage.database import Database
from tests.handlers.conftest import MEANINGS
from tests.handlers.desk import Desk

T = TypeVar("T")


@cache
def _template() -> Path:
    """An empty database with its schema, made once."""
    folder = Path(tempfile.mkdtemp(prefix="congich-machine-"))

    async def make() -> None:
        database = Database(f"sqlite:///{folder / 'congich.db'}")
        await migrations.ensure(database)
        await database.close()

    asyncio.run(make())
    return folder / "congich.db"


class Ground:
    """One run of a machine: its loop, its folder, its open desk."""

    def __init__(self) -> None:
        self._empty = _template()
        self._runner = asyncio.Runner()
        self._folder = Path(tempfile.mkdtemp(prefix="congich-machine-"))
        self.database, self.desk = self.run(self._open("one"))

    async def _open(self, name: str) -> tuple[Database, Desk]:
        shutil.copy(self._empty, self._folder / f"{name}.db")
        database = Database(f"sqlite:///{self._folder / name}.db")
        desk = Desk(database, MEANINGS)
        await desk.open()
        return database, desk

    def another(self, name: str) -> tuple[Database, Desk]:
        """A second, empty city."""
        return self.run(self._open(name))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it, to its end."""
        return self._runner.run(work)

    def close(self, *others: Database) -> None:
        """Give everything back."""
        for database in (self.database, *others):
            self.run(database.close())
        self._runner.close()
        shutil.rmtree(self._folder)
