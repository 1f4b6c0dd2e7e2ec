"""What departments see in their own chats: a card for each ticket that is theirs, and no other's.

A ticket is handed over when somebody has taken it on, or at once where a life may be in danger. When it
goes to another department its card here says so, and is as before when it comes back.
"""

from collections.abc import Sequence
from functools import partial

from handlers import buttons, cards
from handlers.context import Turn
from handlers.outgoing import edit, say, send
from handlers.posts import Edit, Keyboard, Post
from handlers.shown import quoted
from handlers.subscribers import is_handed_over
from storage import chats, messages, outbox, tickets
from storage.models import Chat, Outbox, Ticket, row_id
from storage.states import OPEN, ChatRole

CARD = "desk_card"
NOTE_SHOWN = 280
AWAY = "away"  # in a card's row, once its chat was told whose it is now; platforms see nothing of it


async def refresh(turn: Turn, ticket: Ticket) -> None:
    """Bring a ticket's cards in departments' chats up to date; post one where there is none yet."""
    shown = {row.chat_id: row for row in await outbox.cards(turn.session, CARD, row_id(ticket))}
    for chat in await _desks(turn, ticket):
        row = shown.pop(row_id(chat), None)
        if row is not None:
            await _update(turn, chat, ticket, row)
        elif ticket.status in OPEN:
            await _show(turn, chat, ticket)
    for chat_id, row in shown.items():
        chat = await turn.session.get_one(Chat, chat_id)
        key = "desk.waits" if chat.department == ticket.department else "desk.elsewhere"
        await _take_away(turn, chat, ticket, row, key)


def is_shown(chat: Chat, ticket: Ticket) -> bool:
    """Whether a department's chat may see a ticket now."""
    return is_handed_over(ticket) and ticket.department == chat.department


async def show(turn: Turn, ticket: Ticket) -> None:
    """Post the card of a ticket that was just opened in its department's chats; none has a card of it yet."""
    for chat in await _desks(turn, ticket):
        await _show(turn, chat, ticket)


async def _desks(turn: Turn, ticket: Ticket) -> Sequence[Chat]:
    """The chats to which a ticket is handed over."""
    if not is_handed_over(ticket):
        return []
    rooms = await chats.with_role(turn.session, ChatRole.DEPARTMENT)
    return [room for room in rooms if ticket.department and room.department == ticket.department]


async def _show(turn: Turn, chat: Chat, ticket: Ticket) -> None:
    photos = [row_id(photo) for photo, _ in await messages.photos_of_ticket(turn.session, row_id(ticket))]
    text, keyboard = await text_of(turn, chat, ticket), keyboard_of(turn, chat, ticket)
    post = Post(text, buttons=keyboard, photos=tuple(photos))
    await send(turn, chat, CARD, f"desk:{ticket.id}:{chat.id}", post, ticket=ticket)


async def _update(turn: Turn, chat: Chat, ticket: Ticket, row: Outbox) -> None:
    content = Edit(await text_of(turn, chat, ticket), keyboard_of(turn, chat, ticket))
    key = f"{row.idempotency_key}@{ticket.version}"
    is_back = AWAY in row.payload
    await edit(turn, chat, row, key, content, ticket=ticket, anew=is_back)
    if is_back:
        row.payload = {name: value for name, value in row.payload.items() if name != AWAY}


async def _take_away(turn: Turn, chat: Chat, ticket: Ticket, row: Outbox, words: str) -> None:
    """It is another department's now, or was taken back: its words and photos are no business of theirs.
    They are told so once."""
    if turn.silent or row.payload.get(AWAY) == words:
        return
    text = say(turn, chat, words, code=ticket.code)
    key = f"{row.idempotency_key}@{ticket.version}"
    await edit(turn, chat, row, key, Edit(text, bare=True), ticket=ticket, anew=True)
    row.payload = row.payload | {AWAY: words}


async def text_of(turn: Turn, chat: Chat, ticket: Ticket) -> str:
    """The card: what, where with a map, until when, and what the moderators said of it."""
    text = await cards.text_of(turn, chat, ticket)
    note = await tickets.last_note(turn.session, row_id(ticket))
    return f"{text}\n{say(turn, chat, 'desk.note', note=quoted(note, NOTE_SHOWN))}" if note else text


def keyboard_of(turn: Turn, chat: Chat, ticket: Ticket) -> Keyboard:
    """What a department can do with one tap."""
    return buttons.desk_keyboard(partial(say, turn, chat), ticket)
