"""The command line. A wrong setting is one sentence and exit code 2."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import clock, lazy, logs, looking, outages, steps
from bot import config as configuration
from bot.config import Config, ConfigError
from bot.opening import database_url, expect_nobody, held, settings_to_write
from bot.options import CONFIG, ConfigPath
from bot.progress import bar, shown
from bot.roles import ProcessRole, shares
from bot.terminal import say
from storage import migrations

if TYPE_CHECKING:
    from bot.metrics import Metrics
    from bot.run import Process

WRONG_SETTING = 2
FAILED = 1
INTERRUPTED = 130  # as a shell counts Ctrl-C
LAST_PORT = 65_535
ENDS = (signal.SIGTERM, signal.SIGHUP)  # a stop, and a terminal that is closed

COMMANDS = {
    "init": "bot.init_cli:init",
    "classify": "bot.model_cli:classify",
    "route": "bot.route_cli:route",
    "eval": "bot.model_cli:evaluate",
    "learn": "bot.learn_cli:learn",
    "doctor": "bot.doctor_cli:doctor",
    "import": "bot.imports.command:take_in",
    "digest": "bot.digest_cli:digest_of",
    "export": "bot.exports.command:export",
    "purge": "bot.purge_cli:purge",
    "invite": "bot.sign_in_cli:invite",
    "sign-in": "bot.sign_in_cli:sign_in",
    "backup": "bot.backup.command:backup",
    "restore": "bot.backup.command:restore",
    "photos": "bot.photos_cli:application",
    "zalo": "bot.zalo_cli:application",
    "outbox": "bot.relay_cli:deliveries",
    "webhooks": "bot.relay_cli:webhooks",
}

application = typer.Typer(
    cls=lazy.group(COMMANDS),
    name="congich",
    help="Listens in a city's public-works group, opens a ticket for what people report, "
    "lets moderators work it, and posts what became of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
schema = typer.Typer(
    cls=lazy.group({"move": "bot.backup.command:move", "keep": "bot.backup.command:keep"}),
    help="The database's schema.",
    no_args_is_help=True,
)
application.add_typer(schema, name="db")


def main() -> None:
    """The installed `congich` command."""
    logs.configure("warning", as_json=False)  # until a configuration says how; never with a frame's values
    got: list[int] = []

    def end(number: int, _: object) -> None:
        """A command ends as by Ctrl-C, which a script's background job does not heed."""
        got.append(number)
        if not _heeded(signal.SIGINT):
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    for number in _heeded(*ENDS):
        signal.signal(number, end)
    try:
        application()
    except SystemExit as ended:
        if got and ended.code == INTERRUPTED:
            raise SystemExit(128 + got[0]) from None  # as a shell counts it, and systemd is told
        raise
    except ConfigError as error:
        _fail(str(error), WRONG_SETTING)
    except outages.ERRORS as error:
        found = outages.trouble(error)
        if found is None:
            raise
        _fail(found.sentence, WRONG_SETTING if found.is_setting else FAILED)


@application.command()
def run(
    config: ConfigPath = CONFIG,
    role: Annotated[
        list[ProcessRole] | None,
        typer.Option(help="This process's share of the work, on PostgreSQL; may be given several times."),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PLATFORM",
            help="Leave a platform to other machines, such as zalo_oa to the one with its tokens; may be"
            " given several times.",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            help="Listen here instead of web.port; without the role web for health and metrics.",
            min=1,
            max=LAST_PORT,
        ),
    ] = None,
) -> None:
    """Run until stopped (Ctrl-C, SIGTERM or SIGHUP).

    On PostgreSQL any number of processes may share the work, each with one or more roles.
    """
    from bot.app import App
    from bot.metrics import Metrics
    from bot.run import Process

    metrics = Metrics()
    settings = _load(config, metrics)
    _expect_platform(settings, config)
    step = steps.from_environment(os.environ)
    app = App(settings, os.environ, step=step, metrics=metrics, without=without or ())
    if app.database.is_sqlite and (without or shares(role or ()) != shares(())):
        named = "--without" if without else "--role"
        raise ConfigError(f"{named}: SQLite has one process for all; several need PostgreSQL (docs/scale.md)")
    asyncio.run(_serve(Process(app, roles=role or (), port=port)))


def _expect_platform(settings: Config, file: Path) -> None:
    doors = (settings.telegram, settings.zalo_bot, settings.zalo_oa, settings.webchat)
    if not (settings.bridges or any(door.enabled for door in doors)):
        names = "telegram.enabled, zalo_bot.enabled, zalo_oa.enabled or webchat.enabled"
        raise ConfigError(f"{file}: no platform is on: set {names} to true, or name one in [[bridges]]")


@application.command("commands")
def list_commands() -> None:
    """Print what people can ask for and who may, as docs/commands.md has it."""
    from bot.commands_page import page

    typer.echo(page(), nl=False)


@application.command("bridge-schema")
def bridge_schema() -> None:
    """Print the JSON schema of what a bridge tells, as docs/bridge.schema.json has it."""
    from bot.platforms.bridge_events import schema as of_events

    typer.echo(json.dumps(of_events(), indent=2, ensure_ascii=False))


@application.command()
def demo(
    once: Annotated[bool, typer.Option(help="Play the sample week, print what came of it, and end.")] = False,
    port: Annotated[
        int, typer.Option(help="Where the page is served, on 127.0.0.1.", min=1, max=LAST_PORT)
    ] = 8080,
    data: Annotated[Path, typer.Option(help="Where the demo keeps its database and photos.")] = Path(
        "data/demo"
    ),
    fresh: Annotated[bool, typer.Option(help="Begin anew: forget what an earlier demo left.")] = False,
) -> None:
    """Play a sample week of a group in Sóc Trăng, then serve it as a chat page to try."""
    from bot.demo.show import Show, forget, renew

    logs.configure("warning", as_json=False, stream=sys.stderr)
    if fresh:
        forget(data)
    asyncio.run(renew(data))
    lines: list[str] = []
    with bar() as progress:
        task = progress.add_task("Playing the sample week", total=None)
        show = Show(data, port, lambda done, total: progress.update(task, completed=done, total=total))
        if once:
            lines = asyncio.run(show.once())
        else:
            progress.console.print(f"Open http://127.0.0.1:{port} in a browser. Ctrl-C ends it.")
            asyncio.run(_serve(show.process))
    for line in lines:
        say(line)


@application.command()
def replay(
    export: Annotated[
        Path, typer.Argument(help="The folder of a Telegram Desktop export (JSON), or its result.json.")
    ],
    config: ConfigPath = CONFIG,
) -> None:
    """Take a group's exported history in, without posting anything. Safe to repeat or to break off."""
    from bot.app import App
    from bot.platforms.telegram_export import TelegramExport
    from bot.replay import run_replay, silenced

    settings = _load(config)
    try:
        history = TelegramExport(export)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    with shown() as show:
        app = App(silenced(settings), os.environ, step=steps.from_environment(os.environ))
        replayed = asyncio.run(run_replay(app, history, show))
    typer.echo(f"read: {replayed.messages} messages, {replayed.new} of them new")
    if replayed.given_up:
        typer.echo(f"could not be handled: {replayed.given_up}; congich outbox list says why")
    for line in replayed.totals.lines():
        say(line)


@application.command()
def chats(config: ConfigPath = CONFIG) -> None:
    """List the groups in which something was heard, with their ids and roles."""
    for line in asyncio.run(_chats(_load(config, only_to_look=True))) or ["nothing was heard anywhere yet"]:
        say(line)


@schema.command()
def upgrade(config: ConfigPath = CONFIG) -> None:
    """Bring the schema to this version of congich."""
    asyncio.run(_upgrade(_load(config)))


@schema.command()
def current(config: ConfigPath = CONFIG) -> None:
    """Show the schema's version and the one this congich needs."""
    found = asyncio.run(_current(_load(config, only_to_look=True)))
    typer.echo(f"database: {found or 'empty'}, this congich: {migrations.head()}")


def _heeded(*numbers: signal.Signals) -> list[signal.Signals]:
    """Those that are not to be ignored, as nohup or a shell asked for that started us."""
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]


async def _serve(process: "Process") -> None:
    loop = asyncio.get_running_loop()
    for number in _heeded(*ENDS, signal.SIGINT):
        loop.add_signal_handler(number, process.stop)
    await process.run()


def _load(path: Path, metrics: "Metrics | None" = None, *, only_to_look: bool = False) -> Config:
    settings = configuration.load(path) if only_to_look else settings_to_write(path)
    logs.as_said(settings.log, metrics.said if metrics else None)
    return settings


async def _chats(settings: Config) -> list[str]:
    from storage.chats import everywhere

    try:
        async with looking.opened(database_url(settings, os.environ)) as database:
            if await migrations.current(database) is None:
                return []
            await migrations.expect(database)
            async with database.read() as session:
                return [
                    f'{chat.platform}  id = "{chat.external_id}"  {chat.role}  {chat.title}'
                    for chat in await everywhere(session)
                ]
    except looking.NoDatabase:
        return []


async def _upgrade(settings: Config) -> None:
    opened = held(settings, os.environ)
    try:
        await expect_nobody(opened, settings, clock.real())
        before = await migrations.current(opened)
        await migrations.upgrade(opened)
    finally:
        await opened.close()
    typer.echo(f"database: {before or 'empty'} -> {migrations.head()}")


async def _current(settings: Config) -> str | None:
    try:
        async with looking.opened(database_url(settings, os.environ)) as database:
            return await migrations.current(database)
    except looking.NoDatabase:
        return None


def _fail(sentence: str, code: int) -> None:
    say(f"congich: {sentence}", err=True)
    raise SystemExit(code)
