"""The systems outside that a configuration names: how each is told, and what each hears of."""

from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import urlsplit

from bot import clock as clocks
from bot.config import Config, ConfigError
from bot.open311 import built
from bot.open311 import upstream as open311
from bot.open311.upstream import Address, Upstream
from bot.platforms import media
from bot.platforms.calls import Calls
from bot.secrets import needed
from bot.sections import UpstreamSection, WebhookSection
from bot.signatures import BadSecret, Signer
from bot.targets.webhook import PREFIX, WebhookTarget
from handlers import loopmarks
from handlers.ports import FetchError, Target
from handlers.seals import Seal
from handlers.subscribers import Subscriber


def targets(
    config: Config, environ: Mapping[str, str], seal: Seal, photo_address: Address | None
) -> list[Target]:
    """How each is told. Raises ConfigError."""
    upstreams = [
        Upstream(
            built.endpoint(config, one, environ),
            upstream_calls(one),
            partial(loopmarks.mark, seal),
            photo_address,
            idempotent=one.idempotent,
        )
        for one in config.open311.upstreams
    ]
    return [*(_webhook(one, environ) for one in config.webhooks), *upstreams]


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
        taken_up = upstream.when == "accepted"
        name = f"{open311.PREFIX}{upstream.name}"
        yield Subscriber(name, categories=categories, once=True, taken_up=taken_up)


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
    calls = outside_calls(settings.url, f"webhooks.{settings.name}", allow_private=settings.allow_private)
    try:
        signer = Signer(needed(name, settings.secret_file, key, environ).reveal())
    except BadSecret as error:
        raise ConfigError(f"{key}: {error}") from None
    return WebhookTarget(settings.name, settings.url, signer, clocks.real, calls, cameras=settings.cameras)


def outside_calls(url: str, section: str, *, allow_private: bool) -> Calls:
    """Connections to one address, which may lie inside only where that is allowed. Raises ConfigError."""
    host = urlsplit(url).hostname or ""
    trusted = frozenset({host} if allow_private else ())
    try:
        media.check(url, trusted)
    except FetchError:
        raise ConfigError(f"{section}.url lies inside: set allow_private = true if that is meant") from None
    return Calls(media.Outside(trusted))
