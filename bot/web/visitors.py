"""Who asks the built-in chat for something, and which of its rooms they see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platforms.webchat import NAME, PRIVATE
from bot.web.reading import refusal
from bot.web.sessions import Sessions, SignedIn
from handlers.authority import may
from storage import chats
from storage.models import Chat, Member
from storage.states import ChatRole, MemberRole

ROLES = (ChatRole.COMMUNITY, ChatRole.MODERATION, ChatRole.DEPARTMENT)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever asks; where nobody signs in (`signed` is None) everybody may be anybody and sees everything."""

    signed: SignedIn | None = None

    @property
    def member(self) -> Member | None:
        return self.signed.member if self.signed else None

    @property
    def moderates(self) -> bool:
        return self.signed is None or self.signed.moderates

    @property
    def own_room(self) -> str | None:
        """The room of this member and the bot, which is there once it is used."""
        return f"{PRIVATE}{self.signed.member.external_id}" if self.signed else None

    def sees(self, chat: Chat) -> bool:
        """Whether a room is for them."""
        return self.signed is None or sees(self.signed.member, chat)


def sees(member: Member, chat: Chat) -> bool:
    """Whether a room of the built-in chat is for a member."""
    if chat.platform != NAME or member.platform != NAME:
        return False
    match chat.role:
        case ChatRole.COMMUNITY:
            return True
        case ChatRole.MODERATION:
            return may(member.role, MemberRole.MODERATOR)
        case ChatRole.DEPARTMENT:
            is_theirs = member.role == MemberRole.DEPARTMENT and member.department == chat.department
            return is_theirs or may(member.role, MemberRole.MODERATOR)
        case ChatRole.PRIVATE:
            return chat.owner_id == member.id
    return False


class Visitors:
    """Tells who a request comes from."""

    def __init__(self, browsers: Sessions | None, say: Callable[[str], str]) -> None:
        """`browsers` None: nobody signs in. `say`: a text of ours by its key."""
        self._browsers = browsers
        self._say = say

    async def of(self, request: web.Request) -> Visitor:
        """Raises 401 for a stranger, 403 for somebody of another platform, who has no room here."""
        if self._browsers is None:
            return Visitor()
        signed = await self._browsers.of(request)
        if signed is None:
            raise refusal(self._say("webchat.unsigned"), web.HTTPUnauthorized)
        if signed.member.platform != NAME:
            raise refusal(self._say("webchat.elsewhere"), web.HTTPForbidden)
        return Visitor(signed)

    async def still(self, request: web.Request) -> Visitor | None:
        """Who reads a stream that goes on; None where they may not any more. The browser's rest is not ended:
        an open stream is no sign that somebody is there."""
        if self._browsers is None:
            return Visitor()
        signed = await self._browsers.of(request, noticed=False)
        return Visitor(signed) if signed and signed.member.platform == NAME else None


async def rooms_of(session: AsyncSession, visitor: Visitor) -> Sequence[Chat]:
    """The rooms of the configuration that somebody sees: the group, the moderators', the departments'."""
    found = [one for role in ROLES for one in await chats.with_role(session, role)]
    return [one for one in found if one.platform == NAME and visitor.sees(one)]


async def may_enter(session: AsyncSession, visitor: Visitor, wanted: str) -> bool:
    """Whether somebody sees the room of an id, which for their own need not be there yet."""
    if visitor.signed is None or wanted == visitor.own_room:
        return True
    found = await chats.find(session, NAME, wanted)
    return found is not None and visitor.sees(found)
