"""What moderators are asked about: by the words that it has by now; their answer taken back, and that in its
turn."""

from collections.abc import Sequence

from handlers import cards, gathering, ticketing
from handlers.context import Turn
from handlers.lifecycle import Move
from storage import messages, tickets
from storage.models import Chat, Member, Submission, Ticket, TicketEvent, row_id
from storage.states import SubmissionState

_UNANSWERED = (SubmissionState.QUESTION, SubmissionState.DISMISSED)
ASKED = "question"  # in a row that turns its ticket down, or up again: of which submission


async def ask_again(turn: Turn, submission: Submission, moderator: Member, press: str) -> bool:
    """A dismissed one is asked about again; the ticket of another one is turned down in silence."""
    if submission.state == SubmissionState.TICKETED and submission.ticket_id is not None:
        ticket = await tickets.get(turn.session, submission.ticket_id)
        if ticket is not None:
            asked = {ASKED: submission.id}
            await ticketing.apply(turn, ticket, Move.REJECT, moderator, aloud=False, detail=asked)
    elif submission.state != SubmissionState.DISMISSED:
        return False
    submission.state, submission.ticket_id = SubmissionState.QUESTION, None
    await show_anew(turn, submission, press)
    return True


async def show_anew(turn: Turn, submission: Submission, key: str, *, anew: bool = True) -> None:
    """A submission is described, and its question asked, by the words that it has by now."""
    author = await turn.session.get_one(Member, submission.member_id)
    chat = await turn.session.get_one(Chat, submission.chat_id)
    photos = await messages.photos_of_submission(turn.session, row_id(submission))
    gathering.describe(submission, turn.services.understand(submission.text, has_photo=bool(photos)))
    await cards.question_again(turn, chat, submission, author.name, key, anew=anew)


async def move(
    turn: Turn, ticket: Ticket, move: Move, actor: Member, note: str = "", photos: Sequence[int] = ()
) -> bool:
    """One move of a ticket; False: the question for which it was taken back became another one. Raises
    NotAllowed."""
    asked = await _asked_again(turn, ticket) if move is Move.REOPEN else None
    if asked is not None and asked.state not in _UNANSWERED:
        return False
    detail = {ASKED: asked.id} if asked is not None else None
    await ticketing.apply(turn, ticket, move, actor, note=note, photos=photos, detail=detail)
    if asked is not None:
        await _hold(turn, asked, ticket, actor)
    return True


async def holds_again(turn: Turn, ticket: Ticket, moderator: Member) -> bool:
    """A ticket that was taken back stands after all, and answers its question; False: that became another."""
    asked = await _asked_again(turn, ticket)
    if asked is not None and asked.state not in _UNANSWERED:
        return False
    if asked is not None:
        await _hold(turn, asked, ticket, moderator)
    return True


async def falls_again(turn: Turn, ticket: Ticket, reopened: TicketEvent) -> None:
    """The reopening by which a ticket answered its question is taken back: that is asked once more."""
    asked = reopened.detail.get(ASKED)
    submission = await turn.session.get(Submission, asked) if asked is not None else None
    if submission is not None and submission.ticket_id == ticket.id:
        submission.state, submission.ticket_id = SubmissionState.QUESTION, None
        await show_anew(turn, submission, f"falls{ticket.id}.{ticket.version}")


async def _hold(turn: Turn, asked: Submission, ticket: Ticket, moderator: Member) -> None:
    asked.state, asked.ticket_id = SubmissionState.TICKETED, ticket.id
    asked.kind, asked.kind_confidence = ticket.kind, 1.0
    key = f"holds{ticket.id}.{ticket.version}"
    await cards.question_settled(turn, asked, "question.opened", key, moderator, code=ticket.code)


async def _asked_again(turn: Turn, ticket: Ticket) -> Submission | None:
    """The submission for which a ticket was last turned down, where it is not that ticket's again."""
    events = [entry.event for entry in await tickets.history(turn.session, row_id(ticket))]
    rejected = next((event for event in reversed(events) if event.action == Move.REJECT), None)
    asked = rejected.detail.get(ASKED) if rejected is not None else None
    submission = await turn.session.get(Submission, asked) if asked is not None else None
    return submission if submission is not None and submission.ticket_id != ticket.id else None
