"""`congich photos move`: from the data folder into a bucket, or back."""

import asyncio
import os
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot import clock, photo_moving, photo_store
from bot.config import Config
from bot.opening import expect_nobody, held, settings_to_write
from bot.progress import Show, shown
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
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")] = Path(
        "config.toml"
    ),
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
