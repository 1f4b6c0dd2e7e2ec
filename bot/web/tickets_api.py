"""Tickets as the page shows them: the list with its totals, and one with its history."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from aiohttp import web

from handlers.ports import Clock, JsonObject, Say
from handlers.understanding import Intent
from storage import members, messages, tickets
from storage.database import Database
from storage.models import Attachment, Chat, Submission, Ticket
from storage.states import AttachmentState, SubmissionState, TicketStatus

LIST_LENGTH = 100


class TicketsApi:
    """Routes under /api/tickets."""

    def __init__(
        self, database: Database, say: Say, clock: Clock, *, language: str, departments: Mapping[str, str]
    ) -> None:
        """`departments`: names by key."""
        self._database = database
        self._say = say
        self._clock = clock
        self._language = language
        self._departments = departments

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/api/tickets", self.listed), web.get("/api/tickets/{code}", self.one)]

    async def listed(self, request: web.Request) -> web.Response:
        """Totals of all, and the newest of a status."""
        statuses = _statuses(request.query.get("status", "all"))
        limit = request.query.get("limit", "")
        number = min(int(limit), LIST_LENGTH) if limit.isdecimal() else LIST_LENGTH
        now = self._clock()
        async with self._database.read() as session:
            totals = await tickets.totals(session, now)
            found = await tickets.listed(session, tickets.Filter(statuses=statuses), number)
            names = await members.names(session, {ticket.reporter_id for ticket in found})
            rooms = {ticket.chat_id: await session.get_one(Chat, ticket.chat_id) for ticket in found}
            thumbs = await messages.first_photos(session, [ticket.id for ticket in found if ticket.id])
        shown = [
            self._ticket(ticket, rooms[ticket.chat_id], names.get(ticket.reporter_id, ""), now)
            | {"photo": _thumb(thumbs.get(ticket.id or 0))}
            for ticket in found
        ]
        return web.json_response({"totals": totals, "tickets": shown})

    async def one(self, request: web.Request) -> web.Response:
        """One ticket, its photos before and after, its history."""
        code = request.match_info["code"].lstrip("#").upper()
        async with self._database.read() as session:
            ticket = await tickets.by_code(session, code)
            if ticket is None or ticket.id is None:
                raise web.HTTPNotFound(
                    text='{"error": "Không có phiếu này."}', content_type="application/json"
                )
            room = await session.get_one(Chat, ticket.chat_id)
            names = await members.names(session, [ticket.reporter_id])
            photos = await messages.photos_of_ticket(session, ticket.id)
            history = await tickets.history(session, ticket.id)
        shown = self._ticket(ticket, room, names.get(ticket.reporter_id, ""), self._clock())
        return web.json_response(
            shown
            | {
                "photos": _photos(photos, after=False),
                "after_photos": _photos(photos, after=True),
                "history": [self._line(entry) for entry in history],
            }
        )

    def _ticket(self, ticket: Ticket, room: Chat, reporter: str, now: datetime) -> JsonObject:
        is_open = ticket.status in tickets.OPEN
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
            "overdue": bool(is_open and ticket.due_at and ticket.due_at < now),
            "reporter": reporter,
            "department": self._departments.get(ticket.department or ""),
            "chat": room.external_id,
            "post": ticket.origin,
        }

    def _line(self, entry: tickets.Entry) -> JsonObject:
        event = entry.event
        text = self._say(self._language, f"history.{event.action}")
        words = event.detail.get("note") or (entry.words if event.action == "comment" else "")
        shown = f"{text}: {words}" if words else text
        return {"at": event.at.isoformat(), "who": entry.name, "text": shown}


def _statuses(word: str) -> Sequence[TicketStatus]:
    if word == "open":
        return tickets.OPEN
    return (TicketStatus(word),) if word in set(TicketStatus) else tuple(TicketStatus)


def _photos(photos: Sequence[tuple[Attachment, Submission]], *, after: bool) -> list[str]:
    """Photos that came with a report, or those that came with its follow-ups."""
    return [
        f"/photos/{photo.content_hash}"
        for photo, submission in photos
        if photo.state == AttachmentState.STORED and _tells_of_the_end(submission) == after
    ]


def _tells_of_the_end(submission: Submission) -> bool:
    return submission.state == SubmissionState.FOLLOW_UP and submission.intent == Intent.DONE


def _thumb(content_hash: str | None) -> str | None:
    return f"/photos/{content_hash}?size=thumb" if content_hash else None
