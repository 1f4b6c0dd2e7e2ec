"""A scripted city: a group, three departments' chats, a centre that fails, another city system above.

Every ticket ends in one state everywhere; none is lost, none is doubled. `CONGICH_CITY_TICKETS` says how
many there are; the short form is what every run of the tests plays, `make city` plays 500.
"""

import asyncio
import json
import os
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from aiohttp import web
from sqlalchemy import ColumnElement, String, cast, func, select
from sqlmodel import col

from bot import dispatcher
from bot.platforms.webchat import NewPost
from bot.signatures import Signer
from bot.web import server
from handlers import delivery
from handlers.announce import SETTLED
from handlers.desks import CARD
from handlers.events import Person
from handlers.lifecycle import Move
from storage import tickets
from storage.columns import JsonObject
from storage.models import Dispatch, Outbox, RoomPost, Ticket
from storage.states import OutboxState, TicketStatus
from tests.bot.open311.town import SECRET, Town, running

TICKETS = int(os.environ.get("CONGICH_CITY_TICKETS", "30"))
PATIENCE = 60 + 2 * TICKETS  # seconds for each step
pytestmark = [pytest.mark.sqlite_only, pytest.mark.timeout(6 * PATIENCE)]
FAILS = 0.3
GROUP, ROOM = "congich", "dieuhanh"
KINDS = (
    ("chieusang", "Đèn đường trước số {n} Hai Bà Trưng bị hư"),
    ("thoatnuoc", "Cống nghẹt, nước ngập trước số {n} Lý Tự Trọng"),
    ("moitruong", "Rác chất đống trước số {n} Nguyễn Huệ chưa ai gom"),
)
UPSTREAM = "chieusang"  # whose tickets another system works


@dataclass
class Centre:
    """A receiver that fails three times in ten: before it took a call, or after, so that it comes again."""

    url: str = ""
    luck: Random = field(default_factory=lambda: Random(7))
    told: dict[str, list[JsonObject]] = field(default_factory=lambda: defaultdict(list))  # by ticket
    failed: int = 0

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        Signer(SECRET).check(body, request.headers)
        fails, takes = self.luck.random() < FAILS, self.luck.random() < 0.5
        if not fails or takes:
            said = json.loads(body)
            self.told[said["data"]["ticket"]["code"]].append(said)
        self.failed += fails
        return web.Response(status=503 if fails else 204)


@pytest.fixture
async def centre(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Centre]:
    # What fails is left alone for longer and longer, up to hours: here that would be most of the run.
    monkeypatch.setattr(delivery, "LONGEST_WAIT", timedelta(seconds=3))
    monkeypatch.setattr(dispatcher, "FIRST_PAUSE", timedelta(milliseconds=50))
    monkeypatch.setattr(dispatcher, "LONGEST_PAUSE", timedelta(seconds=10))
    monkeypatch.setattr(dispatcher, "LONGEST_PAUSE", timedelta(milliseconds=200))
    made, application = Centre(), web.Application()
    application.add_routes([web.post("/events", made.receive)])
    runner = await server.start(application, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/events"
    yield made
    await runner.cleanup()


def more(centre: Centre) -> JsonObject:
    """What this city has beyond a group and a room."""
    chats = [(GROUP, "community", ""), (ROOM, "moderation", "")]
    chats += [(key, "department", key) for key, _ in KINDS]
    return {
        "chats": [
            {"platform": "webchat", "id": name, "role": role, "title": name}
            | ({"department": department} if department else {})
            for name, role, department in chats
        ],
        "roles": {"moderators": ["webchat:ha"]},
        "officers": [{"member": f"webchat:{key}", "department": key} for key, _ in KINDS],
        "limits": {"tickets_an_hour": 1000},
        "webhooks": [{"name": "ioc", "url": centre.url, "allow_private": True}],
    }


async def say(town: Town, who: str, chat: str, text: str, number: str) -> None:
    """Somebody posts."""
    assert town.app.webchat is not None
    await town.app.webchat.post(NewPost(number, chat, Person(who, who), text))


async def until(town: Town, what: str, count: int, *where: ColumnElement[bool]) -> None:
    """Wait until so many rows are there."""
    found = -1
    try:
        async with asyncio.timeout(PATIENCE):
            while found != count:
                await asyncio.sleep(0.2)
                found = await number_of(town, *where)
    except TimeoutError:
        pytest.fail(f"{what}: {found} of {count}")


async def number_of(town: Town, *where: ColumnElement[bool]) -> int:
    async with town.app.database.read() as session:
        return await session.scalar(select(func.count()).select_from(Ticket).where(*where)) or 0


async def all_tickets(town: Town) -> list[Ticket]:
    async with town.app.database.read() as session:
        return list((await session.scalars(select(Ticket).order_by(col(Ticket.id)))).all())


async def quiet(town: Town) -> None:
    """Wait until nothing is on its way."""
    waiting = (OutboxState.PENDING, OutboxState.SENDING)
    async with asyncio.timeout(PATIENCE):
        while True:
            async with town.app.database.read() as session:
                posts = await session.scalar(
                    select(func.count()).select_from(Outbox).where(col(Outbox.state).in_(waiting))
                )
                calls = await session.scalar(
                    select(func.count()).select_from(Dispatch).where(col(Dispatch.state).in_(waiting))
                )
            if not posts and not calls:
                return
            await asyncio.sleep(0.2)


async def test_every_ticket_ends_in_one_state_everywhere(tmp_path: Path, centre: Centre) -> None:
    for name in ("up", "down"):
        (tmp_path / name).mkdir()
    async with running(tmp_path / "up") as up:
        above = {
            "name": "city", "url": f"{up.root}/v2", "allow_private": True, "poll_seconds": 0.5,
            "when": "opened", "idempotent": True, "categories": ["lighting"],
        }  # fmt: skip
        async with running(tmp_path / "down", more=more(centre), upstreams=[above]) as down:
            await play(down, up)
            await quiet(down)
            await agree(down, up, centre)


async def play(down: Town, up: Town) -> None:
    """People report, a moderator takes on, departments answer in words, the system above ends its own."""
    for number in range(TICKETS):
        words = KINDS[number % 3][1].format(n=10 * number + 1)
        await say(down, f"dan{number % 174}", GROUP, words, f"dan-{number}")
    await until(down, "opened", TICKETS)
    opened = await all_tickets(down)
    for ticket in opened:
        await say(down, "ha", ROOM, f"/nhan {ticket.code}", f"ha-{ticket.code}")
    await until(down, "taken on", TICKETS, col(Ticket.status) != TicketStatus.NEW)
    for ticket in opened:
        if ticket.department != UPSTREAM:
            await end(down, ticket)
    await until(up, "told upstream", sum(ticket.department == UPSTREAM for ticket in opened))
    for ticket in await all_tickets(up):
        await up.move(ticket.code, Move.RESOLVE, "đã thay bóng")
    ends = (TicketStatus.RESOLVED, TicketStatus.REJECTED)
    await until(down, "ended", TICKETS, col(Ticket.status).in_(ends))


async def end(town: Town, ticket: Ticket) -> None:
    """The department says in words that it is done; of every seventh a moderator says it is not ours."""
    if ticket.number % 7:
        desk = ticket.department or ""
        await say(town, desk, desk, f"#{ticket.code} đã xử lý", f"end-{ticket.code}")
    else:
        await say(town, "ha", ROOM, f"/tuchoi {ticket.code} việc tư nhân", f"end-{ticket.code}")


async def agree(down: Town, up: Town, centre: Centre) -> None:
    """What the group, the departments, the centre and the system above say of each ticket."""
    ours = await all_tickets(down)
    assert len({ticket.summary for ticket in ours}) == TICKETS
    assert {ticket.status for ticket in ours} <= {TicketStatus.RESOLVED, TicketStatus.REJECTED}
    assert Counter(ticket.department for ticket in ours) == Counter(KINDS[n % 3][0] for n in range(TICKETS))
    async with down.app.database.read() as session:
        stuck = (
            select(func.count())
            .select_from(Outbox)
            .where(col(Outbox.state).in_((OutboxState.DEAD, OutboxState.UNCONFIRMED)))
        )
        assert await session.scalar(stuck) == 0
        for ticket in ours:
            events = [entry.event.id for entry in await tickets.history(session, ticket.id or 0)]
            heard = list(dict.fromkeys(said["data"]["event"]["id"] for said in centre.told[ticket.code]))
            assert heard == events, ticket.code  # each, and in order
            assert centre.told[ticket.code][-1]["data"]["ticket"]["status"] == ticket.status.value
    assert centre.failed > 0
    assert await posted(down, SETTLED) == {(ticket.code, GROUP): 1 for ticket in ours}
    assert await posted(down, CARD) == {(ticket.code, ticket.department): 1 for ticket in ours}
    theirs = await all_tickets(up)
    sent = {ticket.summary for ticket in ours if ticket.department == UPSTREAM}
    assert Counter(ticket.summary.partition("\n")[0] for ticket in theirs) == Counter(sent)
    assert {ticket.status for ticket in theirs} == {TicketStatus.RESOLVED}


async def posted(town: Town, purpose: str) -> Counter[tuple[str, str]]:
    """How often a purpose's posts stand in a chat, by ticket and chat, as the chat itself has them."""
    async with town.app.database.read() as session:
        rows = await session.execute(
            select(col(Ticket.code), col(RoomPost.chat))
            .join(Outbox, col(Outbox.ticket_id) == col(Ticket.id))
            .join(RoomPost, cast(col(RoomPost.id), String) == col(Outbox.platform_message_id))
            .where(col(Outbox.purpose) == purpose, col(Outbox.target_key).is_(None), col(RoomPost.from_bot))
        )
        return Counter((code, chat) for code, chat in rows)
