"""What came of a period, counted from histories that are written down here."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from handlers import periods
from handlers.fields import plain
from handlers.statistics import CountScope, Part, Statistics, Totals, summed_up
from storage.histories import Event, TicketHistory
from storage.states import TicketStatus as Status
from tests.handlers.desk import ZONE

MONDAY = datetime(2026, 11, 16, tzinfo=ZONE)
WEEK = periods.week(MONDAY.date(), ZONE)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CITY = CountScope()


class Case:
    """One ticket's history, as changes say it."""

    def __init__(self, number: int, after: timedelta, *, chat: int = 1, **fields: Any) -> None:
        start = MONDAY + after
        self.history = TicketHistory(number, chat, start)
        self.then(timedelta(0), **{"status": Status.NEW, "kind": "report", "category": "lighting", **fields})

    def then(self, after: timedelta, **fields: Any) -> "Case":
        """What changed so long after the report."""
        at = self.history.opened_at + after
        said = {name: plain(value) for name, value in fields.items()}
        self.history.events.append(Event(at, said))
        return self

    def resolved(self, after: timedelta) -> "Case":
        return self.then(after, status=Status.RESOLVED, resolved_at=self.history.opened_at + after)


def count(*cases: Case, period: periods.Period = WEEK, scope: CountScope = CITY) -> Statistics:
    return summed_up([case.history for case in cases], period, scope)


def test_what_came_what_was_done_what_waits() -> None:
    found = count(
        Case(1, -3 * DAY),
        Case(2, -2 * DAY).resolved(3 * DAY),
        Case(3, DAY, due_at=MONDAY + 2 * DAY),
        Case(4, 2 * DAY).resolved(DAY),
        Case(5, 8 * DAY),
    )
    assert found.totals == Totals(received=2, resolved=2, open=2, overdue=1)
    assert found.before == Totals(received=2, resolved=0, open=2, overdue=0)
    assert found.waiting == [1, 3]


def test_a_week_that_is_not_over_is_compared_with_the_one_before_at_the_same_hour() -> None:
    lamp = Case(1, -7 * DAY, due_at=MONDAY - 6 * DAY).resolved(4 * DAY)
    found = count(lamp, period=WEEK.until(MONDAY + 2.5 * DAY))
    assert found.before == Totals(received=1, resolved=0, open=1, overdue=1)
    assert found.before == count(lamp, period=WEEK.until(MONDAY + 2.5 * DAY).before()).totals


def test_what_was_paused_at_the_end_of_a_period_was_not_overdue_then() -> None:
    paused = Case(1, -9 * DAY, due_at=MONDAY - DAY).then(7 * DAY, paused_at=MONDAY - 2 * DAY)
    assert count(paused).totals == Totals(open=1)
    paused.then(10 * DAY, paused_at=None)
    found = count(paused)
    assert (found.totals.overdue, found.before.overdue) == (1, 0)


def test_what_changed_after_the_period_does_not_change_it() -> None:
    case = Case(1, DAY, due_at=MONDAY + 3 * DAY, department="chieusang").resolved(DAY)
    first = count(case)
    case.then(10 * DAY, status=Status.IN_PROGRESS, resolved_at=None, due_at=MONDAY + 30 * DAY)
    case.then(11 * DAY, category="waste", kind="complaint", department="moitruong")
    assert count(case) == first
    assert first.by_category == {"lighting": 1}
    assert first.resolved_by == {"chieusang": 1}


def test_what_was_reopened_within_the_period_is_not_resolved() -> None:
    reopened = Case(1, DAY).resolved(DAY).then(2 * DAY, status=Status.IN_PROGRESS, resolved_at=None)
    closed = Case(2, DAY).resolved(DAY).then(2 * DAY, status=Status.CLOSED)
    assert count(reopened, closed).totals == Totals(received=2, resolved=1, open=1)


def test_one_that_is_part_of_another_counts_there_and_one_turned_down_was_received() -> None:
    merged = Case(1, DAY).then(DAY, status=Status.MERGED)
    rejected = Case(2, DAY).then(DAY, status=Status.REJECTED)
    assert count(merged, rejected).totals == Totals(received=1)


def test_the_edges_of_a_period() -> None:
    first, last, after = Case(1, timedelta(0)), Case(2, 7 * DAY - timedelta(seconds=1)), Case(3, 7 * DAY)
    assert count(first, last, after).totals.received == 2
    due_at_the_end = Case(4, DAY, due_at=WEEK.end)
    assert count(due_at_the_end).totals.overdue == 0


def test_by_what_it_is_counted_with_the_most_first() -> None:
    cases = [Case(n, DAY, category=c, ward=w) for n, (c, w) in enumerate(
        [("waste", "Phú Lợi"), ("tree", None), ("waste", "Phú Lợi"), ("lighting", "Mỹ Xuyên")]
    )]  # fmt: skip
    found = count(*cases)
    assert list(found.by_category.items()) == [("waste", 2), ("lighting", 1), ("tree", 1)]
    assert found.by_ward == {"Phú Lợi": 2, "Mỹ Xuyên": 1}


def test_times_are_medians_of_what_was_answered_or_resolved_in_the_period() -> None:
    cases = [
        Case(number, DAY).then(hours, first_answer_at=MONDAY + DAY + hours).resolved(2 * hours)
        for number, hours in enumerate(timedelta(hours=n) for n in (1, 2, 30))
    ]
    found = count(*cases, Case(9, DAY))
    assert (found.first_answer, found.resolve) == (2.0, 4.0)
    assert count(Case(1, DAY)).first_answer is None


def test_whose_tickets_are_counted() -> None:
    here, there, system = Case(1, DAY), Case(2, DAY, chat=2, department="cay"), Case(3, DAY, chat=3)
    scope = CountScope(chats=frozenset({1, 3}))
    assert count(here, there, system, scope=scope).totals.received == 2
    assert count(here, there, system, scope=CountScope(department="cay")).waiting == [2]


def test_the_trend_adds_up() -> None:
    cases = [Case(n, n % 5 * DAY).resolved(DAY) for n in range(9)]
    found = count(*cases)
    assert found.trend[0] == Part("2026-11-16", 2, 0)
    assert sum(part.received for part in found.trend) == found.totals.received == 9
    assert sum(part.resolved for part in found.trend) == found.totals.resolved


def test_what_is_confirmed_later_than_it_was_reported_is_received_then() -> None:
    case = Case(1, -4 * HOUR)
    case.history = replace(case.history, confirmed_at=MONDAY + 8 * HOUR)
    assert count(case).totals == Totals(received=1, open=1)
    assert count(case).before == Totals()
    assert count(case).trend[0] == Part("2026-11-16", 1, 0)


def test_an_end_whose_reopening_is_taken_back_later_is_resolved_then() -> None:
    case = Case(1, -6 * DAY).resolved(2 * DAY)
    case.then(5 * DAY, status=Status.IN_PROGRESS, resolved_at=None)
    case.then(8 * DAY, status=Status.RESOLVED, resolved_at=MONDAY - 4 * DAY)
    found = count(case)
    assert (found.totals, found.before) == (Totals(resolved=1), Totals(received=1, open=1))
    assert [part.resolved for part in found.trend] == [0, 0, 1, 0, 0, 0, 0]
    assert found.resolve is None  # it took no longer than was said of it then
    case.then(9 * DAY, status=Status.CLOSED)
    assert count(case).totals.resolved == 1
    assert count(case, period=periods.week(WEEK.end.date(), ZONE)).totals == Totals()


def test_what_was_reopened_and_taken_back_within_one_period_is_resolved_once() -> None:
    case = Case(1, -6 * DAY).resolved(2 * DAY)
    case.then(7 * DAY, status=Status.IN_PROGRESS, resolved_at=None)
    case.then(8 * DAY, status=Status.RESOLVED, resolved_at=MONDAY - 4 * DAY)
    found = count(case)
    assert (found.totals.resolved, found.before.resolved) == (0, 1)
