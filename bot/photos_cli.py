"""`congich photos move`: from the data folder into a bucket, or back; `photos unnamed`: what nobody has."""

import asyncio
import os
from collections import Counter
from enum import StrEnum
from typing import Annotated

import typer

from bot import clock, photo_moving, photo_store, sweeper
from bot.config import Config
from bot.opening import beside, expect_nobody, held, settings_to_write
from bot.options import CONFIG, ConfigPath, DryRun
from bot.progress import Show, shown
from storage.database import Database
from storage.images import ImageStore

Pairs = list[tuple[ImageStore, ImageStore]]  # from, to

application = typer.Typer(help="Where photos lie.", no_args_is_help=True)


class Where(StrEnum):
    """The kinds of `photos.store.kind`."""

    FOLDER = "folder"
    S3 = "s3"


@application.command()
def move(
    to: Annotated[Where, typer.Option(help="Where to: the data folder, or the bucket of photos.store.")],
    remove: Annotated[
        bool, typer.Option("--remove", help="Take them out of the other place, once all are copied.")
    ] = False,
    config: ConfigPath = CONFIG,
) -> None:
    """Copy all photos into the other store and compare them. May be broken off and repeated; beside a
    running bot too, but for --remove."""
    settings = settings_to_write(config)
    with shown() as show:
        counts, removed = asyncio.run(_move(settings, to, show, remove=remove))
    typer.echo(told(counts, removed))
    if counts["broken"]:
        raise typer.Exit(1)
    if settings.photos.store.kind != to:
        typer.echo(f'now set photos.store.kind = "{to}" in {config}, start the bot, and repeat this once')


@application.command()
def unnamed(
    dry_run: DryRun = True,
    config: ConfigPath = CONFIG,
) -> None:
    """Take photos away that nothing in the database names, such as the copies of erased ones that earlier
    versions left; while the bot is stopped. Nothing brings them back."""
    settings = settings_to_write(config)
    found, of = asyncio.run(_unnamed(settings, dry_run=dry_run))
    typer.echo(f"{found} of {of} photos are named by nothing in this database")
    if found:
        typer.echo("nothing was taken: say --yes to take them away" if dry_run else "they are gone")


async def _unnamed(settings: Config, *, dry_run: bool) -> tuple[int, int]:
    """How many there are, of how many."""
    async with beside(settings, os.environ) as database:  # which is there
        holding = held(settings, os.environ)  # a bot at work keeps a photo before it writes its row
        try:
            await expect_nobody(holding, settings, clock.real())
            counts = [await _taken(database, store, dry_run=dry_run) for store in _stores(settings)]
            return sum(found for found, _ in counts), sum(of for _, of in counts)
        finally:
            await holding.close()


def _stores(settings: Config) -> list[ImageStore]:
    folder = photo_store.in_folder(settings)
    is_away = settings.photos.store.kind == "s3"
    return [folder, photo_store.in_bucket(settings, os.environ)] if is_away else [folder]


async def _taken(database: Database, store: ImageStore, *, dry_run: bool) -> tuple[int, int]:
    found = [one async for one in sweeper.nobodys(database, store)]
    of = len({form.content_hash async for form in store.forms()})
    for content_hash in () if dry_run else found:
        await store.remove(content_hash)
    return len(found), of


def told(counts: Counter[str], removed: int) -> str:
    """What came of it, in one line."""
    said = f"{counts['copied']} files copied and compared, {counts['there']} were there"
    said += f", {counts['gone']} were erased meanwhile" if counts["gone"] else ""
    if counts["broken"]:
        said += f"; {counts['broken']} are broken where they lie, and stay there: take them from a backup"
    return said + (f"; {removed} photos taken out of the other place" if removed else "")


async def _move(settings: Config, to: Where, show: Show, *, remove: bool) -> tuple[Counter[str], int]:
    pairs = _pairs(settings, to)
    if not remove:
        return await _copy(pairs, show), 0
    database = held(settings, os.environ)  # a bot at work would miss what is removed
    try:
        await database.check()
        await expect_nobody(database, settings, clock.real())
        counts = await _copy(pairs, show)
        return counts, sum([await photo_moving.forget(*pair, show) for pair in pairs])
    finally:
        await database.close()


def _pairs(settings: Config, to: Where) -> Pairs:
    """From where to where: the photos, and those that bridges told inside events and are to be fetched."""
    stores = [(photo_store.in_folder(settings), photo_store.in_bucket(settings, os.environ))]
    for place in photo_store.of_bridges(settings):
        folder = photo_store.in_folder(settings, place=place)
        stores.append((folder, photo_store.in_bucket(settings, os.environ, place=place)))
    return stores if to is Where.S3 else [(bucket, folder) for folder, bucket in stores]


async def _copy(pairs: Pairs, show: Show) -> Counter[str]:
    counts = Counter[str]()
    for source, target in pairs:
        counts.update(await photo_moving.copy(source, target, show))
    return counts
