"""`/dangnhap` and `/moi`: who gets which link, and what can't be made up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers import sign_in_links
from handlers.policy import HOME
from handlers.seals import BrokenSeal
from handlers.sign_in import read_invitation
from handlers.sign_in_links import Invitation
from storage.models import SignInLink
from tests.handlers.desk import GROUP, PRIVATE_OF, ROOM, Desk

KEY = b"a key of thirty-two bytes length"


@pytest.fixture
def city(desk: Desk) -> Desk:
    desk.services = replace(desk.services, address="https://city.example", has_webchat=True)
    return desk


async def link_in(desk: Desk, said: str) -> SignInLink:
    (address,) = (word for word in said.split() if word.startswith("https://"))
    token = address.removeprefix(f"https://city.example{sign_in_links.PREFIX}")
    number = sign_in_links.read(desk.services.seal.key, token)
    async with desk.database.read() as session:
        return await session.get_one(SignInLink, number)


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


def test_an_address_can_be_neither_made_nor_changed() -> None:
    token = sign_in_links.path(KEY, 7).removeprefix(sign_in_links.PREFIX)
    assert sign_in_links.read(KEY, token) == 7
    forged = (token.replace("7-", "8-", 1), "7-", "7", "-", "", "٧-" + token.partition("-")[2], "x-y-z")
    for written in forged:
        with pytest.raises(BrokenSeal):
            sign_in_links.read(KEY, written)
    with pytest.raises(BrokenSeal):
        sign_in_links.read(b"another key of thirty-two bytes!", token)
