"""What platforms told us, from the commit that confirms it to the mark that it is handled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage import waits
from storage.columns import JsonObject
from storage.database import insert, is_postgresql
from storage.dispatches import Choice, Stuck, number_of
from storage.locks import Lock, take_free
from storage.models import INBOX_GIVEN_UP, INBOX_PENDING, Inbox
from storage.states import InboxState, OutboxState

NAME = "inbox"  # among what is stuck
WINDOW = 8  # batches ahead in which a worker looks for chats that nobody is at
LANES = 8  # chats that one worker takes at a time
_AS_SAID = (col(Inbox.said_at), col(Inbox.said_order), col(Inbox.id))


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One event to keep.

    `said_at`: by the platform's clock; `order`: within that moment; `hold`: how long it waits for what was
    said before it and comes after it; `lane`: the chat it is about.
    """

    key: str
    payload: JsonObject
    said_at: datetime | None = None
    order: int = 0
    hold: timedelta = timedelta(0)
    lane: str = ""


async def store(
    session: AsyncSession, platform: str, source: str, events: Sequence[NewEvent], now: datetime
) -> int:
    """Keep events by their keys; how many of them are new."""
    if not events:
        return 0
    rows = [
        {
            "platform": platform,
            "source": source,
            "lane": event.lane,
            "key": event.key,
            "payload": event.payload,
            "received_at": now,
            "said_at": event.said_at or now,
            "said_order": event.order,
            "state": InboxState.PENDING,
            "attempts": 0,
            "next_attempt_at": now + event.hold if event.hold else None,
        }
        for event in events
    ]
    statement = insert(session, Inbox).on_conflict_do_nothing(index_elements=["platform", "key"])
    kept = await session.execute(statement.returning(col(Inbox.id)), rows)
    return len(kept.all())


async def claim(session: AsyncSession, sources: Sequence[str], now: datetime, limit: int) -> Sequence[Inbox]:
    """The oldest events waiting, in the order they were said; the caller's transaction holds them.

    On PostgreSQL of some chats only: those whose events nobody else is at, who then leaves these alone.
    """
    if not is_postgresql(session):
        return (await session.scalars(_waiting(sources, now, limit))).all()
    window = _waiting(sources, now, limit * WINDOW).with_only_columns(
        col(Inbox.id), col(Inbox.platform), col(Inbox.lane), maintain_column_froms=True
    )
    lanes = {number: f"{platform}/{lane}" for number, platform, lane in await session.execute(window)}
    mine = set(await take_free(session, Lock.LANE, list(dict.fromkeys(lanes.values())), LANES))
    ids = [number for number, lane in lanes.items() if lane in mine][:limit]
    return (await session.scalars(_still_waiting(ids))).all() if ids else []


def _still_waiting(ids: Sequence[int | None]) -> Select[Inbox]:
    """Somebody may have handled some of them before their chat was ours."""
    pending = text(INBOX_PENDING), col(Inbox.id).in_(ids)
    return select(Inbox).where(*pending).order_by(*_AS_SAID).with_for_update(skip_locked=True)


async def peek(session: AsyncSession, sources: Sequence[str], now: datetime, limit: int) -> Sequence[Inbox]:
    """The oldest events waiting, only looked at: somebody else may take them."""
    return (await session.scalars(_waiting(sources, now, limit))).all()


def _waiting(sources: Sequence[str], now: datetime, limit: int) -> Select[Inbox]:
    """What may be taken now, and what was said before it, though it came later and is still held."""
    theirs = text(INBOX_PENDING), col(Inbox.source).in_(sources)
    ripe = or_(col(Inbox.next_attempt_at).is_(None), waits.is_over(col(Inbox.next_attempt_at), now))
    newest = (
        select(col(Inbox.said_at))
        .where(*theirs, ripe)
        .order_by(*(column.desc() for column in _AS_SAID))
        .limit(1)
        .scalar_subquery()
    )
    overtaken = and_(col(Inbox.attempts) == 0, col(Inbox.said_at) <= newest)
    return select(Inbox).where(*theirs, or_(ripe, overtaken)).order_by(*_AS_SAID).limit(limit)


async def knows(session: AsyncSession, platform: str, keys: Sequence[str]) -> bool:
    """Whether one of these was ever told."""
    found = await session.execute(
        select(col(Inbox.id)).where(col(Inbox.platform) == platform, col(Inbox.key).in_(keys)).limit(1)
    )
    return found.scalar() is not None


async def mark_done(session: AsyncSession, ids: Sequence[int]) -> None:
    """These events are handled; said in the transaction that handled them."""
    if ids:
        await session.execute(
            update(Inbox).where(col(Inbox.id).in_(ids)).values(state=InboxState.DONE, error=None)
        )


async def mark_failed(session: AsyncSession, event_id: int, error: str, again_at: datetime | None) -> None:
    """An event could not be handled: again at a moment, or never (`None`: dead, kept as it is)."""
    state = InboxState.DEAD if again_at is None else InboxState.PENDING
    await session.execute(
        update(Inbox)
        .where(col(Inbox.id) == event_id)
        .values(state=state, error=error[:500], next_attempt_at=again_at, attempts=col(Inbox.attempts) + 1)
    )


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many events are in each state."""
    rows = await session.execute(select(col(Inbox.state), func.count()).group_by(col(Inbox.state)))
    return {str(state): number for state, number in rows}


async def stuck(session: AsyncSession, limit: int, target: str = "") -> Sequence[Stuck]:
    """Events that were given up and are still kept word for word, the oldest first."""
    if target not in ("", NAME):
        return []
    given_up = select(Inbox).where(text(INBOX_GIVEN_UP)).order_by(col(Inbox.id)).limit(limit)
    rows = await session.scalars(given_up)
    return [
        Stuck(
            f"e{row.id}", NAME, f"event of {row.platform}", OutboxState.DEAD, row.error or "", row.received_at
        )
        for row in rows
    ]


async def given_up(session: AsyncSession) -> int:
    """How many such events there are."""
    counted = select(func.count()).select_from(Inbox).where(text(INBOX_GIVEN_UP))
    return (await session.execute(counted)).scalar_one()


async def mark(session: AsyncSession, chosen: Choice, *, again: bool) -> int:
    """Handle events that were given up again, or leave them, where events are meant; how many."""
    if chosen.target not in ("", NAME) or not (chosen.target or chosen.name):
        return 0
    query = update(Inbox).where(text(INBOX_GIVEN_UP))
    if again and chosen.sources is not None:
        query = query.where(col(Inbox.source).in_(chosen.sources))
    if chosen.name:
        query = query.where(col(Inbox.id) == number_of(chosen.name, "e"))
    state = InboxState.PENDING if again else InboxState.DONE
    values = {"state": state, "attempts": 0, "next_attempt_at": None}
    marked = await session.execute(
        query.values(**values).returning(col(Inbox.id)).execution_options(synchronize_session=False)
    )
    return len(marked.all())
