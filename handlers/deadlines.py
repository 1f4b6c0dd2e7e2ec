"""When a ticket is due, and when the clock has to look at it again: pure decisions."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.lifecycle import OPEN, SETTLED
from handlers.policy import Policy
from storage.models import Ticket

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
        settled_at = ticket.resolved_at or since
        return Timers(close_at=None if ticket.closed_at else settled_at + policy.close_after)
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


def after_pause(policy: Policy, due_at: datetime, paused_at: datetime, now: datetime) -> datetime:
    """The deadline moved on by the work that lay in a pause."""
    return policy.work.after(due_at, policy.work.between(paused_at, now))
