"""`congich doctor`: what is wrong with this installation, and what to do about it."""

import asyncio
import os
import ssl
import sys
import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from bot import clock, logs
from bot import config as configuration
from bot.doctor.findings import INDENT, Finding, Level, as_json, exit_code, summary
from bot.options import CONFIG, ConfigPath
from bot.terminal import plain

COLOURS = {Level.WRONG: "bold red", Level.ADVICE: "yellow", Level.OK: "green"}


def doctor(
    config: ConfigPath = CONFIG,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """Look at this installation, and name what is wrong with its remedy. Changes nothing.

    It may run beside a running congich. Exit code 0: nothing is wrong; 1: something is; 2: a wrong setting.
    """
    settings = configuration.load(config)
    logs.configure("error", as_json=settings.log.as_json, stream=sys.stderr)
    findings = asyncio.run(_examined(settings))
    if json:
        typer.echo(as_json(findings))
    else:
        show(findings, Console(highlight=False, soft_wrap=True))
    raise typer.Exit(exit_code(findings))


async def _examined(settings: configuration.Config) -> list[Finding]:
    from bot.doctor.case import Case
    from bot.doctor.checkup import examined

    tls = ssl.create_default_context()
    return await examined(Case(settings, os.environ, clock.real, time.monotonic, tls))


def show(findings: Sequence[Finding], console: Console) -> None:
    """A line each, its remedy under it, the summary last; colours only where there is a terminal."""
    for one in findings:
        level = Text(f"{one.level.value:<{len(INDENT)}}", COLOURS[one.level])
        console.print(Text.assemble(level, plain(one.headline), (f"  [{one.code}]", "dim")))
        if one.remedy:
            console.print(Text(f"{INDENT}→ {plain(one.remedy)}"))
    console.print(Text(summary(findings), "bold"))
