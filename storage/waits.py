"""Until when a row waits."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Mapped

LONGEST = timedelta(days=2)  # nothing waits as long by itself, nor is told to


def is_over(until: Mapped[datetime] | Mapped[datetime | None], now: datetime) -> ColumnElement[bool]:
    """Whether a wait has ended: its moment has come, or is so far ahead that a wrong clock has set it."""
    return or_(until <= now, until > now + LONGEST)
