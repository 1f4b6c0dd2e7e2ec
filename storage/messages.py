"""Messages as they now stand, and their photos."""

from collections.abc import Collection, Hashable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from storage import waits
from storage.database import by_the_way
from storage.models import ATTACHMENT_PENDING, Attachment, Message, Submission, TicketEvent, row_id
from storage.once import forget, keep, kept
from storage.plain import insert_row, update_row
from storage.states import AttachmentState, SubmissionState

if TYPE_CHECKING:  # whoever asks for messages alone needs no Pillow
    from storage.pictures import Stored


async def find(session: AsyncSession, chat_id: int, external_id: str) -> Message | None:
    """The message of a platform's id in a chat."""
    if kept(session, _unknown(chat_id, external_id)):
        return None
    found = await session.scalars(_find(), {"chat_id": chat_id, "external_id": external_id})
    return found.one_or_none()


@cache
def _find() -> Select[Message]:
    return select(Message).where(
        col(Message.chat_id) == bindparam("chat_id"), col(Message.external_id) == bindparam("external_id")
    )


def note_unknown(session: AsyncSession, chat_id: int, external_id: str) -> None:
    """There is no message of this id, and no other transaction adds one meanwhile."""
    keep(session, _unknown(chat_id, external_id), True)


def _unknown(chat_id: int, external_id: str) -> Hashable:
    return Message, "unknown", chat_id, external_id


async def add(session: AsyncSession, message: Message) -> None:
    """Write a new message."""
    forget(session, _unknown(message.chat_id, message.external_id))
    await insert_row(session, message)


async def belongs(session: AsyncSession, message: Message, submission: Submission) -> None:
    """A message is part of a submission."""
    await update_row(session, message, submission_id=row_id(submission))


async def attach(
    session: AsyncSession, message: Message, source: str, refs: Sequence[str], now: datetime, first: int = 0
) -> list[Attachment]:
    """Note a message's photos, to be fetched; `first`: the place of the first one."""
    rows = [
        Attachment(
            message_id=row_id(message), position=place, source=source, external_ref=ref, next_attempt_at=now
        )
        for place, ref in enumerate(refs, first)
    ]
    for row in rows:
        await insert_row(session, row)
    return rows


def stored(row: Attachment, photo: "Stored") -> None:
    """Note in a photo's row that it is in the image store, and what was seen in it."""
    row.state, row.error = AttachmentState.STORED, None
    row.content_hash, row.size = photo.content_hash, photo.size
    row.type_found, row.perceptual_hash = photo.picture.type_found, photo.picture.perceptual_hash
    row.width, row.height = photo.picture.width, photo.picture.height


async def texts(session: AsyncSession, ids: Sequence[int]) -> dict[int, str]:
    """The words of messages by their ids."""
    rows = await session.execute(select(col(Message.id), col(Message.text)).where(col(Message.id).in_(ids)))
    return {message_id: text for message_id, text in rows if message_id is not None}


async def in_submission(session: AsyncSession, submission_id: int) -> Sequence[Message]:
    """The messages of a submission, in the order they were sent."""
    found = await session.scalars(
        select(Message)
        .where(col(Message.submission_id) == submission_id)
        .order_by(col(Message.sent_at), col(Message.id))
    )
    return found.all()


async def unplaced(
    session: AsyncSession, chat_id: int, member_id: int, since: datetime, until: datetime, most: int
) -> Sequence[Message]:
    """A member's newest words that belong to nothing yet, at most so many, in the order they were sent."""
    found = await session.scalars(
        select(Message)
        .where(
            col(Message.chat_id) == chat_id,
            col(Message.member_id) == member_id,
            col(Message.sent_at) >= since,
            col(Message.sent_at) <= until,
            by_the_way(session, col(Message.submission_id)).is_(None),
            col(Message.reply_to).is_(None),
            col(Message.text) != "",
            col(Message.text).not_like("/%"),
        )
        .order_by(col(Message.sent_at).desc(), col(Message.id).desc())
        .limit(most)
    )
    return found.all()[::-1]


async def photos_of_submission(session: AsyncSession, submission_id: int) -> Sequence[Attachment]:
    """The photos of a submission, in the order they were sent."""
    return (await session.scalars(_photos_of_submission(), {"submission_id": submission_id})).all()


@cache
def _photos_of_submission() -> Select[Attachment]:
    return (
        select(Attachment)
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .where(col(Message.submission_id) == bindparam("submission_id"))
        .order_by(col(Message.sent_at), col(Attachment.message_id), col(Attachment.position))
    )


async def submission_of(session: AsyncSession, message: Message) -> Submission | None:
    """What a message belongs to."""
    return await session.get(Submission, message.submission_id) if message.submission_id else None


async def photos_of_message(session: AsyncSession, message_id: int) -> Sequence[Attachment]:
    """The photos of one message."""
    found = await session.scalars(
        select(Attachment).where(col(Attachment.message_id) == message_id).order_by(col(Attachment.position))
    )
    return found.all()


async def of_photos(session: AsyncSession, photos: Sequence[Attachment]) -> Sequence[Message]:
    """The messages that brought photos, in the order they were sent."""
    found = await session.scalars(
        select(Message)
        .where(col(Message.id).in_({photo.message_id for photo in photos}))
        .order_by(col(Message.sent_at), col(Message.id))
    )
    return found.all()


async def first_of_album(session: AsyncSession, chat_id: int, album: str) -> Message | None:
    """The message of an album that answers something."""
    found = await session.scalars(
        select(Message)
        .where(
            col(Message.chat_id) == chat_id, col(Message.album) == album, col(Message.reply_to).is_not(None)
        )
        .order_by(col(Message.id))
        .limit(1)
    )
    return found.first()


async def photos_about(
    session: AsyncSession, message: Message, ticket_id: int, since: datetime
) -> Sequence[Attachment]:
    """A message's own photos, and those that its author posted there without words just before, unless they
    belong to another ticket or to the words of another album."""
    caption = aliased(Message)
    is_captioned = exists().where(
        col(caption.member_id) == col(Message.member_id),
        col(caption.chat_id) == col(Message.chat_id),
        col(caption.album) == col(Message.album),
        col(caption.text) != "",
        col(caption.id) != message.id,
    )
    is_free = or_(col(Message.submission_id).is_(None), col(Submission.ticket_id) == ticket_id)
    just_before = (col(Message.sent_at) >= since) & (col(Message.id) < message.id)
    found = await session.scalars(
        select(Attachment)
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .outerjoin(Submission, col(Submission.id) == col(Message.submission_id))
        .where(
            col(Message.chat_id) == message.chat_id,
            col(Message.member_id) == message.member_id,
            (col(Message.id) == message.id)
            | ((col(Message.text) == "") & just_before & is_free & ~is_captioned),
        )
        .order_by(col(Attachment.id))
    )
    return found.all()


async def first_photo(session: AsyncSession, ticket_id: int) -> int | None:
    """Our id of the first photo that came with a ticket's report."""
    told = (SubmissionState.TICKETED, SubmissionState.VOICE)
    found = await session.execute(
        select(func.min(col(Attachment.id)))
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .join(Submission, col(Submission.id) == col(Message.submission_id))
        .where(
            col(Submission.ticket_id) == ticket_id,
            col(Submission.state).in_(told),
            col(Attachment.state) != AttachmentState.FAILED,
        )
    )
    return found.scalar()


async def photos_of_ticket(session: AsyncSession, ticket_id: int) -> Sequence[tuple[Attachment, Submission]]:
    """All photos of a ticket, each with the submission that brought it."""
    rows = await session.execute(
        select(Attachment, Submission)
        .join(Message, col(Message.id) == col(Attachment.message_id))
        .join(Submission, col(Submission.id) == col(Message.submission_id))
        .where(col(Submission.ticket_id) == ticket_id)
        .order_by(col(Message.sent_at), col(Attachment.message_id), col(Attachment.position))
    )
    return [(photo, submission) for photo, submission in rows]


async def first_photos(
    session: AsyncSession, ticket_ids: Sequence[int], chat_ids: Collection[int] | None = None
) -> dict[int, str]:
    """The content hash of each ticket's first photo, where it has one; from these chats, if given."""
    told = () if chat_ids is None else (col(Submission.chat_id).in_(chat_ids),)
    first = (
        select(col(Submission.ticket_id), func.min(col(Attachment.id)).label("photo"))
        .join(Message, col(Message.submission_id) == col(Submission.id))
        .join(Attachment, col(Attachment.message_id) == col(Message.id))
        .where(col(Submission.ticket_id).in_(ticket_ids), col(Attachment.content_hash).is_not(None), *told)
        .group_by(col(Submission.ticket_id))
        .subquery()
    )
    rows = await session.execute(
        select(first.c.ticket_id, col(Attachment.content_hash)).join(
            Attachment, col(Attachment.id) == first.c.photo
        )
    )
    return {row.ticket_id: row.content_hash for row in rows}


async def photos_to_fetch(
    session: AsyncSession, sources: Sequence[str], now: datetime, limit: int
) -> Sequence[Attachment]:
    """Photos that are still with the platform, the longest waiting first; the caller's transaction holds
    them."""
    found = await session.scalars(
        select(Attachment)
        .where(
            text(ATTACHMENT_PENDING),
            col(Attachment.source).in_(sources),
            waits.is_over(col(Attachment.next_attempt_at), now),
        )
        .order_by(col(Attachment.next_attempt_at), col(Attachment.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.all()


async def let_go(session: AsyncSession, owner: str, now: datetime) -> None:
    """Photos that an owner, who has started anew, was fetching wait for anybody."""
    await session.execute(
        update(Attachment)
        .where(text(ATTACHMENT_PENDING), col(Attachment.lease_owner) == owner)
        .values(lease_owner=None, next_attempt_at=now)
    )


async def fetch_again(session: AsyncSession, content_hash: str, now: datetime) -> None:
    """Photos whose file is gone from the store, for no fault of theirs, are to be fetched anew."""
    await session.execute(
        update(Attachment)
        .where(col(Attachment.content_hash) == content_hash, col(Attachment.state) == AttachmentState.STORED)
        .values(state=AttachmentState.PENDING, content_hash=None, lease_owner=None, next_attempt_at=now)
    )


async def erase_photos(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """Erase the rows of these photos; the sweeper removes a file when no row refers to it any more."""
    await session.execute(
        update(Attachment)
        .where(which)
        .values(state=AttachmentState.ERASED, external_ref="", perceptual_hash=None)
        .execution_options(synchronize_session=False)
    )


async def by_ids(session: AsyncSession, ids: Sequence[int]) -> Sequence[Attachment]:
    """Photos by our ids, in the order asked."""
    found = {
        photo.id: photo
        for photo in await session.scalars(select(Attachment).where(col(Attachment.id).in_(ids)))
    }
    return [found[photo_id] for photo_id in ids if photo_id in found]


async def is_in_history(session: AsyncSession, message_id: int) -> bool:
    """Whether something was done to a ticket by this message."""
    found = await session.execute(
        select(col(TicketEvent.id)).where(col(TicketEvent.message_id) == message_id).limit(1)
    )
    return found.scalar() is not None


async def count(session: AsyncSession) -> int:
    """How many messages there are."""
    return (await session.execute(select(func.count()).select_from(Message))).scalar_one()


async def last_heard(session: AsyncSession) -> dict[int, datetime]:
    """When the latest message of each chat was said; chats without any are not in it."""
    latest = func.max(col(Message.sent_at))
    rows = await session.execute(select(col(Message.chat_id), latest).group_by(col(Message.chat_id)))
    return {row[0]: row[1] for row in rows}
