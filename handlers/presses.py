"""Button presses: who may, what changes, and the short answer to whoever pressed."""

from handlers import announce, buttons, roles, ticketing
from handlers.context import Turn
from handlers.events import ButtonPressed
from handlers.posts import Toast, to_json
from handlers.ticketing import NotAllowed
from handlers.understanding import Kind
from storage import audit, chats, corrections, members, messages, outbox, tickets
from storage.models import (
    Chat,
    Member,
    OutboxState,
    Role,
    Submission,
    SubmissionState,
    row_id,
)


async def handle(turn: Turn, event: ButtonPressed) -> None:
    """Carry out a press, or say in one sentence why not; on record either way."""
    chat = await chats.find(turn.session, turn.platform, event.chat)
    pressed = buttons.read(event.data)
    if chat is None or pressed is None:
        return
    member = await members.ensure(turn.session, turn.platform, event.sender.id, event.sender.name, turn.now)
    allowed = roles.may(member.role, Role.MODERATOR)
    detail = {"data": event.data[:64]}
    audit.record(turn.session, turn.now, member, chat, "press", allowed=allowed, detail=detail)
    key, values = ("refused.role", {}) if not allowed else await _carry_out(turn, chat, member, pressed)
    await _answer(turn, chat, event, turn.services.say(chat.language, key, **values))


async def _carry_out(
    turn: Turn, chat: Chat, member: Member, pressed: buttons.Pressed
) -> tuple[str, dict[str, object]]:
    try:
        match pressed:
            case buttons.MovePressed():
                return await _move(turn, chat, member, pressed)
            case buttons.MergePressed():
                return await _merge(turn, member, pressed)
            case buttons.KindPressed():
                return await _kind(turn, member, pressed)
            case buttons.DeliveryPressed():
                return await _delivery(turn, pressed)
    except NotAllowed as refusal:
        status = announce.label(turn, chat, "status", refusal.ticket.status.value)
        return "refused.status", {"code": refusal.ticket.code, "status": status}


async def _move(
    turn: Turn, chat: Chat, member: Member, pressed: buttons.MovePressed
) -> tuple[str, dict[str, object]]:
    ticket = await tickets.get(turn.session, pressed.ticket_id)
    if ticket is None:
        return "refused.gone", {}
    await ticketing.apply(turn, ticket, pressed.move, member)
    status = announce.label(turn, chat, "status", ticket.status.value)
    return "changed", {"code": ticket.code, "status": status}


async def _merge(turn: Turn, member: Member, pressed: buttons.MergePressed) -> tuple[str, dict[str, object]]:
    ticket = await tickets.get(turn.session, pressed.ticket_id)
    into = await tickets.surviving(turn.session, pressed.into_id)
    if ticket is None or into is None:
        return "refused.gone", {}
    await ticketing.merge(turn, ticket, into, member)
    return "merge.done", {"code": ticket.code, "into": into.code, "voices": into.voices}


async def _kind(turn: Turn, member: Member, pressed: buttons.KindPressed) -> tuple[str, dict[str, object]]:
    """A moderator's answer to "what is this": a ticket of that kind, or nothing."""
    submission = await turn.session.get(Submission, pressed.submission_id)
    if submission is None:
        return "refused.gone", {}
    if submission.state != SubmissionState.QUESTION:
        return "question.answered", {}
    await corrections.note(turn.session, submission, member, turn.at, kind=pressed.kind.value)
    if pressed.kind is Kind.NONE:
        submission.state = SubmissionState.DISMISSED
        await announce.question_settled(turn, submission, "question.dismissed", name=member.name)
        return "question.dismissed", {"name": member.name}
    submission.kind, submission.kind_confidence = pressed.kind.value, 1.0
    chat = await turn.session.get_one(Chat, submission.chat_id)
    first = (await messages.in_submission(turn.session, row_id(submission)))[0]
    ticket = await ticketing.open_ticket(turn, chat, submission, first)
    await announce.question_settled(turn, submission, "question.opened", name=member.name, code=ticket.code)
    return "question.opened", {"name": member.name, "code": ticket.code}


async def _delivery(turn: Turn, pressed: buttons.DeliveryPressed) -> tuple[str, dict[str, object]]:
    """A moderator looked whether a post arrived: send it again, or leave it."""
    row = await outbox.get(turn.session, pressed.delivery_id)
    if row is None or row.state != OutboxState.UNCONFIRMED:
        return "question.answered", {}
    row.state = OutboxState.PENDING if pressed.resend else OutboxState.DEAD
    row.next_attempt_at = turn.now
    return ("delivery.resent" if pressed.resend else "delivery.dropped"), {}


async def _answer(turn: Turn, chat: Chat, event: ButtonPressed, text: str) -> None:
    delivery = outbox.NewDelivery(
        key=f"toast:{event.press}",
        purpose="toast",
        chat_id=row_id(chat),
        payload=to_json(Toast(event.press, text)),
        ordering_key=f"toast:{event.press}",
    )
    await outbox.add(turn.session, delivery, turn.now)
