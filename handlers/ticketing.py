"""What is done to a ticket. Each change is one row of history and the posts that show it, all in the
transaction of the event that asked for it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from handlers import announce, cards, changes, deadlines, desks, fields, history, lifecycle, matters, rules
from handlers.changes import change
from handlers.context import Turn
from handlers.lifecycle import Move, NotAllowed
from handlers.shown import quoted
from handlers.subscribers import TOLD_BY
from handlers.understanding import Intent, Place, Understanding, fold, refined, spots
from storage import corrections, messages, submissions, tickets, twins
from storage.columns import JsonObject
from storage.models import Chat, Member, Message, Submission, Ticket, row_id
from storage.states import OPEN, SubmissionState, TicketStatus


async def open_ticket(
    turn: Turn, chat: Chat, submission: Submission, message: Message, twin: Ticket | None = None
) -> Ticket:
    """Open a ticket for a submission, tell the group, show it to the moderators."""
    ticket = await _new_ticket(turn, submission, message)
    changes.set_timers(turn, ticket)
    await tickets.add(turn.session, ticket)
    await twins.add_spots(turn.session, ticket, spots(Place(**ticket.place)))
    await submissions.belongs(turn.session, submission, ticket, SubmissionState.TICKETED)
    corrections.note_opened(turn.session, row_id(ticket), submission)
    opener = await turn.session.get_one(Member, submission.member_id)
    detail = {
        "confidence": submission.kind_confidence,
        "model": submission.model,
        "changes": fields.opened(ticket),
    }
    await history.note(turn, ticket, "opened", member=opener, message_id=message.id, detail=detail)
    photos = await messages.photos_of_submission(turn.session, row_id(submission))
    await announce.acknowledge(turn, chat, ticket, message)
    if ticket.urgent:
        await _sound_alarm(turn, chat, ticket, message, ticket.summary)
    await cards.show(turn, ticket, [row_id(photo) for photo in photos], twin)
    await desks.show(turn, ticket)
    return ticket


async def _new_ticket(turn: Turn, submission: Submission, message: Message) -> Ticket:
    number = await tickets.next_number(turn.session, turn.policy.first_number)
    place = submission.place
    ward = str(place.get("ward") or "")
    department = await rules.whose(turn, submission.category, ward, urgent=submission.urgent)
    days = await days_for(turn, submission.category, department)
    is_located = message.latitude is not None
    return Ticket(
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
        latitude=message.latitude if is_located else place.get("latitude"),
        longitude=message.longitude if is_located else place.get("longitude"),
        department=department,
        opened_at=submission.opened_at,
        due_at=deadlines.due(turn.policy, submission.opened_at, days, urgent=submission.urgent),
    )


async def days_for(turn: Turn, category: str, department: str | None) -> int:
    """How many days of work a category has: its own number, its department's, or everybody's."""
    if category in turn.policy.category_days:
        return turn.policy.category_days[category]
    found = next((row for row in await tickets.departments(turn.session) if row.key == department), None)
    return found.days if found else turn.policy.days


async def raise_urgency(turn: Turn, ticket: Ticket, message: Message, seen: Understanding) -> None:
    """Somebody told of a danger there: the ticket becomes urgent, with an alarm and a nearer deadline.

    Where it is urgent, only a danger of another sort rings, once: a wire down under the tree that fell.
    """
    is_another = matters.is_another_danger(seen, ticket.category)
    if ticket.status not in OPEN or (ticket.urgent and not is_another):
        return
    sort = seen.category if ticket.urgent else ""
    member = await turn.session.get_one(Member, message.member_id)
    await set_urgency(turn, ticket, member, urgent=True, message=message)
    chat = await turn.session.get_one(Chat, ticket.chat_id)
    await _sound_alarm(turn, chat, ticket, message, message.text or ticket.summary, sort)


async def set_urgency(
    turn: Turn, ticket: Ticket, actor: Member, *, urgent: bool, message: Message | None = None
) -> None:
    """A life may be in danger there, or is not: the deadline follows. Raises NotAllowed where it is over."""
    if ticket.status not in OPEN:
        raise NotAllowed(ticket, Move.START)
    if urgent == ticket.urgent:
        return
    fields = await (_alarmed(turn, ticket) if urgent else _calmed(turn, ticket))
    await change(turn, ticket, "urgent" if urgent else "calm", actor, message=message, **fields)
    await announce.changed(turn, ticket)


async def _alarmed(turn: Turn, ticket: Ticket) -> dict[str, Any]:
    """A danger waits for nothing: a pause is over, and the deadline comes nearer."""
    fields = deadlines.resumed(turn.policy, ticket, turn.at)
    days = await days_for(turn, ticket.category, ticket.department)
    near = deadlines.due(turn.policy, turn.at, days, urgent=True)
    due_at = fields.get("due_at", ticket.due_at)
    return {**fields, "urgent": True, "due_at": min(due_at, near) if due_at is not None else near}


async def _calmed(turn: Turn, ticket: Ticket) -> dict[str, Any]:
    """No danger any more: the deadline that the danger brought goes, one that somebody set stays."""
    days = await days_for(turn, ticket.category, ticket.department)
    usual = deadlines.due(turn.policy, turn.at, days, urgent=False)
    events = [entry.event for entry in await tickets.history(turn.session, row_id(ticket))]
    return {"urgent": False, "due_at": deadlines.calmed(events, ticket.due_at, usual)}


async def _sound_alarm(
    turn: Turn, chat: Chat, ticket: Ticket, message: Message, words: str, sort: str = ""
) -> None:
    link = turn.services.link(chat.platform, chat.external_id, message.external_id)
    place = str(ticket.place.get("text") or "")
    said = f"#{ticket.code} “{quoted(words, cards.SUMMARY_SHOWN)}”"
    told = await messages.submission_of(turn.session, message)
    # After it is over, a danger is another one.
    key = f"alarm:ticket:{ticket.id}:{sort or ticket.version}"
    await cards.alarm(turn, key, said, place, link, ticket=ticket, submission=told)


async def add_voice(
    turn: Turn,
    ticket: Ticket,
    member: Member,
    *,
    submission: Submission | None = None,
    message: Message | None = None,
) -> bool:
    """The same thing told again: one more voice, counted once for each member; whether it was one."""
    again = await tickets.has_spoken(turn.session, row_id(ticket), row_id(member))
    if submission is not None:
        await submissions.belongs(turn.session, submission, ticket, SubmissionState.VOICE)
    fields: dict[str, Any] = {} if again else {"voices": ticket.voices + 1}
    if message is not None and message.latitude is not None and ticket.latitude is None:
        fields |= {"latitude": message.latitude, "longitude": message.longitude}
    await change(turn, ticket, "voice", member, message=message, **fields)
    if not again:
        await announce.changed(turn, ticket)
    return not again


async def apply(
    turn: Turn,
    ticket: Ticket,
    move: Move,
    actor: Member | None,
    *,
    note: str = "",
    message: Message | None = None,
    photos: Sequence[int] = (),
    aloud: bool = True,
    told_by: str = "",
    detail: JsonObject | None = None,
) -> None:
    """Make one move of the lifecycle; the end of it is told `aloud` in the group. Raises NotAllowed.

    `told_by`: the system outside that said so. `detail`: what its row of history has to keep besides.
    """
    status = lifecycle.after(ticket.status, move)
    if status is None:
        raise NotAllowed(ticket, move)
    fields = {"status": status, **_stamps(turn, ticket, status)}
    if move is Move.START:
        fields |= deadlines.resumed(turn.policy, ticket, turn.at)
    if move is Move.REOPEN:
        days = await days_for(turn, ticket.category, ticket.department)
        fields["due_at"] = deadlines.due(turn.policy, turn.at, days, urgent=ticket.urgent)
    if move is not Move.CLOSE and actor is not None:
        fields["first_answer_at"] = ticket.first_answer_at or turn.at
    is_untold = not aloud and move in (Move.RESOLVE, Move.REJECT)
    kept = {**(detail or {}), **_said(note, told_by), **({announce.UNTOLD: True} if is_untold else {})}
    await change(turn, ticket, move.value, actor, message=message, detail=kept, **fields)
    await announce.changed(turn, ticket)
    if aloud and move is Move.REOPEN:
        await announce.reopened(turn, ticket)
    if aloud and move in (Move.RESOLVE, Move.REJECT):
        await announce.settled(turn, ticket, actor, note, photos)
    if move is not Move.CLOSE:
        await announce.tell_reporters(turn, ticket, note)


def _said(note: str, told_by: str) -> JsonObject:
    """What a row of history keeps of a note, and of the system that told it."""
    return {name: value for name, value in (("note", note), (TOLD_BY, told_by)) if value}


def _stamps(turn: Turn, ticket: Ticket, status: TicketStatus) -> dict[str, Any]:
    """The moments and the pause that go with a status."""
    if status == TicketStatus.RESOLVED:
        return {"resolved_at": turn.at, "paused_at": None, "pause_reason": "", "satisfied": None}
    if status == TicketStatus.CLOSED:
        return {"closed_at": turn.at}
    if status in OPEN:
        return {"resolved_at": None, "closed_at": None}
    return {"paused_at": None, "pause_reason": ""}


async def reclassify(
    turn: Turn, ticket: Ticket, actor: Member, *, kind: str | None = None, category: str | None = None
) -> None:
    """Correct what a ticket is; what it was stays in its history, and the next model learns from it."""
    fields: dict[str, Any] = {
        name: new
        for name, old, new in (("kind", ticket.kind, kind), ("category", ticket.category, category))
        if new and new != old
    }
    if not fields:
        return
    await learn_from(turn, ticket, actor, kind=kind, category=category)
    if "category" in fields and ticket.status is TicketStatus.NEW:
        fields |= await _routed(turn, ticket, fields["category"])
    await change(turn, ticket, "reclassified", actor, **fields)
    await announce.changed(turn, ticket)


async def _routed(turn: Turn, ticket: Ticket, category: str) -> dict[str, Any]:
    """Whose it is by a category, and until when; while nobody has taken it, that follows the category."""
    ward = str(ticket.place.get("ward") or "")
    department = await rules.whose(turn, category, ward, urgent=ticket.urgent)
    days = await days_for(turn, category, department)
    due_at = deadlines.due(turn.policy, ticket.opened_at, days, urgent=ticket.urgent)
    return {"department": department, "due_at": due_at}


async def learn_from(
    turn: Turn, ticket: Ticket, actor: Member, *, kind: str | None, category: str | None
) -> None:
    """Keep what a moderator said that a ticket is."""
    told = await corrections.of_ticket(turn.session, row_id(ticket))
    if told is not None:
        await corrections.note(turn.session, told, actor, turn.at, kind=kind, category=category)


async def assign(
    turn: Turn, ticket: Ticket, actor: Member, department: str, due_at: datetime | None, note: str = ""
) -> None:
    """Hand a ticket to a department, with a deadline and a note where they were said. Raises NotAllowed."""
    if ticket.status not in OPEN:
        raise NotAllowed(ticket, Move.START)
    fields: dict[str, Any] = {
        "department": department,
        "status": lifecycle.after(ticket.status, Move.ACCEPT) or ticket.status,
        "first_answer_at": ticket.first_answer_at or turn.at,
    }
    fields |= deadlines.resumed(turn.policy, ticket, turn.at)  # whoever has it now can't wait unknowingly
    if due_at is not None:
        fields["due_at"] = due_at
    elif department != ticket.department:
        days = await days_for(turn, ticket.category, department)
        fields["due_at"] = deadlines.due(turn.policy, turn.at, days, urgent=ticket.urgent)
    detail = {"department": department, **({"note": note} if note else {})}
    await change(turn, ticket, "assigned", actor, detail=detail, **fields)
    await announce.changed(turn, ticket)


async def decline(turn: Turn, ticket: Ticket, actor: Member, words: str) -> None:
    """Its department says that it is not theirs: nobody has it, and a moderator hands it over anew."""
    if ticket.status not in OPEN:
        raise NotAllowed(ticket, Move.START)
    was = ticket.department
    if was is None:  # moderators have been asked
        return
    await change(turn, ticket, "declined", actor, detail={"department": was}, department=None)
    await announce.changed(turn, ticket)
    await cards.ask_whose(turn, ticket, was, actor, words)


async def promise(
    turn: Turn,
    ticket: Ticket,
    actor: Member,
    note: str,
    message: Message | None = None,
    *,
    told_by: str = "",
) -> None:
    """Whoever has it says when it will be done; the deadline stays as it is."""
    await change(turn, ticket, "promised", actor, message=message, detail=_said(note, told_by))
    await announce.changed(turn, ticket)


async def set_deadline(turn: Turn, ticket: Ticket, actor: Member, due_at: datetime) -> None:
    """Another deadline, which ends a pause. Raises NotAllowed where nothing waits for it any more."""
    if ticket.status not in OPEN:
        raise NotAllowed(ticket, Move.START)
    fields = deadlines.resumed(turn.policy, ticket, turn.at) | {"due_at": due_at}
    await change(turn, ticket, "deadline", actor, **fields)
    await announce.changed(turn, ticket)


async def pause(turn: Turn, ticket: Ticket, actor: Member, reason: str) -> None:
    """It waits for somebody or something; so does its deadline. Raises NotAllowed."""
    if ticket.status not in OPEN:
        raise NotAllowed(ticket, Move.START)
    if ticket.paused_at is None or ticket.pause_reason != reason:
        since = ticket.paused_at or turn.at
        await change(turn, ticket, "pause", actor, paused_at=since, pause_reason=reason)
        await announce.changed(turn, ticket)


async def resume(turn: Turn, ticket: Ticket, actor: Member) -> None:
    """It goes on; the work that lay in the pause is added to its deadline."""
    fields = deadlines.resumed(turn.policy, ticket, turn.at)
    if not fields:
        return
    await change(turn, ticket, "resume", actor, **fields)
    await announce.changed(turn, ticket)


async def rate(turn: Turn, ticket: Ticket, reporter: Member, *, satisfied: bool) -> bool:
    """What the reporter says of the end; "not good" within a week reopens: whether it did."""
    fresh = ticket.resolved_at is not None and turn.at - ticket.resolved_at <= turn.policy.close_after
    await change(turn, ticket, "satisfied" if satisfied else "dissatisfied", reporter, satisfied=satisfied)
    if satisfied or not fresh or lifecycle.after(ticket.status, Move.REOPEN) is None:
        return False
    await apply(turn, ticket, Move.REOPEN, reporter, aloud=False)
    return True


async def amend(
    turn: Turn, ticket: Ticket, actor: Member, text: str, *, message: Message, place: Place
) -> None:
    """The reporter changed the words of the post: the ticket says what the post now says."""
    ticket.summary, ticket.folded = text, fold(text)
    fields = await _placed(turn, ticket, place) if place.text else {}
    await change(
        turn, ticket, "amended", actor, message=message, detail={"edit": message.edit_number}, **fields
    )
    await announce.changed(turn, ticket)


async def add_message(
    turn: Turn, ticket: Ticket, message: Message, *, words: str | None, seen: Understanding
) -> None:
    """More words or photos that belong to it; `words` is what the reporter's post says by now."""
    fields: dict[str, Any] = {}
    if words and message.text:
        ticket.summary, ticket.folded = words, fold(words)
        corrects = seen.intent is Intent.PLACE or not ticket.place.get("text")
        if corrects and seen.place.text:
            fields = await _placed(turn, ticket, refined(Place(**ticket.place), seen.place))
    author = await turn.session.get_one(Member, message.member_id)
    await change(turn, ticket, "added", author, message=message, **fields)
    if words and message.text:
        await announce.changed(turn, ticket)
    photos = await messages.photos_of_message(turn.session, row_id(message))
    await cards.add_photos(turn, ticket, message, [row_id(photo) for photo in photos])
    if seen.urgent:
        await raise_urgency(turn, ticket, message, seen)


async def replace_place(
    turn: Turn, ticket: Ticket, member: Member, place: Place, message: Message | None = None
) -> None:
    """Somebody who may know said that it is somewhere else, or more exactly where."""
    fields = await _placed(turn, ticket, place)
    await change(turn, ticket, "placed", member, message=message, **fields)
    await announce.changed(turn, ticket)


async def _placed(turn: Turn, ticket: Ticket, place: Place) -> dict[str, Any]:
    """What changes when a ticket is at this place, and is found there from now on."""
    await twins.keep_spots(turn.session, ticket, spots(place))
    fields: dict[str, Any] = {"place": asdict(place)}
    if ticket.latitude is None and place.latitude is not None:
        fields |= {"latitude": place.latitude, "longitude": place.longitude}
    return fields


async def locate(turn: Turn, ticket: Ticket, message: Message) -> None:
    """The reporter shared where it is."""
    author = await turn.session.get_one(Member, message.member_id)
    await change(
        turn,
        ticket,
        "located",
        author,
        message=message,
        latitude=message.latitude,
        longitude=message.longitude,
    )
    await announce.changed(turn, ticket)


async def comment(turn: Turn, ticket: Ticket, member: Member, message: Message) -> None:
    """Keep in its history that somebody said something about it."""
    await history.note(turn, ticket, "comment", member=member, message_id=message.id)
    photos = await messages.photos_of_message(turn.session, row_id(message))
    await cards.add_photos(turn, ticket, message, [row_id(photo) for photo in photos])
