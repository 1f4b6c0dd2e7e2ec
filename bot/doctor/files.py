"""The files that the configuration names beside its secrets: read as a start reads them."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot import cameras, understanding
from bot.board.places import places
from bot.config import Config, ConfigError
from bot.doctor.case import Case
from bot.doctor.findings import Finding, ok, wrong


async def examine(case: Case) -> list[Finding]:
    return await asyncio.to_thread(_read, case.config)


def _read(config: Config) -> list[Finding]:
    said: list[Finding] = []
    if named := config.cameras.file:
        said.append(tried("files.cameras", named, lambda: cameras.read(Path(named))))
    if config.board.enabled and (named := config.board.wards_file):
        said.append(tried("files.wards", named, lambda: _wards(config)))
    return said


def _wards(config: Config) -> None:
    places(config.board, understanding.gazetteer(config))


def tried(code: str, name: str, read: Callable[[], object]) -> Finding:
    """`name`: the file's; `read`: what a start does with it."""
    try:
        read()
    except ConfigError as error:
        return wrong(code, f"the bot does not start: {error}", "mend the file, or the setting that names it")
    return ok(code, f"{name} can be read")
