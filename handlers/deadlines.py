"""When a ticket is due, and when the clock has to look at it again: pure decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers.fields import from_plain
from handlers.policy import Policy
from storage.models import Ticket, TicketEvent
from storage.states import OPEN, SETTLED

REMIND_AT_SHARE = 0.8  # of the working time between opening and deadline


@dataclass(frozen=True, slots=True)
class Timers:
    """When to remind whoever has it, when to tell moderators that it is late, when to close it."""

    remind_at: datetime | None = None
    escalate_at: datetime | None = None
    close_at: datetime | None = None


def due(policy: Policy, opened_at: datetime, days: int, *, urgent: bool) -> datetime:
    """The deadline: days of work, or, where a life may be in danger, days of the calendar."""
    if urgent:
        return opened_at + timedelta(days=policy.urgent_days)
    return policy.work.after(opened_at, policy.work.day * days)


def is_late(ticket: Ticket, now: datetime) -> bool:
    """Whether it is open and past its deadline; while it is paused the deadline stops, too."""
    is_running = ticket.status in OPEN and ticket.paused_at is None
    return is_running and ticket.due_at is not None and ticket.due_at < now


def timers(policy: Policy, ticket: Ticket, since: datetime) -> Timers:
    """The timers of a ticket as it now stands; `since` is when its deadline was set."""
    if ticket.status in SETTLED:
        close_at = (ticket.resolved_at or since) + policy.close_after
        if close_at <= since:  # a close that was taken back is not done again at once
            close_at = since + policy.close_after
        return Timers(close_at=None if ticket.closed_at else close_at)
    if ticket.status not in OPEN or ticket.paused_at is not None or ticket.due_at is None:
        return Timers()
    if ticket.due_at <= since:
        return Timers(escalate_at=ticket.due_at)
    return Timers(remind_at=_reminder(policy, ticket, since, ticket.due_at), escalate_at=ticket.due_at)


def _reminder(policy: Policy, ticket: Ticket, since: datetime, due_at: datetime) -> datetime:
    if ticket.urgent:
        return since + (due_at - since) * REMIND_AT_SHARE
    work = policy.work.between(since, due_at) * REMIND_AT_SHARE
    return min(policy.work.after(since, work), due_at)


def resumed(policy: Policy, ticket: Ticket, now: datetime) -> dict[str, Any]:
    """What the end of a pause changes: what was lost by it is added to the deadline. Empty: none."""
    if ticket.paused_at is None:
        return {}
    fields: dict[str, Any] = {"paused_at": None, "pause_reason": ""}
    if ticket.due_at is not None:
        fields["due_at"] = _moved_on(policy, ticket.due_at, ticket.paused_at, now, urgent=ticket.urgent)
    return fields


def _moved_on(policy: Policy, due_at: datetime, since: datetime, now: datetime, *, urgent: bool) -> datetime:
    """A deadline after a pause: by the work that lay in it; a danger's, which knows no holidays, by all."""
    if urgent:
        return due_at + max(now - since, timedelta(0))
    lost = policy.work.between(since, now)
    return policy.work.after(due_at, lost) if lost else due_at  # none is done by the next morning, too


def calmed(events: Sequence[TicketEvent], due_at: datetime | None, usual: datetime) -> datetime | None:
    """The deadline once a danger is over: what it was before, what somebody set since, or the usual one.

    `events`: the ticket's history, the oldest first.
    """
    is_urgent, is_set, before = False, True, None
    for event in events:
        changes = event.detail.get("changes", {})
        is_urgent = changes.get("urgent", (None, is_urgent))[1]
        if "due_at" in changes:
            is_set = not is_urgent or event.action in ("deadline", "assigned")
            before = changes["due_at"][0] if "urgent" in changes else None
    if is_set:
        return due_at
    return from_plain("due_at", before) or usual
