"""What an export says of a ticket: the same columns in every format, for people or for machines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from handlers.ports import Say
from handlers.redact import redacted
from storage.models import Chat, Ticket

Value = str | int | float | bool | datetime | None
Record = dict[str, Value]


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    GEOJSON = "geojson"


COLUMNS = (
    "code", "kind", "category", "status", "urgent", "summary", "place", "ward", "latitude", "longitude",
    "department", "voices", "opened_at", "due_at", "first_answer_at", "resolved_at", "closed_at", "satisfied",
    "group", "link",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """How an export speaks; `public`: without telephone numbers, plates and ids in people's words."""

    say: Say
    language: str
    zone: ZoneInfo
    departments: Mapping[str, str]
    link: Callable[[str, str, str], str | None]  # platform, chat, message -> address
    public: bool = False

    def heading(self, column: str) -> str:
        """A column's name for people."""
        return self.say(self.language, f"export.{column}")


class Case(NamedTuple):
    """A ticket and the group it was told in."""

    ticket: Ticket
    chat: Chat


def record(case: Case, style: Style) -> Record:
    """A ticket in words for machines, with moments in the city's time."""
    ticket, chat = case
    place = ticket.place.get("text") or ""
    values: Record = {
        "code": ticket.code,
        "kind": ticket.kind,
        "category": ticket.category,
        "status": ticket.status.value,
        "urgent": ticket.urgent,
        "summary": redacted(ticket.summary) if style.public else ticket.summary,
        "place": redacted(place) if style.public else place,
        "ward": ticket.place.get("ward") or "",
        "latitude": ticket.latitude,
        "longitude": ticket.longitude,
        "department": ticket.department or "",
        "voices": ticket.voices,
        "satisfied": ticket.satisfied,
        "group": chat.title,
        "link": style.link(chat.platform, chat.external_id, ticket.origin) or "",
    }
    moments = ("opened_at", "due_at", "first_answer_at", "resolved_at", "closed_at")
    values |= {name: _local(getattr(ticket, name), style.zone) for name in moments}
    return {name: values[name] for name in COLUMNS}


def named(said: Record, style: Style) -> Record:
    """The same with the names that people know."""
    names = {
        name: style.say(style.language, f"{name}.{said[name]}") for name in ("kind", "category", "status")
    }
    department = str(said["department"])
    yes_or_no = {name: _yes(style, said[name]) for name in ("urgent", "satisfied")}
    return {**said, **names, **yes_or_no, "department": style.departments.get(department, department)}


def defused(value: Value) -> Value:
    """A text that no spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None


def _yes(style: Style, value: Value) -> str:
    return "" if value is None else style.say(style.language, "export.yes" if value else "export.no")
