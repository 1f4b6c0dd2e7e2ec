"""What came of a period, counted from the tickets' histories: digest, board and exports say the same.

received      opened in the period; one that is part of another by the period's end counts there
resolved      resolved in the period, and still so at its end: what was reopened or taken back is not
open          new, accepted or in progress at the end of the period
overdue       of these, past the deadline that they had then; of what is paused, the deadline waits too
first answer  from the report to the first move of a person, of those first answered in the period; median
resolve       from the report to the end, of those resolved in the period; median

Everything is as it stood at the end of the period, so the same period asked again years later says the same.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median

from handlers.lifecycle import OPEN, SETTLED
from handlers.periods import Period
from storage.columns import JsonObject
from storage.histories import History
from storage.states import TicketStatus

LONGEST_WAITING = 5


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose tickets are counted: of these chats, or of a department; None: of all."""

    chats: frozenset[int] | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    received: int = 0
    resolved: int = 0
    open: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A day or some days of the period, for the trend."""

    day: str  # its first one, ISO 8601
    received: int
    resolved: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """One period; times in hours. What is counted by something has the most first."""

    totals: Totals
    before: Totals  # of the period before
    by_kind: Mapping[str, int]
    by_category: Mapping[str, int]
    by_ward: Mapping[str, int]
    resolved_by: Mapping[str, int]  # department
    first_answer: float | None
    resolve: float | None
    trend: Sequence[Part]
    waiting: Sequence[int]  # ids of the tickets that have been open longest

    @property
    def says_something(self) -> bool:
        """Whether anything came, was done or waits."""
        return self.totals != Totals()

    def as_json(self) -> JsonObject:
        """As the digests' table keeps it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Stand:
    """A ticket at a moment."""

    ticket_id: int
    chat_id: int
    opened_at: datetime
    fields: JsonObject

    @property
    def status(self) -> str:
        status: str = self.fields["status"]
        return status

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def moment(self, name: str) -> datetime | None:
        said = self.fields[name]
        return datetime.fromisoformat(said) if isinstance(said, str) else said

    def is_overdue(self, at: datetime) -> bool:
        due = self.moment("due_at")
        return due is not None and due < at and self.fields.get("paused_at") is None

    def was_opened(self, period: Period) -> bool:
        return period.start <= self.opened_at < period.end and self.status != TicketStatus.MERGED

    def was_resolved(self, period: Period) -> bool:
        return self.status in SETTLED and _is_in(self.moment("resolved_at"), period)


def summed_up(histories: Iterable[History], period: Period, scope: Scope) -> Statistics:
    """Count a period; `histories` of at least the period and the one before."""
    kept, before = list(histories), period.before()
    there = _standing(kept, period.end, scope)
    received = [one for one in there if one.was_opened(period)]
    resolved = [one for one in there if one.was_resolved(period)]
    waiting = [one.ticket_id for one in there if one.is_open]
    return Statistics(
        totals=_totals(there, period, received, resolved),
        before=_before(_standing(kept, before.end, scope), before),
        by_kind=_counted(one.fields["kind"] for one in received),
        by_category=_counted(one.fields["category"] for one in received),
        by_ward=_counted(one.fields["ward"] for one in received),
        resolved_by=_counted(one.fields["department"] for one in resolved),
        first_answer=_hours(there, "first_answer_at", period),
        resolve=_hours(resolved, "resolved_at", period),
        trend=_trend(period, received, resolved),
        waiting=waiting[:LONGEST_WAITING],
    )


def _standing(histories: Iterable[History], at: datetime, scope: Scope) -> list[_Stand]:
    """The tickets of a scope as they stood at a moment, the oldest first."""
    found = []
    for one in histories:
        if one.opened_at >= at or (scope.chats is not None and one.chat_id not in scope.chats):
            continue
        fields = _fields_at(one, at)
        if fields["status"] and scope.department in (None, fields["department"]):
            found.append(_Stand(one.ticket_id, one.chat_id, one.opened_at, fields))
    return found


def _fields_at(history: History, at: datetime) -> JsonObject:
    """A ticket's fields as they were; not to be changed: they may be its history's own."""
    past = [event.changes for event in history.events if event.at < at]
    if not past:
        return history.stood
    fields = dict(history.stood)
    for changes in past:
        fields |= changes
    return fields


def _before(there: Sequence[_Stand], period: Period) -> Totals:
    received = [one for one in there if one.was_opened(period)]
    return _totals(there, period, received, [one for one in there if one.was_resolved(period)])


def _totals(
    there: Sequence[_Stand], period: Period, received: Sequence[_Stand], resolved: Sequence[_Stand]
) -> Totals:
    still = [one for one in there if one.is_open]
    late = [one for one in still if one.is_overdue(period.end)]
    return Totals(len(received), len(resolved), len(still), len(late))


def _trend(period: Period, received: Sequence[_Stand], resolved: Sequence[_Stand]) -> list[Part]:
    parts = period.parts()
    starts = [part.start.astimezone(UTC) for part in parts]
    opened = Counter(bisect_right(starts, one.opened_at) for one in received)
    ended = Counter(bisect_right(starts, at) for one in resolved if (at := one.moment("resolved_at")))
    return [
        Part(part.first_day.isoformat(), opened[place], ended[place])
        for place, part in enumerate(parts, start=1)
    ]


def _counted(words: Iterable[str | None]) -> dict[str, int]:
    counts = Counter(word for word in words if word)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _hours(there: Iterable[_Stand], name: str, period: Period) -> float | None:
    took = [
        (at - one.opened_at).total_seconds() / 3600
        for one in there
        if (at := one.moment(name)) is not None and _is_in(at, period)
    ]
    return round(median(took), 2) if took else None


def _is_in(at: datetime | None, period: Period) -> bool:
    return at is not None and period.start <= at < period.end
