"""`congich invite` and `congich sign-in`: links into the web where no messenger can carry a command.

Both write beside a bot at work: one short transaction, for which the database itself makes the two take
turns. The lock file keeps a second bot out, not this.
"""

import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot import clock, opening, secrets
from bot.config import Config, ConfigError
from bot.opening import settings_to_write
from bot.options import CONFIG, ConfigPath
from handlers import sign_in_links
from handlers.authority import may
from handlers.sign_in import MOST_DAYS, MOST_PEOPLE
from handlers.sign_in_links import Invitation
from storage import members
from storage.models import Member, SignInLink
from storage.states import MemberRole

WEBCHAT = "webchat"


def invite(
    people: Annotated[int, typer.Option(help="How many may join by it.", min=1, max=MOST_PEOPLE)] = 30,
    days: Annotated[int, typer.Option(help="For how many days.", min=1, max=MOST_DAYS)] = 7,
    title: Annotated[str, typer.Option(help="What it is for, as moderators will see it listed.")] = "",
    shared: Annotated[bool, typer.Option(help="For a kiosk: it forgets whoever used it.")] = False,
    config: ConfigPath = CONFIG,
) -> None:
    """Print a link by which people join the built-in chat. Safe while the bot runs."""
    settings = settings_to_write(config)
    if not settings.webchat.enabled or settings.webchat.sign_in != "invitation":
        says = "nobody is invited to the built-in chat: set webchat.enabled to true and webchat.sign_in"
        raise ConfigError(f"{config}: {says} to 'invitation'")
    address = _address(settings, config)
    asked = Invitation(people, timedelta(days=days), title, shared)
    made = sign_in_links.open_to_all(None, asked, clock.real())
    typer.echo(address + asyncio.run(_written(settings, made)))


def sign_in(
    member: Annotated[str, typer.Argument(help="Whose, such as webchat:ha or telegram:12345.")],
    config: ConfigPath = CONFIG,
) -> None:
    """Print a link by which one person signs in, once, within ten minutes. Safe while the bot runs."""
    settings = settings_to_write(config)
    address = _address(settings, config)
    typer.echo(address + asyncio.run(_for_one(settings, member, clock.real())))


def _address(settings: Config, file: Path) -> str:
    """Where our pages are for people. Raises ConfigError."""
    found = settings.web.public_url.rstrip("/")
    if not (found and settings.web.enabled):
        says = "a link needs an address that others can open: set web.public_url, and web.enabled to true"
        raise ConfigError(f"{file}: {says}")
    return found


async def _written(settings: Config, made: SignInLink) -> str:
    async with opening.beside(settings, os.environ) as database, opening.writing(database) as session:
        return await sign_in_links.kept(session, _key(settings), made)


async def _for_one(settings: Config, name: str, now: datetime) -> str:
    platform, _, external_id = name.partition(":")
    async with opening.beside(settings, os.environ) as database, opening.writing(database) as session:
        found = await members.find(session, platform, external_id)
        refused = refusal(name, found)
        if found is None or refused:
            raise ConfigError(refused)
        return await sign_in_links.kept(session, _key(settings), sign_in_links.personal(found, now))


def refusal(name: str, found: Member | None) -> str:
    """Why there is no link for a member, in a sentence; empty: there is one."""
    if found is None or found.erased:
        known = "write it as platform:id, and a moderator's into roles.moderators before the bot starts"
        return f"there is no member {name!r}: {known}"
    if found.platform != WEBCHAT and not may(found.role, MemberRole.MODERATOR):
        return f"{name!r} is no moderator, so the web has nothing for them: see roles.moderators"
    return ""


def _key(settings: Config) -> bytes:
    """What seals the addresses: the bot's own, which it made at its first start."""
    return secrets.seal_key(Path(settings.data_dir), os.environ)
