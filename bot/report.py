"""What there is by now, for whoever runs a demo or a replay at a terminal."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage import messages, submissions, tickets


@dataclass(frozen=True, slots=True)
class DatabaseTotals:
    """Counts of a whole database."""

    messages: int
    tickets: int
    voices: int
    questions: int
    by_kind: dict[str, int]
    by_status: dict[str, int]

    def lines(self) -> list[str]:
        """One `name: value` a line."""
        kinds = ", ".join(f"{kind} {number}" for kind, number in self.by_kind.items())
        statuses = ", ".join(f"{status} {number}" for status, number in self.by_status.items() if number)
        return [
            f"messages: {self.messages}",
            f"tickets: {self.tickets}",
            f"more voices: {self.voices}",
            f"questions for moderators: {self.questions}",
            f"kinds: {kinds}",
            f"statuses: {statuses}",
        ]


async def count(session: AsyncSession, now: datetime) -> DatabaseTotals:
    """Count everything."""
    by_status = await tickets.totals(session, now)
    by_kind = await tickets.kinds(session)
    states = await submissions.counts(session)
    return DatabaseTotals(
        messages=await messages.count(session),
        tickets=sum(by_kind.values()),
        voices=states.get("voice", 0),
        questions=states.get("question", 0),
        by_kind=by_kind,
        by_status=by_status,
    )
