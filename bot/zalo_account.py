"""An Official Account's tokens and API, as the running bot and the `congich zalo` commands both need them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.config import Config, ConfigError
from bot.platforms.calls import Calls
from bot.platforms.zalo_oa_api import ZaloOaApi
from bot.platforms.zalo_oa_tokens import OAuth, Tell, TokenFile, Tokens, tell_nobody
from bot.secrets import needed
from bot.steps import Step, nothing
from handlers.ports import Clock


@dataclass(frozen=True, slots=True)
class ZaloAccount:
    """One account's parts, joined."""

    file: TokenFile
    oauth: OAuth
    tokens: Tokens
    api: ZaloOaApi


def account(
    config: Config,
    environ: Mapping[str, str],
    clock: Clock,
    *,
    tell: Tell = tell_nobody,
    step: Step = nothing,
) -> ZaloAccount:
    """The account that a configuration names. Raises ConfigError where a part of it is missing."""
    settings = config.zalo_oa
    if not settings.app_id:
        raise ConfigError("zalo_oa.app_id is empty: give the number of the app from developers.zalo.me")
    name, key = "CONGICH_ZALO_OA_APP_SECRET", "zalo_oa.app_secret_file"
    secret = needed(name, settings.app_secret_file, key, environ)
    calls = Calls()
    file = TokenFile(Path(config.data_dir).resolve() / "zalo_oa.tokens")
    oauth = OAuth(settings.oauth_root, settings.app_id, secret.reveal(), clock, calls)
    tokens = Tokens(file, oauth, clock, tell=tell, step=step)
    return ZaloAccount(file, oauth, tokens, ZaloOaApi(settings.api_root, tokens, calls))


def redirect_url(config: Config) -> str:
    """Where Zalo sends the administrator's browser after the consent. Raises ConfigError."""
    found = config.zalo_oa.redirect_url or config.web.public_url
    if not found:
        raise ConfigError("zalo_oa.redirect_url is empty: give the callback address that is set in the app")
    return found
