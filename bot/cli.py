"""The command line: run, demo, replay, db. A wrong setting is one sentence and exit code 2."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated

import typer

from bot import config as configuration
from bot import logs, steps
from bot.config import Config, ConfigError
from bot.secrets import SecretError
from storage.database import Database, DatabaseError

WRONG_SETTING = 2
FAILED = 1

application = typer.Typer(
    name="congich",
    help="Listens in a city's public-works group, turns what people post into tickets, and tells them what became of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
database = typer.Typer(help="The database's schema.", no_args_is_help=True)
application.add_typer(database, name="db")

ConfigPath = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file; start from config.example.toml.")
]


def main() -> None:
    """The installed `congich` command."""
    try:
        application()
    except (ConfigError, SecretError) as error:
        _fail(str(error), WRONG_SETTING)
    except DatabaseError as error:
        _fail(str(error), FAILED)


@application.command()
def run(config: ConfigPath = Path("config.toml")) -> None:
    """Run until stopped (Ctrl-C or SIGTERM)."""
    from bot.app import App
    from bot.run import Process

    settings = configuration.load(config, os.environ)
    logs.configure(settings.log.level, as_json=settings.log.json_lines, stream=sys.stderr)
    if not settings.telegram.enabled and not settings.webchat.enabled:
        raise ConfigError(
            f"{config}: no platform is enabled: set telegram.enabled or webchat.enabled to true"
        )
    app = App(settings, os.environ, step=steps.from_environment(os.environ))
    asyncio.run(_serve(Process(app)))


async def _serve(process: "Process") -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.stop)
    await process.run()


def _fail(sentence: str, code: int) -> None:
    typer.echo(f"congich: {sentence}", err=True)
    raise SystemExit(code)
