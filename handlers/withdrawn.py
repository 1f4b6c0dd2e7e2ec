"""What follows when somebody takes back what they posted: what waits is dropped, a ticket stays."""

from collections.abc import Sequence

from handlers import buttons, cards, history, questions
from handlers.context import Turn
from handlers.events import MessageDeleted
from handlers.lifecycle import Move
from storage import chats, members, messages, tickets
from storage.models import Chat, Member, Message, Submission, Ticket, row_id
from storage.states import OPEN, ChatRole, SubmissionState

WITHDRAWN = "withdrawn"
_OPEN = (SubmissionState.WAITING, SubmissionState.HELD, SubmissionState.QUESTION)


async def handle(turn: Turn, event: MessageDeleted) -> None:
    """Whoever took it back, its author or the group's administrator."""
    chat = await chats.find(turn.session, turn.platform, event.chat)
    message = await messages.find(turn.session, row_id(chat), event.id) if chat else None
    if chat is None or message is None:
        return
    if message.submission_id is None:
        await _of_nothing(turn, chat, message)
        return
    actor = await members.ensure(turn.session, turn.platform, event.sender.id, event.sender.name, turn.now)
    submission = await turn.session.get_one(Submission, message.submission_id)
    ticket = await tickets.surviving(turn.session, submission.ticket_id) if submission.ticket_id else None
    if ticket is not None:
        await _of_ticket(turn, ticket, submission, message, actor)
    elif submission.state in _OPEN:
        await _of_open(turn, submission, message, actor)


async def _of_nothing(turn: Turn, chat: Chat, message: Message) -> None:
    """Words that belong to nothing yet don't join what is said next; a command stays on record."""
    if chat.role == ChatRole.COMMUNITY and not await messages.is_in_history(turn.session, row_id(message)):
        message.text = ""


async def _of_open(turn: Turn, submission: Submission, message: Message, actor: Member) -> None:
    """What nobody has judged yet: without this part of it, or, where nothing is left, no more."""
    whole = await messages.in_submission(turn.session, row_id(submission))
    rest = [one for one in whole if one.id != message.id]
    if await _says_something(turn, rest):
        message.text, message.submission_id = "", None
        submission.text = "\n".join(one.text for one in rest if one.text)
        await turn.session.flush()
        if submission.state == SubmissionState.QUESTION:
            await questions.show_anew(turn, submission, f"d{message.id}", anew=False)
    elif submission.state == SubmissionState.HELD:
        submission.text = ""  # its notice counts it; nothing is opened of it
    else:
        was, submission.state = submission.state, SubmissionState.DISMISSED
        if was == SubmissionState.QUESTION:
            await cards.question_settled(turn, submission, "question.withdrawn", f"d{message.id}", actor)


async def _says_something(turn: Turn, rest: Sequence[Message]) -> bool:
    if any(one.text for one in rest):
        return True
    return any([await messages.photos_of_message(turn.session, row_id(one)) for one in rest])


async def _of_ticket(
    turn: Turn, ticket: Ticket, submission: Submission, message: Message, actor: Member
) -> None:
    """The matter may be there all the same: once all of it is taken back, a moderator judges."""
    entries = await tickets.history(turn.session, row_id(ticket))
    gone = {one.event.message_id for one in entries if one.event.action == WITHDRAWN}
    if message.id in gone:
        return
    await history.note(turn, ticket, WITHDRAWN, member=actor, message_id=message.id)
    whole = await messages.in_submission(turn.session, row_id(submission))
    left = [one for one in whole if one.id not in gone | {message.id}]
    opened_it = submission.state == SubmissionState.TICKETED and ticket.reporter_id == submission.member_id
    if ticket.status not in OPEN or not opened_it or await _says_something(turn, left):
        return
    await cards.tell_moderators(
        turn,
        f"withdrawn:{message.id}",
        "notice.withdrawn",
        ticket,
        keyboard=lambda label: buttons.moves_keyboard(label, row_id(ticket), [Move.REJECT]),
        names=[row_id(actor)],
        code=ticket.code,
        name=actor.name,
    )
