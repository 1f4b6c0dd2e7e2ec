"""How long what is kept, and how far a night's purge has come: decided here, carried out elsewhere."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.periods import last_firing
from storage.retention import RetentionKind


@dataclass(frozen=True, slots=True)
class Retention:
    """Days by kind, 0 or none for ever; `cron`: when the clock looks, in the city's time; empty: never."""

    days: Mapping[RetentionKind, int] = field(default_factory=dict)
    cron: str = ""

    def befores(self, now: datetime) -> dict[RetentionKind, datetime]:
        """What is older goes, in the order in which it does; what is kept for ever is not in it."""
        return {kind: now - timedelta(days=self.days[kind]) for kind in RetentionKind if self.days.get(kind)}


@dataclass(frozen=True, slots=True)
class Walk:
    """One purge: begun at a firing of the schedule, at work on a kind, all rows up to `after` looked at."""

    fired_at: datetime
    kind: RetentionKind | None = None  # None: it has ended
    after: int = 0
    taken: Mapping[str, int] = field(default_factory=dict)

    def on(self, kinds: Sequence[RetentionKind], found: Sequence[int], taken: int, at_once: int) -> "Walk":
        """After a batch: further on, or at the next kind where this one has no more."""
        assert self.kind is not None
        counted = self.taken
        if taken:
            counted = {**counted, self.kind.value: counted.get(self.kind.value, 0) + taken}
        if len(found) >= at_once:
            return replace(self, after=found[-1], taken=counted)
        later = kinds[kinds.index(self.kind) + 1 :]
        return replace(self, kind=later[0] if later else None, after=0, taken=counted)


def to_json(walk: Walk) -> str:
    """As the mark in `cursors` holds it."""
    said = {"fired_at": walk.fired_at.isoformat(), "kind": walk.kind, "after": walk.after}
    return json.dumps(said | {"taken": dict(walk.taken)})


def from_json(text: str) -> Walk:
    """What a mark says."""
    said = json.loads(text)
    kind = RetentionKind(said["kind"]) if said["kind"] in set(RetentionKind) else None
    return Walk(datetime.fromisoformat(said["fired_at"]), kind, said["after"], said["taken"])


def standing(mark: str | None, retention: Retention, zone: ZoneInfo, now: datetime) -> Walk | None:
    """The purge to go on with, or a new one where the schedule has fired since; None: nothing is due.

    Without a mark, or with one astray, it comes with the next firing: there is a day to say otherwise.
    """
    kinds = list(retention.befores(now))
    if not retention.cron or not kinds:
        return None
    fired_at = last_firing(retention.cron, zone, now)
    before = from_json(mark) if mark else Walk(fired_at)
    if is_astray(mark, retention, zone, now):  # one that was broken off, too: its age is asked of now
        return None
    if before.kind in kinds:
        return before
    return Walk(fired_at, kinds[0]) if before.fired_at < fired_at else None


def is_astray(mark: str | None, retention: Retention, zone: ZoneInfo, now: datetime) -> bool:
    """Whether a mark is of a time to come, or of before the last firing but one.

    A clock may have jumped then, and what it makes a purge take by mistake nothing brings back.
    """
    if mark is None or not retention.cron:
        return False
    fired_at = last_firing(retention.cron, zone, now)
    earlier = last_firing(retention.cron, zone, fired_at - timedelta(minutes=1))
    return not earlier <= from_json(mark).fired_at <= now


def told(taken: Mapping[str, int]) -> str:
    """What was taken, in a line for the record: "raw 120, chatter 30"."""
    return ", ".join(f"{kind} {number}" for kind, number in taken.items() if number) or "nothing"
