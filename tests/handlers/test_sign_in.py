"""`/dangnhap` and `/moi`: who gets which link, and what can't be made up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handlers import sign_in_links
from handlers.policy import HOME
from handlers.sign_in import read_invitation
from handlers.sign_in_links import Invitation
from storage.models import SignInLink
from tests.handlers.desk import GROUP, MONDAY, PRIVATE_OF, ROOM, Desk

KEY = b"a key of thirty-two bytes length"


@pytest.fixture
def city(desk: Desk) -> Desk:
    desk.services = replace(desk.services, address="https://city.example", has_webchat=True)
    return desk


async def link_in(desk: Desk, said: str) -> SignInLink:
    (address,) = (word for word in said.split() if word.startswith("https://"))
    token = address.removeprefix(f"https://city.example{sign_in_links.PREFIX}")
    async with desk.database.read() as session:
        link = await session.get_one(SignInLink, sign_in_links.number(token))
    assert sign_in_links.is_of(desk.services.seal.key, token, link)
    return link


async def test_a_moderator_gets_a_link_in_private(city: Desk) -> None:
    await city.say("mod", "/dangnhap", chat=f"{PRIVATE_OF}mod")
    link = await link_in(city, await city.only("reply"))
    assert (link.uses_left, link.expires_at - link.created_at) == (1, timedelta(minutes=10))
    assert link.member_id is not None


@pytest.mark.parametrize(
    ("who", "chat"),
    [("hoa", f"{PRIVATE_OF}hoa"), ("officer", f"{PRIVATE_OF}officer"), ("mod", GROUP), ("mod", ROOM)],
)
async def test_nobody_else_does_and_nowhere_where_others_read(city: Desk, who: str, chat: str) -> None:
    await city.say(who, "/dangnhap", chat=chat)
    assert "https://" not in await city.only("reply")


async def test_without_an_address_it_says_what_to_do(desk: Desk) -> None:
    await desk.say("mod", "/dangnhap", chat=f"{PRIVATE_OF}mod")
    assert "web.public_url" in await desk.only("reply")
    await desk.say("mod", "/moi", chat=ROOM)
    assert "webchat.enabled" in await desk.only("reply", ROOM)


async def test_an_invitation_is_for_as_many_as_were_named(city: Desk) -> None:
    await city.say("mod", "/moi 12 người 3 ngày Phường Phú Lợi", chat=ROOM)
    link = await link_in(city, await city.only("reply", ROOM))
    assert (link.uses_left, link.title, link.member_id) == (12, "Phường Phú Lợi", None)
    assert link.expires_at.astimezone(HOME).date().isoformat() == "2026-11-19"


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("", Invitation()),
        ("5 nguoi", Invitation(uses=5)),
        ("máy chung", Invitation(shared=True)),
        ("kiosk 2 days ward office", Invitation(lasts=timedelta(days=2), title="ward office", shared=True)),
        ("0 người 999 ngày", Invitation(uses=1, lasts=timedelta(days=366))),
        ("9999 people", Invitation(uses=1000)),
    ],
)
def test_what_an_invitation_asks_for(words: str, meant: Invitation) -> None:
    assert read_invitation(words) == meant


def row(number: int = 7, member_id: int | None = None, at: datetime = MONDAY) -> SignInLink:
    """The row of an invitation, if it names no member."""
    return SignInLink(id=number, member_id=member_id, created_at=at, expires_at=at + timedelta(days=7))


def token_of(link: SignInLink) -> str:
    return sign_in_links.path(KEY, link).removeprefix(sign_in_links.PREFIX)


def test_an_address_can_be_neither_made_nor_changed() -> None:
    token = token_of(row())
    assert sign_in_links.number(token) == 7
    assert sign_in_links.is_of(KEY, token, row())
    assert not sign_in_links.is_of(b"another key of thirty-two bytes!", token, row())
    _, _, mac = token.partition("-")
    for written in (f"8-{mac}", f"07-{mac}", f"٧-{mac}", "7-", "7", "-", "", "x-y-z", "\U0001f4a9"):
        assert not sign_in_links.is_of(KEY, written, row())
    for written in ("٧-x", "-7-x", "-", "", "x-y-z", f"{'9' * 30}-x"):
        assert sign_in_links.number(written) is None


@pytest.mark.parametrize(
    "other", [row(at=MONDAY + timedelta(microseconds=1)), row(member_id=1), row(number=8)]
)
def test_an_address_is_one_rows_and_not_one_numbers(other: SignInLink) -> None:
    assert not sign_in_links.is_of(KEY, token_of(row()), other)
    assert not sign_in_links.is_of(KEY, token_of(other), row())


def test_an_address_is_the_same_in_whatever_zone_its_row_comes_back() -> None:
    assert token_of(row(at=MONDAY.astimezone(HOME))) == token_of(row(at=MONDAY.astimezone(UTC)))
