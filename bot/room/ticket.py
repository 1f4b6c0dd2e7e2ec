"""One ticket with everything about it, and all that a moderator can do to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.room.door import Visit
from bot.room.queue import link_of
from handlers import buttons, cameras, lifecycle, listing
from handlers.buttons import Act
from handlers.deadlines import is_late
from handlers.lifecycle import Move
from handlers.ports import Text
from handlers.posts import Button, Keyboard, from_json
from handlers.public import shows_the_end
from handlers.understanding import Kind
from storage import desk, members, messages, outbox, tickets
from storage.models import Attachment, Chat, Submission, Ticket, row_id
from storage.states import ALIVE, OPEN, AttachmentState, TicketStatus

POSTS = 40  # deliveries shown
WORDS = 2000  # letters of what was said with a row of history
_TAPPED = (Move.ACCEPT, Move.START, Move.REOPEN)  # the end of it has a form, which takes words


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One row of history as it is read."""

    entry: tickets.Entry
    text: str


async def show(visit: Visit) -> web.StreamResponse:
    """The page of one ticket."""
    code = visit.request.match_info["code"].lstrip("#").upper()
    async with visit.desk.database.read() as session:
        ticket = await tickets.by_code(session, code)
        if ticket is None:
            return visit.page("room_missing.html", {"code": code}, status=404)
        values = await _about(visit, session, ticket)
    return visit.page("room_ticket.html", values)


async def _about(visit: Visit, session: AsyncSession, ticket: Ticket) -> dict[str, object]:
    number, turn = row_id(ticket), visit.turn(session)
    entries = await tickets.history(session, number)
    told = await desk.told(session, await desk.submissions_of(session, number))
    chat = await session.get_one(Chat, ticket.chat_id)
    twin = await _twin(session, ticket)
    return {
        "ticket": ticket,
        "community": chat,
        "reporter": (await members.names(session, [ticket.reporter_id])).get(ticket.reporter_id, ""),
        "departments": await tickets.department_names(session),
        "there": visit.desk.services.policy.has_department,
        "history": [
            HistoryLine(entry, await listing.happened(turn, visit.reader, entry, WORDS)) for entry in entries
        ],
        "seen": row_id(entries[-1].event) if entries else 0,
        "told": [(one, link_of(visit, one)) for one in told],
        "photos": _photos(await messages.photos_of_ticket(session, number)),
        "posts": await desk.posts_of(session, number, POSTS),
        "calls": await desk.calls_of(session, number, POSTS),
        "into": await session.get(Ticket, ticket.merged_into_id) if ticket.merged_into_id else None,
        "twin": twin,
        "cameras": cameras.words(cameras.nearest(visit.desk.services.cameras, ticket)),
        "link": visit.desk.services.link(chat.platform, chat.external_id, ticket.origin),
        "is_open": ticket.status in OPEN,
        "late": is_late(ticket, visit.now),
        "buttons": quick(visit.say, ticket, twin),
        "dues": [Button(visit.say(f"due.{days}"), f"e:{number}:{days}") for days in buttons.DUE_DAYS],
        "kinds": [kind.value for kind in Kind if kind is not Kind.NONE],
        "categories": visit.desk.services.policy.categories,
        "reasons": [Button(visit.say(f"reason.{word}"), f"r:{number}:{word}") for word in buttons.REASONS],
        "may_close": ticket.status in ALIVE,
        "pulse": await desk.pulse(session),
    }


def quick(say: Text, ticket: Ticket, twin: Ticket | None) -> Keyboard:
    """What takes one press and no words."""
    number = row_id(ticket)
    moves = [move for move in lifecycle.moves_from(ticket.status) if move in _TAPPED]
    found = [Button(say(f"button.{move.value}"), f"t:{number}:{move.value}") for move in moves]
    if ticket.status in OPEN:
        urgency = Act.CALM if ticket.urgent else Act.URGENT
        acts = [urgency, *([Act.RESUME] if ticket.paused_at else [])]
        found += [Button(say(f"button.{act.value}"), f"x:{number}:{act.value}") for act in acts]
    found.append(Button(say(f"button.{Act.UNDO.value}"), f"x:{number}:{Act.UNDO.value}"))
    if twin is not None and ticket.status in OPEN:
        found += buttons.merge_keyboard(say, number, twin.code, row_id(twin))[0]
    return (tuple(found),)


async def _twin(session: AsyncSession, ticket: Ticket) -> Ticket | None:
    """The ticket that a card, or a photo that is alike, asked about, if it still stands by itself."""
    posts = await outbox.telling_of(session, [row_id(ticket)], [])
    asked = [buttons.merge_asked(from_json(row.payload)) for row in posts if row.ticket_id == ticket.id]
    for number in reversed([one for one in asked if one is not None]):
        twin = await session.get(Ticket, number)
        if twin is not None and twin.id != ticket.id and twin.status != TicketStatus.MERGED:
            return twin
    return None


def _photos(found: Sequence[tuple[Attachment, Submission]]) -> dict[str, list[Attachment]]:
    """Those of the report and those of its end."""
    sides: dict[str, list[Attachment]] = {"before": [], "after": []}
    for photo, submission in found:
        if photo.state == AttachmentState.STORED:
            sides["after" if shows_the_end(submission) else "before"].append(photo)
    return sides
