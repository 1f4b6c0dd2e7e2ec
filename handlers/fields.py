"""The fields of a ticket that its history holds, as JSON has them, and the ticket that its rows make."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from storage.columns import JsonObject
from storage.models import Ticket
from storage.states import TicketStatus

MOMENTS = frozenset({"due_at", "resolved_at", "closed_at", "first_answer_at", "paused_at"})
TRACKED = (
    "status",
    "kind",
    "category",
    "urgent",
    "department",
    "place",
    "latitude",
    "longitude",
    "voices",
    "merged_into_id",
    "pause_reason",
    "satisfied",
    "hidden",
    *sorted(MOMENTS),
)


def opened(ticket: Ticket) -> JsonObject:
    """What a new ticket is, as changes from nothing."""
    return {name: [None, value] for name, value in snapshot(ticket).items() if value is not None}


def replayed(details: Iterable[Mapping[str, Any]]) -> JsonObject:
    """The tracked fields as a ticket's rows of history make them, in their order."""
    made: JsonObject = dict.fromkeys(TRACKED)
    for detail in details:
        made |= {name: new for name, (_, new) in detail.get("changes", {}).items()}
    return made


def snapshot(ticket: Ticket) -> JsonObject:
    """The tracked fields as the ticket has them."""
    return {name: plain(getattr(ticket, name)) for name in TRACKED}


def plain(value: Any) -> Any:
    """A field's value as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.value if isinstance(value, StrEnum) else value


def from_plain(name: str, value: Any) -> Any:
    """The other way round, for the field of that name."""
    if name in MOMENTS and value is not None:
        return datetime.fromisoformat(value)
    return TicketStatus(value) if name == "status" else value
