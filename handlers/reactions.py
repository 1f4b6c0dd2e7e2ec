"""Reactions: on a report, or on our post about it, one says "mine too"."""

from handlers import history, ticketing
from handlers.context import Turn
from handlers.events import Reacted
from storage import chats, members, outbox, tickets
from storage.models import Ticket, row_id
from storage.states import OPEN, ChatRole

# What agrees or is moved. A laugh, a thumb down or a question mark is no voice.
VOICES = frozenset(
    ("👍", "❤", "❤️", "🙏", "😢", "😭", "😡", "🤬", "😱", "💯", "👏", "🤝", "🔥", "💔", "👌", "🫡")
)


async def handle(turn: Turn, event: Reacted) -> None:
    """One more voice, once for each person; any other reaction is only kept."""
    chat = await chats.find(turn.session, turn.platform, event.chat)
    if chat is None or chat.role != ChatRole.COMMUNITY or event.sender.is_bot or not event.emoji:
        return
    ticket = await _ticket(turn, row_id(chat), event.message)
    if ticket is None:
        return
    member = await members.ensure(turn.session, turn.platform, event.sender.id, event.sender.name, turn.now)
    agrees = any(emoji in VOICES for emoji in event.emoji)
    if agrees and ticket.status in OPEN and member.id != ticket.reporter_id and not member.muted:
        if not await tickets.has_spoken(turn.session, row_id(ticket), row_id(member)):
            await ticketing.add_voice(turn, ticket, member)
    else:
        detail = {"emoji": list(event.emoji)}
        await history.note(turn, ticket, "reaction", member=member, detail=detail)


async def _ticket(turn: Turn, chat_id: int, message: str) -> Ticket | None:
    ours = await outbox.of_post(turn.session, chat_id, message)
    ticket_id = ours.ticket_id if ours is not None else await tickets.of_post(turn.session, chat_id, message)
    return await tickets.surviving(turn.session, ticket_id) if ticket_id else None
