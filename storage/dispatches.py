"""What is to be told to systems outside that are no chats: written with the change, claimed before the call.

Order is kept for each target and ticket: only the oldest unsent row of a key can be claimed. The rules are
those of the outbox; what differs is who is told, and that nothing that was told is ever edited.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage import waits
from storage.claiming import left_by
from storage.columns import JsonObject, row_number
from storage.database import insert
from storage.models import DISPATCH_UNSENT, STUCK, Dispatch, Ticket, row_id
from storage.states import ALIVE, OPEN, OutboxState

SEEN = "seen"  # in the payload of a row that told a system which is asked how it stands there
GIVEN_UP = (OutboxState.DEAD, OutboxState.UNCONFIRMED)


@dataclass(frozen=True, slots=True)
class NewDispatch:
    """One thing to tell; the same idempotency key is written once."""

    key: str
    target: str
    payload: JsonObject
    ticket_id: int
    event_id: int | None = None


async def add(session: AsyncSession, new: NewDispatch, now: datetime) -> bool:
    """Write it; whether it is new."""
    row = Dispatch(
        idempotency_key=new.key,
        target=new.target,
        ticket_id=new.ticket_id,
        event_id=new.event_id,
        ordering_key=f"{new.target}:{new.ticket_id}",
        payload=new.payload,
        created_at=now,
        next_attempt_at=now,
    )
    written = await session.execute(
        insert(session, Dispatch)
        .values(row.model_dump(exclude={"id"}))
        .on_conflict_do_nothing(index_elements=["idempotency_key"])
        .returning(col(Dispatch.id))
    )
    return written.scalar() is not None


async def ready(
    session: AsyncSession, targets: Sequence[str], now: datetime, limit: int
) -> Sequence[tuple[Dispatch, Ticket]]:
    """The rows whose turn it is: the oldest unsent one of each ordering key, if it need not wait."""
    heads = (
        select(func.min(col(Dispatch.id))).where(text(DISPATCH_UNSENT)).group_by(col(Dispatch.ordering_key))
    )
    rows = await session.execute(
        select(Dispatch, Ticket)
        .join(Ticket, col(Ticket.id) == col(Dispatch.ticket_id))
        .where(
            col(Dispatch.id).in_(heads),
            col(Dispatch.state) == OutboxState.PENDING,
            waits.is_over(col(Dispatch.next_attempt_at), now),
            col(Dispatch.target).in_(targets),
        )
        .order_by(col(Dispatch.id))
        .limit(limit)
        .with_for_update(skip_locked=True, of=Dispatch)
    )
    return [(row, ticket) for row, ticket in rows]


async def stranded(
    session: AsyncSession, targets: Sequence[str], *, owner: str = "", now: datetime | None = None
) -> Sequence[Dispatch]:
    """Rows left as `sending`: by an owner, who has started anew, or by anybody, past their lease."""
    rows = await session.scalars(
        select(Dispatch)
        .where(text(DISPATCH_UNSENT), col(Dispatch.target).in_(targets), left_by(Dispatch, owner, now))
        .order_by(col(Dispatch.id))
        .with_for_update(skip_locked=True)
    )
    return rows.all()


async def reference(session: AsyncSession, target: str, ticket_id: int) -> str | None:
    """By what a receiver calls a ticket; None where it never told."""
    found = await session.scalars(
        select(col(Dispatch.reference))
        .where(
            col(Dispatch.target) == target,
            col(Dispatch.ticket_id) == ticket_id,
            col(Dispatch.reference).is_not(None),
        )
        .order_by(col(Dispatch.id))
        .limit(1)
    )
    return found.one_or_none()


async def referred(session: AsyncSession, target: str, reference: str) -> int | None:
    """The ticket that a receiver calls so."""
    found = await session.scalars(
        select(col(Dispatch.ticket_id))
        .where(col(Dispatch.target) == target, col(Dispatch.reference) == reference)
        .limit(1)
    )
    return found.one_or_none()


class Followed(NamedTuple):
    """A ticket that a receiver has, by the number of the row that told it, and what it is called there.

    `seen`: how it stood there when it was last asked for, in the reader's own words.
    """

    id: int
    reference: str
    seen: str = ""


async def followed(session: AsyncSession, target: str, after: int, limit: int) -> Sequence[Followed]:
    """The tickets that a receiver has and that have not ended for good here, in the order they were told."""
    rows = await session.execute(
        select(col(Dispatch.id), col(Dispatch.reference), col(Dispatch.payload))
        .join(Ticket, col(Ticket.id) == col(Dispatch.ticket_id))
        .where(
            col(Dispatch.target) == target,
            col(Dispatch.reference).is_not(None),
            col(Dispatch.id) > after,
            col(Ticket.status).in_(ALIVE),
        )
        .order_by(col(Dispatch.id))
        .limit(limit)
    )
    return [
        Followed(number, reference, str(payload.get(SEEN) or ""))
        for number, reference, payload in rows
        if number is not None and reference is not None
    ]


async def name(session: AsyncSession, dispatch_id: int, reference: str) -> None:
    """What a receiver calls a ticket by now."""
    await session.execute(update(Dispatch).where(col(Dispatch.id) == dispatch_id).values(reference=reference))


async def saw(session: AsyncSession, seen: Mapping[int, str]) -> None:
    """How things stand there by now, by the numbers of the rows that told them."""
    rows = await session.scalars(select(Dispatch).where(col(Dispatch.id).in_(list(seen))).with_for_update())
    for row in rows:
        row.payload = row.payload | {SEEN: seen[row_id(row)]}


class StateCount(NamedTuple):
    """How many of a target's rows are in a state."""

    target: str
    state: OutboxState
    number: int


class Stuck(NamedTuple):
    """Something that was given up, or perhaps arrived. `name` is how it is named to be sent again."""

    name: str
    target: str
    what: str
    state: OutboxState
    error: str
    created_at: datetime

    def line(self) -> str:
        """As an operator reads it."""
        since = f"{self.created_at:%Y-%m-%d %H:%M} UTC"
        return f"  {self.name}  {self.state.value}  {since}  {self.target}  {self.what}: {self.error}"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of what is stuck is meant; `perhaps_arrived`: also what may have arrived; `sources`: whose events
    would be handled, if only some would."""

    target: str = ""
    name: str = ""
    perhaps_arrived: bool = False
    sources: Collection[str] | None = None

    @property
    def states(self) -> Sequence[OutboxState]:
        return GIVEN_UP if self.perhaps_arrived else (OutboxState.DEAD,)


async def stuck(session: AsyncSession, limit: int, target: str = "") -> Sequence[Stuck]:
    """What is stuck, the oldest first; for everybody or for one receiver."""
    theirs = [col(Dispatch.target) == target] if target else []
    rows = await session.execute(
        select(Dispatch, col(Ticket.code))
        .join(Ticket, col(Ticket.id) == col(Dispatch.ticket_id))
        .where(text(f"dispatches.{STUCK}"), *theirs)
        .order_by(col(Dispatch.id))
        .limit(limit)
    )
    return [
        Stuck(
            f"d{row.id}",
            row.target,
            f"{code} {row.payload.get('type')}",
            row.state,
            row.error or "",
            row.created_at,
        )
        for row, code in rows
    ]


async def mark(session: AsyncSession, chosen: Choice, state: OutboxState, now: datetime) -> int:
    """Say what becomes of what is stuck; of how much. What goes out again begins its attempts anew."""
    query = update(Dispatch).where(col(Dispatch.state).in_(chosen.states))
    if chosen.target:
        query = query.where(col(Dispatch.target) == chosen.target)
    if chosen.name:
        query = query.where(col(Dispatch.id) == number_of(chosen.name, "d"))
    values = {"state": state, "attempts": 0, "created_at": now, "next_attempt_at": now}
    marked = await session.execute(query.values(**values).returning(col(Dispatch.id)))
    return len(marked.all())


def number_of(name: str, letter: str) -> int:
    """The number in a name such as d12; 0, which is nobody's, where it is of another kind."""
    return (row_number(name.removeprefix(letter)) or 0) if name.startswith(letter) else 0


async def standing(session: AsyncSession, since: datetime) -> Sequence[StateCount]:
    """How much of each target waits or is stuck, and how much was told since a moment."""
    sent = and_(col(Dispatch.state) == OutboxState.SENT, col(Dispatch.sent_at) >= since)
    found = []
    for which in (text(DISPATCH_UNSENT), text(STUCK), sent):
        rows = await session.execute(
            select(col(Dispatch.target), col(Dispatch.state), func.count())
            .where(which)
            .group_by(col(Dispatch.target), col(Dispatch.state))
            .order_by(col(Dispatch.target))
        )
        found += [StateCount(target, OutboxState(state), count) for target, state, count in rows]
    return found


async def reaches(session: AsyncSession, ticket_id: int, targets: Sequence[str]) -> bool:
    """Whether one of these receivers knows, or will be told, that a ticket is open and its department's.

    Only what each receiver is told last counts: that may be that the ticket is another department's.
    """
    rows = await session.execute(
        select(col(Dispatch.target), col(Dispatch.payload), col(Ticket.department))
        .join(Ticket, col(Ticket.id) == col(Dispatch.ticket_id))
        .where(
            col(Dispatch.ticket_id) == ticket_id,
            col(Dispatch.target).in_(targets),
            col(Dispatch.state).not_in((OutboxState.DEAD, OutboxState.SUPERSEDED)),
        )
        .order_by(col(Dispatch.id))
    )
    return any({target: _is_work_of(payload, department) for target, payload, department in rows}.values())


def _is_work_of(payload: JsonObject, department: str | None) -> bool:
    """Whether a ticket, as it was told, is open and this department's."""
    ticket = payload.get("data", {}).get("ticket", {})
    return ticket.get("department") == department and ticket.get("status") in OPEN


async def receivers(session: AsyncSession, ticket_id: int) -> set[str]:
    """Who has been told anything of a ticket, or will be."""
    found = await session.scalars(
        select(col(Dispatch.target)).where(col(Dispatch.ticket_id) == ticket_id).distinct()
    )
    return set(found)
