"""What follows when somebody takes back what they posted: what waits is dropped, a ticket stays."""

from handlers import buttons, cards, history
from handlers.context import Turn
from handlers.events import MessageDeleted
from handlers.lifecycle import OPEN, Move
from handlers.posts import Keyboard
from storage import chats, messages, tickets
from storage.models import Member, Message, Submission, Ticket, row_id
from storage.states import SubmissionState

_QUIETLY = (SubmissionState.WAITING, SubmissionState.HELD)


async def handle(turn: Turn, event: MessageDeleted) -> None:
    """Whoever took it back, its author or the group's administrator."""
    chat = await chats.find(turn.session, turn.platform, event.chat)
    message = await messages.find(turn.session, row_id(chat), event.id) if chat else None
    if message is None or message.submission_id is None:
        return
    author = await turn.session.get_one(Member, message.member_id)
    submission = await turn.session.get_one(Submission, message.submission_id)
    whole = await messages.in_submission(turn.session, row_id(submission))
    if any(one.text for one in whole if one.id != message.id):
        return  # the rest of it stands
    ticket = await tickets.surviving(turn.session, submission.ticket_id) if submission.ticket_id else None
    if ticket is not None:
        await _of_ticket(turn, ticket, author, message)
    elif submission.state in _QUIETLY:
        submission.state = SubmissionState.DISMISSED
    elif submission.state == SubmissionState.QUESTION:
        submission.state = SubmissionState.DISMISSED
        name = author.name
        await cards.question_settled(turn, submission, "question.withdrawn", f"d{message.id}", name=name)


async def _of_ticket(turn: Turn, ticket: Ticket, author: Member, message: Message) -> None:
    """The matter may be there all the same: a moderator judges."""
    await history.note(turn, ticket, "withdrawn", member=author, message_id=message.id)
    if ticket.status not in OPEN or ticket.reporter_id != author.id:
        return

    def keyboard(label: buttons.Label) -> Keyboard:
        return buttons.moves_keyboard(label, row_id(ticket), [Move.REJECT])

    values = {"code": ticket.code, "name": author.name}
    await cards.tell_moderators(
        turn, f"withdrawn:{message.id}", "notice.withdrawn", ticket, keyboard, **values
    )
