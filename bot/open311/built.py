"""GeoReport v2 joined out of the configuration: services from categories, clients from their keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.config import Config, ConfigError
from bot.open311.clients import FEWEST, Client
from bot.open311.media_links import MediaLinks
from bot.open311.server import ROOT, Open311
from bot.open311.shapes import Service, Shapes
from bot.open311.upstream import Endpoint, Memory
from bot.secrets import needed
from bot.sections import Open311ClientSection, UpstreamSection
from handlers.cameras import Camera
from handlers.ports import Clock, Commit, JsonObject, Text
from handlers.understanding import CATEGORIES
from storage import cursors, dispatches
from storage.database import Database
from storage.dispatches import Followed

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"  # by which discovery names it


def server(
    config: Config,
    environ: Mapping[str, str],
    *,
    database: Database,
    clock: Clock,
    commit: Commit,
    text: Text,
    media: MediaLinks,
    cameras: list[Camera],
    key: bytes,
) -> Open311:
    """The routes. Raises ConfigError."""
    departments = {one.key: one.name for one in config.departments}
    made = services(config, text)
    return Open311(
        database,
        clock,
        commit,
        services=made,
        shapes=Shapes(text, made, departments, ZoneInfo(config.time_zone)),
        text=text,
        clients=[_client(one, environ) for one in config.open311.clients],
        media=media,
        cameras=cameras,
        key=key,
        jurisdiction=config.open311.jurisdiction,
        open_reading=config.open311.open_reading,
        discovery=_discovery(config, clock()),
    )


def endpoint(config: Config, settings: UpstreamSection, environ: Mapping[str, str]) -> Endpoint:
    """Another system, as it is called. Raises ConfigError."""
    name, key = f"CONGICH_UPSTREAM_{settings.name.upper()}_KEY", f"open311.upstreams.{settings.name}.key_file"
    return Endpoint(
        name=settings.name,
        url=settings.url.rstrip("/"),
        key=needed(name, settings.key_file, key, environ).reveal(),
        jurisdiction=settings.jurisdiction,
        services=settings.services,
        place=settings.place or settings.jurisdiction or config.open311.jurisdiction or "?",
        is_centre=settings.centre,
    )


def memory(database: Database, name: str) -> Memory:
    """What a reader knows across starts, in the tables; `name`: the reader's."""

    async def followed(after: int, limit: int) -> Sequence[Followed]:
        async with database.read() as session:
            return await dispatches.followed(session, name, after, limit)

    async def named(dispatch_id: int, reference: str) -> None:
        async with database.write() as session:
            await dispatches.name(session, dispatch_id, reference)

    async def read() -> str | None:
        async with database.read() as session:
            return await cursors.get(session, name)

    async def move(value: str) -> None:
        async with database.write() as session:
            await cursors.put(session, name, value)

    async def saw(seen: Mapping[int, str]) -> None:
        async with database.write() as session:
            await dispatches.saw(session, seen)

    return Memory(followed, named, read, move, saw)


def services(config: Config, text: Text) -> list[Service]:
    """Each category, under the department that takes it."""
    own = {one.key: one for one in config.categories}
    takes = {category: one.name for one in reversed(config.departments) for category in one.categories}
    return [
        Service(
            key,
            text(f"category.{key}"),
            text(f"service.{key}") if key in CATEGORIES else "",
            own[key].keywords if key in own else (),
            takes.get(key, ""),
        )
        for key in config.all_categories
    ]


def _client(settings: Open311ClientSection, environ: Mapping[str, str]) -> Client:
    name, key = f"CONGICH_OPEN311_{settings.name.upper()}_KEY", f"open311.clients.{settings.name}.key_file"
    found = needed(name, settings.key_file, key, environ).reveal()
    if len(found) < FEWEST:
        raise ConfigError(f"{key}: an API key has at least {FEWEST} characters: try 'openssl rand -hex 24'")
    return Client.of(settings.name, found, is_centre=settings.centre)


def _discovery(config: Config, now: datetime) -> JsonObject:
    """GeoReport v2, "Service Discovery"; services change only with the configuration, so with a start."""
    changed = now.astimezone(ZoneInfo(config.time_zone)).isoformat(timespec="seconds")
    return {
        "changeset": changed,
        "contact": config.open311.contact,
        "key_service": config.open311.contact,
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{config.web.public_url.rstrip('/')}{ROOT}/v2",
                "changeset": changed,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
