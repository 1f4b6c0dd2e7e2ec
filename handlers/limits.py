"""One member who sends very much: what goes beyond the limit waits for a moderator, in one notice."""

from datetime import timedelta
from functools import partial
from typing import Any

from handlers import buttons, cards, ticketing
from handlers.authority import is_officer
from handlers.context import Turn
from handlers.lifecycle import Move
from handlers.outgoing import edit, say
from handlers.posts import Edit
from storage import chats, messages, outbox, submissions, tickets
from storage.models import Chat, Member, Outbox, Submission, Ticket, row_id
from storage.states import OPEN, ChatRole, SubmissionState

HOUR = timedelta(hours=1)
FLOOD = timedelta(hours=24)  # how far back a flood is undone
JUDGED = "judged"  # in a notice's row: what a moderator dropped by it; platforms see nothing of it
FEW, MANY = 10, 100  # messages that are held, as their notice counts them


async def exceeded(turn: Turn, member: Member) -> bool:
    """Whether a member has opened as many tickets within an hour as one may."""
    if is_officer(member.role):
        return False
    lately = await tickets.count_of_reporter(turn.session, row_id(member), turn.at - HOUR)
    return lately >= turn.policy.most_an_hour


def is_told(count: int) -> bool:
    """Whether the notice is edited at this count: always below ten, then at each tenth, from a hundred on at
    each hundredth. Writing it holds up other members' messages."""
    step = 1 if count < FEW else FEW if count < MANY else MANY
    return count % step == 0


async def hold(turn: Turn, member: Member, submission: Submission) -> None:
    """Keep a submission for a moderator to let through; the first makes a notice, further ones edit it."""
    submission.state = SubmissionState.HELD
    await turn.session.flush()
    count, first = await submissions.held_by(turn.session, row_id(member))
    if not is_told(count):
        return
    key = f"held:{member.id}:{first}"
    values: dict[str, Any] = {"name": member.name, "count": count}
    if count == 1:
        await cards.tell_moderators(
            turn,
            key,
            "held.notice",
            keyboard=lambda label: buttons.held_keyboard(label, row_id(member)),
            submission=submission,
            **values,
        )
        return
    words = "held.notice" if count < FEW else "held.notice_many"
    for room in await chats.with_role(turn.session, ChatRole.MODERATION):
        keyboard = buttons.held_keyboard(partial(say, turn, room), row_id(member))
        text = say(turn, room, words, **values)
        notice = await outbox.by_key(turn.session, f"{key}:{room.id}")
        await edit(turn, room, notice, f"{key}:{room.id}@{submission.id}", Edit(text, keyboard))


def is_judged(notice: Outbox) -> bool:
    """Whether a moderator has judged those that a notice is about; later ones have a notice of their own."""
    return JUDGED in notice.payload


async def judge(turn: Turn, member: Member, act: buttons.HeldAct, moderator: Member, press: str) -> int:
    """Carry out what a moderator said about somebody's many; how many there were."""
    held = await submissions.held_of(turn.session, row_id(member))
    if held and act is buttons.HeldAct.MUTE:
        member.muted = True
    dropped = []
    for submission in held:
        if act is buttons.HeldAct.LET and submission.text:  # without words it was taken back meanwhile
            chat = await turn.session.get_one(Chat, submission.chat_id)
            first = (await messages.in_submission(turn.session, row_id(submission)))[0]
            await ticketing.open_ticket(turn, chat, submission, first)
        else:
            submission.state = SubmissionState.DISMISSED
            dropped += [row_id(submission)] if submission.text else []
    for room, notice in await _notices(turn, f"held:{member.id}:{held[0].id}" if held else ""):
        key = f"held.{act.value}_done"
        text = say(turn, room, key, name=member.name, count=len(held), by=moderator.name)
        undo = buttons.held_undo_keyboard(partial(say, turn, room), row_id(member)) if dropped else ()
        said = f"{notice.idempotency_key}@{press}"
        await edit(turn, room, notice, said, Edit(text, undo), names=[row_id(moderator)])
        notice.payload = notice.payload | {JUDGED: dropped}
    return len(held)


async def hold_again(turn: Turn, member: Member, pressed: Outbox, press: str) -> int:
    """What was dropped by a notice waits for a moderator once more; how many there are."""
    found = [await turn.session.get(Submission, one) for one in pressed.payload.get(JUDGED, ())]
    dropped = [
        one for one in found if one is not None and one.state == SubmissionState.DISMISSED and one.text
    ]
    for submission in dropped:
        submission.state = SubmissionState.HELD
    for room, notice in await _notices(turn, pressed.idempotency_key.rpartition(":")[0]) if dropped else ():
        text = say(turn, room, "held.notice", name=member.name, count=len(dropped))
        keyboard = buttons.held_keyboard(partial(say, turn, room), row_id(member))
        await edit(turn, room, notice, f"{notice.idempotency_key}@{press}", Edit(text, keyboard))
        notice.payload = {name: value for name, value in notice.payload.items() if name != JUDGED}
    return len(dropped)


async def _notices(turn: Turn, key: str) -> list[tuple[Chat, Outbox]]:
    """A notice as it stands in each moderators' chat."""
    rooms = await chats.with_role(turn.session, ChatRole.MODERATION)
    found = [(room, await outbox.by_key(turn.session, f"{key}:{room.id}")) for room in rooms]
    return [(room, row) for room, row in found if row is not None]


async def flood(turn: Turn, member: Member) -> list[Ticket]:
    """What a member opened within the last day and nobody has settled."""
    lately = await tickets.of_reporter_since(turn.session, row_id(member), turn.now - FLOOD)
    return [ticket for ticket in lately if ticket.status in OPEN]


async def undo_flood(turn: Turn, member: Member, moderator: Member, note: str) -> int:
    """Turn all of it down, without a post for each; how many."""
    found = await flood(turn, member)
    for ticket in found:
        await ticketing.apply(turn, ticket, Move.REJECT, moderator, note=note, aloud=False)
    return len(found)
