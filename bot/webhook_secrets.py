"""The secrets by which those who call us prove who they are."""

import re
from collections.abc import Mapping

from bot.config import Config, ConfigError
from bot.secrets import Secret, needed
from bot.sections import BridgeSection, TelegramSection, ZaloBotSection
from bot.signatures import BadSecret, Signer

ZALO_SECRET = re.compile(r"[!-~]{16,256}")  # Zalo's setWebhook allows 8 to 256
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")  # Bot API "setWebhook" allows 1 to 256


def of_telegram(config: Config, environ: Mapping[str, str]) -> Secret | None:
    """The secret that Telegram's webhook shows; None while updates are polled. Raises ConfigError."""
    return _shown("telegram", config.telegram, environ, WEBHOOK_SECRET, "of the characters A-Za-z0-9_-")


def of_zalo_bot(config: Config, environ: Mapping[str, str]) -> Secret | None:
    """The secret that Zalo's webhook shows; None while updates are polled. Raises ConfigError."""
    return _shown("zalo_bot", config.zalo_bot, environ, ZALO_SECRET, "printable characters")


def _shown(
    section: str,
    settings: TelegramSection | ZaloBotSection,
    environ: Mapping[str, str],
    allowed: re.Pattern[str],
    words: str,
) -> Secret | None:
    if not settings.enabled or settings.receive != "webhook":
        return None
    name, key = f"CONGICH_{section.upper()}_WEBHOOK_SECRET", f"{section}.webhook_secret_file"
    secret = needed(name, settings.webhook_secret_file, key, environ)
    if not allowed.fullmatch(secret.reveal()):
        raise ConfigError(f"{key}: the secret must be 16 to 256 {words}")
    return secret


def of_bridge(settings: BridgeSection, environ: Mapping[str, str]) -> Signer:
    """What signs and checks the calls of a bridge. Raises ConfigError."""
    name, key = f"CONGICH_BRIDGE_{settings.name.upper()}_SECRET", f"bridges.{settings.name}.secret_file"
    try:
        return Signer(needed(name, settings.secret_file, key, environ).reveal())
    except BadSecret as error:
        raise ConfigError(f"{key}: {error}") from None
