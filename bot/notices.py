"""What moderators are told, once, of deliveries that may not have arrived or never will."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from handlers import buttons, outgoing, posts
from handlers.context import Services
from handlers.outgoing import moment_seen
from storage import chats, members, outbox
from storage.models import Chat, Outbox, row_id
from storage.states import ChatRole, MemberRole

# Nobody is told of these: a notice about a notice would never end, and the rest is seen elsewhere.
_QUIET = ("notice", *outbox.MINOR)
WORDS_SHOWN = 160
MOST_CALLED = 5


async def unconfirmed(
    session: AsyncSession, services: Services, row: Outbox, chat: Chat, now: datetime
) -> None:
    """A post may or may not have arrived: a moderator looks, and sends it again or leaves it."""
    if row.purpose in _QUIET:
        return
    for room in await chats.with_role(session, ChatRole.MODERATION):
        text = _about(services, room, "notice.unconfirmed", row, chat)
        keyboard = buttons.delivery_keyboard(partial(services.say, room.language), row_id(row))
        post = posts.Post(text, buttons=keyboard, names=_named(chat))
        sealed = outgoing.sealed(services, room, post, now)
        await _write(session, f"unconfirmed:{row.id}:{row.attempts}:{room.id}", room, sealed, now, about=row)


async def undelivered(
    session: AsyncSession, services: Services, row: Outbox, chat: Chat, now: datetime, *, reason: str
) -> None:
    """A post was given up."""
    if row.purpose in _QUIET:
        return
    for room in await chats.with_role(session, ChatRole.MODERATION):
        text = _about(services, room, "notice.undelivered", row, chat, reason=reason)
        post = posts.Post(text, names=_named(chat))
        await _write(session, f"undelivered:{row.id}:{room.id}", room, post, now, about=row)


async def stuck(
    session: AsyncSession,
    services: Services,
    target: str,
    error: str,
    now: datetime,
    ticket_id: int | None = None,
) -> None:
    """A system outside could not be told: one message a day for each, however many tickets wait. What it said
    may repeat the words of the ticket."""
    for room in await chats.with_role(session, ChatRole.MODERATION):
        text = services.say(room.language, "notice.stuck", target=target, error=error)
        await _write(
            session,
            f"stuck:{target}:{now:%Y-%m-%d}:{room.id}",
            room,
            posts.Post(text),
            now,
            ticket_id=ticket_id,
        )


async def unhandled(
    session: AsyncSession, services: Services, platform: str, place: str, message: str, now: datetime
) -> None:
    """An event of a chat was given up, perhaps a report that nobody sees: one message a day for each chat."""
    chat = await chats.find(session, platform, place)
    if chat is None or chat.role in (ChatRole.UNKNOWN, ChatRole.MOVED):
        return
    link = services.link(platform, place, message) if message else None
    where = f"{_name(chat)} ({link})" if link else _name(chat)
    key = "notice.unhandled_private" if chat.role is ChatRole.PRIVATE else "notice.unhandled"
    for room in await chats.with_role(session, ChatRole.MODERATION):
        post = posts.Post(services.say(room.language, key, where=where), names=_named(chat))
        await _write(session, f"unhandled:{chat.id}:{now:%Y-%m-%d}:{room.id}", room, post, now)


async def down(session: AsyncSession, services: Services, platform: str, error: str, now: datetime) -> None:
    """A platform takes nothing from us: one message a day to each room on another one."""
    for room in await chats.with_role(session, ChatRole.MODERATION):
        if room.platform != platform:
            text = services.say(room.language, "notice.down", platform=platform, error=error)
            await _write(session, f"down:{platform}:{now:%Y-%m-%d}:{room.id}", room, posts.Post(text), now)


async def account_lost(
    session: AsyncSession, services: Services, key: str, reason: str, until: datetime | None, now: datetime
) -> None:
    """A platform's account must be logged in again: one message to the administrators where they work."""
    for room in await chats.with_role(session, ChatRole.MODERATION):
        if until is None:
            text = services.say(room.language, "notice.account_silent")
        else:
            values = {"reason": reason, "until": moment_seen(now, ZoneInfo(room.time_zone), until)}
            text = services.say(room.language, "notice.account_lost", **values)
        called = await members.moderators(session, room.platform, MOST_CALLED, [MemberRole.ADMINISTRATOR])
        calls = tuple(posts.Mention(one.external_id, one.name or one.external_id) for one in called)
        if calls:
            names = ", ".join(call.name for call in calls)
            text += "\n" + services.say(room.language, "notice.who", names=names)
        await _write(session, f"account:{key}:{room.id}", room, posts.Post(text, calls=calls), now)


def _name(chat: Chat) -> str:
    """A private room of somebody whose name is gone has none."""
    return chat.title or chat.external_id


def _named(chat: Chat) -> tuple[int, ...]:
    """Whom a chat's name names: that of a private one is its owner's."""
    return () if chat.owner_id is None else (chat.owner_id,)


def quoted(row: Outbox, chat: Chat) -> str:
    """The words of a post as moderators may read them: of what is one person's, such as a link to sign in
    by, none."""
    return "" if chat.role is ChatRole.PRIVATE else str(row.payload.get("text", ""))


def _about(services: Services, room: Chat, key: str, row: Outbox, chat: Chat, **values: str) -> str:
    """A notice that quotes a post, but not a private one."""
    if chat.role is ChatRole.PRIVATE:
        return services.say(room.language, f"{key}_private", chat=_name(chat), **values)
    words = quoted(row, chat)[:WORDS_SHOWN]
    return services.say(room.language, key, chat=_name(chat), words=words, **values)


async def _write(
    session: AsyncSession,
    key: str,
    room: Chat,
    post: posts.Content,
    now: datetime,
    *,
    about: Outbox | None = None,
    ticket_id: int | None = None,
) -> None:
    """`about`: the post whose words it quotes; who is quoted there may have them erased here too."""
    written = outbox.NewDelivery(
        key=key,
        purpose="notice",
        chat_id=row_id(room),
        payload=posts.to_json(post),
        ticket_id=about.ticket_id if about else ticket_id,
        submission_id=about.submission_id if about else None,
    )
    await outbox.add(session, written, now)
