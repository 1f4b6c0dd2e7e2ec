"""The numbers and choices an operator sets, as the handlers see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from handlers.periods import Span
from handlers.retention import Retention
from handlers.routing import Rule
from handlers.understanding import CATEGORIES
from handlers.worktime import QuietHours, WorkTime

HOME = ZoneInfo("Asia/Ho_Chi_Minh")


class Acknowledge(StrEnum):
    """How the group is told that a ticket was opened."""

    REPLY = "reply"
    REACTION = "reaction"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Policy:
    acknowledge: Acknowledge = Acknowledge.REPLY
    reaction: str = "👍"
    code_prefix: str = "PA"
    first_number: int = 1001
    days: int = 3
    urgent_days: int = 1
    assemble_window: timedelta = timedelta(minutes=2)
    sure: float = 0.75  # a ticket opens unseen from this confidence on that it is feedback
    unsure: float = 0.45  # a moderator is asked from this confidence on
    categories: tuple[str, ...] = CATEGORIES
    twin_days: int = 14
    category_days: Mapping[str, int] = field(default_factory=dict)  # where they differ from the department's
    work: WorkTime = field(default_factory=lambda: WorkTime(HOME))
    quiet: QuietHours = field(default_factory=lambda: QuietHours(HOME))
    close_after: timedelta = timedelta(days=7)  # from resolved to closed; until then "not good" reopens
    most_an_hour: int = 10  # tickets of one member; what goes beyond is held for a moderator
    coalesce_from: int = 3  # tickets of a group within a minute, from which on one post tells of several
    routes: tuple[Rule, ...] = ()  # beyond those of the departments' own categories and wards
    departments: frozenset[str] = frozenset()  # of the configuration; the tables have those of before, too
    default_department: str = ""  # whose it is where no rule holds; empty: a moderator says
    stand_ins: Mapping[str, str] = field(default_factory=dict)  # who gets what a department can't be told of
    digests: Mapping[Span, str] = field(default_factory=lambda: {Span.WEEK: "30 7 * * mon"})  # and when
    digest_departments: bool = True  # each hears of its own too
    digest_systems: bool = True  # a group's counts what other systems reported
    morning_cron: str = "15 7 * * *"  # when moderators hear what is due today; empty: never
    digest_late: timedelta = timedelta(days=3)
    retention: Retention = field(default_factory=Retention)  # how long what is kept

    def has_department(self, key: str) -> bool:
        """Whether somebody of it hears what it is given; one of before has its name in the tables alone."""
        return not self.departments or key in self.departments
