"""What is to be sent: written with the ticket, claimed before the call, marked after it.

Order is kept for each ordering key: only the oldest unsent row of a key can be claimed, and while it
waits, its key waits. A row that goes out commits as `sending` first; what a crash leaves in that
state is resolved by `recover`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import col

from storage import claiming, waits
from storage.columns import JsonObject
from storage.database import add_once, by_the_way, table_of
from storage.dispatches import Choice, StateCount, Stuck, number_of
from storage.models import OUTBOX_UNSENT, STUCK, Chat, Outbox
from storage.states import OutboxState

TOAST = "toast"
_AHEAD = timedelta(minutes=1)  # of us, as another process's clock may be
MINOR = (TOAST, "edit", "reaction")  # nobody misses one that was given up


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """One delivery to write; the same idempotency key is written once."""

    key: str
    purpose: str
    chat_id: int
    payload: JsonObject
    ticket_id: int | None = None
    submission_id: int | None = None
    target_key: str | None = None
    ordering_key: str = ""  # empty: the chat's
    not_before: datetime | None = None


async def add(session: AsyncSession, delivery: NewDelivery, now: datetime) -> None:
    """Write a delivery; an edit takes the place of older edits of the same post still unsent, and takes
    the pictures away if one of them would have."""
    payload = delivery.payload
    if delivery.target_key is not None and await _supersede(session, delivery.target_key):
        payload = payload | {"bare": True}
    row = {
        "idempotency_key": delivery.key,
        "purpose": delivery.purpose,
        "chat_id": delivery.chat_id,
        "ticket_id": delivery.ticket_id,
        "submission_id": delivery.submission_id,
        "target_key": delivery.target_key,
        "ordering_key": delivery.ordering_key or f"chat:{delivery.chat_id}",
        "payload": payload,
        "state": OutboxState.PENDING,
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": delivery.not_before or now,
        "fence": 0,
    }
    await add_once(session, Outbox, [row], "idempotency_key")


async def _supersede(session: AsyncSession, target_key: str) -> bool:
    """Whether one of those that will not leave would have taken a post's pictures away."""
    unsent = await session.scalars(_superseding(), {"target": target_key})
    return any(payload.get("bare") for payload in unsent.all())


@cache
def _superseding() -> ReturningUpdate[JsonObject]:
    edits = table_of(Outbox)
    return (
        update(edits)
        .where(edits.c.target_key == bindparam("target"), edits.c.state == OutboxState.PENDING)
        .values(state=OutboxState.SUPERSEDED)
        .returning(edits.c.payload)
    )


async def ready(
    session: AsyncSession, platforms: Sequence[str], now: datetime, limit: int
) -> Sequence[tuple[Outbox, Chat]]:
    """The rows whose turn it is: the oldest unsent one of each ordering key, unless it or its chat must wait.

    The answer to a press is no post in the chat, and of no use to anybody a minute later.
    """
    heads = select(func.min(col(Outbox.id))).where(text(OUTBOX_UNSENT)).group_by(col(Outbox.ordering_key))
    rows = await session.execute(
        select(Outbox, Chat)
        .join(Chat, col(Chat.id) == col(Outbox.chat_id))
        .where(
            col(Outbox.id).in_(heads),
            col(Outbox.state) == OutboxState.PENDING,
            or_(waits.is_over(col(Outbox.next_attempt_at), now), _is_of_a_clock_ahead(now)),
            col(Chat.platform).in_(platforms),
            or_(
                col(Chat.paused_until).is_(None),
                waits.is_over(col(Chat.paused_until), now),
                col(Outbox.purpose) == TOAST,
            ),
        )
        .order_by(col(Outbox.id))
        .limit(limit)
        .with_for_update(skip_locked=True, of=Outbox)
    )
    return [(row, chat) for row, chat in rows]


def _is_of_a_clock_ahead(now: datetime) -> ColumnElement[bool]:
    """Whether a row, and the moment until which it waits, are of before a clock was set back."""
    return and_(col(Outbox.created_at) > now + _AHEAD, col(Outbox.next_attempt_at) >= col(Outbox.created_at))


async def settle(
    session: AsyncSession,
    row: Outbox,
    state: OutboxState,
    now: datetime,
    *,
    has_pictures: bool | None = None,
    **values: object,
) -> bool:
    """What `claiming.settle` says, and whether its photos went along; toasts are kept no longer."""
    if row.purpose == TOAST and state in (OutboxState.SENT, OutboxState.DEAD):
        values["payload"] = row.payload | {"text": ""}
    elif has_pictures is not None:
        values["payload"] = await _with_pictures(session, row, has_pictures)
    return await claiming.settle(session, row, state, now, **values)


async def _with_pictures(session: AsyncSession, row: Outbox, has_pictures: bool) -> JsonObject:
    """The payload as it is by now: its words may have been erased while it went out."""
    payload = await session.scalars(
        select(col(Outbox.payload)).where(col(Outbox.id) == row.id).with_for_update()
    )
    return payload.one() | {"has_pictures": has_pictures}


async def stranded(
    session: AsyncSession, *, owner: str = "", now: datetime | None = None
) -> Sequence[tuple[Outbox, Chat]]:
    """Rows left as `sending`: by an owner, who has started anew, or by anybody, past their lease."""
    query = (
        select(Outbox, Chat)
        .join(Chat, col(Chat.id) == by_the_way(session, col(Outbox.chat_id)))
        .where(text(f"outbox.{OUTBOX_UNSENT}"), claiming.left_by(Outbox, owner, now))
        .order_by(by_the_way(session, col(Outbox.id)))
        .with_for_update(skip_locked=True, of=Outbox)
    )
    return [(row, chat) for row, chat in await session.execute(query)]


async def by_key(session: AsyncSession, key: str) -> Outbox | None:
    """The delivery of an idempotency key."""
    return (await session.scalars(_by_key(), {"key": key})).one_or_none()


async def by_keys(session: AsyncSession, keys: Collection[str]) -> Sequence[Outbox]:
    """The deliveries of idempotency keys, the oldest first."""
    query = select(Outbox).where(col(Outbox.idempotency_key).in_(keys)).order_by(col(Outbox.id))
    return (await session.scalars(query)).all()


async def last_begun_with(session: AsyncSession, prefix: str, name: str) -> Outbox | None:
    """The newest delivery whose key begins like this and whose payload has something of this name; all are
    read, as is rarely asked."""
    query = (
        select(Outbox)
        .where(
            col(Outbox.idempotency_key).startswith(prefix, autoescape=True),
            col(Outbox.payload)[name].as_string().is_not(None),
        )
        .order_by(col(Outbox.id).desc())
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


@cache
def _by_key() -> Select[Outbox]:
    return select(Outbox).where(col(Outbox.idempotency_key) == bindparam("key"))


async def says(session: AsyncSession, post: Outbox, payload: JsonObject) -> bool:
    """Whether a post, by its newest edit, has these words and buttons already."""
    last = await newest(session, post)
    same = all(last.get(name) == payload.get(name) for name in ("text", "buttons"))
    return same and not payload.get("bare")


async def newest(session: AsyncSession, post: Outbox) -> JsonObject:
    """What a post says by its newest edit."""
    edited = await session.scalar(_newest_edit(), {"target_key": post.idempotency_key})
    return post.payload if edited is None else edited


@cache
def _newest_edit() -> Select[JsonObject]:
    edits = table_of(Outbox)
    return (
        select(edits.c.payload)
        .where(
            edits.c.target_key == bindparam("target_key"),
            edits.c.state.not_in((OutboxState.SUPERSEDED, OutboxState.DEAD)),
        )
        .order_by(edits.c.id.desc())
        .limit(1)
    )


async def of_post(session: AsyncSession, chat_id: int, message: str) -> Outbox | None:
    """The delivery that became a post of ours."""
    return (await session.scalars(_of_post(), {"chat_id": chat_id, "message": message})).first()


@cache
def _of_post() -> Select[Outbox]:
    return select(Outbox).where(
        col(Outbox.chat_id) == bindparam("chat_id"),
        col(Outbox.platform_message_id) == bindparam("message"),
        col(Outbox.target_key).is_(None),
    )


async def cards(session: AsyncSession, purpose: str, ticket_id: int) -> Sequence[Outbox]:
    """The posts of a purpose about a ticket, one for each chat that has it."""
    return (await session.scalars(_cards(), {"ticket_id": ticket_id, "purpose": purpose})).all()


@cache
def _cards() -> Select[Outbox]:
    return select(Outbox).where(
        col(Outbox.ticket_id) == bindparam("ticket_id"),
        col(Outbox.purpose) == bindparam("purpose"),
        col(Outbox.target_key).is_(None),
        col(Outbox.state).not_in((OutboxState.DEAD, OutboxState.SUPERSEDED)),
    )


async def written(session: AsyncSession, purposes: Sequence[str], ticket_id: int) -> Sequence[Outbox]:
    """The posts of these purposes about a ticket, the oldest first, whether they left or were held back."""
    found = await session.scalars(
        select(Outbox)
        .where(
            col(Outbox.ticket_id) == ticket_id,
            col(Outbox.purpose).in_(purposes),
            col(Outbox.target_key).is_(None),
            col(Outbox.state) != OutboxState.DEAD,
        )
        .order_by(col(Outbox.id))
    )
    return found.all()


class PostedWords(NamedTuple):
    """The words of one row, the key of the post in which they stood or stand, and whom they name."""

    id: int
    post: str
    text: str
    names: Collection[int]


async def said_under(session: AsyncSession, prefix: str, member_id: int) -> Sequence[PostedWords]:
    """The words of posts whose keys begin like this or that may name a member, and of their edits; all are
    read, as is rarely asked."""
    payload = col(Outbox.payload)
    text = payload["text"].as_string()
    key = func.coalesce(col(Outbox.target_key), col(Outbox.idempotency_key))
    naming = select(col(Outbox.idempotency_key)).where(
        payload["names"].as_string().contains(str(member_id)), text != ""
    )
    rows = await session.execute(
        select(col(Outbox.id), key, text, payload["names"].as_json())
        .where(or_(col(Outbox.idempotency_key).startswith(prefix), key.in_(naming)), text != "")
        .order_by(col(Outbox.id))
    )
    return [PostedWords(one, post, words, names or ()) for one, post, words, names in rows if one is not None]


async def by_ids(session: AsyncSession, ids: Sequence[int]) -> Sequence[Outbox]:
    """Deliveries by their numbers."""
    found = await session.scalars(select(Outbox).where(col(Outbox.id).in_(ids)).order_by(col(Outbox.id)))
    return found.all()


async def showing(session: AsyncSession, photos: Collection[int]) -> Sequence[int]:
    """The numbers of posts that have one of these photos; all with any are read, as is rarely asked."""
    if not photos:
        return []
    shown = col(Outbox.payload)["photos"]
    rows = await session.execute(select(col(Outbox.id), shown.as_json()).where(shown.as_string() != "[]"))
    return [one for one, shows in rows if one is not None and not set(photos).isdisjoint(shows)]


async def telling_of(
    session: AsyncSession,
    ticket_ids: Sequence[int],
    submission_ids: Sequence[int],
    post_ids: Sequence[int] = (),
) -> Sequence[Outbox]:
    """Posts about these tickets and submissions, and these, that stand in chats, are on their way or wait to
    leave."""
    found = await session.scalars(
        select(Outbox)
        .where(
            or_(
                col(Outbox.ticket_id).in_(ticket_ids),
                col(Outbox.submission_id).in_(submission_ids),
                col(Outbox.id).in_(post_ids),
            ),
            col(Outbox.target_key).is_(None),
            or_(
                col(Outbox.platform_message_id).is_not(None),
                col(Outbox.state).in_((OutboxState.PENDING, OutboxState.SENDING)),
            ),
        )
        .order_by(col(Outbox.id))
    )
    return found.all()


async def lately_sent(session: AsyncSession, chat_id: int, since: datetime, limit: int) -> Sequence[Outbox]:
    """Posts in a chat, the newest first."""
    found = await session.scalars(
        select(Outbox)
        .where(
            col(Outbox.chat_id) == chat_id,
            col(Outbox.sent_at) >= since,
            col(Outbox.target_key).is_(None),
            col(Outbox.platform_message_id).is_not(None),
        )
        .order_by(col(Outbox.sent_at).desc(), col(Outbox.id).desc())
        .limit(limit)
    )
    return found.all()


async def waiting(session: AsyncSession, chat_id: int, purpose: str) -> Outbox | None:
    """The newest delivery of a purpose to a chat that has not left yet."""
    found = await session.scalars(
        select(Outbox)
        .where(
            text(OUTBOX_UNSENT),
            col(Outbox.state) == OutboxState.PENDING,
            by_the_way(session, col(Outbox.chat_id)) == chat_id,
            col(Outbox.purpose) == purpose,
        )
        .order_by(by_the_way(session, col(Outbox.id)).desc())
        .limit(1)
    )
    return found.one_or_none()


async def sent_since(
    session: AsyncSession, chat_id: int, since: datetime, now: datetime
) -> Sequence[datetime]:
    """When this chat was last posted to, for the platform's limit a minute; what goes out counts as now."""
    sent = await session.scalars(
        select(col(Outbox.sent_at))
        .where(col(Outbox.chat_id) == chat_id, col(Outbox.sent_at) > since)
        .order_by(col(Outbox.sent_at))
    )
    going = await session.scalars(
        select(func.count()).where(
            text(OUTBOX_UNSENT),
            col(Outbox.state) == OutboxState.SENDING,
            by_the_way(session, col(Outbox.chat_id)) == chat_id,
        )
    )
    return [moment for moment in sent if moment is not None] + [now] * going.one()


async def sent_by(session: AsyncSession, platform: str, since: datetime) -> int:
    """How many messages a platform has taken since a moment."""
    found = await session.scalar(
        select(func.count())
        .select_from(Outbox)
        .join(Chat, col(Chat.id) == col(Outbox.chat_id))
        .where(col(Chat.platform) == platform, col(Outbox.sent_at) >= since)
    )
    return found or 0


async def texts(session: AsyncSession, chat_id: int, purpose: str) -> list[str]:
    """What was written to a chat for a purpose, the oldest first."""
    rows = await session.scalars(
        select(Outbox)
        .where(col(Outbox.chat_id) == chat_id, col(Outbox.purpose) == purpose)
        .order_by(col(Outbox.id))
    )
    return [str(row.payload.get("text", "")) for row in rows]


async def standing(session: AsyncSession, since: datetime) -> Sequence[StateCount]:
    """How many deliveries of each platform wait or are stuck, and how many were sent since a moment."""
    chat_id = col(Outbox.chat_id)
    asked = (
        (text(f"outbox.{OUTBOX_UNSENT}"), by_the_way(session, chat_id)),
        (is_stuck(), by_the_way(session, chat_id)),
        (col(Outbox.sent_at) >= since, chat_id),  # of each chat the latest, by its index
    )
    found = []
    for which, there in asked:
        rows = await session.execute(
            select(col(Chat.platform), col(Outbox.state), func.count())
            .join(Chat, col(Chat.id) == there)
            .where(which)
            .group_by(col(Chat.platform), col(Outbox.state))
            .order_by(col(Chat.platform))
        )
        found += [StateCount(platform, OutboxState(state), count) for platform, state, count in rows]
    return found


def is_stuck() -> ColumnElement[bool]:
    """Of a post: that it was given up or perhaps arrived."""
    return and_(text(f"outbox.{STUCK}"), col(Outbox.purpose).not_in(MINOR))


async def stuck(session: AsyncSession, limit: int, platform: str = "") -> Sequence[Stuck]:
    """Posts that were given up or perhaps arrived, the oldest first; on all platforms or on one."""
    there = [col(Chat.platform) == platform] if platform else []
    rows = await session.execute(
        select(Outbox, Chat)
        .join(Chat, col(Chat.id) == by_the_way(session, col(Outbox.chat_id)))
        .where(is_stuck(), *there)
        .order_by(col(Outbox.id))
        .limit(limit)
    )
    return [
        Stuck(f"c{row.id}", chat.platform, f"{row.purpose} in {chat.title or chat.external_id}", row.state,
              row.error or "", row.created_at)
        for row, chat in rows
    ]  # fmt: skip


async def mark(session: AsyncSession, chosen: Choice, state: OutboxState, now: datetime) -> int:
    """Say what becomes of posts that are stuck; of how many."""
    query = update(Outbox).where(is_stuck(), col(Outbox.state).in_(chosen.states))
    if chosen.target:
        theirs = select(col(Chat.id)).where(col(Chat.platform) == chosen.target)
        query = query.where(col(Outbox.chat_id).in_(theirs))
    if chosen.name:
        query = query.where(col(Outbox.id) == number_of(chosen.name, "c"))
    values = {"state": state, "attempts": 0, "created_at": now, "next_attempt_at": now}
    marked = await session.execute(
        query.values(**values).returning(col(Outbox.id)).execution_options(synchronize_session=False)
    )
    return len(marked.all())
