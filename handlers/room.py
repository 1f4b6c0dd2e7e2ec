"""What moderators do in their room on the web: the same commands and presses as in their chat.

They act in the moderators' chat, under the same rights and on the same record; the answer is handed back
instead of being posted. Each form has an id of its own and is kept as a message, so that what is sent
twice acts once, and so that its words can be erased.
"""

from collections.abc import Sequence

from handlers import commands, presses
from handlers.context import WEB, Turn
from handlers.events import ButtonPressed, Person
from handlers.orders import Answer
from storage import messages
from storage.models import Chat, Member, Message, row_id
from storage.pictures import Stored


class AlreadySent(Exception):
    """This form was sent before, and has acted."""


def chat_of(rooms: Sequence[Chat], platform: str) -> Chat | None:
    """The moderators' chat in which somebody of a platform acts: one of theirs, else the first."""
    return next((room for room in rooms if room.platform == platform), rooms[0] if rooms else None)


async def order(
    turn: Turn, chat: Chat, member: Member, form: str, text: str, photos: Sequence[Stored] = ()
) -> Answer:
    """Give a command, with the photos that came with it. Raises AlreadySent."""
    message = await _kept(turn, chat, member, form, text)
    await _attach(turn, message, photos)
    return await commands.answered(turn, chat, member, message)


async def press(turn: Turn, chat: Chat, member: Member, form: str, data: str) -> Answer:
    """Press a button; `data` bears its seal for this chat. Raises AlreadySent."""
    await _kept(turn, chat, member, form, "")
    return await _pressed(turn, chat, member, form, data)


async def ordered_for_sure(turn: Turn, chat: Chat, member: Member, form: str, text: str) -> Answer:
    """Give a command of somebody who has confirmed it already: what it asks back is answered with yes."""
    asked = await order(turn, chat, member, form, text)
    if not asked.keyboard:
        return asked
    yes = asked.keyboard[0][0]
    data = turn.services.seal.close(yes.data, row_id(chat), turn.now)
    return await _pressed(turn, chat, member, form, data)


async def _pressed(turn: Turn, chat: Chat, member: Member, form: str, data: str) -> Answer:
    person = Person(member.external_id, member.name)
    event = ButtonPressed(chat.external_id, "", person, turn.now, f"{WEB}:{form}", data)
    outcome = await presses.answered(turn, chat, member, event)
    if outcome.instead is not None:
        return Answer(outcome.instead.text, outcome.instead.buttons)
    return Answer(outcome.text, outcome.keyboard)


async def was_sent(turn: Turn, chat: Chat, form: str) -> bool:
    """Whether a form has acted."""
    return await messages.find(turn.session, row_id(chat), f"{WEB}:{form}") is not None


async def _kept(turn: Turn, chat: Chat, member: Member, form: str, text: str) -> Message:
    if await was_sent(turn, chat, form):
        raise AlreadySent
    message = Message(
        chat_id=row_id(chat),
        external_id=f"{WEB}:{form}",
        member_id=row_id(member),
        sent_at=turn.at,
        received_at=turn.now,
        text=text,
    )
    await messages.add(turn.session, message)
    return message


async def _attach(turn: Turn, message: Message, photos: Sequence[Stored]) -> None:
    """Photos that need not be fetched any more."""
    refs = [photo.content_hash for photo in photos]
    rows = await messages.attach(turn.session, message, turn.source, refs, turn.now)
    for row, photo in zip(rows, photos, strict=True):
        messages.stored(row, photo)
    await turn.session.flush()
