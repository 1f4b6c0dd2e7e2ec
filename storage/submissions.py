"""What one member means as one piece of feedback, while it is being put together."""

from collections.abc import Hashable, Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.columns import UtcDateTime
from storage.models import (
    SUBMISSION_HELD,
    SUBMISSION_QUESTION,
    SUBMISSION_WAITING,
    Message,
    Submission,
    Ticket,
    row_id,
)
from storage.once import forget, keep, kept
from storage.plain import insert_row, update_row
from storage.states import SubmissionState

NEAREST = 30  # of somebody's submissions: whoever sends thousands has no more than these to join


async def add(session: AsyncSession, *begun: Submission) -> None:
    """Write new submissions."""
    for one in begun:
        forget(session, _none_open(one.chat_id, one.member_id))
        if one.state == SubmissionState.WAITING:
            forget(session, _none_waits(one.chat_id))
        await insert_row(session, one)


async def belongs(
    session: AsyncSession, submission: Submission, ticket: Ticket, state: SubmissionState
) -> None:
    """A submission is of a ticket: what opened it, a voice for it, or words about it."""
    await update_row(session, submission, ticket_id=row_id(ticket), state=state)


def note_none_open(
    session: AsyncSession, chat_id: int, member_id: int, first: datetime, last: datetime
) -> None:
    """`recent` finds none of a member's for any message from the first moment to the last."""
    keep(session, _none_open(chat_id, member_id), (first, last))


def note_none_waits(session: AsyncSession, chat_id: int) -> None:
    """No photos wait there for their words."""
    keep(session, _none_waits(chat_id), True)


def _none_open(chat_id: int, member_id: int) -> Hashable:
    return Submission, "none open", chat_id, member_id


def _none_waits(chat_id: int) -> Hashable:
    return Submission, "none waits", chat_id


async def recent(
    session: AsyncSession, chat_id: int, member_id: int, at: datetime, window: timedelta
) -> Sequence[Submission]:
    """A member's submissions that a message of this moment may join: the NEAREST before it, the newest first.

    Then, for a message that comes late, those that were begun within a window after it, the nearest first.
    """
    if (when := kept(session, _none_open(chat_id, member_id))) and when[0] <= at <= when[1]:
        return []
    asked = {"chat_id": chat_id, "member_id": member_id, "at": at, "until": at + window}
    rows = (await session.scalars(_recent(), asked)).all()
    before, after = (
        [one for one in rows if one.opened_at <= at],
        [one for one in rows if one.opened_at > at],
    )
    return [*before, *reversed(after)]


@cache
def _recent() -> Select[Submission]:
    at = bindparam("at", type_=UtcDateTime)
    return (
        select(Submission)
        .where(
            col(Submission.chat_id) == bindparam("chat_id"),
            col(Submission.member_id) == bindparam("member_id"),
            col(Submission.open_until) >= at,
            col(Submission.opened_at) <= bindparam("until"),
        )
        .order_by(col(Submission.opened_at) > at, col(Submission.opened_at).desc(), col(Submission.id).desc())
        .limit(NEAREST)
    )


async def of_album(session: AsyncSession, chat_id: int, member_id: int, album: str) -> Submission | None:
    """The submission that already holds a photo of this album."""
    found = await session.scalars(
        select(Submission)
        .join(Message, col(Message.submission_id) == col(Submission.id))
        .where(
            col(Submission.chat_id) == chat_id,
            col(Submission.member_id) == member_id,
            col(Message.album) == album,
        )
        .order_by(col(Submission.id))
        .limit(1)
    )
    return found.one_or_none()


async def due(session: AsyncSession, until: datetime, chat_id: int | None = None) -> Sequence[Submission]:
    """Photos whose words did not come in time, the oldest first; of one chat or of all."""
    if chat_id is not None and kept(session, _none_waits(chat_id)):
        return []
    asked = {"until": until} | ({} if chat_id is None else {"chat_id": chat_id})
    return (await session.scalars(_due(of_chat=chat_id is not None), asked)).all()


@cache
def _due(*, of_chat: bool) -> Select[Submission]:
    query = select(Submission).where(
        text(SUBMISSION_WAITING), col(Submission.open_until) < bindparam("until")
    )
    if of_chat:
        query = query.where(col(Submission.chat_id) == bindparam("chat_id"))
    return query.order_by(col(Submission.open_until), col(Submission.id))


async def questions(session: AsyncSession, limit: int) -> Sequence[Submission]:
    """What waits for a moderator's judgement, dangers first, then the oldest."""
    found = await session.scalars(
        select(Submission)
        .where(text(SUBMISSION_QUESTION))
        .order_by(col(Submission.urgent).desc(), col(Submission.opened_at))
        .limit(limit)
    )
    return found.all()


async def held_of(session: AsyncSession, member_id: int) -> Sequence[Submission]:
    """What a member sent beyond the limit and nobody has judged, the oldest first."""
    found = await session.scalars(
        select(Submission)
        .where(col(Submission.member_id) == member_id, col(Submission.state) == SubmissionState.HELD)
        .order_by(col(Submission.id))
    )
    return found.all()


async def held_by(session: AsyncSession, member_id: int) -> tuple[int, int]:
    """How many of `held_of` there are, and the id of the first, 0 of none."""
    count, first = (await session.execute(_held_by(), {"member_id": member_id})).one()
    return count, first or 0


@cache
def _held_by() -> Select[int, int | None]:
    return select(func.count(), func.min(col(Submission.id))).where(
        text(SUBMISSION_HELD), col(Submission.member_id) == bindparam("member_id")
    )


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many submissions are in each state."""
    rows = await session.execute(select(col(Submission.state), func.count()).group_by(col(Submission.state)))
    return {str(state): number for state, number in rows}
