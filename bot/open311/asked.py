"""What a client asks for, read and checked: the filter of a list, and a posted request."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from bot.open311.written import Wrong
from bot.platforms import media
from handlers.ports import FetchError
from handlers.understanding import Kind

SPAN = timedelta(days=90)  # GeoReport v2, "GET Service Requests": the most that one list may cover
MOST = 1000  # the same, "Response Volume"
MOST_WORDS = 4000  # GeoReport v2, "description"
MOST_LETTERS = 500  # of every other field
MOST_LISTED = 2000  # of a list with commas
MOST_FIELDS = 100
KINDS = tuple(kind.value for kind in Kind if kind is not Kind.NONE)
STATUSES = ("open", "closed")
_KEY = re.compile(r"[!-~]{0,200}")
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)  # nothing was before
_ATTRIBUTE = re.compile(r"attribute\[(\w{1,50})\](?:\[\])?")


@dataclass(frozen=True, slots=True)
class RequestQuery:
    """Which requests a list shows: by their ids, or those that were made in [start, end]."""

    ids: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    page: int = 1
    page_size: int = MOST
    extensions: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """A request that a client made; `who`: by what the client knows the person, never kept as it is."""

    service: str
    words: str
    latitude: float | None
    longitude: float | None
    media_url: str
    name: str
    who: tuple[str, ...]
    account_id: str
    kind: str
    urgent: bool


def wanted(query: Mapping[str, str], now: datetime) -> RequestQuery:
    """The filter in a query; by default the last ninety days. Raises Wrong."""
    statuses = _listed(query, "status")
    if unknown := set(statuses) - set(STATUSES):
        raise Wrong(400, f"status {sorted(unknown)[0]!r} is none of open, closed")
    start, end = _span(_moment(query, "start_date"), _moment(query, "end_date"), now)
    made = RequestQuery(
        services=_listed(query, "service_code"),
        statuses=statuses,
        start=start,
        end=end,
        page=_number(query, "page", 1, most=1_000_000),
        page_size=_number(query, "page_size", MOST, most=MOST),
        extensions=wants_extensions(query),
    )
    ids = _listed(query, "service_request_id")[:MOST]
    return RequestQuery(ids=ids, extensions=made.extensions) if ids else made


def wants_extensions(query: Mapping[str, str]) -> bool:
    """Whether what the standard has no field for is asked for, too. Raises Wrong."""
    given = query.get("extensions", "false")
    if given not in ("true", "false"):
        raise Wrong(400, "extensions must be true or false")
    return given == "true"


def idempotency_key(headers: Mapping[str, str]) -> str:
    """By what a client names its request, so that sending it again is no second one. Raises Wrong."""
    given = headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(given):
        raise Wrong(400, "Idempotency-Key must be at most 200 printable characters without spaces")
    return given


def form(body: bytes) -> dict[str, str]:
    """The fields of a form; of one that is given twice the last counts. Raises Wrong."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise Wrong(400, f"the body is no form in UTF-8 of at most {MOST_FIELDS} fields") from None
    return dict(pairs)


def posted(fields: Mapping[str, str], services: Collection[str]) -> Posted:
    """A request in a form. Raises Wrong: 404 for a service that is not there, else 400."""
    service = _field(fields, "service_code")
    if not service:
        raise Wrong(400, "service_code was not provided")
    if service not in services:
        raise Wrong(404, "service_code was not found")
    latitude, longitude = _spot(fields)
    address = _field(fields, "address_string")
    address_id = _field(fields, "address_id")
    if latitude is None and not address and not address_id:
        raise Wrong(400, "a location was not provided: lat and long, address_string or address_id")
    description = _field(fields, "description", MOST_WORDS)
    said = [description, address if address not in description else "", address_id and f"({address_id})"]
    attributes = _attributes(fields)
    return Posted(
        service=service,
        words="\n".join(part for part in said if part),
        latitude=latitude,
        longitude=longitude,
        media_url=_media(fields),
        name=f"{_field(fields, 'first_name')} {_field(fields, 'last_name')}".strip()[:100],
        who=tuple(_field(fields, name) for name in ("account_id", "email", "phone", "device_id")),
        account_id=_field(fields, "account_id"),
        kind=_choice(attributes, "kind", KINDS),
        urgent=_choice(attributes, "danger", ("true", "false")) == "true",
    )


def _field(fields: Mapping[str, str], name: str, most: int = MOST_LETTERS) -> str:
    value = fields.get(name, "").replace("\x00", "").strip()
    if len(value) > most:
        raise Wrong(400, f"{name} has more than {most} characters")
    return value


def _spot(fields: Mapping[str, str]) -> tuple[float | None, float | None]:
    given = _field(fields, "lat"), _field(fields, "long")
    if not any(given):
        return None, None
    try:
        latitude, longitude = float(given[0]), float(given[1])
    except ValueError:
        raise Wrong(400, "lat and long must both be numbers") from None
    if not (math.isfinite(latitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        raise Wrong(400, "lat and long are no place on earth")
    return latitude, longitude


def _media(fields: Mapping[str, str]) -> str:
    url = _field(fields, "media_url", 2000)
    try:
        if url:
            media.check(url, frozenset())
    except FetchError:
        raise Wrong(400, "media_url is no public web address") from None
    return url


def _attributes(fields: Mapping[str, str]) -> dict[str, str]:
    """What was answered to a service definition: attribute[code]=value."""
    found = {match[1]: value for name, value in fields.items() if (match := _ATTRIBUTE.fullmatch(name))}
    if unknown := set(found) - {"kind", "danger"}:
        raise Wrong(400, f"attribute {sorted(unknown)[0]!r} is not in the service definition")
    return found


def _choice(attributes: Mapping[str, str], name: str, values: Collection[str]) -> str:
    value = attributes.get(name, "")
    if value and value not in values:
        raise Wrong(400, f"attribute {name!r} is none of {', '.join(values)}")
    return value


def _listed(query: Mapping[str, str], name: str) -> tuple[str, ...]:
    given = query.get(name, "")
    if len(given) > MOST_LISTED:
        raise Wrong(400, f"{name} has more than {MOST_LISTED} characters")
    return tuple(part for one in given.split(",") if (part := one.strip()))


def _number(query: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    given = query.get(name, "")
    if not given:
        return default
    if not (given.isascii() and given.isdecimal() and 1 <= int(given[:9]) <= most and len(given) <= 9):
        raise Wrong(400, f"{name} must be a number from 1 to {most}")
    return int(given)


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    """A W3C date with its offset; a plus sign that was not escaped arrives as a space."""
    given = query.get(name)
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given.strip().replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Wrong(400, f"{name} must be a moment with its offset, such as 2026-01-01T00:00:00Z")
    return min(max(found.replace(tzinfo=UTC), _FIRST), _LAST).replace(tzinfo=found.tzinfo)


def _span(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    if start is not None and end is None:
        end = start + SPAN
    elif start is None:
        end = end or now + timedelta(days=1)
        start = end - SPAN
    assert start is not None
    assert end is not None
    if end - start > SPAN:
        raise Wrong(400, "start_date and end_date may not be more than 90 days apart")
    return start, end
