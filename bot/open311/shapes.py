"""Our categories and tickets in GeoReport v2's words: services and service requests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.open311.asked import KINDS
from handlers.ports import JsonObject, Text
from handlers.redact import redacted
from storage.models import Ticket
from storage.service_requests import Latest
from storage.states import OPEN, TicketStatus

# The notes that the group is told, too; what a moderator tells a department is not for everybody.
TOLD = ("resolve", "reject", "promised")


@dataclass(frozen=True, slots=True)
class Service:
    """One category, as another system chooses it."""

    code: str
    name: str
    description: str
    keywords: tuple[str, ...]
    group: str

    def shape(self) -> JsonObject:
        """As a list of services has it."""
        return {
            "service_code": self.code,
            "service_name": self.name,
            "description": self.description,
            "metadata": True,
            "type": "realtime",
            "keywords": ", ".join(self.keywords),
            "group": self.group,
        }

    def definition(self, text: Text) -> JsonObject:
        """What may be said of a report beside its words; nothing has to be."""
        kinds = [(kind, text(f"kind.{kind}")) for kind in KINDS]
        danger = [(word, text(f"open311.danger.{word}")) for word in ("true", "false")]
        chosen = ("kind", text("open311.kind"), kinds), ("danger", text("open311.danger"), danger)
        return {
            "service_code": self.code,
            "attributes": [_attribute(order, *one) for order, one in enumerate(chosen, start=1)],
        }


def _attribute(order: int, code: str, description: str, values: Iterable[tuple[str, str]]) -> JsonObject:
    return {
        "variable": True,
        "code": code,
        "datatype": "singlevaluelist",
        "required": False,
        "datatype_description": None,
        "order": order,
        "description": description,
        "values": [{"key": key, "name": name} for key, name in values],
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """One ticket with what belongs to it. `media`: addresses of its photos; `cameras`: codes."""

    ticket: Ticket
    latest: Latest
    merged_into: str = ""
    media: Sequence[str] = ()
    cameras: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ApiReader:
    """Who reads: anybody, a client of ours, or the operations centre."""

    name: str = ""
    is_centre: bool = False

    def may_see(self, ticket: Ticket) -> bool:
        """Whoever has no key sees no more than the public board would."""
        return bool(self.name) or not ticket.hidden


class Shapes:
    """Tickets as service requests, in one city's language and time."""

    def __init__(
        self, text: Text, services: Sequence[Service], departments: Mapping[str, str], zone: ZoneInfo
    ) -> None:
        """`departments`: names by key."""
        self._text = text
        self._names = {one.code: one.name for one in services}
        self._departments = departments
        self._zone = zone

    def request(self, shown: Shown, reader: ApiReader, *, extensions: bool) -> JsonObject:
        """One service request; only the operations centre reads words as they were written."""
        ticket = shown.ticket
        place = str(ticket.place.get("text") or "")
        made: JsonObject = {
            "service_request_id": ticket.code,
            "status": "open" if ticket.status in OPEN else "closed",
            "status_notes": self._notes(shown, reader),
            "service_name": self._names.get(ticket.category, ticket.category),
            "service_code": ticket.category,
            "description": ticket.summary if reader.is_centre else redacted(ticket.summary),
            "agency_responsible": self._departments.get(ticket.department or ""),
            "service_notice": None,
            "requested_datetime": self._moment(ticket.opened_at),
            "updated_datetime": self._moment(shown.latest.at),
            "expected_datetime": self._moment(ticket.due_at),
            "address": place if reader.is_centre else redacted(place),
            "address_id": None,
            "zipcode": None,
            "lat": ticket.latitude,
            "long": ticket.longitude,
            "media_url": shown.media[0] if shown.media else None,
        }
        return made | ({"extended_attributes": self._more(shown, reader)} if extensions else {})

    def _notes(self, shown: Shown, reader: ApiReader) -> str | None:
        """What was said with its status; that it was turned down at least."""
        if shown.merged_into:
            return self._text("open311.merged", code=shown.merged_into)
        if shown.ticket.status is TicketStatus.REJECTED and not shown.latest.note:
            return self._text("status.rejected")
        note = shown.latest.note
        return (note if reader.is_centre else redacted(note)) or None

    def _more(self, shown: Shown, reader: ApiReader) -> JsonObject:
        """What the standard has no field for."""
        ticket = shown.ticket
        more: JsonObject = {
            "status": ticket.status.value,
            "kind": ticket.kind,
            "urgent": ticket.urgent,
            "voices": ticket.voices,
            "photos": list(shown.media),
        }
        return more | ({"cameras": list(shown.cameras)} if reader.is_centre else {})

    def _moment(self, at: datetime | None) -> str | None:
        return at.astimezone(self._zone).isoformat(timespec="seconds") if at else None
