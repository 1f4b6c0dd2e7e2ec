"""`congich digest`: the summary of any period, on paper; nothing is posted and no period's place is taken."""

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot import charts, clock
from bot import config as configuration
from bot.config import Config, ConfigError
from bot.locale import LANGUAGES
from bot.looking import ready
from bot.opening import database_url
from bot.options import CONFIG, ConfigPath
from bot.terminal import say
from bot.wording import texts
from handlers import digest, periods
from handlers.digest import Digest, DigestReader, Subject
from handlers.periods import Period
from storage import chats
from storage.database import Database
from storage.states import ChatRole

ROOM = 100_000  # UTF-16 units: paper has no limit


def digest_of(
    period: Annotated[
        str,
        typer.Option(
            "--period", "--week", help="2026-W47, 'tháng 10', 'this week', '1/11 - 15/11'; else last week."
        ),
    ] = "tuần trước",
    chat: Annotated[str, typer.Option(help="Of the group with this id, where there are several.")] = "",
    department: Annotated[str, typer.Option(help="Of this department, by its key.")] = "",
    language: Annotated[str, typer.Option(help="vi or en; the city's by default.")] = "",
    png: Annotated[Path | None, typer.Option(help="Write the picture into this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers instead of the text.")] = False,
    config: ConfigPath = CONFIG,
) -> None:
    """Sum up a week, or any period of up to a year, as it stood at its end."""
    settings = configuration.load(config)
    meant = _meant(period, ZoneInfo(settings.time_zone))
    made = asyncio.run(_made(settings, meant, chat, department, language or settings.language))
    say(json.dumps(asdict(made.found), ensure_ascii=False, indent=1) if as_json else made.text)
    if png is not None:
        png.write_bytes(charts.png(made.chart))
        typer.echo(f"the picture is in {png}", err=True)


def _meant(words: str, zone: ZoneInfo) -> Period:
    now = clock.real()
    found = periods.meant_at(words, now, zone)
    if found is None:
        raise ConfigError(f"{words!r} is no period: write 2026-W47, 'tháng 10' or '1/11 - 15/11'")
    if found.start > now:
        raise ConfigError(f"{words!r} has not come yet, so there are no figures of it")
    return found.until(now)


async def _made(settings: Config, period: Period, chat: str, department: str, language: str) -> Digest:
    if language not in LANGUAGES:
        raise ConfigError(f"there is no language {language!r} (there: {', '.join(LANGUAGES)})")
    reader = DigestReader(texts(settings).say, language, ROOM, lambda *_: None)
    async with ready(database_url(settings, os.environ)) as database:
        subject = await _subject(database, settings, chat, department)
        async with database.read() as session:
            return await digest.of_period(session, period, subject, reader)


async def _subject(database: Database, settings: Config, chat: str, department: str) -> Subject:
    async with database.read() as session:
        if department:
            if department not in {one.key for one in settings.departments}:
                raise ConfigError(f"there is no department {department!r} in the configuration")
            return await digest.of_department(session, department)
        groups = await chats.with_role(session, ChatRole.COMMUNITY)
        chosen = [one for one in groups if chat in ("", one.external_id)]
        if len(chosen) != 1:
            known = ", ".join(f"{one.external_id} ({one.title})" for one in groups) or "none yet"
            raise ConfigError(f"say which group with --chat: {known}")
        return await digest.subject_of(session, chosen[0], systems=settings.digest.systems)
