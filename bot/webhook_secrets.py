"""The secrets by which those who call us prove who they are."""

import re
from collections.abc import Mapping

from bot.config import Config, ConfigError
from bot.secrets import Secret, needed
from bot.sections import BridgeSection
from bot.signatures import BadSecret, Signer

ZALO_SECRET = re.compile(r"[!-~]{16,256}")  # Zalo's setWebhook allows 8 to 256
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")  # Bot API "setWebhook" allows 1 to 256


def of_telegram(config: Config, environ: Mapping[str, str]) -> Secret | None:
    """The secret that Telegram's webhook shows; None while updates are polled. Raises ConfigError."""
    settings = config.telegram
    if not settings.enabled or settings.receive != "webhook":
        return None
    name, key = "CONGICH_TELEGRAM_WEBHOOK_SECRET", "telegram.webhook_secret_file"
    secret = needed(name, settings.webhook_secret_file, key, environ)
    return _fitting(secret, key, WEBHOOK_SECRET, "of the characters A-Za-z0-9_-")


def of_zalo_bot(config: Config, environ: Mapping[str, str]) -> Secret | None:
    """The secret that Zalo's webhook shows; None while updates are polled. Raises ConfigError."""
    settings = config.zalo_bot
    if not settings.enabled or settings.receive != "webhook":
        return None
    name, key = "CONGICH_ZALO_BOT_WEBHOOK_SECRET", "zalo_bot.webhook_secret_file"
    secret = needed(name, settings.webhook_secret_file, key, environ)
    return _fitting(secret, key, ZALO_SECRET, "printable characters")


def _fitting(secret: Secret, key: str, allowed: re.Pattern[str], words: str) -> Secret:
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
