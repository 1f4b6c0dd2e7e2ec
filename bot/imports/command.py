"""`congich import`: another system's records, checked whole, then taken in without a word to anyone."""

import asyncio
import os
from collections import Counter
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot import clock, logs, steps
from bot.config import Config, ConfigError
from bot.imports import mapping as mappings
from bot.imports import records
from bot.imports.mapping import ImportMap
from bot.imports.records import Fault, ImportedRecord
from bot.opening import settings_to_write
from bot.options import CONFIG, ConfigPath
from bot.progress import shown
from bot.terminal import say

FAULTS_SHOWN = 20


def take_in(
    file: Annotated[Path, typer.Argument(help="A CSV file with a header line, or JSON lines (.jsonl).")],
    mapping: Annotated[Path, typer.Option("--map", help="The mapping file; docs/import.md has one.")],
    config: ConfigPath = CONFIG,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be taken in.")] = False,
    skip_faulty: Annotated[bool, typer.Option(help="Leave out rows that can't be read.")] = False,
) -> None:
    """Take another system's records in, without posting anything. Safe to repeat: a record is taken once."""
    settings = settings_to_write(config)
    logs.as_said(settings.log)
    meant = mappings.load(mapping, settings.all_categories)
    found, faults = records.read(file, meant, ZoneInfo(settings.time_zone), clock.real())
    for fault in faults[:FAULTS_SHOWN]:
        say(f"{file}, {fault}", err=True)
    if faults and not (skip_faulty or dry_run):
        raise ConfigError(_refusal(file, found, faults))
    if dry_run:
        for line in summary(found, faults):
            say(line)
        return
    _take_in(settings, meant, found)


def _refusal(file: Path, found: list[ImportedRecord], faults: list[Fault]) -> str:
    return (
        f"{len(faults)} of {len(found) + len(faults)} rows of {file} can't be taken in, so none was: "
        "mend them or the mapping, or leave them out with --skip-faulty"
    )


def summary(found: list[ImportedRecord], faults: list[Fault]) -> list[str]:
    """What would be taken in."""
    ended = sum(record.closed_at is not None for record in found)
    counted = Counter(record.category for record in found).most_common()
    categories = ", ".join(f"{name} {number}" for name, number in counted)
    lines = [f"{len(found)} records, {ended} of them ended, {len(faults)} rows can't be taken in"]
    if found:
        lines.append(f"from {found[0].at:%Y-%m-%d} to {found[-1].at:%Y-%m-%d}")
        lines.append(f"categories: {categories}")
    return lines


def _take_in(settings: Config, meant: ImportMap, found: list[ImportedRecord]) -> None:
    from bot.app import App
    from bot.imports.history import ImportedHistory
    from bot.platforms.media import Media
    from bot.replay import run_import, silenced

    with shown() as show:
        app = App(silenced(settings), os.environ, step=steps.from_environment(os.environ))
        media = Media(settings.photos.trusted_hosts)
        history = ImportedHistory(meant.name, meant.title, found, media, app.seal.key)
        taken = asyncio.run(run_import(app, history, show))
    typer.echo(f"read: {len(found)} records, {taken.new} things in them new")
    for line in taken.totals.lines():
        say(line)
