"""Plays the sample week through the built-in chat: the same way in as for a person at the page."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.app import App
from bot.clock import Stepped
from bot.demo import draw
from bot.demo.script import DemoMember, Step
from bot.platforms.webchat import NAME, NewPost, WebChat
from handlers import visibility
from handlers.context import Turn
from handlers.events import Location, Person
from handlers.understanding import Kind
from storage import chats, members, messages, outbox, room, tickets
from storage.models import Submission, Ticket, row_id
from storage.states import AttachmentState

ROOMS = {"community": "cong-ich", "moderation": "dieu-hanh"}
PRESSES = {
    "accept": "t:{ticket}:accept",
    "start": "t:{ticket}:start",
    "done": "t:{ticket}:resolve",
    "reject": "t:{ticket}:reject",
    "confirm:report": "q:{submission}:report",
    "confirm:complaint": "q:{submission}:complaint",
    "confirm:suggestion": "q:{submission}:suggestion",
    "dismiss": "q:{submission}:none",
}
MODERATOR = "khang"  # who looks at the photos
UNSEEN = 6  # tickets whose photos nobody has looked at yet
AFTER_DIGEST = time(7, 45)  # the week is over and its digest is posted by then


def sample_monday(now: datetime, zone: ZoneInfo) -> date:
    """The Monday that begins the last week whose digest is already due."""
    local = now.astimezone(zone)
    this_monday = local.date() - timedelta(days=local.weekday())
    is_early = local < datetime.combine(this_monday, AFTER_DIGEST, zone)
    return this_monday - timedelta(days=14 if is_early else 7)


@dataclass(frozen=True, slots=True)
class Understood:
    """How one message was taken, beside what its author meant."""

    text: str
    expected: str
    found: str


class Player:
    """Plays steps one after the other, each to its end, at the moments they have in the sample."""

    def __init__(self, app: App, clock: Stepped, people: dict[str, DemoMember]) -> None:
        assert app.webchat is not None, "the sample is played through the built-in chat"
        self._app = app
        self._chat: WebChat = app.webchat
        self._clock = clock
        self._people = people
        self._posts: dict[str, str] = {}  # a step's key -> the room's id of its post

    async def begin(self, at: datetime) -> None:
        """Bring in the people, as if they had been in the group before the week began."""
        self._clock.set(at)
        async with self._app.database.write() as session:
            for person_id, person in self._people.items():
                await members.ensure(session, NAME, person_id, person.name, at)
            for external_id in ROOMS.values():
                chat = await chats.find(session, NAME, external_id)
                if chat is not None and chat.created_at > at:
                    chat.created_at = at

    async def remaining(self, steps: Sequence[Step]) -> Sequence[Step]:
        """The steps after the last message that an earlier demo in this database has played."""
        played = 0
        async with self._app.database.read() as session:
            for place, step in enumerate(steps, start=1):
                post = await room.find(session, ROOMS[step.chat], _client_id(step.key))
                if post is not None:
                    self._posts[step.key] = str(row_id(post))
                    played = place
        return steps[played:]

    async def play(self, steps: Sequence[Step]) -> AsyncIterator[Step]:
        """Play the steps; each is given back when everything that follows from it is done."""
        pipeline = self._app.pipeline
        self._chat.listen(pipeline.commit_for(self._chat))
        for step in steps:
            self._clock.set(step.at)
            await pipeline.tick()
            await self._one(step)
            await pipeline.drain()
            yield step

    async def end(self, monday: date, zone: ZoneInfo) -> None:
        """The Monday after: the digest is due. Then the clock runs by itself."""
        self._clock.set(datetime.combine(monday + timedelta(days=7), AFTER_DIGEST, zone))
        await self._app.pipeline.tick()
        await self._app.pipeline.drain()
        await self._show_photos(datetime.combine(monday, time(), zone))
        self._clock.release()

    async def _show_photos(self, since: datetime) -> None:
        """A moderator lets everybody see the week's photos; the newest still wait for a look."""
        now = self._clock()
        async with self._app.database.write() as session:
            turn = Turn(self._app.services, session, NAME, NAME, at=now, now=now)
            moderator = await members.ensure(session, NAME, MODERATOR, "", now)
            group = await chats.find(session, NAME, ROOMS["community"])
            assert group is not None
            for ticket in (await tickets.opened_since(session, row_id(group), since))[:-UNSEEN]:
                found = await messages.photos_of_ticket(session, row_id(ticket))
                stored = [photo for photo, _ in found if photo.state == AttachmentState.STORED]
                await visibility.judge_photos(turn, ticket, stored, moderator, on_board=True)

    async def _one(self, step: Step) -> None:
        if step.press is not None:
            await self._press(step)
        elif step.edit_of is not None:
            await self._edit(step)
        else:
            await self._post(step)

    async def _post(self, step: Step) -> None:
        new = NewPost(
            client_id=_client_id(step.key),
            chat=ROOMS[step.chat],
            author=self._person(step.by),
            text=await self._with_code(step),
            photos=tuple(draw.draw(scene, variant) for scene, variant in step.photos),
            reply_to=self._posts.get(step.reply_to) if step.reply_to else None,
            location=Location(*step.location) if step.location else None,
        )
        self._posts[step.key] = (await self._chat.post(new))[0]

    async def _with_code(self, step: Step) -> str:
        """The words of a step; `{code}` is that of the ticket which its message opened."""
        if step.on is None:
            return step.text
        submission = await self._submission(step.on)
        if submission is None or submission.ticket_id is None:
            return step.text.replace("{code}", "")
        async with self._app.database.read() as session:
            ticket = await session.get_one(Ticket, submission.ticket_id)
        return step.text.replace("{code}", ticket.code)

    async def _edit(self, step: Step) -> None:
        post = self._posts[step.edit_of or ""]
        await self._chat.edit(ROOMS[step.chat], post, self._person(step.by), step.text)

    async def _press(self, step: Step) -> None:
        """Press a button of the card that came of a message; where there is none, nothing happens."""
        submission = await self._submission(step.on or "")
        if submission is None:
            return
        data = PRESSES[step.press or ""].format(ticket=submission.ticket_id, submission=submission.id)
        kind = "card" if data.startswith("t:") else "question"
        number = submission.ticket_id if kind == "card" else submission.id
        moderation = ROOMS["moderation"]
        async with self._app.database.read() as session:
            where = await chats.find(session, NAME, moderation)
            card = await outbox.by_key(session, f"{kind}:{number}:{row_id(where)}") if where else None
        if where is not None and card is not None and card.platform_message_id is not None:
            sealed = self._app.services.seal.close(data, row_id(where), step.at)
            await self._chat.press(
                moderation, card.platform_message_id, self._person(step.by), sealed, _client_id(step.key)
            )

    async def _submission(self, key: str) -> Submission | None:
        async with self._app.database.read() as session:
            group = await chats.find(session, NAME, ROOMS["community"])
            if group is None or key not in self._posts:
                return None
            message = await messages.find(session, row_id(group), self._posts[key])
            if message is None or message.submission_id is None:
                return None
            return await session.get(Submission, message.submission_id)

    async def understood(self, steps: Sequence[Step]) -> list[Understood]:
        """For each labelled message of the group: what was meant, and what it was taken for."""
        found = []
        for step in steps:
            if step.expect_kind is None or step.chat != "community" or step.key not in self._posts:
                continue
            submission = await self._submission(step.key)
            kind = submission.kind if submission else Kind.NONE.value
            found.append(Understood(step.text, step.expect_kind, kind))
        return found

    def _person(self, person_id: str) -> Person:
        return Person(person_id, self._people[person_id].name)


def _client_id(key: str) -> str:
    return f"sample-{key}"
