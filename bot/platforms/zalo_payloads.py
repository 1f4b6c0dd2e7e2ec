"""How both of Zalo's interfaces write ids, moments and keys in what they tell."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from handlers.ports import JsonObject, MalformedEvent

_FURTHEST = 32_503_680_000_000  # milliseconds; the year 3000


def get(value: Any, *path: str) -> Any:
    """What lies at a path of names; None where it leads nowhere."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def word(value: object) -> str:
    """An id: an opaque word, beyond what a float can hold even where it is written as a number."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise MalformedEvent("something without its id")
    return str(value)


def moment(value: object, *, seconds_below: int = 0) -> datetime | None:
    """A moment in milliseconds, told as a number or as its digits; a smaller number is in seconds."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value[:15])
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < _FURTHEST:
        return None
    return datetime.fromtimestamp(value if value < seconds_below else value / 1000, UTC)


def key_of(payload: JsonObject, digits: int) -> str:
    """The inbox key of a payload that names no message: the same payload twice has the same one."""
    canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return f"u:{hashlib.sha256(canonical.encode()).hexdigest()[:digits]}"
