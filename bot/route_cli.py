"""`congich route`: whose a report would be, and why; nothing is opened and nobody is told."""

import asyncio
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import clock, understanding
from bot import config as configuration
from bot.config import Config
from bot.looking import ERRORS, NoDatabase, opened
from bot.opening import database_url
from bot.options import CONFIG, ConfigPath
from bot.terminal import say
from handlers import routing, rules
from handlers.routing import Rule
from storage import routes

MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]


def route(
    explain: Annotated[str, typer.Option(help="A report in people's words.")],
    at: Annotated[
        datetime | None,
        typer.Option(help="When it is said, in the city's time; now by default.", formats=MOMENTS),
    ] = None,
    config: ConfigPath = CONFIG,
) -> None:
    """Say to which department a report would go, by which rule, and what it was understood as."""
    settings = configuration.load(config)
    classifier = understanding.classifier(settings, Path(settings.data_dir))
    policy = configuration.policy(settings, classifier.sure, classifier.unsure)
    seen = classifier(explain, has_photo=False)
    moment = at.replace(tzinfo=policy.work.zone) if at else clock.real()
    case = routing.RoutingCase(
        seen.category,
        seen.place.ward or "",
        seen.urgent,
        policy.work.holds(moment.astimezone(policy.work.zone)),
    )
    names = {one.key: one.name for one in settings.departments}
    holding = [*asyncio.run(_by_command(settings)), *configuration.routes(settings)]
    routed = routing.route(holding, case, settings.routing.default)
    for line in routing.explained(case, routed, names):
        say(line)


async def _by_command(settings: Config) -> list[Rule]:
    """What moderators said with /tuyen, where there is a database that says."""
    try:
        async with opened(database_url(settings, os.environ)) as database, database.read() as session:
            return [rules.from_row(row) for row in await routes.overrides(session)]
    except NoDatabase:
        return []
    except ERRORS as error:
        typer.echo(f"the database can't be asked ({type(error).__name__}): without /tuyen's rules", err=True)
        return []
