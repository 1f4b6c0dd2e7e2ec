"""What is done to a ticket. Each change is one status move or one field, one row of history, and
the posts that show it, all in the transaction of the event that asked for it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from handlers import announce, lifecycle
from handlers.context import Turn
from handlers.lifecycle import Move
from handlers.understanding import Intent, Place, Understanding, fold, spots
from storage import corrections, messages, tickets
from storage.models import Chat, Member, Message, Submission, SubmissionState, Ticket, TicketStatus, row_id


class NotAllowed(Exception):
    """A move that a ticket's status does not allow."""

    def __init__(self, ticket: Ticket, move: Move) -> None:
        super().__init__(f"{ticket.code} is {ticket.status}, which does not allow {move}")
        self.ticket = ticket
        self.move = move


async def open_ticket(
    turn: Turn, chat: Chat, submission: Submission, message: Message, twin: Ticket | None = None
) -> Ticket:
    """Open a ticket for a submission, tell the group, show it to the moderators."""
    number = await tickets.next_number(turn.session, turn.policy.first_number)
    place = submission.place
    department = await tickets.department_for(turn.session, submission.category, str(place.get("ward") or ""))
    days = department.days if department else turn.policy.days
    ticket = Ticket(
        number=number,
        code=f"{turn.policy.code_prefix}{number}",
        chat_id=submission.chat_id,
        origin=message.external_id,
        reporter_id=submission.member_id,
        kind=submission.kind,
        category=submission.category,
        urgent=submission.urgent,
        summary=submission.text,
        folded=fold(submission.text),
        place=place,
        latitude=message.latitude if message.latitude is not None else place.get("latitude"),
        longitude=message.longitude if message.latitude is not None else place.get("longitude"),
        department=department.key if department else None,
        opened_at=submission.opened_at,
        due_at=due(submission.opened_at, turn.policy.urgent_days if submission.urgent else days),
    )
    turn.session.add(ticket)
    await turn.session.flush()
    await tickets.keep_spots(turn.session, ticket, spots(Place(**place)))
    submission.state, submission.ticket_id = SubmissionState.TICKETED, ticket.id
    opener = await turn.session.get_one(Member, submission.member_id)
    detail = {"confidence": submission.kind_confidence, "model": submission.model}
    await tickets.note(
        turn.session, ticket, "opened", turn.at, member=opener, message_id=message.id, detail=detail
    )
    photos = await messages.photos_of_submission(turn.session, row_id(submission))
    await announce.acknowledge(turn, chat, ticket, message)
    if ticket.urgent:
        await _sound_alarm(turn, chat, ticket, message)
    await announce.card(turn, ticket, [row_id(photo) for photo in photos], twin)
    return ticket


async def raise_urgency(turn: Turn, ticket: Ticket, message: Message) -> None:
    """Somebody told of a danger there: the ticket becomes urgent, with an alarm and a nearer deadline."""
    if ticket.urgent or ticket.status not in lifecycle.OPEN:
        return
    ticket.urgent = True
    ticket.version += 1
    soon = due(turn.at, turn.policy.urgent_days)
    ticket.due_at = min(ticket.due_at, soon) if ticket.due_at else soon
    member = await turn.session.get_one(Member, message.member_id)
    await tickets.note(turn.session, ticket, "urgent", turn.at, member=member, message_id=message.id)
    await _sound_alarm(turn, await turn.session.get_one(Chat, ticket.chat_id), ticket, message)
    await announce.changed(turn, ticket)


async def _sound_alarm(turn: Turn, chat: Chat, ticket: Ticket, message: Message) -> None:
    link = turn.services.link(chat.platform, chat.external_id, message.external_id)
    words = f"#{ticket.code} “{message.text or ticket.summary}”"
    place = str(ticket.place.get("text") or "")
    await announce.alarm(turn, f"alarm:ticket:{ticket.id}", words, place, link)


def due(opened_at: datetime, days: int) -> datetime:
    """The deadline of a ticket."""
    return opened_at + timedelta(days=days)


async def add_voice(turn: Turn, chat: Chat, ticket: Ticket, submission: Submission, message: Message) -> None:
    """The same thing told again: one more voice, counted once for each member."""
    again = await tickets.has_spoken(turn.session, row_id(ticket), submission.member_id)
    submission.state, submission.ticket_id = SubmissionState.VOICE, ticket.id
    member = await turn.session.get_one(Member, submission.member_id)
    if message.latitude is not None and ticket.latitude is None:
        ticket.latitude, ticket.longitude = message.latitude, message.longitude
    if not again:
        ticket.voices += 1
        ticket.version += 1
    await tickets.note(turn.session, ticket, "voice", turn.at, member=member, message_id=message.id)
    if not again:
        await announce.acknowledge_voice(turn, chat, ticket, message)
        await announce.changed(turn, ticket)


async def apply(
    turn: Turn,
    ticket: Ticket,
    move: Move,
    actor: Member,
    *,
    note: str = "",
    message: Message | None = None,
    photos: Sequence[int] = (),
) -> None:
    """Make one move of the lifecycle. Raises NotAllowed."""
    before = ticket.status
    status = lifecycle.after(before, move)
    if status is None:
        raise NotAllowed(ticket, move)
    ticket.status = status
    ticket.version += 1
    _stamp(ticket, turn.at)
    if move is Move.REOPEN:
        ticket.due_at = due(turn.at, turn.policy.days)
    await tickets.note(
        turn.session,
        ticket,
        move.value,
        turn.at,
        member=actor,
        from_status=before,
        message_id=message.id if message else None,
        detail={"note": note} if note else None,
    )
    await announce.changed(turn, ticket)
    if move in (Move.RESOLVE, Move.REJECT):
        await announce.settled(turn, ticket, actor.name, note, photos)


def _stamp(ticket: Ticket, at: datetime) -> None:
    if ticket.status == TicketStatus.RESOLVED:
        ticket.resolved_at = at
    elif ticket.status == TicketStatus.CLOSED:
        ticket.closed_at = at
    elif ticket.status in lifecycle.OPEN:
        ticket.resolved_at = ticket.closed_at = None


async def merge(turn: Turn, ticket: Ticket, into: Ticket, actor: Member) -> None:
    """Make a ticket part of another one: its voices count there. Raises NotAllowed."""
    before = ticket.status
    if ticket.id == into.id or lifecycle.after(before, Move.MERGE) is None:
        raise NotAllowed(ticket, Move.MERGE)
    if into.status == TicketStatus.MERGED:
        raise NotAllowed(into, Move.MERGE)
    ticket.status, ticket.merged_into_id = TicketStatus.MERGED, into.id
    into.voices += ticket.voices
    for changed in (ticket, into):
        changed.version += 1
    await tickets.note(
        turn.session, ticket, "merge", turn.at, member=actor, from_status=before, detail={"into": into.code}
    )
    await tickets.note(turn.session, into, "absorbed", turn.at, member=actor, detail={"from": ticket.code})
    await announce.changed(turn, ticket)
    await announce.changed(turn, into)


async def reclassify(
    turn: Turn, ticket: Ticket, actor: Member, *, kind: str | None = None, category: str | None = None
) -> None:
    """Correct what a ticket is; the old words stay in its history."""
    detail = {
        name: [old, new]
        for name, old, new in (("kind", ticket.kind, kind), ("category", ticket.category, category))
        if new and new != old
    }
    if not detail:
        return
    told = await corrections.of_ticket(turn.session, row_id(ticket))
    if told is not None:
        await corrections.note(turn.session, told, actor, turn.at, kind=kind, category=category)
    ticket.kind, ticket.category = kind or ticket.kind, category or ticket.category
    ticket.version += 1
    await tickets.note(turn.session, ticket, "reclassified", turn.at, member=actor, detail=detail)
    await announce.changed(turn, ticket)


async def assign(turn: Turn, ticket: Ticket, actor: Member, department: str, due_at: datetime | None) -> None:
    """Hand a ticket to a department, with a deadline where one was said. Raises NotAllowed."""
    if ticket.status not in lifecycle.OPEN:
        raise NotAllowed(ticket, Move.START)
    before = ticket.status
    detail = {"department": [ticket.department, department]}
    ticket.department = department
    ticket.due_at = due_at or ticket.due_at
    ticket.status = lifecycle.after(before, Move.ACCEPT) or before
    ticket.version += 1
    await tickets.note(
        turn.session, ticket, "assigned", turn.at, member=actor, from_status=before, detail=detail
    )
    await announce.changed(turn, ticket)


async def amend(
    turn: Turn, ticket: Ticket, actor: Member, text: str, *, message: Message, place: Place
) -> None:
    """The reporter changed the words of the post: the ticket says what the post now says."""
    detail = {"text": [ticket.summary, text]}
    ticket.summary, ticket.folded = text, fold(text)
    if place.text:
        await _placed(turn, ticket, place)
    ticket.version += 1
    await tickets.note(
        turn.session, ticket, "amended", turn.at, member=actor, message_id=message.id, detail=detail
    )
    await announce.changed(turn, ticket)


async def add_message(
    turn: Turn, ticket: Ticket, message: Message, *, words: str | None, seen: Understanding
) -> None:
    """More words or photos that belong to it; `words` is what the reporter's post says by now."""
    if words and message.text:
        ticket.summary, ticket.folded = words, fold(words)
        corrects = seen.intent is Intent.PLACE or not ticket.place.get("text")
        if corrects and seen.place.text:
            await _placed(turn, ticket, seen.place)
    ticket.version += 1
    author = await turn.session.get_one(Member, message.member_id)
    await tickets.note(turn.session, ticket, "added", turn.at, member=author, message_id=message.id)
    if words and message.text:
        await announce.changed(turn, ticket)
    if seen.urgent:
        await raise_urgency(turn, ticket, message)


async def replace_place(turn: Turn, ticket: Ticket, member: Member, message: Message, place: Place) -> None:
    """Somebody who may know said that it is somewhere else, or more exactly where."""
    detail = {"place": [ticket.place.get("text"), place.text]}
    await _placed(turn, ticket, place)
    ticket.version += 1
    await tickets.note(
        turn.session, ticket, "placed", turn.at, member=member, message_id=message.id, detail=detail
    )
    await announce.changed(turn, ticket)


async def _placed(turn: Turn, ticket: Ticket, place: Place) -> None:
    """The ticket is at this place, and is found there."""
    ticket.place = asdict(place)
    if ticket.latitude is None and place.latitude is not None:
        ticket.latitude, ticket.longitude = place.latitude, place.longitude
    await tickets.keep_spots(turn.session, ticket, spots(place))


async def locate(turn: Turn, ticket: Ticket, message: Message) -> None:
    """The reporter shared where it is."""
    ticket.latitude, ticket.longitude = message.latitude, message.longitude
    ticket.version += 1
    where = {"latitude": message.latitude, "longitude": message.longitude}
    author = await turn.session.get_one(Member, message.member_id)
    await tickets.note(
        turn.session, ticket, "located", turn.at, member=author, message_id=message.id, detail=where
    )


async def comment(turn: Turn, ticket: Ticket, member: Member, message: Message) -> None:
    """Keep somebody's words about it in its history."""
    await tickets.note(
        turn.session,
        ticket,
        "comment",
        turn.at,
        member=member,
        message_id=message.id,
        detail={"text": message.text},
    )
