"""`congich route`: whose a report would be, and why; nothing is opened and nobody is told."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import clock, understanding
from bot import config as configuration
from handlers import routing

CONFIG = Path("config.toml")
MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]


def route(
    explain: Annotated[str, typer.Option(help="A report in people's words.")],
    at: Annotated[
        datetime | None,
        typer.Option(help="When it is said, in the city's time; now by default.", formats=MOMENTS),
    ] = None,
    config: Annotated[
        Path, typer.Option("--config", "-c", help="The configuration file; start from config.example.toml.")
    ] = CONFIG,
) -> None:
    """Say to which department a report would go, by which rule, and what it was understood as."""
    settings = configuration.load(config)
    classifier = understanding.classifier(settings, Path(settings.data_dir))
    policy = configuration.policy(settings, classifier.sure, classifier.unsure)
    seen = classifier(explain, has_photo=False)
    moment = at.replace(tzinfo=policy.work.zone) if at else clock.real()
    case = routing.Case(
        seen.category,
        seen.place.ward or "",
        seen.urgent,
        policy.work.holds(moment.astimezone(policy.work.zone)),
    )
    names = {one.key: one.name for one in settings.departments}
    routed = routing.route(configuration.routes(settings), case, settings.routing.default)
    for line in routing.explained(case, routed, names):
        typer.echo(line)
