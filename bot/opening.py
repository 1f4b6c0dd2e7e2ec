"""Opens the database that a configuration names, and nothing else of what a running bot needs."""

import socket
from collections.abc import Mapping
from pathlib import Path

from bot.config import Config
from storage.database import Database


def database_url(config: Config, environ: Mapping[str, str]) -> str:
    """Where the database is: the environment first, because it may hold a password."""
    named = environ.get("CONGICH_DATABASE_URL") or config.database.url
    return named or f"sqlite:///{Path(config.data_dir) / 'congich.db'}"


def lock(data: Path) -> Path:
    """The lock file of a data folder."""
    return data / "congich.lock"


def held(config: Config, environ: Mapping[str, str]) -> Database:
    """The database, held: no bot may be at work meanwhile. Raises DatabaseError."""
    opened = Database(database_url(config, environ), lock(Path(config.data_dir)))
    opened.acquire()
    return opened


def owner(data: Path, slot: int = 1) -> str:
    """Whom the process in a slot of a data folder calls itself."""
    return f"{socket.gethostname()}:{data}" + (f"#{slot}" if slot > 1 else "")
