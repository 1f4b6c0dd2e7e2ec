"""A group to talk in: real tables, the real handlers, and an understanding that the test scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import col

from bot.locale import Texts
from handlers import intake, posts, reminders
from handlers.context import Services, Turn
from handlers.events import ButtonPressed, Event, Location, MessagePosted, Person, Photo
from handlers.policy import Policy
from handlers.ports import Abilities
from handlers.posts import Content, Edit, Post
from handlers.seals import Seal
from handlers.understanding import Intent, Kind, Place, Understanding
from storage import chats, members
from storage.database import Database
from storage.models import (
    Audit,
    Chat,
    Department,
    Member,
    Outbox,
    Route,
    Submission,
    Ticket,
    TicketEvent,
    row_id,
)
from storage.states import ChatRole, MemberRole, OutboxState

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)  # 08:00 in Sóc Trăng
GROUP, ROOM = "-100", "-200"
PRIVATE_OF = "private-"  # before somebody's id: their talk with the bot

NOWHERE = Place(text=None, street=None, number=None, alley=None, ward=None, landmark=None)
CHATTER = Understanding(
    kind=Kind.NONE,
    kind_confidence=0.9,
    feedback=0.1,
    category="other",
    category_confidence=0.0,
    place=NOWHERE,
    urgent=False,
    danger=0.0,
    intent=Intent.CHATTER,
    intent_confidence=0.9,
    model="scripted",
)

ABILITIES = Abilities(
    hears_everything=True,
    edits=True,
    buttons=True,
    reactions=True,
    text_limit=4096,
    caption_limit=1024,
    posts_per_minute=20,
    tells_repeats=False,
)


def unsealed(content: Content) -> Content:
    """A content whose buttons say plainly what they ask for."""
    if not isinstance(content, Post | Edit):
        return content
    rows = (tuple(replace(one, data=one.data.rpartition("~")[0]) for one in row) for row in content.buttons)
    return replace(content, buttons=tuple(rows))


def at_street(street: str, number: str | None = None) -> Place:
    """A place on a street."""
    words = f"{number} {street}" if number else street
    return replace(NOWHERE, text=words, street=street, number=number)


def report(
    category: str = "lighting",
    street: str | None = None,
    *,
    kind: Kind = Kind.REPORT,
    confidence: float = 0.9,
    urgent: bool = False,
) -> Understanding:
    """A concrete defect, surely one."""
    return replace(
        CHATTER,
        kind=kind,
        kind_confidence=confidence,
        feedback=confidence,
        category=category,
        category_confidence=0.9,
        place=at_street(street) if street else NOWHERE,
        intent=Intent.NEW,
        urgent=urgent,
    )


def intent(intent: Intent, category: str = "other", street: str | None = None) -> Understanding:
    """Words about a ticket, such as "đã xử lý"."""
    place = at_street(street) if street else NOWHERE
    return replace(CHATTER, intent=intent, category=category, place=place)


@dataclass(frozen=True)
class Said:
    """One delivery as it was written."""

    chat: str
    purpose: str
    content: Content
    target: str | None


@dataclass(frozen=True)
class Waiting:
    """A delivery that has to wait."""

    purpose: str
    not_before: datetime


class Desk:
    """Drives the handlers as the worker does, one event a transaction."""

    def __init__(
        self,
        database: Database,
        meanings: Mapping[str, Understanding],
        policy: Policy | None = None,
        abilities: Abilities = ABILITIES,
    ) -> None:
        self.database = database
        self.now = MONDAY
        self._count = 0
        self._meanings = meanings
        self.services = Services(
            policy=policy or Policy(),
            understand=self._understand,
            say=Texts.bundled().say,
            link=lambda platform, chat, message: f"https://chat.example/{chat}/{message}",
            abilities=lambda platform: abilities,
            seal=Seal(b"the desk's"),
        )

    def _understand(self, text: str, *, has_photo: bool = False) -> Understanding:
        return self._meanings.get(text, CHATTER)

    async def open(
        self, *, moderators: Sequence[str] = ("mod",), officers: Sequence[str] = ("officer",)
    ) -> None:
        """A community group, a moderators' room, one department."""
        async with self.database.write() as session:
            for external_id, role in ((GROUP, ChatRole.COMMUNITY), (ROOM, ChatRole.MODERATION)):
                chat = await chats.ensure(session, "telegram", external_id, role.value, self.now)
                chat.role = role
            for name in moderators:
                member = await members.ensure(session, "telegram", name, name.title(), self.now)
                member.role = MemberRole.MODERATOR
            for name in officers:
                member = await members.ensure(session, "telegram", name, name.title(), self.now)
                member.role, member.department = MemberRole.DEPARTMENT, "chieusang"
            session.add(Department(key="chieusang", name="Chiếu sáng đô thị", days=2))
            session.add(Department(key="moitruong", name="Môi trường", days=3))
            await session.flush()
            session.add(Route(department="chieusang", category="lighting"))
            session.add(Route(department="moitruong", category="waste"))

    async def happen(self, event: Event, *, silent: bool = False, platform: str = "telegram") -> None:
        """One event, handled."""
        async with self.database.write() as session:
            turn = Turn(self.services, session, platform, platform, event.at, self.now, silent)
            await intake.handle(turn, event)

    async def say(
        self,
        member: str,
        text: str = "",
        *,
        photos: int = 0,
        reply_to: str | None = None,
        album: str | None = None,
        location: tuple[float, float] | None = None,
        after: timedelta = timedelta(minutes=10),
        chat: str = GROUP,
        message: str | None = None,
        edited: bool = False,
        silent: bool = False,
    ) -> str:
        """A member posts, a while after the last thing that happened; the message's id."""
        self.now += after
        self._count += 1
        message_id = message or str(self._count)
        await self.happen(
            MessagePosted(
                chat=chat,
                id=message_id,
                sender=Person(member, member.title()),
                at=self.now,
                text=text,
                photos=tuple(Photo(f"photo-{message_id}-{number}") for number in range(photos)),
                reply_to=reply_to,
                album=album,
                location=Location(*location) if location else None,
                edited=edited,
                private=chat.startswith(PRIVATE_OF),
            ),
            silent=silent,
        )
        return message_id

    async def press(self, member: str, data: str, *, chat: str = ROOM, message: str = "1") -> None:
        """A member presses a button that we made for this chat."""
        async with self.database.read() as session:
            found = await chats.ensure(session, "telegram", chat, "", self.now)
        await self.press_raw(
            member, self.services.seal.close(data, row_id(found), self.now), chat=chat, message=message
        )

    async def press_raw(self, member: str, data: str, *, chat: str = ROOM, message: str = "1") -> None:
        """A member sends what a button would send."""
        self.now += timedelta(minutes=1)
        self._count += 1
        person = Person(member, member.title())
        await self.happen(ButtonPressed(chat, message, person, self.now, f"press-{self._count}", data))

    async def pass_time(self, span: timedelta) -> None:
        """Time goes by, and the clock looks."""
        self.now += span
        async with self.database.write() as session:
            turn = Turn(self.services, session, "", "", self.now, self.now)
            await intake.settle_waiting(turn)
            await reminders.run(turn)

    async def deliver(self) -> None:
        """Pretend that everything was sent, so that people can reply to our posts."""
        async with self.database.write() as session:
            rows = await session.scalars(select(Outbox).where(col(Outbox.state) == OutboxState.PENDING))
            for row in rows:
                row.state, row.sent_at = OutboxState.SENT, self.now
                row.platform_message_id = f"bot-{row.id}"

    async def waiting(self, chat: str) -> list[Waiting]:
        """What has not left yet for a chat, and from when on it may."""
        async with self.database.read() as session:
            rows = await session.execute(
                select(Outbox, Chat)
                .join(Chat, col(Chat.id) == col(Outbox.chat_id))
                .where(col(Chat.external_id) == chat, col(Outbox.state) == OutboxState.PENDING)
                .order_by(col(Outbox.id))
            )
            return [
                Waiting(row.purpose, row.next_attempt_at) for row, _ in rows if row.next_attempt_at > self.now
            ]

    async def message_of(self, purpose: str) -> str:
        """The platform's id of the newest delivered post of a purpose."""
        async with self.database.read() as session:
            row = await session.scalar(
                select(Outbox).where(col(Outbox.purpose) == purpose).order_by(col(Outbox.id).desc()).limit(1)
            )
        assert row is not None
        assert row.platform_message_id is not None
        return row.platform_message_id

    async def member(self, name: str) -> Member:
        """Who has this id on the platform."""
        async with self.database.read() as session:
            return (await session.scalars(select(Member).where(col(Member.external_id) == name))).one()

    async def tickets(self) -> Sequence[Ticket]:
        async with self.database.read() as session:
            return (await session.scalars(select(Ticket).order_by(col(Ticket.id)))).all()

    async def ticket(self) -> Ticket:
        """The only ticket."""
        (only,) = await self.tickets()
        return only

    async def history(self) -> list[str]:
        """The actions of all tickets, in order."""
        async with self.database.read() as session:
            rows = await session.scalars(select(TicketEvent).order_by(col(TicketEvent.id)))
            return [row.action for row in rows]

    async def submissions(self) -> list[str]:
        """The states of all submissions, in order."""
        async with self.database.read() as session:
            rows = await session.scalars(select(Submission).order_by(col(Submission.id)))
            return [row.state.value for row in rows]

    async def audit(self) -> list[tuple[str, bool]]:
        """What was asked for, and whether it was allowed."""
        async with self.database.read() as session:
            rows = await session.scalars(select(Audit).order_by(col(Audit.id)))
            return [(row.action, row.allowed) for row in rows]

    async def said(self, purpose: str | None = None, chat: str | None = None) -> list[Said]:
        """Everything written to the outbox and not superseded, in order."""
        async with self.database.read() as session:
            rows = await session.scalars(
                select(Outbox).where(col(Outbox.state) != OutboxState.SUPERSEDED).order_by(col(Outbox.id))
            )
            found = []
            for row in rows:
                where = await session.get_one(Chat, row.chat_id)
                content = unsealed(posts.from_json(row.payload))
                found.append(Said(where.external_id, row.purpose, content, row.target_key))
        return [
            one
            for one in found
            if (purpose is None or one.purpose == purpose) and (chat is None or one.chat == chat)
        ]

    async def only(self, purpose: str, chat: str | None = None) -> str:
        """The text of exactly one delivery of a purpose."""
        (one,) = await self.said(purpose, chat)
        assert isinstance(one.content, Post | Edit)
        return one.content.text

    async def offered(self, purpose: str, chat: str | None = None) -> list[str]:
        """What the buttons under exactly one delivery of a purpose do."""
        (one,) = await self.said(purpose, chat)
        assert isinstance(one.content, Post | Edit)
        return [button.data for row in one.content.buttons for button in row]
