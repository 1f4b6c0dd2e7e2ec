"""A member's data erased at their wish: what they wrote, their photos, their name.

What stays is that something was reported, where, and what became of it. Photos lose their link here, in
the transaction; their files go when the sweeper finds that nothing refers to them any more.
"""

import json
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, String, and_, cast, delete, func, literal, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from storage import outbox, room, web_answers
from storage.columns import JsonObject
from storage.messages import erase_photos
from storage.models import (
    ATTACHMENT_PENDING,
    INBOX_PENDING,
    Attachment,
    Audit,
    Chat,
    Dispatch,
    Inbox,
    Member,
    Message,
    Outbox,
    Prompt,
    RoomPost,
    Submission,
    Ticket,
    TicketEvent,
    WebSession,
    row_id,
)
from storage.states import AttachmentState, InboxState, OutboxState, SubmissionState

ERASED = "erased"  # in a ticket's history
# What adapters call a person's id: most of them, Zalo's and Telegram's histories, Open311, an import.
_NAMES_OF_IDS = ("id", "from_id", "who", "person")
_UNJUDGED = (SubmissionState.WAITING, SubmissionState.HELD, SubmissionState.QUESTION)


async def erase(session: AsyncSession, member: Member, until: datetime | None = None) -> Sequence[Ticket]:
    """Erase, what came since an erasure before too; the tickets that lost words of theirs. `until`: when they
    asked for it. What a platform told of them up to then is as good as handled: it comes before this, or is
    this itself."""
    member_id = row_id(member)
    tickets = (await session.scalars(select(Ticket).where(*_still_theirs(member_id)))).all()
    await _raw_payloads(session, member, until)
    sent = select(col(Message.id)).where(col(Message.member_id) == member_id)
    await erase_photos(session, col(Attachment.message_id).in_(sent))
    await empty_copies(session, member)
    await _in_rooms(session, member)
    await session.execute(
        update(Message)
        .where(col(Message.member_id) == member_id)
        .values(text="", latitude=None, longitude=None)
    )
    theirs = col(Submission.member_id) == member_id
    await session.execute(update(Submission).where(theirs).values(text=""))
    waits = theirs, col(Submission.state).in_(_UNJUDGED)
    await session.execute(update(Submission).where(*waits).values(state=SubmissionState.DISMISSED))
    await session.execute(update(Audit).where(col(Audit.member_id) == member_id).values(detail={}))
    await _doors(session, member_id)
    await session.execute(update(Chat).where(col(Chat.owner_id) == member_id).values(title=""))
    for ticket in tickets:
        ticket.summary = ticket.folded = ""
    await _errors(session, member_id)
    member.name, member.erased = "", True
    await session.flush()
    return tickets


async def _errors(session: AsyncSession, member_id: int) -> None:
    """What receivers said of what they were told may repeat it."""
    reported = select(col(Ticket.id)).where(col(Ticket.reporter_id) == member_id)
    for table in (Outbox, Dispatch):
        about = col(table.ticket_id).in_(reported), col(table.error).is_not(None)
        await session.execute(update(table).where(*about).values(error=None))


def _still_theirs(member_id: int) -> Sequence[ColumnElement[bool]]:
    """What a member reported that has their words, or of which no erasure was told."""
    told = select(col(TicketEvent.id)).where(
        col(TicketEvent.ticket_id) == col(Ticket.id), col(TicketEvent.action) == ERASED
    )
    return col(Ticket.reporter_id) == member_id, or_(col(Ticket.summary) != "", ~told.exists())


async def people(session: AsyncSession, words: str) -> Sequence[Member]:
    """Whom words mean: `platform:id` or an id exactly, erased before or not; else whose name has them, with
    accents or without."""
    everyone = (await session.scalars(select(Member).order_by(col(Member.id)))).all()
    exact = [one for one in everyone if words in (f"{one.platform}:{one.external_id}", one.external_id)]
    said = _bare(words)
    return exact or [one for one in everyone if said and said in _bare(one.name)]


def _bare(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).strip()


async def held(session: AsyncSession, member: Member) -> dict[str, int]:
    """How much there is of a member that an erasure takes, by what it is."""
    member_id = row_id(member)
    messages = select(col(Message.id)).where(col(Message.member_id) == member_id)
    photos = select(col(Attachment.id)).where(
        col(Attachment.message_id).in_(messages), col(Attachment.state) != AttachmentState.ERASED
    )
    asked = {
        "raw": select(col(Inbox.id)).where(*_told_of(member)),
        "messages": messages.where(or_(col(Message.text) != "", col(Message.latitude).is_not(None))),
        "photos": photos,
        "tickets": select(col(Ticket.id)).where(
            col(Ticket.reporter_id) == member_id, col(Ticket.summary) != ""
        ),
        "posts": select(col(Outbox.id)).where(_quotes(member_id)),
        "room": select(col(RoomPost.id)).where(
            col(RoomPost.author) == member.external_id,
            col(RoomPost.text) != "",
            literal(member.platform == "webchat"),
        ),
        "reactions": select(col(RoomPost.id)).where(_has_reaction_of(member)),
        "browsers": select(col(WebSession.id)).where(col(WebSession.member_id) == member_id),
    }
    return {
        name: (await session.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
        for name, query in asked.items()
    }


async def _doors(session: AsyncSession, member_id: int) -> None:
    """Browsers that are signed in as them, what open lists and questions of theirs refer to, whatever anybody
    searched for, and all answers that a page of the moderators' room has still to show."""
    await session.execute(delete(WebSession).where(col(WebSession.member_id) == member_id))
    theirs = col(Prompt.member_id) == member_id, col(Prompt.answered_at).is_(None)
    searched = func.coalesce(col(Prompt.detail)["words"].as_string(), "") != ""
    await session.execute(delete(Prompt).where(or_(and_(*theirs), searched)))
    await web_answers.let_all_go(session)


async def posts_about(session: AsyncSession, member: Member) -> Sequence[Outbox]:
    """Our posts in chats about what this member reported, and that show their photos."""
    member_id = row_id(member)
    tickets = await session.scalars(select(col(Ticket.id)).where(col(Ticket.reporter_id) == member_id))
    told = await session.scalars(select(col(Submission.id)).where(col(Submission.member_id) == member_id))
    photos = await session.scalars(
        select(col(Attachment.id)).where(
            col(Attachment.message_id).in_(select(col(Message.id)).where(col(Message.member_id) == member_id))
        )
    )
    reported, submitted, sent = ([one for one in some if one] for some in (tickets, told, photos))
    return await outbox.telling_of(session, reported, submitted, await outbox.showing(session, sent))


class Traces(NamedTuple):
    """By what answers are found in which a member's words or name stand: tickets' codes."""

    reported: Mapping[str, str]  # by them, and where it is; a list quotes them where nobody knows that
    touched: Collection[str]  # in whose history they stand


async def traces(session: AsyncSession, member: Member) -> Traces:
    """The tickets that tell of a member."""
    member_id = row_id(member)
    reported = await session.execute(
        select(col(Ticket.code), col(Ticket.place)).where(col(Ticket.reporter_id) == member_id)
    )
    events = select(col(TicketEvent.ticket_id)).where(col(TicketEvent.member_id) == member_id)
    touched = await session.scalars(select(col(Ticket.code)).where(col(Ticket.id).in_(events)))
    return Traces({code: str(place.get("text") or "") for code, place in reported}, frozenset(touched))


async def _raw_payloads(session: AsyncSession, member: Member, until: datetime | None) -> None:
    await session.execute(
        update(Inbox)
        .where(*_told_of(member, until))
        .values(payload={}, error=None)
        .execution_options(synchronize_session=False)
    )


def _told_of(member: Member, until: datetime | None = None) -> Sequence[ColumnElement[bool]]:
    """What platforms told of this person, word for word; asked of every row, because it is rarely asked."""
    payload = cast(col(Inbox.payload), String)
    return (
        col(Inbox.platform) == member.platform,
        or_(col(Inbox.state) != InboxState.PENDING, *([col(Inbox.said_at) <= until] if until else [])),
        or_(*(payload.contains(mark, autoescape=True) for mark in _marks(member.external_id))),
    )


def _marks(who: str) -> Sequence[str]:
    """How somebody's id stands in payloads: as a word, with the letters of other alphabets escaped, or as a
    number."""
    word, of_export = json.dumps(who), json.dumps(f"user{who}")
    ways = (word, f"{who},", f"{who}}}")
    named = [f'"{name}": {way}' for name in _NAMES_OF_IDS for way in ways]
    return [*named, f'"id":{who},', f'"from_id": {of_export}']


async def ids_beside(session: AsyncSession, platform: str, alias: str) -> Sequence[str]:
    """Who sent what a platform told with this other id of theirs beside it (Zalo's `user_id_by_app`)."""
    mark = f'"user_id_by_app": "{alias}"'
    payloads = await session.scalars(
        select(col(Inbox.payload))
        .where(
            col(Inbox.platform) == platform, cast(col(Inbox.payload), String).contains(mark, autoescape=True)
        )
        .limit(1)
    )
    senders = [payload.get("sender") for payload in payloads]
    return [str(sender["id"]) for sender in senders if isinstance(sender, dict) and sender.get("id")]


async def empty_copies(session: AsyncSession, member: Member) -> None:
    """Posts of ours that quoted them: their copies in the outbox; those in chats are edited after this."""
    which = [_quotes(row_id(member)), *([_told_whom(member.name)] if member.name else [])]
    for row in await session.scalars(select(Outbox).where(or_(*which))):
        row.payload = {**row.payload, "text": ""} if "text" in row.payload else row.payload


def _told_whom(name: str) -> ColumnElement[bool]:
    """Answers to presses that name somebody, from before these were emptied once they had left."""
    named = col(Outbox.payload)["text"].as_string().contains(name, autoescape=True)
    return and_(col(Outbox.purpose) == outbox.TOAST, col(Outbox.state) != OutboxState.PENDING, named)


def _quotes(member_id: int) -> ColumnElement[bool]:
    submissions = select(col(Submission.id)).where(col(Submission.member_id) == member_id)
    tickets = select(col(Ticket.id)).where(col(Ticket.reporter_id) == member_id)
    return and_(
        or_(col(Outbox.ticket_id).in_(tickets), col(Outbox.submission_id).in_(submissions)),
        col(Outbox.state) != OutboxState.PENDING,
    )


async def _in_rooms(session: AsyncSession, member: Member) -> None:
    """What they wrote and said with a picture in the built-in chat; pages that show it fetch it again."""
    if member.platform != "webchat":
        return
    await room.alone(session)  # before a row is changed, as whoever changes one does
    changed = {*await _room_posts(session, member), *await _room_reactions(session, member)}
    await room.touch_all(session, changed)


async def _room_posts(session: AsyncSession, member: Member) -> Sequence[int]:
    """Their posts; the numbers of these, and of those that quote them."""
    theirs = col(RoomPost.author) == member.external_id
    numbers = select(cast(col(RoomPost.id), String)).where(theirs)
    quoting = select(col(RoomPost.id)).where(or_(theirs, col(RoomPost.reply_to).in_(numbers)))
    ids = (await session.scalars(quoting)).all()
    posts = (await session.scalars(select(RoomPost).where(theirs))).all()
    await room.note_lost(session, room.photos_of(posts))
    nothing: JsonObject = {"text": "", "photos": [], "author_name": "", "latitude": None, "longitude": None}
    await session.execute(update(RoomPost).where(theirs).values(nothing))
    return [one for one in ids if one is not None]


async def _room_reactions(session: AsyncSession, member: Member) -> Sequence[int]:
    """What they said with a picture under others' posts; the numbers of these."""
    who = member.external_id
    posts = (await session.scalars(select(RoomPost).where(_has_reaction_of(member)))).all()
    for post in posts:
        left = {word: [name for name in names if name != who] for word, names in post.reactions.items()}
        post.reactions = {word: names for word, names in left.items() if names}
    return [row_id(post) for post in posts]


def _has_reaction_of(member: Member) -> ColumnElement[bool]:
    who, said = member.external_id, cast(col(RoomPost.reactions), String)
    marks = {json.dumps(who), json.dumps(who, ensure_ascii=False)}  # as SQLite and PostgreSQL write it
    named = or_(*(said.contains(mark, autoescape=True) for mark in marks))
    return and_(literal(member.platform == "webchat"), named)


async def files_to_remove(session: AsyncSession, limit: int) -> Sequence[str]:
    """Content hashes of erased photos."""
    found = await session.scalars(
        select(col(Attachment.content_hash))
        .where(col(Attachment.state) == AttachmentState.ERASED, col(Attachment.content_hash).is_not(None))
        .distinct()
        .limit(limit)
    )
    return [content_hash for content_hash in found if content_hash]


async def kept_files(session: AsyncSession, hashes: Collection[str]) -> set[str]:
    """Which of these photos somebody's message brought, and nobody had erased."""
    found = await session.scalars(
        select(col(Attachment.content_hash)).where(
            col(Attachment.content_hash).in_(hashes), col(Attachment.state) != AttachmentState.ERASED
        )
    )
    return {content_hash for content_hash in found if content_hash}


async def is_in_use(session: AsyncSession, content_hash: str) -> bool:
    """Whether somebody else's photo is the same file; or will be, once what the built-in chat told is
    handled, whose photos are here before they are rows."""
    told = cast(col(Inbox.payload), String).contains(content_hash)
    uses = (
        select(col(Attachment.id)).where(
            col(Attachment.content_hash) == content_hash, col(Attachment.state) != AttachmentState.ERASED
        ),
        select(col(Attachment.id)).where(
            text(ATTACHMENT_PENDING),
            col(Attachment.source) == "webchat",
            col(Attachment.external_ref) == content_hash,
        ),
        select(col(Inbox.id)).where(text(INBOX_PENDING), col(Inbox.source) == "webchat", told),
    )
    for one in uses:
        if (await session.execute(one.limit(1))).scalar() is not None:
            return True
    return False


async def forget_file(session: AsyncSession, content_hash: str) -> None:
    """The file is gone, or belongs to somebody else."""
    await session.execute(
        update(Attachment)
        .where(col(Attachment.content_hash) == content_hash, col(Attachment.state) == AttachmentState.ERASED)
        .values(content_hash=None)
    )
