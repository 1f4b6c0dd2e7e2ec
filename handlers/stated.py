"""What a system outside reports: it says itself that it is feedback, and what about.

From there on it goes the way of a message: its twin, the limits, a ticket. What was ours is not news.
"""

from dataclasses import replace

from handlers import feedback, gathering, loopmarks
from handlers.context import Turn
from handlers.events import Stated
from handlers.understanding import Intent, Kind, Understanding
from storage import tickets
from storage.models import Chat, Member, Message
from storage.states import SubmissionState

ELSE = "other"  # the category of what is of none


async def handle(
    turn: Turn, chat: Chat, member: Member, message: Message, stated: Stated, *, has_photos: bool
) -> None:
    """Take a system's report in."""
    seen = as_stated(turn.services.understand(message.text, has_photo=has_photos), stated)
    said = gathering.Said(chat, member, message, seen)
    submission = await gathering.begin(turn, said, SubmissionState.CHATTER)
    code = loopmarks.code_in(turn.services.seal, message.text)
    ours = await tickets.by_code(turn.session, code) if code else None
    if ours is not None:
        submission.state, submission.ticket_id = SubmissionState.FOLLOW_UP, ours.id
    elif not member.muted:
        await feedback.settle(turn, said, submission, limited=not turn.silent)


def as_stated(seen: Understanding, stated: Stated) -> Understanding:
    """What its words were understood as, under what was said that it is."""
    kind = Kind(stated.kind) if stated.kind else seen.kind
    is_named = stated.category != ELSE
    return replace(
        seen,
        kind=Kind.REPORT if kind is Kind.NONE else kind,
        kind_confidence=1.0 if stated.kind else seen.kind_confidence,
        feedback=1.0,
        category=stated.category if is_named else seen.category,
        category_confidence=1.0 if is_named else seen.category_confidence,
        intent=Intent.NEW,
        urgent=seen.urgent or stated.urgent,
    )
