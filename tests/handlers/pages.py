"""What a moderator does on the room's page in these tests."""

from handlers import room
from handlers.context import WEB, Turn
from handlers.orders import Answer
from storage import chats, members
from storage.models import Chat, row_id
from storage.states import ChatRole
from tests.handlers.desk import Desk


async def order(desk: Desk, text: str, form: str = "form-1", who: str = "mod") -> Answer:
    """A command that is typed there."""
    async with desk.database.write() as session:
        turn = Turn(desk.services, session, "telegram", WEB, desk.now, desk.now)
        member = await members.find(session, "telegram", who)
        assert member is not None
        chat = await moderators_chat(turn)
        assert chat is not None
        return await room.ordered_for_sure(turn, chat, member, form, text)


async def press(desk: Desk, data: str, form: str = "form-1", chat_id: int | None = None) -> Answer:
    """A button that is pressed there; `chat_id`: for which chat it is sealed, if not the room."""
    async with desk.database.write() as session:
        turn = Turn(desk.services, session, "telegram", WEB, desk.now, desk.now)
        member = await members.find(session, "telegram", "mod")
        assert member is not None
        chat = await moderators_chat(turn)
        assert chat is not None
        sealed = desk.services.seal.close(data, chat_id or row_id(chat), desk.now)
        return await room.press(turn, chat, member, form, sealed)


async def moderators_chat(turn: Turn) -> Chat | None:
    return room.chat_of(await chats.with_role(turn.session, ChatRole.MODERATION), "telegram")
