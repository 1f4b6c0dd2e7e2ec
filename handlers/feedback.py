"""What a member's message is about: put together with what they just said, understood, joined to
its twin, opened as a ticket, or left alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from handlers import (
    assemble,
    authority,
    cards,
    followup,
    gathering,
    limits,
    matters,
    mistakes,
    slips,
    ticketing,
)
from handlers.context import Turn
from handlers.gathering import Said
from handlers.shown import quoted
from handlers.understanding import (
    Candidate,
    Intent,
    Kind,
    Place,
    Understanding,
    find_twin,
    issues,
    one_valued,
    spots,
)
from storage import messages, outbox, submissions, tickets, twins
from storage.models import Chat, Member, Message, Submission, Ticket, row_id
from storage.states import OPEN, SETTLED, SubmissionState

AT_SPOT, LATELY = 60, 40  # tickets that a message is compared with
TAKEN_BACK = timedelta(days=1)  # how old a report may be that "báo nhầm" is about
PUT_RIGHT = timedelta(minutes=15)  # the same of "lộn, hẻm 21"
SPOKEN_OF = timedelta(days=1)  # how long others say "khóm 5 cũng vậy" of it
# What tells of no danger that is not known; "chỗ em cũng bị, dây điện rớt" does, whatever its intent.
_ANSWERS = (Intent.DONE, Intent.IN_PROGRESS)


async def handle(turn: Turn, chat: Chat, member: Member, message: Message, *, has_photos: bool) -> None:
    """Take a message of the community in."""
    window = turn.policy.assemble_window
    earlier = await submissions.recent(turn.session, row_id(chat), row_id(member), turn.at, window)
    waiting = any(one.state == SubmissionState.WAITING for one in earlier)
    seen = turn.services.understand(message.text, has_photo=has_photos or waiting)
    said = Said(chat, member, message, seen)
    ticket = await _replied_ticket(turn, said) or await _mistold(turn, said)
    said = replace(said, seen=_put_right(turn, said, ticket))
    if ticket is not None and not _other_matter(turn, said, ticket):
        await _follow_up(turn, said, ticket)
    elif ticket is not None:
        others = [one for one in earlier if one.ticket_id != ticket.id]
        await _place(turn, said, others, has_photos=has_photos, reply_in=None)
    elif message.latitude is not None and not message.text:
        await _locate(turn, message, earlier)
    else:
        reply_in = await _own_submission(turn, said)
        await _place(turn, said, earlier, has_photos=has_photos, reply_in=reply_in)


async def judge(turn: Turn, said: Said, submission: Submission) -> None:
    """Sure: a ticket, or a voice on its twin. Unsure: a moderator is asked. Else nothing."""
    for part, held in await _apart(turn, said, submission):
        await settle(turn, part, held)


async def _apart(turn: Turn, said: Said, submission: Submission) -> list[tuple[Said, Submission]]:
    """One message may tell of several things: each is a submission; the first has the message's photos."""
    told = issues.apart(submission.text, turn.services.understand, turn.policy.sure)
    if not told:
        return [(said, submission)]
    submission.text = told[0].text
    parts = [(replace(said, seen=told[0].seen), submission)]
    for issue in told[1:]:
        another = Submission(
            chat_id=submission.chat_id,
            member_id=submission.member_id,
            state=SubmissionState.CHATTER,
            opened_at=submission.opened_at,
            open_until=submission.opened_at,  # what follows joins the first
            text=issue.text,
        )
        parts.append((replace(said, seen=issue.seen), another))
    await submissions.add(turn.session, *(part for _, part in parts[1:]))
    return parts


async def settle(turn: Turn, said: Said, submission: Submission, *, limited: bool = True) -> None:
    """The same of a submission that tells of one thing; `limited`: not too many of one member's."""
    gathering.describe(submission, said.seen)
    is_unclear = _is_unclear(turn, said.seen) or _may_be_of_work(said)
    if is_unclear and not matters.is_a_sigh(submission.text):
        await ask(turn, submission)
        return
    if said.seen.feedback < turn.policy.sure or _follows_up(said.seen):
        await _chatter(turn, said, submission)
        return
    twin, sure = await _twin(turn, said, submission)
    if twin is not None and sure:
        await _follow(turn, said, twin, submission, _told_again(twin))
    elif limited and not said.seen.urgent and await limits.exceeded(turn, said.member):
        await limits.hold(turn, said.member, submission)
    else:
        await ticketing.open_ticket(turn, said.chat, submission, said.message, twin)


def _is_unclear(turn: Turn, seen: Understanding) -> bool:
    """Whether a moderator has to say what it is: it may be feedback, or may tell of a danger."""
    may_be_danger = seen.urgent and seen.intent not in _ANSWERS
    may_be_feedback = seen.feedback >= turn.policy.unsure and not _follows_up(seen)
    return _complains_of_nothing(seen) or (
        seen.feedback < turn.policy.sure and (may_be_danger or may_be_feedback)
    )


def _may_be_of_work(said: Said) -> bool:
    """Whether an officer may tell of their work rather than of a defect: "xe vô hẻm 12 Lê Lợi rồi nha"."""
    is_vague = said.seen.category_confidence < matters.VAGUE and said.seen.kind is not Kind.NONE
    return authority.is_officer(said.member.role) and is_vague and not said.seen.urgent


def _complains_of_nothing(seen: Understanding) -> bool:
    """Whether something is said to be as it was, but neither what nor where: "bà Tư vẫn vậy"."""
    is_still_so = seen.kind is not Kind.NONE and seen.intent is Intent.STILL_BROKEN
    return is_still_so and seen.category == "other" and not seen.place.text


async def _follow(turn: Turn, said: Said, ticket: Ticket, submission: Submission, intent: Intent) -> None:
    await followup.handle(
        turn, ticket, submission, said.message, member=said.member, intent=intent, seen=said.seen
    )


def _follows_up(seen: Understanding) -> bool:
    """Words about something told already, and no feedback themselves."""
    return seen.kind is Kind.NONE and seen.intent is not Intent.CHATTER


async def ask(turn: Turn, submission: Submission) -> None:
    """Let a moderator say what a submission is."""
    submission.state = SubmissionState.QUESTION
    chat = await turn.session.get_one(Chat, submission.chat_id)
    author = await turn.session.get_one(Member, submission.member_id)
    if submission.urgent:
        await _alarm(turn, submission)
    await cards.question(turn, chat, submission, author.name)


async def _alarm(turn: Turn, submission: Submission) -> None:
    place = str(submission.place.get("text") or "")
    words = quoted(submission.text, cards.SUMMARY_SHOWN)
    await cards.alarm(turn, f"alarm:question:{submission.id}", words, place, None, submission=submission)


async def _replied_ticket(turn: Turn, said: Said) -> Ticket | None:
    """The ticket of the post that a message replies to: somebody's, or our own."""
    if said.message.reply_to is None:
        return None
    ours = await outbox.of_post(turn.session, row_id(said.chat), said.message.reply_to)
    if ours is None:
        ticket_id = await tickets.of_post(turn.session, row_id(said.chat), said.message.reply_to)
    else:
        ticket_id = ours.ticket_id
    return await tickets.surviving(turn.session, ticket_id) if ticket_id else None


async def _mistold(turn: Turn, said: Said) -> Ticket | None:
    """What somebody reported last, where they take it back or put it right and reply to nothing."""
    if said.message.reply_to is not None:
        return None
    if said.seen.kind is Kind.NONE and mistakes.says(said.message.text):
        age = TAKEN_BACK
    elif slips.put_right(said.message.text, said.seen, turn.policy.sure) is not None:
        age = PUT_RIGHT
    else:
        return None
    reported = await tickets.of_reporter_since(turn.session, row_id(said.member), turn.at - age)
    here = [one for one in reported if one.chat_id == said.chat.id and one.status in OPEN]
    return here[-1] if here else None


def _put_right(turn: Turn, said: Said, ticket: Ticket | None) -> Understanding:
    """What a message says, which may be where its author's own report really is."""
    if ticket is None or ticket.reporter_id != said.member.id or ticket.status not in OPEN:
        return said.seen
    return slips.put_right(said.message.text, said.seen, turn.policy.sure) or said.seen


def _other_matter(turn: Turn, said: Said, ticket: Ticket) -> bool:
    """Whether a reply tells of something else entirely, or of the like somewhere else."""
    words, seen, place = said.message.text, said.seen, Place(**ticket.place)
    if mistakes.says(words):
        return False
    if ticket.reporter_id != said.member.id:
        return matters.is_neighbours_own(words, seen, ticket.category, place, turn.policy.unsure)
    return matters.is_another(seen, ticket.category, place, turn.policy.sure)


async def _follow_up(turn: Turn, said: Said, ticket: Ticket) -> None:
    submission = await gathering.begin(turn, said, SubmissionState.FOLLOW_UP)
    intent = said.seen.intent
    if matters.says_nothing_of_one(said.message.text, said.seen, turn.policy.sure):
        intent = Intent.CHATTER  # a quarrel under a report is no voice for it, and reopens nothing
    elif said.seen.kind is not Kind.NONE and ticket.status in SETTLED:
        intent = Intent.STILL_BROKEN
    elif intent is Intent.NEW and ticket.reporter_id == said.member.id:
        intent = Intent.CHATTER  # the reporter says more of it: no voice of their own
    await _follow(turn, said, ticket, submission, intent)


def _told_again(twin: Ticket) -> Intent:
    """A defect told again is one more voice, or, where it was mended, mended no more."""
    return Intent.STILL_BROKEN if twin.status in SETTLED else Intent.NEW


async def _locate(turn: Turn, message: Message, earlier: Sequence[Submission]) -> None:
    """A location shared right after the words says where that ticket is."""
    told = next((one for one in earlier if one.ticket_id or one.state == SubmissionState.WAITING), None)
    if told is None:
        return
    turn.insist()
    message.submission_id = told.id
    ticket = await tickets.get(turn.session, told.ticket_id) if told.ticket_id else None
    if ticket is not None:
        await ticketing.locate(turn, ticket, message)


async def _place(
    turn: Turn, said: Said, earlier: Sequence[Submission], *, has_photos: bool, reply_in: int | None
) -> None:
    heard = assemble.NewMessage(
        has_text=bool(said.message.text.strip()),
        has_photos=has_photos,
        seen=said.seen,
        album_in=await _album(turn, said),
        reply_in=reply_in,
        perhaps=said.seen.feedback >= turn.policy.unsure,
        sure=said.seen.feedback >= turn.policy.sure,
    )
    match assemble.place(heard, [_earlier(one) for one in earlier]):
        case assemble.Join() as join:
            await _join(turn, said, join)
        case assemble.Start(waiting=True):
            await gathering.begin(turn, said, SubmissionState.WAITING)
        case assemble.Start():
            await judge(turn, *await gathering.with_its_beginning(turn, said, has_photos=has_photos))
        case assemble.Leave():
            await _fragments(turn, said)


async def _album(turn: Turn, said: Said) -> int | None:
    album = said.message.album
    if album is None:
        return None
    found = await submissions.of_album(turn.session, row_id(said.chat), row_id(said.member), album)
    return found.id if found else None


async def _own_submission(turn: Turn, said: Said) -> int | None:
    """The author's own submission that this message replies to."""
    if said.message.reply_to is None:
        return None
    replied = await messages.find(turn.session, row_id(said.chat), said.message.reply_to)
    return replied.submission_id if replied and replied.member_id == said.member.id else None


def _earlier(submission: Submission) -> assemble.Earlier:
    return assemble.Earlier(
        id=row_id(submission),
        state=submission.state,
        category=submission.category,
        street=submission.place.get("street"),
        number=submission.place.get("number"),
        has_place=bool(submission.place.get("text")),
        opened_at=submission.opened_at,
    )


async def _join(turn: Turn, said: Said, join: assemble.Join) -> None:
    turn.insist()
    submission = await turn.session.get_one(Submission, join.submission_id)
    said.message.submission_id = submission.id
    submission.open_until = max(submission.open_until, turn.at + turn.policy.assemble_window)
    if said.message.text:
        parts = [submission.text, said.message.text]
        is_late = turn.at < submission.opened_at
        submission.text = "\n".join(reversed(parts) if is_late else parts).strip()
    submission.opened_at = min(submission.opened_at, turn.at)
    if join.complete and submission.state == SubmissionState.WAITING:
        await judge(turn, said, submission)
    elif submission.state == SubmissionState.QUESTION:
        await _reconsider(turn, said, submission)
    elif submission.ticket_id is not None:
        ticket = await tickets.get(turn.session, submission.ticket_id)
        if ticket is not None:
            words = submission.text if submission.state == SubmissionState.TICKETED else None
            await ticketing.add_message(turn, ticket, said.message, words=words, seen=said.seen)


async def _reconsider(turn: Turn, said: Said, submission: Submission) -> None:
    """More was said of what a moderator is asked about: it may be clear by now, or the question says more."""
    photos = await messages.photos_of_submission(turn.session, row_id(submission))
    seen = turn.services.understand(submission.text, has_photo=bool(photos))
    if seen.feedback >= turn.policy.sure and not (_follows_up(seen) or _complains_of_nothing(seen)):
        submission.state = SubmissionState.CHATTER
        await judge(turn, replace(said, seen=seen), submission)
        await cards.question_answered_itself(turn, submission)
        return
    is_new_danger = seen.urgent and not submission.urgent
    gathering.describe(submission, seen)
    if is_new_danger:
        await _alarm(turn, submission)
    await cards.question_grew(turn, said.chat, submission, said.message, said.member.name)


async def _fragments(turn: Turn, said: Said) -> None:
    whole = await gathering.together(turn, said)
    if whole is not None:
        await judge(turn, *whole)


async def _chatter(turn: Turn, said: Said, submission: Submission) -> None:
    """Words such as "done" or "still broken" that name a ticket's place without replying to it."""
    speaks_of_one = said.seen.intent not in (Intent.CHATTER, Intent.THANKS)
    twin, sure = await _twin(turn, said, submission) if speaks_of_one else (None, False)
    if twin is not None and sure:
        await _follow(turn, said, twin, submission, said.seen.intent)
    elif submission.state == SubmissionState.WAITING or await _same_elsewhere(turn, said):
        await ask(turn, submission)


async def _same_elsewhere(turn: Turn, said: Said) -> bool:
    """Whether somebody has such a matter at a place of their own, "khóm 5 cũng mất nước", or another: "cống
    nhà em cũng nghẹt" under a lamp. Where they name none, one was told lately: "khóm 5 cũng vậy"."""
    if said.seen.intent is not Intent.SAME_HERE:
        return False
    is_placed = bool(said.seen.place.text)
    if matters.names_a_matter(said.message.text, said.seen):
        return is_placed or said.message.reply_to is not None
    lately = turn.at - SPOKEN_OF
    return is_placed and bool(await tickets.shown_since(turn.session, row_id(said.chat), lately, most=1))


async def _twin(turn: Turn, said: Said, submission: Submission) -> tuple[Ticket | None, bool]:
    """The ticket that tells of the same thing, and whether that is sure."""
    found = await twins.alike(
        turn.session,
        row_id(said.chat),
        turn.at - timedelta(days=turn.policy.twin_days),
        spots=spots(said.seen.place),
        categories=sorted({said.seen.category, "other"}),
        named=one_valued(said.seen.place),
        at_spots=AT_SPOT,
        lately=LATELY,
    )
    by_id = {told.ticket_id: told for told in found if told.opened_at <= turn.at}
    candidates = [_candidate(told) for told in by_id.values()]
    twin = find_twin(submission.text, said.seen, turn.at, candidates)
    if twin is None:
        return None, False
    return await tickets.get(turn.session, twin.ticket_id), twin.sure


def _candidate(told: twins.ComparedTicket) -> Candidate:
    return Candidate(told.ticket_id, told.folded, told.category, Place(**told.place), told.opened_at)
