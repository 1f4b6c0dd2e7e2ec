"""What the configuration makes of tables, also where only history is taken in."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from bot import config as configuration
from bot import setup
from bot.config import Config
from bot.replay import silenced
from handlers.policy import Policy
from handlers.routing import Rule
from storage import members
from storage.database import Database
from storage.models import Route
from storage.states import MemberRole
from tests.handlers.desk import MONDAY, ROOM, Desk, report

CITY = {
    "web": {"public_url": "https://city.example"},
    "categories": [{"key": "waste", "department": "chieusang"}],
    "open311": {
        "enabled": True,
        "jurisdiction": "city.example",
        "clients": [{"name": "ioc", "title": "Trung tâm"}],
        "upstreams": [{"name": "city", "url": "https://up.example/v2", "categories": ["road"]}],
    },
}


@pytest.fixture
def city() -> Config:
    return configuration.parse(CITY)


def test_a_category_s_own_department_comes_before_those_that_list_it(city: Config) -> None:
    first = next(rule for rule in configuration.routes(city) if (rule.category, rule.ward) == ("waste", ""))
    assert first == Rule("chieusang", "waste")


async def test_and_so_it_is_in_the_table(database: Database, city: Config) -> None:
    async with database.write() as session:
        await setup.apply(session, city, MONDAY)
        rows = (await session.scalars(select(Route).where(Route.category == "waste"))).all()
    assert [row.department for row in rows] == ["chieusang"]


@pytest.mark.parametrize(("is_on", "role"), [(True, MemberRole.MODERATOR), (False, MemberRole.MEMBER)])
async def test_a_platform_s_administrators_moderate_as_long_as_that_is_on(
    database: Database, is_on: bool, role: MemberRole
) -> None:
    city = configuration.parse({"telegram": {"platform_administrators": is_on}})
    async with database.write() as session:
        await members.set_moderators(session, "telegram", ["7"], MONDAY)
        await setup.apply(session, city, MONDAY)
        assert await members.roles(session, "telegram", ["7"]) == {"7": role}


@pytest.mark.sqlite_in_short
async def test_tickets_go_to_no_department_that_there_is_no_more(database: Database) -> None:
    desk = Desk(database, {"đèn hư": report()}, Policy(departments=frozenset(("chieusang", "moitruong"))))
    await desk.open()
    await desk.say("mod", "/tuyen chiếu sáng: moitruong", chat=ROOM)
    await desk.say("hoa", "đèn hư")
    desk.services = replace(desk.services, policy=Policy(departments=frozenset(("chieusang",))))
    await desk.say("minh", "đèn hư", after=timedelta(days=20))
    assert [one.department for one in await desk.tickets()] == ["moitruong", "chieusang"]


def test_who_takes_history_in_knows_the_systems_that_reported_and_hears_none(city: Config) -> None:
    silent = silenced(city).open311
    assert (silent.enabled, silent.upstreams) == (False, ())
    assert [one.name for one in silent.clients] == ["ioc"]
