"""Commands that open a ticket: `/phananh` of words or a post, `/tach` of a part of another ticket."""

from dataclasses import asdict
from typing import Any

from handlers import announce, authority, cards, gathering, limits, ticketing
from handlers.changes import change
from handlers.context import Turn
from handlers.orders import Answer, Order
from handlers.shown import quoted
from handlers.understanding import Kind, fold
from storage import messages, tickets
from storage.models import Chat, Member, Message, Submission, Ticket, row_id
from storage.states import MemberRole, SubmissionState


async def report(turn: Turn, order: Order) -> Answer:
    """Open a ticket from the words given, or from the post replied to."""
    if order.member.muted:
        return Answer()  # as to a plain post of theirs
    if order.message.reply_to is not None and not order.words:
        return await _report_replied(turn, order)
    if not order.words:
        return order.answer("report.how")
    said = _said(turn, order.chat, order.member, order.message, order.words)
    submission = await gathering.begin(turn, said, SubmissionState.CHATTER)
    submission.text = order.words
    if not await _waits(turn, order.member, submission):
        await _open(turn, order.chat, submission, order.message)
    return Answer()


async def _waits(turn: Turn, member: Member, submission: Submission) -> bool:
    """Whether a moderator has to let it through, as a plain post of somebody who sends very much."""
    if submission.urgent or not await limits.exceeded(turn, member):
        return False
    if submission.state != SubmissionState.QUESTION:  # of which a moderator is asked already
        _is_feedback(submission)
        await limits.hold(turn, member, submission)
    return True


async def _report_replied(turn: Turn, order: Order) -> Answer:
    message = await messages.find(turn.session, row_id(order.chat), order.message.reply_to or "")
    if message is None:
        return order.answer("report.where")
    own = message.member_id == order.member.id
    if not own and not authority.may(order.who.role, MemberRole.MODERATOR):
        return order.answer("refused.role")
    if order.replied is not None:
        return order.answer("report.already", code=order.replied.code)
    author = await turn.session.get_one(Member, message.member_id)
    said = _said(turn, order.chat, author, message, message.text)
    submission = await _submission_of(turn, said)
    if own and await _waits(turn, order.member, submission):
        return Answer()
    asked = submission.state == SubmissionState.QUESTION
    ticket = await _open(turn, order.chat, submission, message)
    if asked:
        key = f"c{order.message.id}"
        await cards.question_settled(turn, submission, "question.opened", key, order.member, code=ticket.code)
    return Answer()


async def _submission_of(turn: Turn, said: gathering.Said) -> Submission:
    if said.message.submission_id is None:
        return await gathering.begin(turn, said, SubmissionState.CHATTER)
    return await turn.session.get_one(Submission, said.message.submission_id)


def _said(turn: Turn, chat: Chat, member: Member, message: Message, words: str) -> gathering.Said:
    return gathering.Said(chat, member, message, turn.services.understand(words, has_photo=True))


async def _open(turn: Turn, chat: Chat, submission: Submission, message: Message) -> Ticket:
    _is_feedback(submission)
    return await ticketing.open_ticket(turn, chat, submission, message)


def _is_feedback(submission: Submission) -> None:
    """Somebody said outright that it is: what else it is may be corrected later."""
    if submission.kind == Kind.NONE:
        submission.kind = Kind.REPORT.value
    submission.kind_confidence = 1.0


async def split(turn: Turn, order: Order) -> Answer:
    """Make a ticket of its own of the message replied to, or of the words given."""
    message = await _to_split(turn, order)
    if message is None and not order.words:
        return order.answer("split.how", code=order.about.code)
    community = await turn.session.get_one(Chat, order.about.chat_id)
    origin = message or await messages.find(turn.session, row_id(community), order.about.origin)
    if origin is None:  # the group moved since, and numbers its messages anew
        words = quoted(order.words, cards.SUMMARY_SHOWN)
        return order.answer("split.moved", code=order.about.code, words=words)
    words = order.words or origin.text
    author = await turn.session.get_one(Member, origin.member_id)
    part_of = message.submission_id if message is not None else None
    whole = await turn.session.get(Submission, part_of) if part_of is not None else None
    submission = await _split_off(turn, community, author, origin, words, moved=message is not None)
    ticket = await _open(turn, community, submission, origin)
    lost = await _lost(turn, order.about, whole, origin) if whole is not None else {}
    await change(turn, order.about, "split", order.member, detail={"into": ticket.code}, **lost)
    await announce.changed(turn, order.about)
    return order.answer("split.done", code=order.about.code, into=ticket.code)


async def _lost(turn: Turn, ticket: Ticket, whole: Submission, part: Message) -> dict[str, Any]:
    """What a ticket loses with a message that was part of it: its words, or a voice without another post."""
    if whole.ticket_id != ticket.id:
        return {}
    if whole.state == SubmissionState.TICKETED:
        whole.text, ticket.summary = (without(text, part.text) for text in (whole.text, ticket.summary))
        ticket.folded = fold(ticket.summary)
    elif whole.state == SubmissionState.VOICE:
        await turn.session.flush()
        if not await tickets.has_spoken(turn.session, row_id(ticket), part.member_id):
            return {"voices": max(1, ticket.voices - 1)}
    return {}


def without(text: str, part: str) -> str:
    """A text of several messages without one of them; as it is where that would leave nothing."""
    return f"\n{text}\n".replace(f"\n{part}\n", "\n", 1).strip() or text


async def _to_split(turn: Turn, order: Order) -> Message | None:
    """The message replied to, if it belongs to the ticket and is not the one that opened it."""
    if order.message.reply_to is None or order.words:
        return None
    found = await messages.find(turn.session, row_id(order.chat), order.message.reply_to)
    return found if found is not None and found.external_id != order.about.origin else None


async def _split_off(
    turn: Turn, chat: Chat, author: Member, origin: Message, words: str, *, moved: bool
) -> Submission:
    """A submission of its own; the message goes along where it was split off whole."""
    before = origin.submission_id
    said = _said(turn, chat, author, origin, words)
    submission = await gathering.begin(turn, said, SubmissionState.CHATTER)
    submission.text = words
    submission.place = asdict(said.seen.place)
    if not moved:
        origin.submission_id = before
    return submission
