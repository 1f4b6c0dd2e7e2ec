"""What everybody may read of a ticket, decided in one place for the board's pages, feeds and open data.

Nobody's name, number, plate or mail; no words of members but the report itself; of what happened to it only
what the group was told too. Who acted is a role, not a person.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from handlers.deadlines import is_late
from handlers.exports import Value
from handlers.redact import rounded
from handlers.understanding import Intent, fold
from handlers.veil import Veil
from storage.board import BoardPhoto, Happened
from storage.models import Submission, Ticket, TicketEvent, row_id
from storage.states import OPEN, MemberRole, SubmissionState, TicketStatus

TOLD = (
    "opened", "voice", "urgent", "assigned", "accept", "start", "promised", "deadline", "pause", "resume",
    "overdue", "resolve", "reject", "reopen", "close", "satisfied", "dissatisfied", "absorbed",
)  # fmt: skip
UNDONE = "undone"
_NOTED = ("resolve", "reject", "promised")  # what was noted with these, the group heard too
_PARTS = re.compile(r"\w+")  # as the full-text indexes cut words: "45/12" is two

COLUMNS = (
    "code", "kind", "category", "status", "urgent", "summary", "place", "ward", "latitude", "longitude",
    "department", "voices", "opened_at", "due_at", "first_answer_at", "resolved_at", "closed_at", "satisfied",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublicPhoto:
    """A photo that a moderator released, and its size where that is known."""

    content_hash: str
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Public:
    """A ticket as everybody may read it."""

    id: int
    code: str
    kind: str
    category: str
    status: TicketStatus
    urgent: bool
    overdue: bool
    paused: bool
    summary: str
    place: str
    ward: str
    latitude: float | None
    longitude: float | None
    department: str  # its key
    voices: int
    opened_at: datetime
    due_at: datetime | None
    first_answer_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    satisfied: bool | None
    before: Sequence[PublicPhoto] = ()
    after: Sequence[PublicPhoto] = ()

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def row(self) -> dict[str, Value]:
        """As open data has it, in words for machines."""
        return {name: getattr(self, name) for name in COLUMNS} | {"status": self.status.value}

    def says(self, words: str) -> bool:
        """Whether all of these folded words can be read in it: nobody finds a ticket by what is hidden."""
        read = fold(f"{self.summary} {self.place}")
        return set(_PARTS.findall(words)) <= set(_PARTS.findall(read))


@dataclass(frozen=True, slots=True)
class PublicLine:
    """One thing that happened: what, who in general, and what they noted."""

    at: datetime
    action: str
    actor: str  # "moderator", "department", "member" or "system"
    department: str = ""  # whose the actor is, or whom it was given to
    due_at: datetime | None = None
    note: str = ""
    other: str = ""  # the code of another ticket that it is about
    undone: str = ""  # which action was taken back
    count: int = field(default=1)  # how often in a row


def public(
    ticket: Ticket, veil: Veil, people: Iterable[str], photos: Sequence[BoardPhoto], now: datetime
) -> Public:
    """What everybody may read of a ticket; `people`: the names of whoever has to do with it."""
    people = list(people)
    return Public(
        id=row_id(ticket),
        code=ticket.code,
        kind=ticket.kind,
        category=ticket.category,
        status=ticket.status,
        urgent=ticket.urgent,
        overdue=is_late(ticket, now),
        paused=ticket.paused_at is not None,
        summary=veil.over(ticket.summary, people),
        place=veil.over(ticket.place.get("text") or "", people),
        ward=ticket.place.get("ward") or "",
        latitude=rounded(ticket.latitude),
        longitude=rounded(ticket.longitude),
        department=ticket.department or "",
        voices=ticket.voices,
        opened_at=ticket.opened_at,
        due_at=ticket.due_at,
        first_answer_at=ticket.first_answer_at,
        resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at,
        satisfied=ticket.satisfied,
        before=[_picture(one) for one in photos if not shows_the_end(one.submission)],
        after=[_picture(one) for one in photos if shows_the_end(one.submission)],
    )


def shows_the_end(submission: Submission) -> bool:
    """Whether its photos show the place after the work."""
    return submission.state == SubmissionState.FOLLOW_UP and submission.intent == Intent.DONE


def told(happened: Iterable[Happened], veil: Veil, people: Collection[str]) -> list[PublicLine]:
    """A ticket's history as everybody may read it; the same thing several times in a row is one line."""
    lines: list[PublicLine] = []
    for one in happened:
        line = _line(one, veil, people)
        if line is None:
            continue
        if lines and line.action == "voice" == lines[-1].action:
            last = lines.pop()
            line = PublicLine(last.at, "voice", "member", count=last.count + 1)
        lines.append(line)
    return lines


def _line(one: Happened, veil: Veil, people: Collection[str]) -> PublicLine | None:
    event, action = one.event, one.event.action
    taken_back = str(event.detail.get("action") or "") if action == UNDONE else ""
    if action not in TOLD and taken_back not in TOLD:
        return None
    note = str(event.detail.get("note") or "") if action in _NOTED else ""
    actor = _actor(one)
    given = str(event.detail.get("department") or "") if action == "assigned" else ""
    return PublicLine(
        at=event.at,
        action=action,
        actor=actor,
        department=given or (one.department or "" if actor == "department" else ""),
        due_at=_due(event),
        note=veil.over(note, people),
        other=str(event.detail.get("from") or "") if action == "absorbed" else "",
        undone=taken_back,
    )


def _actor(one: Happened) -> str:
    if one.role is None:
        return "system"
    names: Mapping[MemberRole, str] = {MemberRole.MEMBER: "member", MemberRole.DEPARTMENT: "department"}
    return names.get(one.role, "moderator")


def _due(event: TicketEvent) -> datetime | None:
    """The deadline that was set with it, where that is what people want to know of it."""
    if event.action not in ("assigned", "deadline", "resume"):
        return None
    _, due = event.detail.get("changes", {}).get("due_at") or (None, None)
    return datetime.fromisoformat(due) if due else None


def _picture(photo: BoardPhoto) -> PublicPhoto:
    return PublicPhoto(photo.content_hash, photo.width, photo.height)
