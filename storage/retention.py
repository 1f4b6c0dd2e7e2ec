"""What need not be kept for ever, by its age: found a few hundred at a time, emptied or deleted by number.

Tickets, their histories and whatever is counted from them stay; so do the keys by which a repeat is known.
A ticket is alive until it has ended and nothing has happened to it since, and so is what was merged into it.
Whatever is taken is looked for again in the transaction that takes it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, String, and_, cast, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import col

from storage import room
from storage.columns import JsonObject
from storage.messages import erase_photos
from storage.models import (
    Attachment,
    Chat,
    Dispatch,
    Inbox,
    Member,
    Message,
    Outbox,
    Prompt,
    RoomPost,
    SignInLink,
    Submission,
    Ticket,
    TicketEvent,
    WebAnswer,
    WebSession,
)
from storage.states import AttachmentState, InboxState, MemberRole, OutboxState, SubmissionState, TicketStatus

ENDED = (TicketStatus.CLOSED, TicketStatus.REJECTED, TicketStatus.MERGED)
_LEFT = (OutboxState.SENT, OutboxState.SUPERSEDED, OutboxState.DEAD)  # no moderator has to decide any more
_NOTHING = (SubmissionState.CHATTER, SubmissionState.DISMISSED)
_JUDGED = (*_NOTHING, SubmissionState.TICKETED, SubmissionState.VOICE, SubmissionState.FOLLOW_UP)


class RetentionKind(StrEnum):
    """What may be taken, in the order in which it is."""

    RAW = "raw"  # what platforms said word for word, once it is handled
    CHATTER = "chatter"  # messages that led to no ticket
    PROMPTS = "prompts"  # what buttons under lists and questions of ours referred to
    ANSWERS = "answers"  # of the moderators' room that no page has shown
    PHOTOS = "photos"  # of tickets that are alive no more
    POSTS = "posts"  # words of our posts about them
    NAMES = "names"  # of members who have had nothing to do with the group since
    ROOM = "room"  # posts in the built-in chat
    BROWSERS = "browsers"  # that were signed in
    LINKS = "links"  # to sign in by


@dataclass(frozen=True, slots=True)
class Cut:
    """What is older than `before` goes; a name gives its place to `stand_in`, which begins with `prefix`."""

    before: datetime
    prefix: str
    stand_in: Callable[[Member], str]


Ids = Select[int | None]
Where = ColumnElement[bool]


async def count(session: AsyncSession, kind: RetentionKind, cut: Cut) -> int:
    """How many there are."""
    return (await session.execute(select(func.count()).select_from(_ids(kind, cut).subquery()))).scalar_one()


async def find(session: AsyncSession, kind: RetentionKind, cut: Cut, after: int, limit: int) -> Sequence[int]:
    """The next numbers after this one, in order."""
    query = _ids(kind, cut)
    number = query.selected_columns[0]
    found = await session.scalars(query.where(number > after).order_by(number).limit(limit))
    return [one for one in found if one is not None]


async def take(session: AsyncSession, kind: RetentionKind, cut: Cut, ids: Sequence[int]) -> int:
    """Take those of them that are still to be taken; how many."""
    query = _ids(kind, cut)
    still = [one for one in await session.scalars(query.where(query.selected_columns[0].in_(ids))) if one]
    if still:
        await _TAKEN[kind](session, still, cut)
    return len(still)


def _ids(kind: RetentionKind, cut: Cut) -> Ids:
    return _FOUND[kind](cut)


def _is_over(ticket_id: Mapped[int] | Mapped[int | None], before: datetime, hops: int = 3) -> Where:
    """Whether a ticket has ended, nothing happened to it since, and so with what it was merged into."""
    ticket = aliased(Ticket)
    lately = select(col(TicketEvent.id)).where(
        col(TicketEvent.ticket_id) == col(ticket.id), col(TicketEvent.at) >= before
    )
    into = col(ticket.merged_into_id)
    onward = or_(into.is_(None), _is_over(into, before, hops - 1)) if hops else into.is_(None)
    over = select(col(ticket.id)).where(
        col(ticket.id) == ticket_id, col(ticket.status).in_(ENDED), ~lately.exists(), onward
    )
    return over.exists()


def _in_history(message_id: Mapped[int] | Mapped[int | None], *also: Where) -> Where:
    """Whether a row of a ticket's history points to a message."""
    rows = select(col(TicketEvent.id)).where(col(TicketEvent.message_id) == message_id, *also)
    return rows.exists()


def _raw(cut: Cut) -> Ids:
    return select(col(Inbox.id)).where(
        col(Inbox.state) != InboxState.PENDING,
        col(Inbox.received_at) < cut.before,
        cast(col(Inbox.payload), String) != "{}",
    )


async def _empty_raw(session: AsyncSession, ids: Sequence[int], _: Cut) -> None:
    await session.execute(update(Inbox).where(col(Inbox.id).in_(ids)).values(payload={}, error=None))


def _chatter(cut: Cut) -> Ids:
    has_photo = select(col(Attachment.id)).where(
        col(Attachment.message_id) == col(Message.id), col(Attachment.state) != AttachmentState.ERASED
    )
    return (
        select(col(Message.id))
        .outerjoin(Submission, col(Submission.id) == col(Message.submission_id))
        .where(
            col(Message.sent_at) < cut.before,
            or_(col(Submission.id).is_(None), col(Submission.state).in_(_NOTHING)),
            col(Submission.ticket_id).is_(None),
            ~_in_history(col(Message.id)),
            or_(col(Message.text) != "", col(Message.latitude).is_not(None), has_photo.exists()),
        )
    )


async def _empty_chatter(session: AsyncSession, ids: Sequence[int], _: Cut) -> None:
    theirs = select(col(Message.submission_id)).where(col(Message.id).in_(ids))
    await session.execute(
        update(Submission)
        .where(col(Submission.id).in_(theirs), col(Submission.ticket_id).is_(None))
        .values(text="", place={})
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Message).where(col(Message.id).in_(ids)).values(text="", latitude=None, longitude=None)
    )
    await erase_photos(session, col(Attachment.message_id).in_(ids))


def _prompts(cut: Cut) -> Ids:
    return select(col(Prompt.id)).where(col(Prompt.created_at) < cut.before)


def _answers(cut: Cut) -> Ids:
    return select(col(WebAnswer.id)).where(col(WebAnswer.created_at) < cut.before)


def _photos(cut: Cut) -> Ids:
    """Of what was reported and of the work; what a ticket that is alive needs too stays."""
    message, told = col(Attachment.message_id), _is_over(col(Submission.ticket_id), cut.before)
    of_report = (
        select(col(Message.id))
        .join(Submission, col(Submission.id) == col(Message.submission_id))
        .where(col(Message.id) == message, told)
    )
    is_over = _is_over(col(TicketEvent.ticket_id), cut.before)
    return select(col(Attachment.id)).where(
        col(Attachment.state) != AttachmentState.ERASED,
        or_(of_report.exists(), _in_history(message, is_over)),
        ~_in_history(message, ~is_over),
    )


async def _take_photos(session: AsyncSession, ids: Sequence[int], _: Cut) -> None:
    await erase_photos(session, col(Attachment.id).in_(ids))


def _posts(cut: Cut) -> Ids:
    """Neither about a ticket that is alive nor about what a moderator has still to judge."""
    judged = select(col(Submission.id)).where(
        col(Submission.id) == col(Outbox.submission_id), col(Submission.state).in_(_JUDGED)
    )
    of_none = and_(col(Outbox.ticket_id).is_(None), or_(col(Outbox.submission_id).is_(None), judged.exists()))
    return select(col(Outbox.id)).where(
        col(Outbox.state).in_(_LEFT),
        col(Outbox.created_at) < cut.before,
        col(Outbox.payload)["text"].as_string() != "",
        or_(of_none, _is_over(col(Outbox.ticket_id), cut.before)),
    )


async def _empty_posts(session: AsyncSession, ids: Sequence[int], _: Cut) -> None:
    """With what receivers said of them, and of what systems outside were told of the same tickets."""
    rows = (await session.scalars(select(Outbox).where(col(Outbox.id).in_(ids)))).all()
    for row in rows:
        row.payload, row.error = {**row.payload, "text": ""}, None
    theirs = col(Dispatch.ticket_id).in_({row.ticket_id for row in rows if row.ticket_id})
    told = theirs, col(Dispatch.state).in_(_LEFT), col(Dispatch.error).is_not(None)
    await session.execute(update(Dispatch).where(*told).values(error=None))


def _names(cut: Cut) -> Ids:
    """Nobody who works here, was heard since, is part of a ticket that is alive, or is signed in."""
    theirs = col(Message.member_id) == col(Member.id)
    heard = select(col(Message.id)).where(theirs, col(Message.sent_at) >= cut.before)
    part = (
        select(col(Message.id))
        .join(Submission, col(Submission.id) == col(Message.submission_id))
        .where(
            theirs, col(Submission.ticket_id).is_not(None), ~_is_over(col(Submission.ticket_id), cut.before)
        )
    )
    reported = select(col(Ticket.id)).where(
        col(Ticket.reporter_id) == col(Member.id), ~_is_over(col(Ticket.id), cut.before)
    )
    signed_in = select(col(WebSession.id)).where(
        col(WebSession.member_id) == col(Member.id), col(WebSession.expires_at) >= cut.before
    )
    return select(col(Member.id)).where(
        col(Member.role) == MemberRole.MEMBER,
        col(Member.department).is_(None),
        col(Member.created_at) < cut.before,
        col(Member.name) != "",
        col(Member.name).not_like(f"{cut.prefix}%"),
        *(~some.exists() for some in (heard, reported, part, signed_in)),
    )


async def _stand_in(session: AsyncSession, ids: Sequence[int], cut: Cut) -> None:
    for member in await session.scalars(select(Member).where(col(Member.id).in_(ids))):
        member.name = cut.stand_in(member)
    await session.execute(update(Chat).where(col(Chat.owner_id).in_(ids)).values(title=""))


def _room(cut: Cut) -> Ids:
    return select(col(RoomPost.id)).where(
        col(RoomPost.at) < cut.before,
        or_(
            col(RoomPost.text) != "",
            col(RoomPost.author_name) != "",
            cast(col(RoomPost.photos), String) != "[]",
            col(RoomPost.latitude).is_not(None),
        ),
    )


async def _empty_room(session: AsyncSession, ids: Sequence[int], _: Cut) -> None:
    posts = (await session.scalars(select(RoomPost).where(col(RoomPost.id).in_(ids)))).all()
    await room.note_lost(session, room.photos_of(posts))
    nothing: JsonObject = {
        "text": "",
        "author_name": "",
        "photos": [],
        "buttons": [],
        "latitude": None,
        "longitude": None,
    }
    await session.execute(update(RoomPost).where(col(RoomPost.id).in_(ids)).values(nothing))


def _browsers(cut: Cut) -> Ids:
    return select(col(WebSession.id)).where(col(WebSession.expires_at) < cut.before)


def _links(cut: Cut) -> Ids:
    used = select(col(WebSession.link_id)).where(col(WebSession.link_id).is_not(None))
    return select(col(SignInLink.id)).where(
        col(SignInLink.expires_at) < cut.before, col(SignInLink.id).not_in(used)
    )


def _deleted(table: type[Prompt | WebAnswer | WebSession | SignInLink]) -> Callable[..., Awaitable[None]]:
    async def gone(session: AsyncSession, ids: Sequence[int], _: Cut) -> None:
        await session.execute(delete(table).where(col(table.id).in_(ids)))

    return gone


_FOUND: Mapping[RetentionKind, Callable[[Cut], Ids]] = {
    RetentionKind.RAW: _raw,
    RetentionKind.CHATTER: _chatter,
    RetentionKind.PROMPTS: _prompts,
    RetentionKind.ANSWERS: _answers,
    RetentionKind.PHOTOS: _photos,
    RetentionKind.POSTS: _posts,
    RetentionKind.NAMES: _names,
    RetentionKind.ROOM: _room,
    RetentionKind.BROWSERS: _browsers,
    RetentionKind.LINKS: _links,
}
_TAKEN: Mapping[RetentionKind, Callable[[AsyncSession, Sequence[int], Cut], Awaitable[None]]] = {
    RetentionKind.RAW: _empty_raw,
    RetentionKind.CHATTER: _empty_chatter,
    RetentionKind.PROMPTS: _deleted(Prompt),
    RetentionKind.ANSWERS: _deleted(WebAnswer),
    RetentionKind.PHOTOS: _take_photos,
    RetentionKind.POSTS: _empty_posts,
    RetentionKind.NAMES: _stand_in,
    RetentionKind.ROOM: _empty_room,
    RetentionKind.BROWSERS: _deleted(WebSession),
    RetentionKind.LINKS: _deleted(SignInLink),
}
