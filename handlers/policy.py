"""The numbers and choices an operator sets, as the handlers see them."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from handlers.understanding import CATEGORIES


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
    digest_cron: str | None = "30 7 * * mon"  # None: no digest
    digest_late: timedelta = timedelta(days=3)
