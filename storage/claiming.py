"""How a delivery goes out: claimed with a fence before the call, its outcome written by that claim alone."""

from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.models import Dispatch, Outbox
from storage.states import OutboxState

# The states of a row whose claim took too long, was given up, and then reports that the post was sent.
_LATE = (OutboxState.SENDING, OutboxState.UNCONFIRMED, OutboxState.PENDING)


def take(row: Outbox | Dispatch, owner: str, until: datetime) -> None:
    """Mark a row as going out; committed before the network call, with a new fence."""
    row.state, row.lease_owner, row.lease_until = OutboxState.SENDING, owner, until
    row.fence += 1
    row.attempts += 1


async def settle(
    session: AsyncSession, row: Outbox | Dispatch, state: OutboxState, now: datetime, **values: object
) -> bool:
    """Say what became of a claimed row; False when another claim has taken it since.

    That it arrived is worth knowing late, too: each claim has a fence of its own, so what was only given up
    as perhaps arrived, or waits to be repeated, has been sent by nobody else.
    """
    table = type(row)
    changed = await session.execute(
        update(table)
        .where(
            col(table.id) == row.id,
            col(table.state).in_(_LATE if state == OutboxState.SENT else (OutboxState.SENDING,)),
            col(table.fence) == row.fence,
        )
        .values(
            state=state,
            lease_owner=None,
            lease_until=None,
            sent_at=now if state == OutboxState.SENT else None,
            **values,
        )
        .returning(col(table.id))
    )
    return changed.scalar() is not None


def left_by(table: type[Outbox | Dispatch], owner: str, now: datetime | None) -> ColumnElement[bool]:
    """Rows still going out: an owner's, who has started anew, or, at a moment, anybody's past their lease."""
    theirs = col(table.lease_until) < now if now is not None else col(table.lease_owner) == owner
    return (col(table.state) == OutboxState.SENDING) & theirs
