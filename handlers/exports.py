"""What an export says of a ticket: the same columns in every format, for people or for machines."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from handlers.ports import Say
from handlers.redact import redacted, rounded
from storage.models import Chat, Member, Ticket

Value = str | int | float | bool | datetime | None
Record = dict[str, Value]


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    GEOJSON = "geojson"


COLUMNS = (
    "code", "kind", "category", "status", "urgent", "summary", "place", "ward", "latitude", "longitude",
    "department", "reporter", "voices", "opened_at", "due_at", "first_answer_at", "resolved_at", "closed_at",
    "satisfied", "group", "link",
)  # fmt: skip


class Names(StrEnum):
    """Who a reporter is in an export."""

    NONE = "none"  # for everybody: not even which tickets are one person's
    PSEUDONYMS = "pseudonyms"  # which are, and not whose
    WRITTEN = "written"  # names, words as they were written, and the posts


@dataclass(frozen=True, slots=True)
class Cover:
    """How people are hidden. `mark` makes a pseudonym; `veil` hides these names in words, and numbers."""

    names: Names = Names.NONE
    mark: Callable[[Member], str] = lambda _: ""
    veil: Callable[[str, Iterable[str]], str] = lambda text, _: redacted(text)

    def reporter(self, member: Member) -> str:
        """Who reported; whoever had their data erased is nobody."""
        if member.erased:
            return ""
        match self.names:
            case Names.NONE:
                return ""
            case Names.PSEUDONYMS:
                return self.mark(member)
            case Names.WRITTEN:
                return member.name

    def words(self, text: str, people: Iterable[str]) -> str:
        """What somebody wrote, without the names of these people."""
        return text if self.names is Names.WRITTEN else self.veil(text, people)

    def degrees(self, value: float | None) -> float | None:
        """A coordinate, as exactly as the board says it."""
        return value if self.names is Names.WRITTEN else rounded(value)


@dataclass(frozen=True, slots=True)
class Style:
    """How an export speaks, and what it hides: whoever says nothing hides most."""

    say: Say
    language: str
    zone: ZoneInfo
    departments: Mapping[str, str]
    link: Callable[[str, str, str], str | None]  # platform, chat, message -> address
    cover: Cover = Cover()

    def heading(self, column: str) -> str:
        """A column's name for people."""
        return self.say(self.language, f"export.{column}")


class ExportedTicket(NamedTuple):
    """A ticket, the group it was told in, who told it, and the names of all who have to do with it."""

    ticket: Ticket
    chat: Chat
    reporter: Member
    people: Collection[str] = ()


def record(case: ExportedTicket, style: Style) -> Record:
    """A ticket in words for machines, with moments in the city's time."""
    ticket, chat, reporter, others = case
    cover, people = style.cover, {reporter.name, *others}
    # A post has its author's name beside it.
    link = style.link(chat.platform, chat.external_id, ticket.origin) if cover.names is Names.WRITTEN else ""
    values: Record = {
        "code": ticket.code,
        "kind": ticket.kind,
        "category": ticket.category,
        "status": ticket.status.value,
        "urgent": ticket.urgent,
        "summary": cover.words(ticket.summary, people),
        "place": cover.words(ticket.place.get("text") or "", people),
        "ward": ticket.place.get("ward") or "",
        "latitude": cover.degrees(ticket.latitude),
        "longitude": cover.degrees(ticket.longitude),
        "department": ticket.department or "",
        "reporter": cover.reporter(reporter),
        "voices": ticket.voices,
        "satisfied": ticket.satisfied,
        "group": chat.title,
        "link": link or "",
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


# How a formula begins, in wide letters too, and behind what a spreadsheet drops (OWASP, "CSV Injection").
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(value: Value) -> Value:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None


def _yes(style: Style, value: Value) -> str:
    return "" if value is None else style.say(style.language, "export.yes" if value else "export.no")
