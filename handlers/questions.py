"""A moderator's answer to "what is this" taken back, and the taking back taken back in its turn."""

from handlers import cards, gathering, ticketing
from handlers.context import Turn
from handlers.lifecycle import Move
from storage import messages, tickets
from storage.models import Chat, Member, Submission, Ticket, row_id
from storage.states import SubmissionState

_UNANSWERED = (SubmissionState.QUESTION, SubmissionState.DISMISSED)
ASKED = "question"  # in the row that turns its ticket down: of which submission it is asked again


async def ask_again(turn: Turn, submission: Submission, moderator: Member, press: str) -> bool:
    """A dismissed one is asked about again; the ticket of another one is turned down in silence."""
    author = await turn.session.get_one(Member, submission.member_id)
    chat = await turn.session.get_one(Chat, submission.chat_id)
    if submission.state == SubmissionState.TICKETED and submission.ticket_id is not None:
        ticket = await tickets.get(turn.session, submission.ticket_id)
        if ticket is not None:
            asked = {ASKED: submission.id}
            await ticketing.apply(turn, ticket, Move.REJECT, moderator, aloud=False, detail=asked)
            submission.ticket_id = None
    elif submission.state != SubmissionState.DISMISSED:
        return False
    submission.state = SubmissionState.QUESTION
    photos = await messages.photos_of_submission(turn.session, row_id(submission))
    gathering.describe(submission, turn.services.understand(submission.text, has_photo=bool(photos)))
    await cards.question_again(turn, chat, submission, author.name, press)
    return True


async def holds_again(turn: Turn, ticket: Ticket, moderator: Member) -> bool:
    """A ticket that was taken back stands after all, and answers its question; False: that became another."""
    submission = await _asked_again(turn, ticket)
    if submission is None:
        return True
    if submission.state not in _UNANSWERED:
        return False
    submission.state, submission.ticket_id = SubmissionState.TICKETED, ticket.id
    submission.kind, submission.kind_confidence = ticket.kind, 1.0
    key = f"holds{ticket.id}.{ticket.version}"
    await cards.question_settled(turn, submission, "question.opened", key, moderator, code=ticket.code)
    return True


async def became_another(turn: Turn, ticket: Ticket) -> bool:
    """Whether the question that a ticket was taken back for was answered since, by another ticket."""
    submission = await _asked_again(turn, ticket)
    return submission is not None and submission.state not in _UNANSWERED


async def _asked_again(turn: Turn, ticket: Ticket) -> Submission | None:
    """The submission for which a ticket was last turned down, where it is not that ticket's again."""
    events = [entry.event for entry in await tickets.history(turn.session, row_id(ticket))]
    rejected = next((event for event in reversed(events) if event.action == Move.REJECT), None)
    asked = rejected.detail.get(ASKED) if rejected is not None else None
    submission = await turn.session.get(Submission, asked) if asked is not None else None
    return submission if submission is not None and submission.ticket_id != ticket.id else None
