"""`congich zalo`: log in to an Official Account, and list its groups."""

import asyncio
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from bot import clock, logs
from bot.config import Config, ConfigError
from bot.opening import settings_to_write
from bot.options import CONFIG, ConfigPath
from bot.platforms.zalo_oa_tokens import TokenRefused
from bot.terminal import say
from bot.zalo_account import ZaloAccount, account, redirect_url
from bot.zalo_login import BadConsent, challenge, read
from handlers.ports import DeliveryError, JsonObject

application = typer.Typer(
    add_completion=False, help="A Zalo Official Account: log in, list its groups.", no_args_is_help=True
)


@application.command()
def login(
    config: ConfigPath = CONFIG,
    code: Annotated[str, typer.Option(help="The code or the address, where nobody can be asked.")] = "",
    verifier: Annotated[str, typer.Option(help="The verifier that belongs to --code.")] = "",
) -> None:
    """Let congich in: open the printed address, allow the app, paste the address you are led to.

    Safe while the bot runs; it goes on with the new tokens by itself.
    """
    settings = _load(config)
    found = account(settings, os.environ, clock.real)
    # 43 letters, as RFC 7636 asks for; a state tells this login from another one.
    verifier, state = verifier or secrets.token_urlsafe(32), secrets.token_urlsafe(12)
    if not code:
        address = found.oauth.consent_address(redirect_url(settings), challenge(verifier), state)
        typer.echo(
            f"1. Open this address as an administrator of the account, and allow the app:\n\n   {address}\n"
        )
        typer.echo(
            "2. Copy the whole address of the page you are led to (it may be empty), within ten minutes.\n"
        )
        code = typer.prompt("3. Paste it here")
    try:
        consent = read(code, state)
    except BadConsent as error:
        raise ConfigError(str(error)) from None
    typer.echo(asyncio.run(_login(found, consent.code, verifier)))


@application.command()
def groups(config: ConfigPath = CONFIG) -> None:
    """List the account's groups, with the lines that bring each into the configuration."""
    settings = _load(config)
    known = {chat.id for chat in settings.chats if chat.platform == "zalo_oa"}
    found = asyncio.run(_groups(account(settings, os.environ, clock.real)))
    for group in found:
        say("\n".join(_lines(group, str(group.get("group_id")) in known)))
    if not found:
        typer.echo("the account has no groups yet: make one in OA Manager, or see docs/zalo.md")


async def _login(found: ZaloAccount, code: str, verifier: str) -> str:
    try:
        async with found.file.held():
            pair = await found.oauth.exchange(code, verifier)
            found.file.save(pair)
        name = await _name(found)
    except TokenRefused as error:
        raise ConfigError(f"the login failed: {error}; begin anew with 'congich zalo login'") from None
    except DeliveryError as error:
        raise ConfigError(f"Zalo can't be asked: {error}") from None
    finally:
        await found.api.close()
    return f"logged in to {name}; the tokens renew themselves from now on"


async def _name(found: ZaloAccount) -> str:
    """Whatever keeps Zalo from telling it, the login has been made."""
    with suppress(DeliveryError):
        return str((await found.api.account()).get("name") or "the account")
    return "the account"


async def _groups(found: ZaloAccount) -> list[JsonObject]:
    try:
        return await found.api.groups()
    except DeliveryError as error:
        raise ConfigError(f"Zalo can't be asked: {error}") from None
    finally:
        await found.api.close()


def _lines(group: JsonObject, is_known: bool) -> list[str]:
    said = f"{group.get('name')}: {group.get('total_member')} members, {group.get('status')}"
    if is_known:
        return [f"{said} (in the configuration)"]
    return [
        said,
        "  [[chats]]",
        '  platform = "zalo_oa"',
        f'  id = "{group.get("group_id")}"',
        '  role = "community"',
    ]


def _load(path: Path) -> Config:
    settings = settings_to_write(path)
    logs.as_said(settings.log)
    return settings
