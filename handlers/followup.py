"""What is said about a ticket that is there: done, in progress, still broken, me too, or just more."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from handlers import (
    announce,
    authority,
    cards,
    half_done,
    mistakes,
    outlook,
    promises,
    slips,
    ticketing,
)
from handlers.context import Turn
from handlers.lifecycle import Move
from handlers.promises import End
from handlers.understanding import Intent, Kind, Place, Understanding, corrected, courtesy, refined
from storage import messages, submissions
from storage.models import Chat, Member, Message, Submission, Ticket, row_id
from storage.states import OPEN, SETTLED, MemberRole, SubmissionState, TicketStatus


@dataclass(frozen=True, slots=True)
class Change:
    """Make this move."""

    move: Move


@dataclass(frozen=True, slots=True)
class Ask:
    """Let a moderator judge; `key` names the words."""

    key: str
    move: Move


@dataclass(frozen=True, slots=True)
class Voice:
    """One more voice."""


@dataclass(frozen=True, slots=True)
class Placed:
    """It is where this message says."""


@dataclass(frozen=True, slots=True)
class Comment:
    """Keep it in the history, no more."""


Outcome = Change | Ask | Voice | Placed | Comment


def decide(
    intent: Intent,
    status: TicketStatus,
    role: MemberRole,
    *,
    since_resolved: timedelta | None,
    reopen: timedelta,
) -> Outcome:
    """What a follow-up does to a ticket: only an officer's "done" settles, anyone's "still broken" counts.

    `reopen`: how long after its end "still broken" reopens it by itself.
    """
    match intent:
        case Intent.DONE if status in OPEN:
            return (
                Change(Move.RESOLVE) if authority.is_officer(role) else Ask("notice.said_done", Move.RESOLVE)
            )
        case Intent.IN_PROGRESS if authority.is_officer(role) and status in OPEN[:2]:
            return Change(Move.START)
        case Intent.STILL_BROKEN if status in SETTLED:
            fresh = since_resolved is not None and since_resolved <= reopen
            return Change(Move.REOPEN) if fresh else Ask("notice.said_broken", Move.REOPEN)
        case Intent.SAME_HERE | Intent.NEW if status in OPEN:
            return Voice()
        case Intent.PLACE if status in OPEN:
            return Placed()
        case _:
            return Comment()


async def handle(
    turn: Turn,
    ticket: Ticket,
    submission: Submission,
    message: Message,
    *,
    member: Member,
    intent: Intent,
    seen: Understanding,
) -> None:
    """Carry out what a follow-up asks for; the message and its photos stay with the ticket."""
    if intent is Intent.CHATTER and outlook.is_well(message.text) and _works_there(ticket, member):
        intent = Intent.DONE  # "sáng rồi nha chị"
    end = await _end(turn, ticket, member, message)
    if intent is Intent.DONE and (half_done.is_open(message.text) or end is End.TO_COME):
        intent = Intent.CHATTER  # asked for, to come, or done in part
    outcome = _outcome(turn, ticket, member, intent, seen, message.text)
    if outcome == Change(Move.RESOLVE) and (end is End.PERHAPS or half_done.only_looked(message.text)):
        outcome = Ask("notice.said_done", Move.RESOLVE)
    if seen.urgent:
        await ticketing.raise_urgency(turn, ticket, message, seen)
    if isinstance(outcome, Voice):
        chat = await turn.session.get_one(Chat, submission.chat_id)
        if await ticketing.add_voice(turn, ticket, member, submission=submission, message=message):
            await announce.thank(turn, chat, ticket, message)
            await announce.joined(turn, chat, ticket, message)
        return
    await submissions.belongs(turn.session, submission, ticket, SubmissionState.FOLLOW_UP)
    if isinstance(outcome, Change):
        await _change(turn, ticket, submission, message, member, outcome.move)
    elif isinstance(outcome, Placed) and seen.place.text and _knows(ticket, member):
        put = corrected if slips.says(message.text) else refined
        place = put(Place(**ticket.place), seen.place)
        await ticketing.replace_place(turn, ticket, member, place, message)
    else:
        await _comment(turn, ticket, message, member, outcome)


async def _end(turn: Turn, ticket: Ticket, member: Member, message: Message) -> End:
    """An officer's "17h thay xong" promises; a neighbour's tells what they saw."""
    if not _works_there(ticket, member):
        return End.OVER
    chat = await turn.session.get_one(Chat, message.chat_id)
    return promises.end(message.text, turn.at, ZoneInfo(chat.time_zone))


def _outcome(
    turn: Turn, ticket: Ticket, member: Member, intent: Intent, seen: Understanding, text: str
) -> Outcome:
    since = turn.at - ticket.resolved_at if ticket.resolved_at is not None else None
    if seen.kind is Kind.SUGGESTION:
        since = None  # praise may sound like one, so a moderator says whether that reopens it
    reopen = turn.policy.close_after
    role = authority.role_towards(member, ticket)
    outcome = decide(intent, ticket.status, role, since_resolved=since, reopen=reopen)
    if not isinstance(outcome, Comment):
        return outcome
    if ticket.reporter_id == member.id:
        asked = _reporters_word(turn, ticket, intent, seen, text)
        if asked is not None:
            return asked
    return Placed() if _tells_where(ticket, member, seen) else outcome


def _reporters_word(turn: Turn, ticket: Ticket, intent: Intent, seen: Understanding, text: str) -> Ask | None:
    """What a moderator has to judge of what the reporter says: it is none, or well again; its end is none."""
    is_idle = intent in (Intent.CHATTER, Intent.THANKS)
    if ticket.status in OPEN and mistakes.says_under_it(text):
        return Ask("notice.said_mistake", Move.REJECT)
    if ticket.status in OPEN and is_idle and courtesy.is_good_news(text):
        return Ask("notice.said_done", Move.RESOLVE)
    is_vague = intent is Intent.CHATTER and seen.feedback >= turn.policy.unsure
    says_no = intent in (Intent.CHATTER, Intent.DONE) and outlook.is_bad(text)  # "xong gì mà xong"
    doubts = ticket.status in SETTLED and (is_vague or says_no)
    return Ask("notice.said_broken", Move.REOPEN) if doubts else None


async def _change(
    turn: Turn, ticket: Ticket, submission: Submission, message: Message, member: Member, move: Move
) -> None:
    photos = await messages.photos_of_submission(turn.session, row_id(submission))
    shown = [row_id(photo) for photo in photos]
    await ticketing.apply(turn, ticket, move, member, message=message, photos=shown)
    if move is Move.REOPEN:
        await _tell(turn, ticket, member, message, "notice.reopened")


async def _comment(turn: Turn, ticket: Ticket, message: Message, member: Member, outcome: Outcome) -> None:
    await ticketing.comment(turn, ticket, member, message)
    if isinstance(outcome, Ask):
        await _tell(turn, ticket, member, message, outcome.key, outcome.move)
    elif ticket.satisfied is False and ticket.reporter_id == member.id:
        await _tell(turn, ticket, member, message, "notice.why")


def _knows(ticket: Ticket, member: Member) -> bool:
    """Whose word on the place counts: the reporter's, and that of whoever works there."""
    return ticket.reporter_id == member.id or _works_there(ticket, member)


def _works_there(ticket: Ticket, member: Member) -> bool:
    return authority.is_officer(authority.role_towards(member, ticket))


def _tells_where(ticket: Ticket, member: Member, seen: Understanding) -> bool:
    """Whether somebody who knows says where it is, while nobody has."""
    unknown = ticket.status in OPEN and not ticket.place.get("text")
    return unknown and seen.place.text is not None and _knows(ticket, member)


async def _tell(
    turn: Turn, ticket: Ticket, member: Member, message: Message, key: str, move: Move | None = None
) -> None:
    """Let the moderators know what was said, with the button that it asks for."""
    moves = [move] if move else []
    submission = await messages.submission_of(turn.session, message)
    await cards.pass_on(turn, key, ticket, message, member, submission, *moves)
