"""Tickets as the page shows them: the list with its totals, and one with its history.

Moderators see all of it. A member sees no hidden ticket, no name and number of a person, and photos and posts
of the rooms that they see; of other groups only photos that a moderator released.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.web.reading import answer, refusal
from bot.web.visitors import Visitor, Visitors, rooms_of
from handlers.deadlines import is_late
from handlers.ports import Clock, JsonObject, Say
from handlers.public import TOLD, shows_the_end
from handlers.veil import Veil
from storage import lists, members, messages, tickets
from storage.columns import row_number
from storage.database import Database
from storage.models import Attachment, Chat, Submission, Ticket, row_id
from storage.states import OPEN, AttachmentState, TicketStatus

LIST_LENGTH = 100


class TicketsApi:
    """Routes under /api/tickets."""

    def __init__(
        self,
        database: Database,
        visitors: Visitors,
        say: Say,
        clock: Clock,
        *,
        language: str,
        departments: Mapping[str, str],
        veil: Veil,
    ) -> None:
        """`departments`: names by key. `veil`: hides in words who is meant."""
        self._database = database
        self._visitors = visitors
        self._say = say
        self._clock = clock
        self._language = language
        self._departments = departments
        self._veil = veil

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/tickets", self.listed), web.get("/api/tickets/{code}", self.one)]

    async def listed(self, request: web.Request) -> web.Response:
        """Totals of all, and the newest of a status, or of what is late; `more`: the list goes on."""
        visitor = await self._visitors.of(request)
        limit = row_number(request.query.get("limit", ""))
        number = LIST_LENGTH if limit is None else min(limit, LIST_LENGTH)
        now = self._clock()
        wanted = _wanted(request.query.get("status", "all"), visitor, now)
        async with self._database.read() as session:
            open_rooms = await _open_rooms(session, visitor)
            totals = await tickets.totals(session, now, with_hidden=visitor.moderates)
            one_more = await lists.listed(session, wanted, number + 1)
            found = one_more[:number]
            names = await members.names(session, {ticket.reporter_id for ticket in found})
            rooms = {ticket.chat_id: await session.get_one(Chat, ticket.chat_id) for ticket in found}
            ids = [row_id(ticket) for ticket in found]
            thumbs = await messages.first_photos(session, ids, open_rooms)
        shown = [
            self._ticket(ticket, rooms[ticket.chat_id], names.get(ticket.reporter_id, ""), now)
            | {"photo": _thumb(thumbs.get(row_id(ticket)))}
            for ticket in found
        ]
        if open_rooms is not None:
            shown = [self._veiled(one, ticket, open_rooms) for one, ticket in zip(shown, found, strict=True)]
        return answer({"totals": totals, "tickets": shown, "more": len(one_more) > number})

    async def one(self, request: web.Request) -> web.Response:
        """One ticket, its photos before and after, its history."""
        visitor = await self._visitors.of(request)
        code = request.match_info["code"].lstrip("#").upper()
        async with self._database.read() as session:
            ticket = await tickets.by_code(session, code)
            if ticket is None or (ticket.hidden and not visitor.moderates):
                raise refusal(self._say(self._language, "webchat.no_ticket"), web.HTTPNotFound)
            room = await session.get_one(Chat, ticket.chat_id)
            names = await members.names(session, [ticket.reporter_id])
            photos = await messages.photos_of_ticket(session, row_id(ticket))
            history = await tickets.history(session, row_id(ticket))
            open_rooms = await _open_rooms(session, visitor)
        shown = self._ticket(ticket, room, names.get(ticket.reporter_id, ""), self._clock())
        lines = [self._line(entry) for entry in history]
        if open_rooms is not None:
            shown = self._veiled(shown, ticket, open_rooms)
            lines = [self._bare_line(one) for one in history if one.event.action in TOLD]
            photos = [one for one in photos if one[0].on_board or one[1].chat_id in open_rooms]
        return answer(
            shown
            | {
                "photos": _photos(photos, after=False),
                "after_photos": _photos(photos, after=True),
                "history": lines,
            }
        )

    def _ticket(self, ticket: Ticket, room: Chat, reporter: str, now: datetime) -> JsonObject:
        return {
            "code": f"#{ticket.code}",
            "kind": ticket.kind,
            "kind_label": self._say(self._language, f"kind.{ticket.kind}"),
            "category": ticket.category,
            "category_label": self._say(self._language, f"category.{ticket.category}"),
            "status": ticket.status.value,
            "status_label": self._say(self._language, f"status.{ticket.status.value}"),
            "place": ticket.place.get("text"),
            "summary": ticket.summary,
            "urgent": ticket.urgent,
            "voices": ticket.voices,
            "opened_at": ticket.opened_at.isoformat(),
            "due_at": ticket.due_at.isoformat() if ticket.due_at else None,
            "overdue": is_late(ticket, now),
            "reporter": reporter,
            "department": self._departments.get(ticket.department or ""),
            "chat": room.external_id,
            "post": ticket.origin,
        }

    def _veiled(self, shown: JsonObject, ticket: Ticket, open_rooms: Collection[int]) -> JsonObject:
        """A ticket as any member may read it."""
        is_here, people = ticket.chat_id in open_rooms, [shown["reporter"]]
        return shown | {
            "summary": self._veil.over(ticket.summary, people),
            "place": self._veil.over(shown["place"] or "", people) or None,
            "reporter": "",
            "chat": shown["chat"] if is_here else None,
            "post": shown["post"] if is_here else None,
        }

    def _line(self, entry: tickets.Entry) -> JsonObject:
        event = entry.event
        text = self._say(self._language, f"history.{event.action}")
        words = event.detail.get("note") or (entry.words if event.action == "comment" else "")
        shown = f"{text}: {words}" if words else text
        return {"at": event.at.isoformat(), "who": entry.name, "text": shown}

    def _bare_line(self, entry: tickets.Entry) -> JsonObject:
        """One row of history, without who did it and what anybody said of it."""
        text = self._say(self._language, f"history.{entry.event.action}")
        return {"at": entry.event.at.isoformat(), "who": "", "text": text}


async def _open_rooms(session: AsyncSession, visitor: Visitor) -> Collection[int] | None:
    """The rooms of which somebody sees photos and posts; None: everything."""
    if visitor.moderates:
        return None
    return {row_id(one) for one in await rooms_of(session, visitor)}


def _wanted(word: str, visitor: Visitor, now: datetime) -> lists.Filter:
    """What a list is asked for in a word: a status, or what several have in common."""
    hidden = None if visitor.moderates else False
    if word == "overdue":
        return lists.Filter(overdue_at=now, hidden=hidden)
    return lists.Filter(statuses=_statuses(word), hidden=hidden)


def _statuses(word: str) -> Sequence[TicketStatus]:
    if word == "open":
        return OPEN
    return (TicketStatus(word),) if word in set(TicketStatus) else tuple(TicketStatus)


def _photos(photos: Sequence[tuple[Attachment, Submission]], *, after: bool) -> list[str]:
    """Photos that came with a report, or those that came with its follow-ups."""
    return [
        f"/photos/{photo.content_hash}"
        for photo, submission in photos
        if photo.state == AttachmentState.STORED and shows_the_end(submission) == after
    ]


def _thumb(content_hash: str | None) -> str | None:
    return f"/photos/{content_hash}?size=thumb" if content_hash else None
