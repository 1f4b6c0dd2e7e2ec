"""One member who sends very much: what goes beyond the limit waits for a moderator, in one notice."""

from collections.abc import Sequence
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
MUTED = "muted"  # there, too: that its member was muted by it
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
            names=[row_id(member)],
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


async def notice_of(turn: Turn, room: Chat, message: str) -> Outbox | None:
    """The notice under which somebody pressed, or that a later post stands for where none can be edited."""
    row = await outbox.of_post(turn.session, row_id(room), message)
    return row and await outbox.by_key(turn.session, row.idempotency_key.partition("@")[0])


async def last_judged(turn: Turn, member: Member) -> Outbox | None:
    """The notice of somebody's many that was judged last, for a press on a page."""
    return await outbox.last_begun_with(turn.session, f"held:{member.id}:", JUDGED)


async def judge(
    turn: Turn, member: Member, act: buttons.HeldAct, moderator: Member, press: str, pressed: Outbox | None
) -> int:
    """Carry out what a moderator said about somebody's many; how many there were."""
    held = await submissions.held_of(turn.session, row_id(member))
    mutes = bool(held) and act is buttons.HeldAct.MUTE and not member.muted
    member.muted = member.muted or mutes
    dropped = await _judged(turn, held, let=act is buttons.HeldAct.LET)
    for room, notice in await _notices(turn, member, held, pressed) if held else ():
        key = f"held.{act.value}_done"
        text = say(turn, room, key, name=member.name, count=len(held), by=moderator.name)
        undo = buttons.held_undo_keyboard(partial(say, turn, room), row_id(member)) if dropped else ()
        name = f"{notice.idempotency_key}@{press}"
        by = [row_id(moderator)]
        await edit(turn, room, notice, name, Edit(text, undo), anew=bool(dropped), names=by)
        notice.payload = notice.payload | {JUDGED: dropped, MUTED: mutes}
    return len(held)


async def _judged(turn: Turn, held: Sequence[Submission], *, let: bool) -> list[int]:
    """Let them through, or drop them; which of these can be held again."""
    dropped = []
    for submission in held:
        if let and submission.text:  # without words it was taken back meanwhile
            chat = await turn.session.get_one(Chat, submission.chat_id)
            first = (await messages.in_submission(turn.session, row_id(submission)))[0]
            await ticketing.open_ticket(turn, chat, submission, first)
        else:
            submission.state = SubmissionState.DISMISSED
            dropped += [row_id(submission)] if submission.text else []
    return dropped


async def hold_again(turn: Turn, member: Member, pressed: Outbox, press: str) -> int:
    """What was dropped by a notice waits for a moderator once more; how many there are."""
    found = [await turn.session.get(Submission, one) for one in pressed.payload.get(JUDGED, ())]
    dropped = [
        one for one in found if one is not None and one.state == SubmissionState.DISMISSED and one.text
    ]
    for submission in dropped:
        submission.state = SubmissionState.HELD
    if dropped and pressed.payload.get(MUTED):
        member.muted = False
    for room, notice in await _notices(turn, member, dropped, pressed) if dropped else ():
        text = say(turn, room, "held.notice", name=member.name, count=len(dropped))
        keyboard = buttons.held_keyboard(partial(say, turn, room), row_id(member))
        await edit(turn, room, notice, f"{notice.idempotency_key}@{press}", Edit(text, keyboard), anew=True)
        marks = (JUDGED, MUTED)
        notice.payload = {name: value for name, value in notice.payload.items() if name not in marks}
    return len(dropped)


async def _notices(
    turn: Turn, member: Member, about: Sequence[Submission], pressed: Outbox | None
) -> list[tuple[Chat, Outbox]]:
    """The notices in each moderators' chat that began with one of these, and the one that was pressed.

    Its first may have been withdrawn; and what is held again may stand beside what a later one is about.
    """
    begun = {f"held:{member.id}:{one.id}" for one in about}
    if pressed is not None:
        begun.add(pressed.idempotency_key.rpartition(":")[0])
    rooms = await chats.with_role(turn.session, ChatRole.MODERATION)
    found = []
    for room in rooms:
        rows = await outbox.by_keys(turn.session, [f"{one}:{room.id}" for one in begun])
        found += [(room, row) for row in rows]
    return found


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
