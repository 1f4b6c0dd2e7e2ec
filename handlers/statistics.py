"""What came of a period, counted from the tickets' histories, in one way for digests, board and room.

A digest is of a group or of a department, the board of the whole city: see CountScope.

received      opened in the period, or confirmed in it by a moderator; one that is part of another by the
              period's end counts there
resolved      resolved in the period, and still so at its end: what was reopened or taken back is not, until
              that is taken back too
open          new, accepted or in progress at the end of the period
overdue       of these, past the deadline that they had then; of what is paused, the deadline waits too
first answer  from the report to the first move of a person, of those first answered in the period; median
resolve       from the report to the end, of those resolved in the period; median

Everything is as it stood at the end of the period, so the same period asked again years later says the same.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from statistics import median

from handlers.periods import Period
from storage.columns import JsonObject
from storage.histories import TicketHistory
from storage.states import OPEN, SETTLED, TicketStatus

NAMED = 5  # of those that wait


@dataclass(frozen=True, slots=True)
class CountScope:
    """Whose tickets are counted: of these chats, or of a department; None: of all."""

    chats: frozenset[int] | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    received: int = 0
    resolved: int = 0
    open: int = 0
    overdue: int = 0


NOTHING = Totals()


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
    waiting: Sequence[int]  # ids of the tickets that are open, the oldest first

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

    history: TicketHistory
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
        return _is_in(self.history.received_at, period) and self.status != TicketStatus.MERGED

    def ended_at(self, period: Period) -> datetime | None:
        """When in the period it was resolved; None: it was not, or no longer is at the end."""
        if self.status not in SETTLED:
            return None
        at = self.moment("resolved_at")
        return at if _is_in(at, period) else _settled_again(self.history, period)


def since_told(now: Totals, told: JsonObject | None) -> Totals:
    """What came to a period after its digest had given the figures `told`: said in it, handled later."""
    before = (told or {}).get("totals")
    if before is None:
        return NOTHING
    received, resolved = (max(0, getattr(now, name) - before[name]) for name in ("received", "resolved"))
    return Totals(received=received, resolved=resolved)


def summed_up(histories: Iterable[TicketHistory], period: Period, scope: CountScope) -> Statistics:
    """Count a period; `histories` of at least the period and the one before."""
    kept, before = list(histories), _in_utc(period.before())
    there, during = _standing(kept, period.end, scope), _in_utc(period)
    received = [one for one in there if one.was_opened(during)]
    ended = [(one, at) for one in there if (at := one.ended_at(during))]
    resolved = [one for one, _ in ended]
    waiting = [one.history.ticket_id for one in there if one.is_open]
    return Statistics(
        totals=_totals(there, during, received, resolved),
        before=_before(_standing(kept, before.end, scope), before),
        by_kind=_counted(one.fields["kind"] for one in received),
        by_category=_counted(one.fields["category"] for one in received),
        by_ward=_counted(one.fields["ward"] for one in received),
        resolved_by=_counted(one.fields["department"] for one in resolved),
        first_answer=_hours(there, "first_answer_at", during),
        resolve=_hours(resolved, "resolved_at", during),
        trend=_trend(period, received, [at for _, at in ended]),
        waiting=waiting,
    )


def _standing(histories: Iterable[TicketHistory], at: datetime, scope: CountScope) -> list[_Stand]:
    """The tickets of a scope as they stood at a moment, the oldest first."""
    found, at = [], at.astimezone(UTC)
    for one in histories:
        if one.received_at >= at or (scope.chats is not None and one.chat_id not in scope.chats):
            continue
        fields = one.as_it_was(at)
        if fields["status"] and scope.department in (None, fields["department"]):
            found.append(_Stand(one, fields))
    return found


def _settled_again(history: TicketHistory, period: Period) -> datetime | None:
    """When an end from before the period came to hold again: it was open at the start, as it had been
    reopened, and that was taken back. The digest of its own time did not count it."""
    if history.received_at >= period.start or history.as_it_was(period.start)["status"] not in OPEN:
        return None
    ended: datetime | None = None
    for event in history.events:
        if _is_in(event.at, period) and (status := event.changes.get("status")):
            ended = (ended or event.at) if status in SETTLED else None
    return ended


def _before(there: Sequence[_Stand], period: Period) -> Totals:
    received = [one for one in there if one.was_opened(period)]
    return _totals(there, period, received, [one for one in there if one.ended_at(period)])


def _totals(
    there: Sequence[_Stand], period: Period, received: Sequence[_Stand], resolved: Sequence[_Stand]
) -> Totals:
    still = [one for one in there if one.is_open]
    late = [one for one in still if one.is_overdue(period.end)]
    return Totals(len(received), len(resolved), len(still), len(late))


def _trend(period: Period, received: Sequence[_Stand], resolved: Sequence[datetime]) -> list[Part]:
    parts = period.parts()
    starts = [part.start.astimezone(UTC) for part in parts]
    opened = Counter(bisect_right(starts, one.history.received_at) for one in received)
    ended = Counter(bisect_right(starts, at) for at in resolved)
    return [
        Part(part.first_day.isoformat(), opened[place], ended[place])
        for place, part in enumerate(parts, start=1)
    ]


def _counted(words: Iterable[str | None]) -> dict[str, int]:
    counts = Counter(word for word in words if word)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _hours(there: Iterable[_Stand], name: str, period: Period) -> float | None:
    took = [
        (at - one.history.opened_at).total_seconds() / 3600
        for one in there
        if (at := one.moment(name)) is not None and _is_in(at, period)
    ]
    return round(median(took), 2) if took else None


def _in_utc(period: Period) -> Period:
    """To compare moments with: those of two zones are compared three times as slowly."""
    return replace(period, start=period.start.astimezone(UTC), end=period.end.astimezone(UTC))


def _is_in(at: datetime | None, period: Period) -> bool:
    return at is not None and period.start <= at < period.end
