"""The secrets that the configuration asks for: there, of the right shape, and nobody else's to read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import photo_store
from bot.config import Config, ConfigError
from bot.doctor.case import Case
from bot.doctor.findings import Finding, ok, wrong
from bot.open311.clients import FEWEST
from bot.secrets import TOKEN, Secret, read_secret
from bot.webhook_secrets import WEBHOOK_SECRET, ZALO_SECRET

TELEGRAM = "CONGICH_TELEGRAM_TOKEN"
ZALO_BOT = "CONGICH_ZALO_BOT_TOKEN"
_SIGNED = re.compile(r"whsec_[A-Za-z0-9+/=]{32,}")
_LONG = re.compile(rf".{{{FEWEST},}}")
_ANY = re.compile(r"(?s).+")


@dataclass(frozen=True, slots=True)
class Key:
    """One secret: its environment variable, the setting that names its file, and what that says."""

    name: str
    setting: str
    file: str
    shape: re.Pattern[str] = _ANY
    needed: bool = True


async def examine(case: Case) -> list[Finding]:
    return judged([*wanted(case.config), *_kept(case.data / "buttons.key")], case.environ)


def wanted(config: Config) -> list[Key]:
    """The secrets of what is switched on."""
    telegram, zalo, opinions = config.telegram, config.zalo_bot, config.opinions
    keys: list[Key] = []
    if telegram.enabled:
        keys.append(Key(TELEGRAM, "telegram.token_file", telegram.token_file, TOKEN))
    if telegram.enabled and telegram.receive == "webhook":
        name, setting = "CONGICH_TELEGRAM_WEBHOOK_SECRET", "telegram.webhook_secret_file"
        keys.append(Key(name, setting, telegram.webhook_secret_file, WEBHOOK_SECRET))
    if zalo.enabled:
        keys.append(Key(ZALO_BOT, "zalo_bot.token_file", zalo.token_file, TOKEN))
    if zalo.enabled and zalo.receive == "webhook":
        name, setting = "CONGICH_ZALO_BOT_WEBHOOK_SECRET", "zalo_bot.webhook_secret_file"
        keys.append(Key(name, setting, zalo.webhook_secret_file, ZALO_SECRET))
    keys += [*_of_account(config), *_of_bridges(config), *_of_systems(config)]
    if file := config.web.metrics_token_file:
        keys.append(Key("CONGICH_METRICS_TOKEN", "web.metrics_token_file", file))
    if opinions.endpoint:
        name, setting = "CONGICH_OPINION_KEY", "opinions.endpoint_key_file"
        keys.append(Key(name, setting, opinions.endpoint_key_file, needed=False))
    return keys + _of_photos(config)


def _of_photos(config: Config) -> list[Key]:
    settings = config.photos.store
    if settings.kind != "s3":
        return []
    return [
        Key(photo_store.KEY, "photos.store.access_key_id_file", settings.access_key_id_file),
        Key(photo_store.SECRET, "photos.store.secret_access_key_file", settings.secret_access_key_file),
    ]


def _of_account(config: Config) -> list[Key]:
    settings = config.zalo_oa
    if not settings.enabled:
        return []
    app = Key("CONGICH_ZALO_OA_APP_SECRET", "zalo_oa.app_secret_file", settings.app_secret_file)
    own = Key("CONGICH_ZALO_OA_SECRET", "zalo_oa.secret_file", settings.secret_file)
    return [app, own] if settings.receive == "webhook" else [app]


def _of_bridges(config: Config) -> list[Key]:
    return [
        Key(
            f"CONGICH_BRIDGE_{one.name.upper()}_SECRET",
            f"bridges.{one.name}.secret_file",
            one.secret_file,
            _SIGNED,
        )
        for one in config.bridges
    ]


def _of_systems(config: Config) -> list[Key]:
    """Those of webhooks, of GeoReport v2 both ways, and of the mail server."""
    named = [("WEBHOOK", "SECRET", "webhooks", one.name, one.secret_file, _SIGNED) for one in config.webhooks]
    if config.open311.enabled:
        clients = config.open311.clients
        named += [("OPEN311", "KEY", "open311.clients", one.name, one.key_file, _LONG) for one in clients]
    upstreams = config.open311.upstreams
    named += [("UPSTREAM", "KEY", "open311.upstreams", one.name, one.key_file, _ANY) for one in upstreams]
    keys = [
        Key(f"CONGICH_{kind}_{name.upper()}_{what}", f"{section}.{name}.{what.lower()}_file", file, shape)
        for kind, what, section, name, file, shape in named
    ]
    email = config.email
    if email.host and email.user:
        keys.append(Key("CONGICH_EMAIL_PASSWORD", "email.password_file", email.password_file))
    return keys


def _kept(file: Path) -> list[Key]:
    """The key that congich made for itself, once it has."""
    return [Key("CONGICH_BUTTONS_KEY", str(file), str(file), needed=False)] if file.exists() else []


def judged(keys: Sequence[Key], environ: Mapping[str, str]) -> list[Finding]:
    """What is wrong with each, or one line that all are well."""
    found = [one for one in (problem(key, environ) for key in keys) if one is not None]
    if found or not keys:
        return found
    named = ", ".join(key.name for key in keys)
    return [ok("keys.well", f"in place, and only their owner can read them: {named}")]


def problem(key: Key, environ: Mapping[str, str]) -> Finding | None:
    """What is wrong with one secret; its text is never shown."""
    give = f"give it in {key.name}, or in a file that only congich's user can read, named in {key.setting}"
    try:
        secret = read_secret(key.name, key.file, environ)
    except ConfigError as error:
        says, _, remedy = str(error).partition(": run ")
        return wrong("keys.file", f"{key.setting}: {says}", f"run {remedy}" if remedy else give)
    if secret is None:
        says = f"{key.setting} is empty and {key.name} is not set"
        return wrong("keys.missing", says, give) if key.needed else None
    if not key.shape.fullmatch(secret.reveal()):
        says = f"what {key.setting} or {key.name} gives does not have the shape of such a secret"
        return wrong("keys.shape", says, SHAPES.get(key.shape, give))
    return None


SHAPES = {
    TOKEN: "copy the token anew, whole: digits, a colon, then letters and digits",
    WEBHOOK_SECRET: "use 16 to 256 of the characters A-Za-z0-9_-, as from: openssl rand -hex 32",
    _SIGNED: "use whsec_ and at least 24 bytes in base64, as from: echo whsec_$(openssl rand -base64 32)",
    ZALO_SECRET: "use 16 to 256 printable characters, as from: openssl rand -hex 32",
}


def token(case: Case, name: str) -> Secret | None:
    """A platform's token where it is usable; `examine` has told of it where it is not."""
    for key in wanted(case.config):
        if key.name == name and problem(key, case.environ) is None:
            return read_secret(key.name, key.file, case.environ)
    return None
