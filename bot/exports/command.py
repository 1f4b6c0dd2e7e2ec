"""`congich export`: tickets into a file, beside a running bot."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot import clock, opening, secrets
from bot.config import Config, ConfigError
from bot.exports import covers
from bot.exports.writing import Show, write
from bot.locale import LANGUAGES
from bot.looking import ready
from bot.opening import database_url, settings_to_write
from bot.options import CONFIG, ConfigPath
from bot.progress import bar
from bot.terminal import say
from bot.wording import texts
from handlers import periods
from handlers.exports import Format, Names, Style
from storage.board import SHOWN
from storage.lists import Filter
from storage.models import Audit
from storage.states import TicketStatus


def export(
    file: Annotated[Path, typer.Argument(help="Where to; it ends in .csv, .xlsx, .jsonl or .geojson.")],
    period: Annotated[str, typer.Option(help="Opened in: 2026-W47, 'tháng 10', '1/11 - 15/11'.")] = "",
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Only these: category=lighting, ward='Phú Lợi', department=key, status=resolved; of several"
            " statuses any."
        ),
    ] = None,
    language: Annotated[str, typer.Option(help="vi or en; the city's by default.")] = "",
    public: Annotated[
        bool,
        typer.Option(
            "--public",
            help="For everybody: what the board shows; nothing says which are one person's.",
        ),
    ] = False,
    names: Annotated[
        bool, typer.Option("--names", help="Reporters' names, and words as they were written; on record.")
    ] = False,
    config: ConfigPath = CONFIG,
) -> None:
    """Write tickets into a file; it appears when it is whole. Reporters have pseudonyms in it."""
    settings = settings_to_write(config)
    whom = _whom(public=public, names=names)
    kind = _format(file)
    wanted = _filter(only or [])
    wanted = _within(_for_everybody(wanted) if public else wanted, period, ZoneInfo(settings.time_zone))
    style = _style(settings, language or settings.language, whom)
    for doubt in unheard(settings, wanted):
        say(doubt, err=True)
    with bar() as progress:
        task = progress.add_task("Writing", total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        count = asyncio.run(_write(settings, wanted, style, kind, file, show))
    where = " whose place on the map is known" if kind is Format.GEOJSON else ""
    typer.echo(f"{count} tickets{where} in {file}")


def _format(file: Path) -> Format:
    """By the file's name. Raises ConfigError, also where no file can be."""
    if not file.parent.is_dir():
        raise ConfigError(f"{file.parent} is no folder: make it, or name a file in another one")
    ending = file.suffix.removeprefix(".").lower()
    if ending not in set(Format):
        known = ", ".join(f".{one}" for one in Format)
        raise ConfigError(f"{file}: its ending says how to write it, one of {known}")
    return Format(ending)


def _filter(only: list[str]) -> Filter:
    """Of several statuses any; of everything else a filter has one."""
    wanted = Filter(statuses=())
    for said in only:
        name, _, value = said.partition("=")
        wanted = _narrowed(wanted, name, value)
    return replace(wanted, statuses=wanted.statuses or tuple(TicketStatus))


def _for_everybody(wanted: Filter) -> Filter:
    """No more than the public board shows."""
    unseen = [one for one in wanted.statuses if one not in SHOWN]
    if unseen and wanted.statuses != tuple(TicketStatus):
        raise ConfigError(f"--public: the board shows no tickets that are {unseen[0]}")
    return replace(wanted, statuses=[one for one in wanted.statuses if one in SHOWN], hidden=False)


def _narrowed(wanted: Filter, name: str, value: str) -> Filter:
    match name:
        case "status" if value in set(TicketStatus):
            return replace(wanted, statuses=(*wanted.statuses, TicketStatus(value)))
        case "category" | "ward" | "department" if value and getattr(wanted, name):
            raise ConfigError(f"--only {name}={value}: an export has one {name}: write a file for each")
        case "category" if value:
            return replace(wanted, category=value)
        case "ward" if value:
            return replace(wanted, ward=value)
        case "department" if value:
            return replace(wanted, department=value)
    known = ", ".join(TicketStatus)
    raise ConfigError(f"--only {name}={value}: say category, ward, department, or status: one of {known}")


def unheard(settings: Config, wanted: Filter) -> list[str]:
    """What is asked for and not configured: a slip, or of former days, of which there may be tickets."""
    known = {
        "category": settings.all_categories,
        "department": tuple(one.key for one in settings.departments),
    }
    asked = {name: getattr(wanted, name) for name in known}
    return [
        f"the configuration has no {name} {word!r} (there: {', '.join(known[name])})"
        for name, word in asked.items()
        if word and word not in known[name]
    ]


def _within(wanted: Filter, words: str, zone: ZoneInfo) -> Filter:
    if not words:
        return wanted
    found = periods.meant(words, clock.real().astimezone(zone).date(), zone)
    if found is None:
        raise ConfigError(f"{words!r} is no period: write 2026-W47, 'tháng 10' or '1/11 - 15/11'")
    return replace(wanted, opened_from=found.start, opened_until=found.end)


def _whom(*, public: bool, names: bool) -> Names:
    if public and names:
        raise ConfigError("say --public or --names, not both")
    return Names.NONE if public else Names.WRITTEN if names else Names.PSEUDONYMS


def _style(settings: Config, language: str, whom: Names) -> Style:
    if language not in LANGUAGES:
        raise ConfigError(f"there is no language {language!r} (there: {', '.join(LANGUAGES)})")
    names = {one.key: one.name for one in settings.departments}
    zone = ZoneInfo(settings.time_zone)
    key = secrets.seal_key(Path(settings.data_dir), os.environ)
    cover = covers.cover(settings, key, whom)
    return Style(texts(settings).say, language, zone, names, lambda *_: None, cover)


async def _write(settings: Config, wanted: Filter, style: Style, kind: Format, file: Path, show: Show) -> int:
    async with ready(database_url(settings, os.environ)) as database:
        if style.cover.names is Names.WRITTEN:
            await _put_on_record(settings)
        return await write(database, wanted, style, kind, file, show)


async def _put_on_record(settings: Config) -> None:
    """Names leave only when it is written who took them."""
    by = opening.user_name(os.geteuid())
    detail = {"by": by, "data": f"congich export --names: {by}"}
    async with opening.beside(settings, os.environ) as database, opening.writing(database) as session:
        session.add(Audit(at=clock.real(), action="command.export_names", allowed=True, detail=detail))
