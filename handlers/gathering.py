"""A member's message as a submission: begun with it, or gathered from short ones of which it is the end."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from handlers import fragments
from handlers.context import Turn
from handlers.understanding import Understanding
from storage import messages, submissions
from storage.models import Chat, Member, Message, Submission, row_id
from storage.states import SubmissionState

GUESS = 0.2  # how sure a category must be to be told: below, it is one of nineteen


@dataclass(frozen=True, slots=True)
class Said:
    """One message, who said it where, and what it was understood as."""

    chat: Chat
    member: Member
    message: Message
    seen: Understanding


def describe(submission: Submission, seen: Understanding) -> None:
    """Keep with a submission what it was understood as, and by which model."""
    told = {
        "kind": seen.kind.value,
        "kind_confidence": seen.kind_confidence,
        "feedback": seen.feedback,
        "category": seen.category if seen.category_confidence >= GUESS else "other",
        "category_confidence": seen.category_confidence,
        "intent": seen.intent.value,
        "urgent": seen.urgent,
        "place": asdict(seen.place),
        "model": seen.model,
    }
    for name, value in told.items():
        if getattr(submission, name) != value:  # what is set to what it is costs as much as a change
            setattr(submission, name, value)


async def begin(turn: Turn, said: Said, state: SubmissionState) -> Submission:
    """A new submission that begins with this message."""
    turn.insist()
    submission = Submission(
        chat_id=row_id(said.chat),
        member_id=row_id(said.member),
        state=state,
        opened_at=turn.at,
        open_until=turn.at + turn.policy.assemble_window,
        text=said.message.text,
    )
    describe(submission, said.seen)
    await submissions.add(turn.session, submission)
    await messages.belongs(turn.session, said.message, submission)
    return submission


async def with_its_beginning(turn: Turn, said: Said, *, has_photos: bool) -> tuple[Said, Submission]:
    """A new submission, and with it the short words just before that it is the end of."""
    left: Sequence[Message] = ()
    if fragments.wants_its_beginning(turn.services, said.message.text, said.seen):
        left = await _unplaced(turn, said)
    words = [one.text for one in left]
    told = fragments.beginning(turn.services, words, said.seen, has_photo=has_photos)
    if told is None:
        return said, await begin(turn, said, SubmissionState.CHATTER)
    first, seen = told
    whole = replace(said, seen=seen)
    return whole, await _gather(turn, whole, left[first:])


async def together(turn: Turn, said: Said) -> tuple[Said, Submission] | None:
    """A submission of a few short messages, none of which says enough; None where all of them do not."""
    left = await _unplaced(turn, said)
    seen = fragments.together(turn.services, [one.text for one in left])
    if seen is None:
        return None
    whole = replace(said, seen=seen)
    return whole, await _gather(turn, whole, left)


async def _unplaced(turn: Turn, said: Said) -> Sequence[Message]:
    """What its author said just before it and belongs to nothing yet, this message the last of it."""
    if said.message.reply_to is not None:
        return ()
    since = turn.at - turn.policy.assemble_window
    chat_id, member_id = row_id(said.chat), row_id(said.member)
    return await messages.unplaced(turn.session, chat_id, member_id, since, turn.at, fragments.MOST)


async def _gather(turn: Turn, said: Said, parts: Sequence[Message]) -> Submission:
    """A new submission of several messages."""
    submission = await begin(turn, said, SubmissionState.CHATTER)
    submission.text, submission.opened_at = "\n".join(one.text for one in parts), parts[0].sent_at
    for one in parts:
        await messages.belongs(turn.session, one, submission)
    return submission
