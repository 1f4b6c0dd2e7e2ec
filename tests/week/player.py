"""Plays the demo's sample week on any stage, as the people of that platform would do it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.demo import draw
from bot.demo.player import AFTER_DIGEST, PRESSES
from bot.demo.script import DemoMember, Step, load_members, load_steps
from handlers import posts
from handlers.posts import Post
from storage import chats, messages, outbox
from storage.columns import JsonObject
from storage.models import Chat, Digest, Message, Submission, Ticket, row_id
from storage.states import ChatRole, SubmissionState
from tests.conversations.script import GROUP, ROOM
from tests.conversations.stage import Cast, Stage

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = date(2026, 11, 16)
WHERE = {"community": GROUP, "moderation": ROOM}
# What somebody says under their own post where the messenger lets nobody change it.
CORRECTED = {"e1": "Dạ em ghi lộn, hẻm 28 Mạc Đĩnh Chi mới đúng"}
_TELLS = (SubmissionState.TICKETED, SubmissionState.VOICE)


def people() -> dict[str, DemoMember]:
    """Everybody in the sample, by the ids that its steps use."""
    return load_members()


def cast() -> Cast:
    """Who of them has a role."""
    everybody = people().values()
    return Cast(
        moderators=tuple(one.name for one in everybody if one.role == "moderator"),
        officers={one.name: one.department or "" for one in everybody if one.role == "department"},
        administrators=(),
    )


def steps() -> list[Step]:
    return load_steps(MONDAY, ZONE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A ticket at the week's end, by the step that told of it first."""

    step: str
    code: str
    kind: str
    category: str
    status: str
    voices: int
    photos: int
    place: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class Week:
    """What came of a week: its tickets, the steps that opened or joined one, and the digest's figures."""

    tickets: list[Outcome]
    telling: list[str]
    figures: JsonObject


class WeekPlayer:
    """Plays the week once on one stage."""

    def __init__(self, stage: Stage, only: Sequence[str] | None = None) -> None:
        """`only`: the steps of the group that are heard, where a platform hears mentions only."""
        self._stage = stage
        self._app = stage.app
        self._only = only
        self._people = people()
        self._made: dict[str, list[str]] = {}  # a step's key -> the ids of its messages

    async def play(self) -> Week:
        """Each step to its end, and the digest of the Monday after."""
        for step in steps():
            self._stage.clock.set(step.at)
            await self._app.pipeline.tick()
            await self._app.pipeline.drain()
            await self._one(step)
            await self._app.pipeline.drain()
        over = steps()[0].at.astimezone(ZONE).replace(hour=AFTER_DIGEST.hour, minute=AFTER_DIGEST.minute)
        self._stage.clock.set(over + timedelta(days=7))
        await self._app.pipeline.tick()
        await self._app.pipeline.drain()
        return Week(await self._outcomes(), await self._telling(), await self._figures())

    async def _one(self, step: Step) -> None:
        if step.press is not None:
            await self._press(step)
        elif step.edit_of is not None:
            await self._edit(step)
        elif step.chat == "moderation" or self._only is None or step.key in self._only:
            await self._post(step)

    async def _post(self, step: Step) -> None:
        replied = self._made.get(step.reply_to or "")
        self._made[step.key] = await self._stage.say(
            WHERE[step.chat],
            self._people[step.by].name,
            await self._with_code(step),
            photos=[draw.draw(scene, variant) for scene, variant in step.photos],
            reply_to=replied[0] if replied and self._only is None else None,
            location=step.location,
        )

    async def _edit(self, step: Step) -> None:
        """Where a messenger has no edits, the right words are said under the wrong ones."""
        made, who = self._made.get(step.edit_of or ""), self._people[step.by].name
        if made and self._app.platforms[0].abilities.edits:
            await self._stage.edit(WHERE[step.chat], who, made[0], step.text)
        elif made and self._only is None:
            where = WHERE[step.chat]
            words = CORRECTED[step.key]
            await self._stage.say(where, who, words, photos=(), reply_to=made[0], location=None)

    async def _press(self, step: Step) -> None:
        """A press, or its number where there are no buttons: under the card, or with the ticket's code."""
        submission = await self._submission(step.on or "")
        if submission is None:
            return
        data = PRESSES[step.press or ""].format(ticket=submission.ticket_id, submission=submission.id)
        key = f"card:{submission.ticket_id}" if data.startswith("t:") else f"question:{submission.id}"
        async with self._app.database.read() as session:
            (room,) = await chats.with_role(session, ChatRole.MODERATION)
            card = await outbox.by_key(session, f"{key}:{row_id(room)}")
            ticket = await session.get(Ticket, submission.ticket_id) if submission.ticket_id else None
        if card is None or card.platform_message_id is None:
            return  # what was to be confirmed was understood by itself
        who, where = self._people[step.by].name, card.platform_message_id
        if self._app.platforms[0].abilities.buttons:
            sealed = self._app.services.seal.close(data, row_id(room), step.at)
            await self._stage.press(ROOM, who, where, sealed)
            return
        content = posts.from_json(card.payload)
        assert isinstance(content, Post)
        offered = [one.data.rpartition("~")[0] for row in content.buttons for one in row]
        number = str(offered.index(data) + 1)
        if self._only is not None:
            number = f"{ticket.number if ticket else f'h{submission.id}'} {number}"
        reply = where if self._only is None else None
        await self._stage.say(ROOM, who, number, photos=(), reply_to=reply, location=None)

    async def _with_code(self, step: Step) -> str:
        submission = await self._submission(step.on) if step.on else None
        if submission is None or submission.ticket_id is None:
            return step.text.replace("{code}", "")
        async with self._app.database.read() as session:
            ticket = await session.get_one(Ticket, submission.ticket_id)
        return step.text.replace("{code}", ticket.code)

    async def _submission(self, key: str) -> Submission | None:
        if key not in self._made:
            return None
        async with self._app.database.read() as session:
            group = await self._group(session)
            message = await messages.find(session, row_id(group), self._made[key][0])
            if message is None or message.submission_id is None:
                return None
            return await session.get(Submission, message.submission_id)

    async def _group(self, session: AsyncSession) -> Chat:
        (group,) = await chats.with_role(session, ChatRole.COMMUNITY)
        return group

    async def _outcomes(self) -> list[Outcome]:
        async with self._app.database.read() as session:
            tickets = (await session.scalars(select(Ticket).order_by(col(Ticket.id)))).all()
            return [await self._outcome(session, ticket) for ticket in tickets]

    async def _outcome(self, session: AsyncSession, ticket: Ticket) -> Outcome:
        photos = await messages.photos_of_ticket(session, row_id(ticket))
        said = {step.key for step in steps() if step.chat == "community"}
        steps_of = {message: key for key, made in self._made.items() if key in said for message in made}
        return Outcome(
            step=steps_of.get(ticket.origin, "?"),
            code=ticket.code,
            kind=ticket.kind,
            category=ticket.category,
            status=ticket.status.value,
            voices=ticket.voices,
            photos=len(photos),
            place=str(ticket.place.get("text") or ""),
            urgent=ticket.urgent,
        )

    async def _telling(self) -> list[str]:
        """The steps whose messages opened a ticket or joined one; photos that came before them too."""
        async with self._app.database.read() as session:
            rows = await session.execute(
                select(col(Message.external_id))
                .join(Submission, col(Message.submission_id) == col(Submission.id))
                .where(col(Submission.state).in_(_TELLS))
            )
            found = {external_id for (external_id,) in rows}
        return [key for key, made in self._made.items() if found & set(made)]

    async def _figures(self) -> JsonObject:
        async with self._app.database.read() as session:
            kept = (
                await session.scalars(
                    select(Digest)
                    .join(Chat, col(Chat.id) == col(Digest.chat_id))
                    .where(col(Digest.span) == "week", col(Chat.role) == ChatRole.COMMUNITY)
                )
            ).all()
        return kept[-1].figures if kept else {}


def to_json(week: Week) -> JsonObject:
    """A week as `tickets.json` has it."""
    return asdict(week)


def from_json(kept: JsonObject) -> Week:
    return Week([Outcome(**one) for one in kept["tickets"]], kept["telling"], kept["figures"])


def lines(tickets: Sequence[Outcome], *, without: Sequence[str] = ()) -> list[str]:
    """A line for each ticket, to be compared and read."""
    named = [{name: value for name, value in asdict(one).items() if name not in without} for one in tickets]
    return [" · ".join(f"{name} {value}" for name, value in one.items()) for one in named]
