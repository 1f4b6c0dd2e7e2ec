"""The systems outside that a configuration names: how each is told, and what each hears of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot import clock as clocks
from bot.config import Config, ConfigError
from bot.locale import Texts
from bot.open311 import built
from bot.open311 import upstream as open311
from bot.open311.upstream import Address, Upstream
from bot.platforms import media
from bot.platforms.calls import Calls
from bot.secrets import needed
from bot.sections import UpstreamSection, WebhookSection
from bot.signatures import BadSecret, Signer
from bot.targets import email
from bot.targets.dry import NOOP, Blackhole, Noop
from bot.targets.email import EmailTarget, Mailbox, Server
from bot.targets.webhook import PREFIX, WebhookTarget
from handlers import loopmarks
from handlers.ports import Clock, FetchError, Target
from handlers.seals import Seal
from handlers.subscribers import Subscriber, is_handed_over, is_taken_up
from storage.images import ImageStore


@dataclass(frozen=True, slots=True)
class Means:
    """What targets are made with. `photo_address`: None where nobody outside can fetch our photos."""

    seal: Seal
    texts: Texts
    images: ImageStore
    clock: Clock
    photo_address: Address | None


def targets(config: Config, environ: Mapping[str, str], means: Means) -> list[Target]:
    """How each is told. Raises ConfigError."""
    upstreams = [
        Upstream(
            built.endpoint(config, one, environ),
            upstream_calls(one),
            partial(loopmarks.mark, means.seal),
            means.photo_address,
            idempotent=one.idempotent,
        )
        for one in config.open311.upstreams
    ]
    webhooks = [_webhook(one, environ) for one in config.webhooks]
    tried = [Noop(one.name) if one.kind == NOOP else Blackhole(one.name) for one in config.dry_runs]
    return [*webhooks, *upstreams, *_mailboxes(config, environ, means), *tried]


def _mailboxes(config: Config, environ: Mapping[str, str], means: Means) -> list[EmailTarget]:
    mailed = [Mailbox(one.key, one.name, one.email) for one in config.departments if one.email]
    if not mailed:
        return []
    server = mail_server(config, environ)
    text = partial(means.texts.say, config.language)
    photo = partial(_served, means.images)
    zone = ZoneInfo(config.time_zone)
    return [EmailTarget(one, server, text, photo, means.clock, zone) for one in mailed]


async def _served(images: ImageStore, content_hash: str) -> bytes | None:
    return await images.get(content_hash, "served")


def mail_server(config: Config, environ: Mapping[str, str]) -> Server:
    """The server that takes mails. Raises ConfigError."""
    settings = config.email
    name, key = "CONGICH_EMAIL_PASSWORD", "email.password_file"
    password = needed(name, settings.password_file, key, environ).reveal() if settings.user else ""
    return Server(
        settings.host,
        settings.port,
        settings.security,
        settings.user,
        password,
        settings.sender,
        settings.reply_to or "",
    )


def upstream_calls(settings: UpstreamSection) -> Calls:
    """Connections to another city system. Raises ConfigError."""
    section = f"open311.upstreams.{settings.name}"
    return outside_calls(settings.url, section, allow_private=settings.allow_private)


def subscribers(config: Config) -> list[Subscriber]:
    """What each hears of."""
    return list(_subscribers(config))


def _subscribers(config: Config) -> Iterator[Subscriber]:
    for webhook in config.webhooks:
        yield subscriber(webhook)
    for upstream in config.open311.upstreams:
        categories = frozenset(upstream.categories)
        only = is_taken_up if upstream.when == "accepted" else None
        yield Subscriber(f"{open311.PREFIX}{upstream.name}", categories=categories, once=True, only=only)
    for department in config.departments:
        if department.email:
            name = f"{email.PREFIX}{department.key}"
            yield Subscriber(name, email.TOLD, department=department.key, only=is_handed_over)
    for dry in config.dry_runs:
        actions, categories = frozenset(dry.events), frozenset(dry.categories)
        yield Subscriber(f"{dry.kind}:{dry.name}", actions, categories, dry.department or None)


def subscriber(settings: WebhookSection) -> Subscriber:
    """What a webhook's receiver hears of."""
    return Subscriber(
        f"{PREFIX}{settings.name}",
        frozenset(settings.events),
        frozenset(settings.categories),
        settings.department or None,
    )


def _webhook(settings: WebhookSection, environ: Mapping[str, str]) -> WebhookTarget:
    name, key = f"CONGICH_WEBHOOK_{settings.name.upper()}_SECRET", f"webhooks.{settings.name}.secret_file"
    calls = webhook_calls(settings)
    try:
        signer = Signer(needed(name, settings.secret_file, key, environ).reveal())
    except BadSecret as error:
        raise ConfigError(f"{key}: {error}") from None
    return WebhookTarget(
        settings.name,
        settings.url,
        signer,
        clocks.real,
        calls,
        cameras=settings.cameras,
        centre=settings.centre,
    )


def webhook_calls(settings: WebhookSection) -> Calls:
    """Connections to a webhook's receiver. Raises ConfigError."""
    return outside_calls(settings.url, f"webhooks.{settings.name}", allow_private=settings.allow_private)


def outside_calls(url: str, section: str, *, allow_private: bool) -> Calls:
    """Connections to one address, which may lie inside only where that is allowed. Raises ConfigError."""
    host = urlsplit(url).hostname or ""
    trusted = frozenset({host} if allow_private else ())
    try:
        media.check(url, trusted)
    except FetchError:
        raise ConfigError(f"{section}.url lies inside: set allow_private = true if that is meant") from None
    return Calls(media.Outside(trusted))
