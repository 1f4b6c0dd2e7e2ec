"""`congich backup`, `congich restore`, `congich db move`."""

import asyncio
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot import clock, opening, photo_store
from bot import config as configuration
from bot.backup import archive, making, moving, restoring
from bot.backup.archive import BrokenBackup, Manifest
from bot.config import Config, ConfigError
from bot.looking import expect_there, ready
from bot.opening import database_url, held, opened, settings_to_write
from bot.options import CONFIG, ConfigPath
from bot.progress import Show, shown
from bot.setting_types import has_password
from bot.terminal import called
from storage import folders
from storage.database import Database, DatabaseError

FOLDER = "backups"  # in the data folder


def backup(
    file: Annotated[
        Path | None, typer.Argument(help="Where to; by default congich-<day>-<time>.tar in data/backups.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only read FILE whole and compare its sums.")
    ] = False,
    config: ConfigPath = CONFIG,
) -> None:
    """Write the whole city into one file, beside a running bot: rows, photos, keys."""
    settings = configuration.load(config) if check else settings_to_write(config)
    path = file or _named(settings)
    if check:
        manifest = _checked(path if file else _newest(settings))
        made = datetime.fromisoformat(manifest.made_at).astimezone(ZoneInfo(settings.time_zone))
        typer.echo(f"whole: {_told(manifest.rows)}, made {made:%Y-%m-%d %H:%M} ({settings.time_zone})")
        return
    if path.exists():
        raise ConfigError(f"{path} is there already: name another file")
    _expect_outside(path.resolve(), Path(settings.data_dir).resolve())
    with shown() as show:
        rows = asyncio.run(_make(settings, path, show))
    size = path.stat().st_size / 1_000_000
    typer.echo(f"{_told(rows)} in {path} ({size:.1f} MB); it holds keys: keep it where only you can read it")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that congich backup made.")],
    config: ConfigPath = CONFIG,
) -> None:
    """Take a backup into an empty database and data folder."""
    settings = settings_to_write(config)
    with shown() as show:
        try:
            manifest = asyncio.run(_restore(settings, file, show))
        except BrokenBackup as error:
            raise DatabaseError(str(error)) from None
    typer.echo(f"restored: {_told(manifest.rows)}; begin with: {called()} run -c {config}")


def move(
    to: Annotated[str, typer.Option(help="Such as postgresql://user@host/name; its password in PGPASSWORD.")],
    config: ConfigPath = CONFIG,
) -> None:
    """Take the city into another, empty database, and compare every row.

    The bot may be at work meanwhile; once most is copied you are asked to stop it.
    """
    if has_password(to):
        raise ConfigError("a password does not belong in a command line: put it into PGPASSWORD")
    settings = settings_to_write(config)
    target = Database(_from_here(to))
    with shown() as show:
        rows = asyncio.run(_move(settings, target, show))
    typer.echo(f"moved: {_told(rows)}, each compared; now name {target.place} in {config} and start the bot")


def keep(config: ConfigPath = CONFIG) -> None:
    """Go on with a database that was moved away: congich run begins on it again."""
    asyncio.run(_keep(settings_to_write(config)))
    typer.echo("kept: congich run begins on this database again")


def _named(settings: Config) -> Path:
    now = clock.real().astimezone(ZoneInfo(settings.time_zone))
    return Path(settings.data_dir) / FOLDER / f"congich-{now:%Y-%m-%d-%H%M%S}.tar"


def _newest(settings: Config) -> Path:
    found = (Path(settings.data_dir) / FOLDER).glob("congich-*.tar")
    newest = max(found, key=lambda path: path.stat().st_mtime, default=None)
    if newest is None:
        raise ConfigError("there is no backup yet: congich backup makes one")
    return newest


def _expect_outside(path: Path, data: Path) -> None:
    """A backup has all of the data folder but this one folder: another one's people would never be erased."""
    if path.is_relative_to(data) and not path.is_relative_to(data / FOLDER):
        says = f"{path} would go into every later backup"
        raise ConfigError(f"{says}: name a file in {data / FOLDER}, or outside {data}")


def _from_here(url: str) -> str:
    """What an SQLite address means in a command line, as a configuration understands it in any folder."""
    kind, slashes, path = url.partition(":///")
    return f"{kind}{slashes}{Path(path).absolute()}" if kind.startswith("sqlite") and path else url


def _checked(path: Path) -> Manifest:
    try:
        return archive.checked(path)
    except BrokenBackup as error:
        raise DatabaseError(str(error)) from None


def _told(rows: Mapping[str, int]) -> str:
    names = ("tickets", "messages", "members")
    return f"{sum(rows.values())} rows ({', '.join(f'{rows.get(name, 0)} {name}' for name in names)})"


async def _make(settings: Config, path: Path, show: Show) -> dict[str, int]:
    async with ready(database_url(settings, os.environ)) as database:
        images = photo_store.configured(settings, os.environ)
        data, away = Path(settings.data_dir), photo_store.away(settings, os.environ)
        folders.make(path.parent)
        return await making.make(database, images, data, path, clock.real(), show, away)


async def _restore(settings: Config, file: Path, show: Show) -> Manifest:
    database = held(settings, os.environ)
    try:
        images = photo_store.configured(settings, os.environ)
        return await restoring.restore(file, database, images, Path(settings.data_dir), show)
    finally:
        await database.close()


class NobodyAtWork:
    """Whether nobody works on a city's database; once it is so, nobody begins to, because it is left."""

    def __init__(self, database: Database, settings: Config, to: str) -> None:
        self._database = database
        self._settings = settings
        self._to = to
        self._is_held = self._is_left = False

    async def __call__(self) -> bool:
        try:
            if not self._is_held:
                self._database.acquire()
                self._is_held = True
            await opening.leave(self._database, self._settings, self._to, clock.real())
        except DatabaseError:
            return False
        self._is_left = True
        return True

    async def end(self) -> None:
        """Nothing was moved: whoever wants may go on."""
        if self._is_left:
            await opening.keep(self._database)


def _ask_to_stop() -> None:
    words = "copied. Now stop the bot (systemctl stop congich); what it does until then is brought after"
    typer.echo(words, err=True)


async def _keep(settings: Config) -> None:
    expect_there(database_url(settings, os.environ))
    database = held(settings, os.environ)  # not while it is being moved
    try:
        await opening.keep(database)
    finally:
        await database.close()


async def _move(settings: Config, target: Database, show: Show) -> dict[str, int]:
    source = opened(settings, os.environ)
    quiet = NobodyAtWork(source, settings, target.place)
    try:
        target.acquire()
        return await moving.move(source, target, show, quiet, _ask_to_stop)
    except BaseException:
        await quiet.end()
        raise
    finally:
        await target.close()
        await source.close()
