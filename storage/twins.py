"""Tickets that may tell of the same thing: found by the spots of their place, and by their category."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    delete,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage.columns import JsonObject
from storage.database import add_once, is_postgresql, table_of, unindexed
from storage.models import Chat, Message, Submission, Ticket, TicketSpot, row_id
from storage.states import ALIVE, ChatRole, SubmissionState


class ComparedTicket(NamedTuple):
    """What of a ticket tells whether a message is about the same; the whole row would take much longer."""

    ticket_id: int
    folded: str
    category: str
    place: JsonObject
    opened_at: datetime


async def alike(
    session: AsyncSession,
    chat_id: int,
    since: datetime,
    *,
    spots: Sequence[str],
    categories: Sequence[str],
    named: Mapping[str, tuple[str, str]],
    at_spots: int,
    lately: int,
) -> Sequence[ComparedTicket]:
    """Tickets that could be the same thing as what is told in a group: not rejected, opened lately; at one of
    these spots, here or in any group, or here and of these categories; of each the newest, at most so many.
    Of two categories no others are found; one alone says that it may be any. Left out are those whose place
    has another value of what is `named`, by the key in `Ticket.place`: as it is written, and in lower case
    without accents.

    How many groups there are makes no difference.
    """
    asked = {"chat_id": chat_id, "since": since, "at_spots": at_spots, "lately": lately}
    asked |= {f"spot_{place}": spot for place, spot in enumerate(spots)}
    asked |= {f"category_{place}": category for place, category in enumerate(categories)}
    for key, (written, bare) in named.items():
        asked |= {f"written_{key}": written, f"bare_{key}": bare}
    query = _alike(len(spots), len(categories), tuple(named), is_sqlite=not is_postgresql(session))
    rows = await session.execute(query, asked)
    return [
        ComparedTicket(number, folded, category, place, opened_at)
        for number, folded, category, place, opened_at in rows
        if number is not None
    ]


@cache
def _alike(
    spots: int, categories: int, named: tuple[str, ...], *, is_sqlite: bool
) -> Select[int | None, str, str, JsonObject, datetime]:
    ticket, spot, chat = (table_of(kind).c for kind in (Ticket, TicketSpot, Chat))
    at, of = _values("spot", spots), _values("category", categories)
    found: list[Select[Any]] = [_newest_at(spot.spot == one) for one in at]
    if at:
        found.append(_newest_at(spot.chat_id == bindparam("chat_id"), spot.spot.in_(at)))
    found += [_newest(category) for category in of]
    status = unindexed(ticket.status) if is_sqlite else ticket.status
    heard = select(chat.id).where(chat.role.in_((ChatRole.COMMUNITY, ChatRole.SYSTEM)))
    return select(ticket.id, ticket.folded, ticket.category, ticket.place, ticket.opened_at).where(
        *([ticket.category.in_(of)] if categories > 1 else []),
        *(_names_no_other(key) for key in named),
        ticket.id.in_(union_all(*(select(one.subquery()) for one in found))),
        ticket.opened_at >= bindparam("since"),
        status.in_(ALIVE),
        or_(ticket.chat_id == bindparam("chat_id"), ticket.chat_id.in_(heard)),
    )


def _names_no_other(key: str) -> ColumnElement[bool]:
    """Most of what is of the category lies elsewhere: a row that is not read costs a tenth of one that is."""
    name = func.coalesce(table_of(Ticket).c.place[key].as_string(), "")
    written, bare = (bindparam(f"{how}_{key}", type_=String) for how in ("written", "bare"))
    return or_(name.in_(("", written)), func.lower(name) == bare)


def _values(sort: str, count: int) -> list[BindParameter[str]]:
    return [bindparam(f"{sort}_{place}", type_=String) for place in range(count)]


def _newest_at(*where: ColumnElement[bool]) -> Select[int]:
    number = table_of(TicketSpot).c.ticket_id
    limit = bindparam("at_spots", type_=Integer)
    return select(number).where(*where).order_by(number.desc()).limit(limit)


def _newest(category: BindParameter[str]) -> Select[int | None]:
    """One category at a time: its index has them in order, so that none but the newest are read."""
    ticket = table_of(Ticket).c
    return (
        select(ticket.id)
        .where(
            ticket.chat_id == bindparam("chat_id"),
            ticket.category == category,
            ticket.opened_at >= bindparam("since"),
            ticket.status.in_(ALIVE),
        )
        .order_by(ticket.opened_at.desc())
        .limit(bindparam("lately", type_=Integer))
    )


async def told_elsewhere(session: AsyncSession, ticket: Ticket) -> Sequence[tuple[int, str]]:
    """Other groups in which somebody told of it too, each with the first message of theirs; without one where
    the group has moved since, whose messages have other numbers now."""
    rows = await session.execute(
        select(col(Submission.chat_id), col(Message.external_id), col(Message.chat_id))
        .join(Message, col(Message.submission_id) == col(Submission.id))
        .where(
            col(Submission.ticket_id) == ticket.id,
            col(Submission.state) == SubmissionState.VOICE,
            col(Submission.chat_id) != ticket.chat_id,
        )
        .order_by(col(Message.id).desc())
    )
    newest_first = [(chat_id, message if said_in == chat_id else "") for chat_id, message, said_in in rows]
    return list(dict(newest_first).items())  # of each group the last one stays, which is its first message


async def keep_spots(session: AsyncSession, ticket: Ticket, spots: Sequence[str]) -> None:
    """Let a ticket be found at these spots, and no others."""
    await session.execute(delete(TicketSpot).where(col(TicketSpot.ticket_id) == ticket.id))
    await add_spots(session, ticket, spots)


async def add_spots(session: AsyncSession, ticket: Ticket, spots: Sequence[str]) -> None:
    """Let a ticket be found at these spots, too."""
    rows = [{"chat_id": ticket.chat_id, "spot": spot, "ticket_id": row_id(ticket)} for spot in spots]
    if rows:
        await add_once(session, TicketSpot, rows, "chat_id", "spot", "ticket_id")
