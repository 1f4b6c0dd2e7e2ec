"""Talk that is kept together is kept as it would be one after the other, and all else comes of it as well."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel, col

from bot.steps import nothing
from bot.worker import Worker
from handlers import intake, loopmarks
from handlers.context import Services, Turn
from handlers.events import (
    ChatMoved,
    Event,
    Location,
    MessageDeleted,
    MessagePosted,
    Person,
    Photo,
    Reacted,
)
from handlers.ports import ChatPlatform, JsonObject
from handlers.understanding.once import Once
from storage import chats, inbox, members
from storage.database import Database
from storage.models import (
    Attachment,
    Audit,
    Chat,
    Member,
    Message,
    Outbox,
    Submission,
    Ticket,
    TicketEvent,
)
from storage.states import ChatRole, InboxState
from tests import template
from tests.bench import stream
from tests.chaos.rig import FULL
from tests.handlers.desk import ABILITIES, GROUP, MONDAY, ROOM, Desk
from tests.handlers.understanding.reader import READ

OTHER = "-300"  # a second group
PEOPLE = ("an", "binh", "chi", "dung", "em", "muted", "erased", "mod", "officer")
PIECES = ("đèn", "nước", "cống", "trước số 45", "sâu lắm", "bữa nay", "nhiều quá", "rác")
SEEDS = range(60) if FULL else (8,)
LONG = 400 if FULL else 80
# Keys of posts that name our id of a message.
_OF_MESSAGE = re.compile(r"(^(?:thank|ask|photos|after|withdrawn):|@[mcd](?=\d+$))(\d+)")
UNDERSTAND = Once(READ)  # for all runs of these tests
NOW = MONDAY + timedelta(hours=3)


class Day:
    """A seeded day: whatever may stand between, in and around talk, one after the other."""

    def __init__(self, seed: int, services: Services) -> None:
        self._luck = Random(seed)
        self._services = services
        self._at = MONDAY
        self._said: list[MessagePosted] = []
        self.events: list[Event] = [self._next() for _ in range(LONG)]

    def _next(self) -> Event:
        luck = self._luck
        self._at += timedelta(seconds=luck.choice((0, 1, 3, 10, 10, 30, 130)))
        kinds = (self._talk, self._piece, self._report, self._photos, self._aside, self._rare)
        (kind,) = luck.choices(kinds, (55, 16, 9, 6, 8, 6))
        event = kind()
        if isinstance(event, MessagePosted) and not event.edited:
            self._said.append(event)
        return event

    def _post(self, text: str, **more: Any) -> MessagePosted:
        luck = self._luck
        who = more.pop("who", None) or luck.choice((*PEOPLE, *PEOPLE[:3] * 3, f"new-{luck.randrange(30)}"))
        name = who.title() if luck.random() > 0.03 else luck.choice(("", f"{who.title()} Nguyễn"))
        post = MessagePosted(
            chat=GROUP if luck.random() < 0.8 else OTHER,
            id=str(len(self._said)),
            sender=Person(who, name),
            at=self._at,
            text=text,
            chat_title="Nhóm" if luck.random() > 0.03 else "Nhóm mới",
        )
        return replace(post, **more)

    def _talk(self) -> MessagePosted:
        text = self._luck.choice((*stream._TALK, *stream._TALK, *stream._ABOUT, "", "  ", "cảm ơn nhiều"))
        earlier = self._said and self._luck.random() < 0.25
        return self._post(text, reply_to=self._luck.choice(self._said[-15:]).id if earlier else None)

    def _piece(self) -> MessagePosted:
        """Few members say them, so that some come together."""
        return self._post(self._luck.choice(PIECES), who=self._luck.choice(PEOPLE[:2]))

    def _report(self) -> MessagePosted:
        luck = self._luck
        words = luck.choice((*stream._DEFECTS, *stream._OPINIONS))
        text = words.format(street=luck.choice(stream.STREETS[:4]), n=luck.randrange(5))
        return self._post(text, photos=self._some() if luck.random() < 0.3 else ())

    def _photos(self) -> MessagePosted:
        luck = self._luck
        album = f"album-{len(self._said) // 3}" if luck.random() < 0.5 else None
        text = luck.choice(("", "", "đèn hư", "Chào cả nhà"))
        return self._post(text, who=luck.choice(PEOPLE[:4]), photos=self._some(), album=album)

    def _some(self) -> tuple[Photo, ...]:
        return (Photo(f"photo-{len(self._said)}"),)

    def _aside(self) -> MessagePosted:
        """Talk that is not quite plain."""
        luck = self._luck
        post = self._talk()
        mark = loopmarks.mark(self._services.seal, "PA1001")
        changes: Sequence[Mapping[str, Any]] = (
            {"location": Location(9.6, 105.9), "text": ""},
            {"location": Location(9.6, 105.9)},
            {"to_bot": True, "text": "PA1001 sao rồi"},
            {"forwarded": True},
            {"chat": ROOM, "sender": Person("mod", "Mod")},
            {"chat": "nobody-knows"},
            {"sender": Person("robot", "Robot", is_bot=True)},
            {"text": f"Đèn hư {mark}"},
            {"text": luck.choice(("1", "2", "1001 1"))},
            {"text": luck.choice(("/xong 1001", "/tracuu 1001", "/", "/ ok"))},
        )
        return replace(post, **luck.choice(changes))

    def _rare(self) -> Event:
        luck = self._luck
        if not self._said:
            return self._talk()
        told = luck.choice(self._said[-25:])
        someone = Person(luck.choice(PEOPLE), luck.choice(PEOPLE).title())
        mod: Mapping[str, Any] = {"sender": Person("mod", "Mod"), "chat": ROOM}
        which = luck.randrange(6)
        if which == 0:
            return replace(told, edited=True, at=self._at, text=luck.choice((*stream._TALK, *PIECES)))
        if which == 1:
            return MessageDeleted(told.chat, told.id, told.sender, self._at)
        if which == 2:
            return Reacted(told.chat, told.id, someone, self._at, ("👍",))
        if which == 3:
            return told  # the same once more
        if which == 4:
            word = luck.choice(("tatphieu", "motphieu"))
            return replace(self._post(f"/{word} {luck.choice(PEOPLE[:4]).title()}"), **mod)
        return ChatMoved(OTHER, "-301", self._at) if luck.random() < 0.1 else self._talk()


@dataclass
class Script:
    """A platform whose payloads are places in a list of what happened."""

    events: Sequence[Event]
    name = source = "telegram"

    def parse(self, payload: JsonObject) -> Event | None:
        return self.events[payload["place"]]


async def opened(database: Database, *, buttons: bool) -> Desk:
    desk = Desk(database, {}, abilities=replace(ABILITIES, buttons=buttons))
    desk.services = replace(desk.services, understand=UNDERSTAND)
    await desk.open()
    async with database.write() as session:
        (await chats.ensure(session, "telegram", OTHER, "", MONDAY)).role = ChatRole.COMMUNITY
        (await members.ensure(session, "telegram", "muted", "Muted", MONDAY)).muted = True
        (await members.ensure(session, "telegram", "erased", "", MONDAY)).erased = True
    return desk


async def one_by_one(desk: Desk, events: Sequence[Event]) -> None:
    for event in events:
        async with desk.database.write() as session:
            turn = Turn(desk.services, session, "telegram", "telegram", event.at, NOW)
            await intake.handle(turn, event)


async def together(desk: Desk, events: Sequence[Event], batch: int) -> None:
    """The worker's batches, each of so many events at the most."""
    platforms = cast(Mapping[str, ChatPlatform], {"telegram": Script(events)})
    worker = Worker(desk.database, desk.services, platforms, lambda: NOW, nothing)
    for first in range(0, len(events), batch):
        kept = [
            inbox.NewEvent(f"m:{place}", {"place": place}, event.at, place, lane=GROUP)
            for place, event in enumerate(events[first : first + batch], start=first)
        ]
        async with desk.database.write() as session:
            await inbox.store(session, "telegram", "telegram", kept, NOW)
        while await worker.work():
            pass


async def found(database: Database) -> dict[str, list[dict[str, Any]]]:
    """All that came of it; messages and members by their names, because their ids differ."""
    async with database.read() as session:
        people = {one.id: one.external_id for one in await session.scalars(select(Member))}
        rooms = {one.id: one.external_id for one in await session.scalars(select(Chat))}
        said = {
            one.id: f"{rooms[one.chat_id]}/{one.external_id}"
            for one in await session.scalars(select(Message))
        }
        names = {"member_id": people, "reporter_id": people, "message_id": said, "owner_id": people}
        photos = {one.id: one.external_ref for one in await session.scalars(select(Attachment))}
        tables: dict[str, list[dict[str, Any]]] = {}
        for table in (Submission, Ticket, TicketEvent, Attachment, Outbox, Audit, Chat, Member, Message):
            rows = (await session.scalars(select(table).order_by(col(table.id)))).all()
            tables[table.__tablename__] = [_plainly(one, names, said) for one in rows]
    for row in (*tables["attachments"], *tables["outbox"]):
        row["id"] = 0  # PostgreSQL gives no number twice, though what it was given for was undone
    for row in tables["outbox"]:
        shown = [photos.get(one, one) for one in row["payload"].get("photos", ())]
        row["payload"] = {**row["payload"], "photos": shown}
    for name in ("members", "messages"):
        tables[name] = sorted(({**row, "id": 0} for row in tables[name]), key=repr)
    return tables


def _plainly(
    row: SQLModel, names: Mapping[str, Mapping[Any, str]], said: Mapping[Any, str]
) -> dict[str, Any]:
    values = {
        name: names[name].get(value, value) if name in names else value
        for name, value in row.model_dump().items()
    }
    for key in ("idempotency_key", "target_key"):
        if values.get(key):
            values[key] = _OF_MESSAGE.sub(lambda found: f"{found[1]}{said[int(found[2])]}", values[key])
    if isinstance(row, Audit):  # tells of the message in its detail
        values["detail"] = {**row.detail, "message": said.get(row.detail.get("message"))}
    return values


def scene(*said: tuple[int, str, str, str | None]) -> list[Event]:
    """Posts in one group: the second, who, what, and to which post before it that replies; "photo" is one."""
    return [
        MessagePosted(
            chat=GROUP,
            id=str(place),
            sender=Person(who, who.title()),
            at=MONDAY + timedelta(seconds=second),
            text="" if text == "photo" else text,
            photos=(Photo(f"photo-{place}"),) if text == "photo" else (),
            reply_to=reply_to,
        )
        for place, (second, who, text, reply_to) in enumerate(said)
    ]


LAMP = "Đèn đường trước số 3 Lê Duẩn bị hư"
SCENES = {
    "pieces": scene((0, "an", "đèn", None), (3, "an", "trước số 45", None), (6, "an", "cống", None)),
    "more of it": scene((0, "an", "Đèn đường bị hư 3 bữa nay", None), (5, "an", "trước số 45", None)),
    "where it is, in talk": scene(
        (0, "an", "Đèn đường bị hư 3 bữa nay", None),
        (5, "an", "nhà em ở Lê Lợi nè, mai mọi người ghé chơi nha", None),
    ),
    "an answer": scene((0, "an", LAMP, None), (200, "binh", "Ok anh", "0"), (400, "chi", "Ok anh", "1")),
    "an answer to a piece": scene(
        (0, "an", "đèn", None), (3, "an", "cống", None), (5, "binh", "Ok anh", "0")
    ),
    "more of it, beside talk": scene(
        (0, "an", "Đèn đường bị hư 3 bữa nay", None),
        (2, "binh", "Ok anh", None),
        (5, "an", "trước số 45", None),
    ),
    "photos and their words, beside talk": scene(
        (0, "an", "photo", None), (2, "binh", "Ok anh", None), (5, "an", LAMP, None), (300, "chi", LAMP, None)
    ),
    "a report told twice, beside talk": [
        *(told_once := scene((0, "an", LAMP, None), (2, "binh", "Ok anh", None))),
        told_once[0],
    ],
    "photos alone": scene((0, "an", "photo", None), (300, "binh", "Ok anh", None), (310, "chi", LAMP, None)),
}


@pytest.mark.parametrize("name", SCENES)
async def test_what_looks_like_talk_and_is_more(database: Database, tmp_path: Path, name: str) -> None:
    await compare(database, tmp_path, lambda _: SCENES[name], 50)


@pytest.mark.parametrize("name", SCENES)
async def test_the_same_in_batches_of_one(database: Database, tmp_path: Path, name: str) -> None:
    await compare(database, tmp_path, lambda _: SCENES[name], 1)


@pytest.mark.parametrize("seed", SEEDS)
async def test_talk_kept_together_is_as_if_kept_one_by_one(
    database: Database, tmp_path: Path, seed: int
) -> None:
    batch, buttons = (37, 50, 8)[seed % 3], seed % 3 != 1
    await compare(database, tmp_path, lambda services: Day(seed, services).events, batch, buttons=buttons)


async def compare(
    database: Database,
    folder: Path,
    events_of: Callable[[Services], Sequence[Event]],
    batch: int,
    *,
    buttons: bool = True,
) -> None:
    """A day one by one, and by the worker's batches: the same comes of both."""
    template.copy_to(folder / "single.db")
    single = Database(f"sqlite:///{folder / 'single.db'}")
    alone, desk = await opened(single, buttons=buttons), await opened(database, buttons=buttons)
    events = events_of(desk.services)
    await one_by_one(alone, events)
    await together(desk, events, batch)
    expected, came = await found(single), await found(database)
    await single.close()
    for table, rows in expected.items():
        assert came[table] == rows, table
    async with database.read() as session:
        assert set(await inbox.counts(session)) == {InboxState.DONE}
