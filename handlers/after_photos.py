"""Photos that come with an answer, in a department's chat or with a command, are the ticket's like any other:
whoever looks at it later sees what it was before and after."""

from collections.abc import Sequence

from handlers import announce
from handlers.context import Turn
from handlers.understanding import Intent
from storage import messages, submissions, tickets
from storage.models import Attachment, Message, Submission, Ticket, row_id
from storage.states import SubmissionState, TicketStatus


async def keep(turn: Turn, ticket: Ticket, photos: Sequence[Attachment]) -> None:
    """Make the photos' messages a follow-up of the ticket, which tells of its end if that has come; what is
    part of something else already stays there."""
    found = await messages.of_photos(turn.session, photos)
    if not found:
        return
    submission = await _theirs(turn, ticket, found) or await begun(turn, ticket, found[0])
    if ticket.status == TicketStatus.RESOLVED:
        submission.intent = Intent.DONE.value  # also of the photo that came before the words
    for message in found:
        if message.submission_id is None:
            message.submission_id = submission.id


async def ticket_of_album(turn: Turn, message: Message) -> Ticket | None:
    """The ticket that earlier photos of a message's album came with."""
    found = await _of_album(turn, message)
    return await tickets.get(turn.session, found.ticket_id) if found and found.ticket_id else None


async def joins_album(turn: Turn, message: Message) -> bool:
    """Put a photo to those of its album that show what is not done yet; whether there are any."""
    found = None if message.text else await _of_album(turn, message)
    if found is None or found.intent != Intent.IN_PROGRESS.value:
        return False
    message.submission_id = found.id
    return True


async def _of_album(turn: Turn, message: Message) -> Submission | None:
    if message.album is None:
        return None
    return await submissions.of_album(turn.session, message.chat_id, message.member_id, message.album)


async def keep_more(turn: Turn, message: Message) -> None:
    """Further photos of an album that began with a command."""
    ticket = None if message.text else await ticket_of_album(turn, message)
    if ticket is not None:
        await announce.more_photos(turn, ticket, message)
        await keep(turn, ticket, await messages.photos_of_message(turn.session, row_id(message)))


async def _theirs(turn: Turn, ticket: Ticket, found: Sequence[Message]) -> Submission | None:
    """The follow-up that one of these messages is already."""
    for message in found:
        submission = await messages.submission_of(turn.session, message)
        if submission is not None and submission.state == SubmissionState.FOLLOW_UP:
            return submission if submission.ticket_id == ticket.id else None
    return None


async def begun(turn: Turn, ticket: Ticket, first: Message) -> Submission:
    """A follow-up of the ticket that begins with this message."""
    submission = Submission(
        chat_id=first.chat_id,
        member_id=first.member_id,
        ticket_id=row_id(ticket),
        state=SubmissionState.FOLLOW_UP,
        opened_at=first.sent_at,
        open_until=first.sent_at,
        text=first.text,
        intent=Intent.IN_PROGRESS.value,
    )
    await submissions.add(turn.session, submission)
    first.submission_id = first.submission_id or submission.id
    return submission
