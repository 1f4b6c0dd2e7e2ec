"""A city taken into another database, beside a bot at work: row for row the same, or not moved."""

from collections.abc import Sequence

import pytest
from sqlalchemy import delete, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.backup import moving
from storage import chats, dump, erasure, migrations, routes
from storage.database import Database, DatabaseError
from storage.models import (
    Chat,
    Department,
    Digest,
    Member,
    RoomPost,
    Route,
    RouteOverride,
    SignInLink,
    WebSession,
)
from tests.bot.backup.rows import LAMP, NOW, quiet, rows_of
from tests.handlers.desk import ROOM, Desk


async def nobody() -> bool:
    """Nobody is at work on the city."""
    return True


def not_asked() -> None:
    raise AssertionError("nobody has to be asked to stop")


async def test_a_city_moves_to_the_other_kind_of_database(city: Desk, empty: Database) -> None:
    rows = await moving.move(city.database, empty, quiet, nobody, not_asked)
    before = await rows_of(city.database)
    assert await rows_of(empty) == before
    assert rows == {name: len(one) for name, one in before.items()}
    with pytest.raises(DatabaseError, match="not empty"):
        await moving.move(city.database, empty, quiet, nobody, not_asked)


class AtWork:
    """A bot that is at work until it has been asked to stop, and changes all sorts of rows meanwhile."""

    def __init__(self, city: Desk) -> None:
        self.asked = 0
        self._city = city

    async def stopped(self) -> bool:
        if self.asked:
            await self._work()
        return bool(self.asked)

    def ask(self) -> None:
        self.asked += 1

    async def _work(self) -> None:
        city = self._city
        await city.say("hoa", "đèn hư", photos=2)
        await city.say("lan", LAMP)
        await city.say("mod", "/gop 1004 1001", chat=ROOM)  # a new row that points into its own table
        await city.say("mod", "/noi 1002 Lê Lợi", chat=ROOM)
        async with city.database.write() as session:
            await chats.move(
                session, *[await chats.ensure(session, "x", name, "", NOW) for name in ("a", "b")]
            )
            await session.delete((await session.scalars(select(RoomPost))).one())
            erased = (await session.scalars(select(Member).where(col(Member.external_id) == "minh"))).one()
            await erasure.erase(session, erased)
            (await session.scalars(select(Department).limit(1))).one().name = "Đổi tên"


async def test_what_a_bot_at_work_changes_meanwhile_is_brought_after(city: Desk, empty: Database) -> None:
    keys = (
        "doan",
        "Doan",
        "do-thi",
        "áo",
        "ao",
        "a_o",
        "zoo",
        "a b",
    )  # each locale has them in another order
    async with city.database.write() as session:
        session.add_all([Department(key=key, name=key, days=3) for key in keys])
    was, bot, stages = await rows_of(city.database), AtWork(city), list[str]()
    rows = await moving.move(
        city.database, empty, lambda stage, *_: stages.append(stage), bot.stopped, bot.ask
    )
    now = await rows_of(city.database)
    assert bot.asked == 1
    assert {name for name in now if now[name] != was[name]} >= {
        "tickets", "ticket_events", "messages", "members", "chats", "outbox", "departments", "room_posts",
    }  # fmt: skip
    assert await rows_of(empty) == now
    assert rows == {name: len(one) for name, one in now.items()}
    assert stages.index("copying outbox") < stages.index("comparing outbox")
    async with empty.write() as session:  # new rows have numbers of their own
        await chats.ensure(session, "x", "one more", "", NOW)


class Shuffling(AtWork):
    """What one row alone may have goes to other rows meanwhile, of new numbers and of old ones."""

    async def begin(self) -> None:
        """What there is before."""
        async with self._city.database.write() as session:
            session.add_all([Department(key=key, name=key) for key in "ab"])
            await session.flush()
            await self._say(session, "a", ("lighting", "waste"), seen_by="phone")
            session.add(Digest(chat_id=1, period_start=NOW, period_end=NOW, created_at=NOW))

    async def _work(self) -> None:
        async with self._city.database.write() as session:
            await self._say(session, "b", ("waste", "trees", "lighting"), seen_by="kiosk")
            await chats.move(
                session, await session.get_one(Chat, 1), await chats.ensure(session, "x", "new", "", NOW)
            )

    async def _say(
        self, session: AsyncSession, department: str, categories: Sequence[str], seen_by: str
    ) -> None:
        """Routes as a start writes them, and a browser that came by a link, anew, from number 1 on."""
        for table in (Route, WebSession, SignInLink):
            await session.execute(delete(table))
        session.expunge_all()
        for number, category in enumerate(categories, start=1):
            session.add(Route(id=number, category=category, department=department))
            await routes.put(
                session, RouteOverride(category=category, department=department, member_id=1, at=NOW)
            )
        link = SignInLink(id=len(categories), created_at=NOW, expires_at=NOW)
        session.add(link)
        await session.flush()
        browser = WebSession(
            id=1,
            token_hash=seen_by,
            member_id=1,
            link_id=link.id,
            created_at=NOW,
            seen_at=NOW,
            expires_at=NOW,
            idle_seconds=9,
        )
        session.add(browser)


async def test_what_one_row_alone_may_have_is_another_ones_in_the_end(city: Desk, empty: Database) -> None:
    bot = Shuffling(city)
    await bot.begin()
    was = await rows_of(city.database)
    await moving.move(city.database, empty, quiet, bot.stopped, bot.ask)
    now = await rows_of(city.database)
    changed = {name for name in now if now[name] != was[name]}
    assert changed >= {"route_overrides", "routes", "web_sessions", "sign_in_links", "digests"}
    assert await rows_of(empty) == now


async def test_what_differs_in_the_end_is_named_and_nothing_is_kept(
    city: Desk, empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = AtWork(city)

    async def nothing(*_: object) -> None:
        """What has changed is not brought after."""

    monkeypatch.setattr(dump.Filling, "change", nothing)
    with pytest.raises(
        DatabaseError, match=r"\{'(id|key)': .+ is not the same in both databases: nothing was moved"
    ):
        await moving.move(city.database, empty, quiet, bot.stopped, bot.ask)
    assert await migrations.current(empty) is None


async def test_a_move_that_is_broken_off_leaves_nothing(city: Desk, empty: Database) -> None:
    def failing(stage: str, *_: int) -> None:
        if stage == "copying audit":
            raise AssertionError("a step failed in the middle")

    with pytest.raises(AssertionError):
        await moving.move(city.database, empty, failing, nobody, not_asked)
    assert await migrations.current(empty) is None


def test_postgresql_orders_keys_as_python_does_whatever_its_locale() -> None:
    (table,) = [one for one in dump.described() if one.name == "ticket_spots"]
    said = str(
        dump.by_key(table, is_postgresql=True).compile(
            dialect=make_url("postgresql+asyncpg://").get_dialect()()
        )
    )
    assert 'ORDER BY ticket_spots.chat_id, ticket_spots.spot COLLATE "C", ticket_spots.ticket_id' in said
    assert "COLLATE" not in str(dump.by_key(table, is_postgresql=False))
