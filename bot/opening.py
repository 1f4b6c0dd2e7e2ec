"""Opens the database that a configuration names, and nothing else of what a running bot needs."""

import socket
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from bot.config import Config
from storage import leases, migrations
from storage.database import Database, DatabaseError
from storage.models import Lease


def database_url(config: Config, environ: Mapping[str, str]) -> str:
    """Where the database is: the environment first, because it may hold a password."""
    named = environ.get("CONGICH_DATABASE_URL") or config.database.url
    return named or f"sqlite:///{Path(config.data_dir) / 'congich.db'}"


def lock(data: Path) -> Path:
    """The lock file of a data folder."""
    return data / "congich.lock"


def opened(config: Config, environ: Mapping[str, str]) -> Database:
    """The database, held by nobody yet. Raises DatabaseError for an address that is none."""
    return Database(database_url(config, environ), lock(Path(config.data_dir)))


def held(config: Config, environ: Mapping[str, str]) -> Database:
    """The database, held: no bot may be at work meanwhile. Raises DatabaseError."""
    database = opened(config, environ)
    database.acquire()
    return database


async def expect_nobody(database: Database, config: Config, now: datetime) -> None:
    """Whoever holds a data folder knows that nobody works there; others may, from a folder of their own.

    Raises DatabaseError while one of them holds a lease.
    """
    if await migrations.current(database) is None:
        return
    ours = owner(Path(config.data_dir))
    async with database.read() as session:
        held_now = await leases.running(session, now)
    others = [one for one in held_now if one.owner != ours and not one.owner.startswith(f"{ours}#")]
    if others:
        says = f"another congich works on this database: {others[0].owner}"
        raise DatabaseError(f"{says}; stop it, or, if it died, try again after {until(others)} UTC")


def until(held: Sequence[Lease]) -> str:
    """When leases have run out of which nobody renews any."""
    return f"{max(one.until for one in held):%H:%M:%S}"


def owner(data: Path, slot: int = 1) -> str:
    """Whom the process in a slot of a data folder calls itself."""
    return f"{socket.gethostname()}:{data.resolve()}" + (f"#{slot}" if slot > 1 else "")
