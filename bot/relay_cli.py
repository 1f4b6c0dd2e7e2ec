"""`congich outbox` and `congich webhooks`: what is stuck, sent again or left; history told anew."""

import asyncio
import os
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot import clock, logs, opening
from bot import config as configuration
from bot.config import Config, ConfigError
from bot.looking import ready
from bot.opening import database_url, settings_to_write
from bot.options import CONFIG, ConfigPath
from bot.sections import PLATFORMS
from bot.terminal import say
from storage import dispatches, inbox, outbox

SHOWN = 50
LISTED = timedelta(days=30)  # of what was sent
MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]

deliveries = typer.Typer(
    add_completion=False,
    help="What is on its way out of congich, to chats and to systems outside, and events that it could not"
    " handle. Safe while the bot runs.",
    no_args_is_help=True,
)
webhooks = typer.Typer(
    add_completion=False, help="Systems outside that hear of tickets by signed calls.", no_args_is_help=True
)

Target = Annotated[
    str, typer.Option(help="Only those to this platform or system, such as webhook:ioc; or inbox.")
]


@deliveries.command("list")
def list_stuck(config: ConfigPath = CONFIG, target: Target = "") -> None:
    """Count what waits and list what is stuck: given up, or perhaps arrived."""
    for line in asyncio.run(_listed(_load(config), target)):
        say(line)


@deliveries.command()
def retry(
    config: ConfigPath = CONFIG,
    target: Target = "",
    name: Annotated[str, typer.Option("--id", help="Only this one, as the list names it.")] = "",
) -> None:
    """Send again what was given up; what perhaps arrived only by its --id. Events are handled again by their
    --id or --target inbox, where their platform is on."""
    count = asyncio.run(_marked(_to_write(config), target, name, again=True))
    events = target == inbox.NAME or name.startswith("e")
    typer.echo(f"{count} {'events will be handled' if events else 'will be sent'} again")


@deliveries.command()
def drop(
    config: ConfigPath = CONFIG,
    target: Target = "",
    name: Annotated[str, typer.Option("--id", help="Only this one, as the list names it.")] = "",
) -> None:
    """Leave what is stuck, so that it is listed no more; it stays in the database."""
    if not (target or name):
        raise ConfigError("say which: --id, or --target for all of one receiver")
    count = asyncio.run(_marked(_to_write(config), target, name, again=False))
    typer.echo(f"{count} left as they are")


@webhooks.command()
def replay(
    name: Annotated[str, typer.Argument(help="The receiver, as the configuration names it.")],
    since: Annotated[
        datetime,
        typer.Option(
            help="From which moment on, in the city's time.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
        ),
    ],
    config: ConfigPath = CONFIG,
) -> None:
    """Tell a receiver the history again, in order, each event with the ticket as it stood then.

    The calls have ids of their own; `data.event.id` is what tells a receiver that it has an event.
    """
    count = asyncio.run(_replayed(_to_write(config), name, since))
    typer.echo(f"{count} events will be told again to {name}")


async def _listed(settings: Config, target: str) -> list[str]:
    since = clock.real() - LISTED
    async with ready(database_url(settings, os.environ)) as database, database.read() as session:
        counts = [*await outbox.standing(session, since), *await dispatches.standing(session, since)]
        looked = [await one(session, SHOWN, target) for one in (outbox.stuck, dispatches.stuck, inbox.stuck)]
        stuck = list(chain.from_iterable(looked))
    lines = [f"{one.target}: {one.number} {one.state.value}" for one in counts if target in ("", one.target)]
    lines += [one.line() for one in stuck]
    return lines or [f"nothing waits, and nothing was sent in {LISTED.days} days"]


async def _marked(settings: Config, target: str, name: str, *, again: bool) -> int:
    from handlers import stuck

    async with opening.beside(settings, os.environ) as database, opening.writing(database) as session:
        chosen = dispatches.Choice(target, name, sources=_sources(settings))
        count = await stuck.mark(session, chosen, clock.real(), again=again)
    if name and not count:
        raise ConfigError(f"nothing stuck is called {name!r}, or its platform is off: congich outbox list")
    return count


def _sources(settings: Config) -> list[str]:
    """Those whose events a congich of this configuration handles."""
    from bot.open311 import door, upstream

    own = [name for name in (*PLATFORMS, door.NAME) if getattr(settings, name).enabled]
    upstreams = [f"{upstream.PREFIX}{one.name}" for one in settings.open311.upstreams]
    return [*own, *(one.name for one in settings.bridges), *upstreams]


async def _replayed(settings: Config, name: str, since: datetime) -> int:
    from bot.outside import subscriber
    from handlers import replays

    found = next((one for one in settings.webhooks if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in settings.webhooks) or "none"
        raise ConfigError(f"there is no webhook {name!r} in [[webhooks]] (there: {known})")
    now = clock.real()
    begin = since.replace(tzinfo=ZoneInfo(settings.time_zone))
    async with opening.beside(settings, os.environ) as database, opening.writing(database) as session:
        again = f"again:{now:%Y%m%dT%H%M%S}"
        return await replays.again(session, subscriber(found), begin, now, name=again)


def _to_write(path: Path) -> Config:
    return _said_by(settings_to_write(path))


def _load(path: Path) -> Config:
    return _said_by(configuration.load(path))


def _said_by(settings: Config) -> Config:
    logs.as_said(settings.log)
    return settings
