"""Which settings name something that another one has: a platform, a department, a category, an event."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rapidfuzz import process

from bot.sections import DrySection, WebhookSection

if TYPE_CHECKING:
    from bot.config import Config


def platforms(config: "Config") -> Iterator[tuple[str, str]]:
    """Who is on which platform."""
    yield from ((f"chat {chat.id}", chat.platform) for chat in config.chats)
    roles, officers = config.roles, (one.member for one in config.officers)
    for member in (*roles.administrators, *roles.moderators, *officers):
        yield f"member {member}", member.partition(":")[0]


def departments(config: "Config") -> Iterator[tuple[str, str]]:
    """Who names which department."""
    yield from ((f"category {one.key}", one.department) for one in config.categories if one.department)
    yield from ((f"chat {one.id}", one.department) for one in config.chats if one.role == "department")
    yield from ((one.member, one.department) for one in config.officers)
    yield from (("a route", one.department) for one in config.routes)
    yield from (("routing.default", one) for one in (config.routing.default,) if one)
    yield from ((f"the fallback of {one.key!r}", one.fallback) for one in config.departments if one.fallback)
    yield from ((who, one.department) for who, one in _hearing(config) if one.department)


def categories(config: "Config") -> Iterator[tuple[str, str]]:
    """Who names which category."""
    upstreams = [(f"upstream {one.name!r}", one) for one in config.open311.upstreams]
    departments = [(f"department {one.key!r}", one) for one in config.departments]
    for who, named in (*departments, *_hearing(config), *upstreams):
        yield from ((who, word) for word in named.categories)
    for who, upstream in upstreams:
        yield from ((f"services of {who}", word) for word in upstream.services)
    yield from ((f"a route to {one.department!r}", one.category) for one in config.routes if one.category)


def events(config: "Config") -> Iterator[tuple[str, str]]:
    """Who names which event, "undone:status" among them."""
    return ((who, word) for who, one in _hearing(config) for word in one.events)


def _hearing(config: "Config") -> list[tuple[str, WebhookSection | DrySection]]:
    """Those that hear of what they name."""
    webhooks = [(f"webhook {one.name!r}", one) for one in config.webhooks]
    return [*webhooks, *((f"dry run {one.name!r}", one) for one in config.dry_runs)]


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """What may have been meant by a word that is none of these; some of them where it is like none."""
    found = process.extractOne(word, known, score_cutoff=60)
    return f" (did you mean '{found[0]}'?)" if found else f" (one of: {', '.join(sorted(known)[:20])})"
