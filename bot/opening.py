"""Opens the database that a configuration names: who may, and who else is there; no more of a running bot."""

import os
import pwd
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from bot import config as configuration
from bot.config import Config, ConfigError
from bot.looking import ready
from storage import leases, migrations
from storage.database import Database, DatabaseError
from storage.locks import alone
from storage.models import Lease

ROOT = 0
MOVED = "moved"  # the lease of a database that was moved away; its owner is where to
FOR_GOOD = timedelta(days=36_500)
MACHINE = (Path("/etc/machine-id"), Path("/proc/sys/kernel/random/boot_id"))  # the first that says anything


def database_url(config: Config, environ: Mapping[str, str]) -> str:
    """Where the database is: the environment first, because it may hold a password."""
    named = environ.get("CONGICH_DATABASE_URL") or config.database.url
    return named or f"sqlite:///{Path(config.data_dir) / 'congich.db'}"


def settings_to_write(path: Path) -> Config:
    """A configuration, for a command that leaves files in the data folder. Raises ConfigError."""
    settings = configuration.load(path)
    expect_own(Path(settings.data_dir), os.geteuid())
    return settings


def expect_own(folder: Path, user: int) -> None:
    """What root makes in another user's folder that one can't use. Raises ConfigError."""
    if user != ROOT:
        return
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    if (theirs := there.stat().st_uid) == ROOT:
        return
    name = user_name(theirs)
    raise ConfigError(
        f"{there} belongs to {name}, who could not use what root writes there: run it as that user, with"
        f" runuser -u {name} -- congich …"
    )


def user_name(number: int) -> str:
    """A user of this machine, by the name where it has one."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


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


@asynccontextmanager
async def beside(config: Config, environ: Mapping[str, str]) -> AsyncIterator[Database]:
    """The database beside a bot that may be at work, without its lock: for commands that write in turns of
    `writing`. Makes none. Raises ConfigError where there is none or it was moved away, DatabaseError."""
    url = database_url(config, environ)
    async with ready(url) as there, there.read() as session:
        await expect_kept(session)
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def writing(database: Database) -> AsyncIterator[AsyncSession]:
    """One transaction that changes the city, which nobody moves away meanwhile.

    Raises ConfigError where it was moved away.
    """
    async with alone(database) as session:
        await expect_kept(session)
        yield session


async def expect_nobody(database: Database, config: Config, now: datetime) -> None:
    """Whoever holds a data folder knows that nobody works there; others may, from a folder of their own.

    Raises DatabaseError while one of them holds a lease, ConfigError where the database was moved away.
    """
    if await migrations.current(database) is None:
        return
    async with database.read() as session:
        await _expect_nobody(session, config, now)
        await expect_kept(session)


async def _expect_nobody(session: AsyncSession, config: Config, now: datetime) -> None:
    ours = owner(Path(config.data_dir))
    at_work = [one for one in await leases.running(session, now) if one.name != MOVED]
    others = [one for one in at_work if one.owner != ours and not one.owner.startswith(f"{ours}#")]
    if others:
        says = f"another congich works on this database: {others[0].owner}"
        raise DatabaseError(f"{says}; stop it, or, if it died, try again after {until(others)} UTC")


async def leave(database: Database, config: Config, to: str, now: datetime) -> None:
    """Let nobody begin to work on a database that is moved away; `to`: where to.

    Whoever starts asks for this in the same turn in which they say that they are there. Raises DatabaseError
    while somebody is, ConfigError where it was moved to another one: this one is no longer the city.
    """
    async with alone(database) as session:
        await _expect_nobody(session, config, now)
        await expect_kept(session, but_for=to)
        await leases.let_go(session, MOVED)
        await leases.acquire(session, MOVED, to, now, FOR_GOOD)


async def keep(database: Database) -> None:
    """Let whoever wants work on it again; of any schema, because an upgrade refuses what was moved away."""
    if await migrations.current(database) is None:
        return
    async with database.write() as session:
        await leases.let_go(session, MOVED)


async def expect_kept(session: AsyncSession, but_for: str = "") -> None:
    """Raises ConfigError where the database was moved away; `but_for`: where to it may be on its way."""
    left = await leases.holder(session, MOVED)
    if left is not None and left.owner != but_for:
        raise ConfigError(
            f"this database is being moved, or was, to {left.owner}: name that one in database.url or"
            " CONGICH_DATABASE_URL; to go on with this one all the same: congich db keep"
        )


def until(held: Sequence[Lease]) -> str:
    """When leases have run out of which nobody renews any."""
    return f"{max(one.until for one in held):%H:%M:%S}"


def owner(data: Path, slot: int = 1) -> str:
    """Whom the process in a slot of a data folder calls itself: the same after a restart, and nobody else."""
    who = "/".join(filter(None, (socket.gethostname(), machine())))
    return f"{who}:{data.resolve()}" + (f"#{slot}" if slot > 1 else "")


@cache
def machine(files: Sequence[Path] = MACHINE) -> str:
    """What tells this machine from others of the same name; a hash, because its id is nobody's to see."""
    for file in files:
        with suppress(OSError, ValueError):
            if (found := file.read_text("ascii").strip()) and found != "uninitialized":
                return sha256(f"congich {found}".encode()).hexdigest()[:8]
    return ""
