"""What moderators said that submissions are: kept for the next model to learn from."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.models import Correction, Member, Submission, row_id
from storage.once import keep, kept
from storage.states import SubmissionState


@dataclass(frozen=True, slots=True)
class Corrected:
    """A submission's words, and what was said of them last; None where nothing was."""

    text: str
    kind: str | None
    category: str | None
    urgent: bool


async def note(
    session: AsyncSession,
    submission: Submission,
    member: Member,
    at: datetime,
    *,
    kind: str | None = None,
    category: str | None = None,
) -> None:
    """Keep what a moderator said that a submission is."""
    session.add(
        Correction(
            at=at,
            member_id=row_id(member),
            submission_id=row_id(submission),
            kind=kind,
            category=category,
            model=submission.model,
        )
    )
    await session.flush()


def note_opened(session: AsyncSession, ticket_id: int, submission: Submission) -> None:
    """A ticket was opened just now, by this submission."""
    keep(session, _opening(ticket_id), submission)


def _opening(ticket_id: int) -> Hashable:
    return Submission, "opened", ticket_id


async def of_ticket(session: AsyncSession, ticket_id: int) -> Submission | None:
    """The submission that opened a ticket: what a correction of the ticket is about."""
    told: Submission | None = kept(session, _opening(ticket_id))
    if told is not None and (told.ticket_id, told.state) == (ticket_id, SubmissionState.TICKETED):
        return told
    return (await session.scalars(_of_ticket(), {"ticket_id": ticket_id})).one_or_none()


@cache
def _of_ticket() -> Select[Submission]:
    return (
        select(Submission)
        .where(
            col(Submission.ticket_id) == bindparam("ticket_id"),
            col(Submission.state) == SubmissionState.TICKETED,
        )
        .order_by(col(Submission.id))
        .limit(1)
    )


async def all_of_them(session: AsyncSession) -> Sequence[Corrected]:
    """Every corrected submission that has words, the first corrected first; the last correction counts."""
    rows = await session.execute(
        select(Correction, Submission)
        .join(Submission, col(Submission.id) == col(Correction.submission_id))
        .order_by(col(Correction.id))
    )
    found: dict[int, Corrected] = {}
    for correction, submission in rows:
        before = found.get(correction.submission_id)
        if submission.text.strip():
            found[correction.submission_id] = Corrected(
                text=submission.text,
                kind=correction.kind or (before.kind if before else None),
                category=correction.category or (before.category if before else None),
                urgent=submission.urgent,
            )
    return list(found.values())
