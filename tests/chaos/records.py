"""Reads the records of a city after a run: the fake platform's log, the database's rows, the files."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from handlers.fields import replayed, snapshot
from storage import outbox
from storage.database import Database
from storage.models import Attachment, Chat, Inbox, Message, Outbox, Ticket, TicketEvent
from tests.chaos.history import Opened, Posted, Records, Seen, Sent
from tests.fakes.telegram import FakeTelegram, Group

_MOST_LISTED = 10_000
_NOTICE = "unconfirmed:"  # how the key of a notice about a delivery begins


async def read(server: FakeTelegram, groups: Sequence[Group], database: Database, photos: Path) -> Records:
    """Everything that is known of these groups."""
    posted, seen = _platform(server, groups)
    async with database.read() as session:
        rows = await _rows(session, Outbox, Chat, col(Chat.id) == col(Outbox.chat_id))
        sent = [_sent(row, chat) for row, chat in rows if row.payload.get("type") == "post"]
        return Records(
            posted=posted,
            seen=seen,
            kept=[
                (chat.external_id, row.external_id)
                for row, chat in await _rows(session, Message, Chat, col(Chat.id) == col(Message.chat_id))
            ],
            handled=Counter((await session.scalars(select(col(Inbox.state)))).all()),
            photos=Counter((await session.scalars(select(col(Attachment.state)))).all()),
            sent=sent,
            tickets=await _tickets(session, _places(groups)),
            hashes={one for one in await session.scalars(select(col(Attachment.content_hash))) if one},
            files={path.name.partition(".")[0] for path in photos.rglob("*.original")},
            told_unconfirmed=sum(row.key.startswith(_NOTICE) for row in sent),
            listed_unconfirmed=await _listed(session),
        )


async def _listed(session: AsyncSession) -> int:
    listed = await outbox.stuck(session, _MOST_LISTED)
    return sum(one.state == "unconfirmed" for one in listed)


def _platform(server: FakeTelegram, groups: Sequence[Group]) -> tuple[list[Posted], list[Seen]]:
    posted = [
        Posted(str(group.id), str(number), int("photo" in message))
        for group in groups
        for number, message in group.messages.items()
        if not message["from"]["is_bot"]
    ]
    return posted, [Seen(str(group), str(number), text) for group, number, text in server.accepted]


async def _rows(session: AsyncSession, first: Any, second: Any, joined: Any) -> list[Any]:
    return list(
        (await session.execute(select(first, second).join(second, joined).order_by(col(first.id)))).all()
    )


def _sent(row: Outbox, chat: Chat) -> Sent:
    return Sent(
        row.idempotency_key,
        chat.external_id,
        row.purpose,
        row.state.value,
        row.platform_message_id,
        row.attempts,
    )


def _places(groups: Sequence[Group]) -> dict[tuple[str, str], str]:
    """The how manieth of its group's members' messages each is: our own posts take numbers of the platform's,
    more or fewer of them in each run."""
    theirs = (
        (str(group.id), [number for number, one in group.messages.items() if not one["from"]["is_bot"]])
        for group in groups
    )
    return {
        (group, str(number)): str(place) for group, numbers in theirs for place, number in enumerate(numbers)
    }


async def _tickets(session: AsyncSession, places: dict[tuple[str, str], str]) -> list[Opened]:
    events: dict[int, list[Any]] = {}
    for event in await session.scalars(select(TicketEvent).order_by(col(TicketEvent.id))):
        events.setdefault(event.ticket_id, []).append(event.detail)
    rows = await _rows(session, Ticket, Chat, col(Chat.id) == col(Ticket.chat_id))
    return [
        Opened(
            ticket.code,
            chat.external_id,
            places[chat.external_id, ticket.origin],
            ticket.kind,
            ticket.category,
            ticket.summary,
            replayed(events[ticket.id]) == snapshot(ticket),
        )
        for ticket, chat in rows
    ]
